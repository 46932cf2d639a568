"""Identities are readable, stable, and never meet."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from contracts.identity import content_hash, event_id, line_hash, quarantine_id

parts = st.lists(
    st.none() | st.text(alphabet=st.characters(min_codepoint=32)), min_size=9, max_size=9
)
names = st.text(alphabet="AE#%25LH3", min_size=1, max_size=6)


@given(parts, parts)
def test_different_contents_have_different_hashes(
    one: list[str | None], other: list[str | None]
) -> None:
    assert (content_hash(one) == content_hash(other)) == (one == other)


@given(st.tuples(names, names), st.tuples(names, names))
def test_events_of_different_invoices_have_different_keys(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    assert (event_id(*one, None, "") == event_id(*other, None, "")) == (one == other)


def test_the_senders_key_goes_before_the_line_and_the_line_before_the_content() -> None:
    assert event_id("536365", "order-1", 7, "0f") == "536365#Eorder-1"
    assert event_id("536365", None, 7, "0f") == "536365#L7"
    assert event_id("536365", None, None, "0f") == "536365#H0f"


@given(st.text())
def test_any_line_has_a_hash_of_128_bits(line: str) -> None:
    assert re.fullmatch("[0-9a-f]{32}", line_hash(line))


def test_a_quarantined_line_is_told_by_object_line_and_number() -> None:
    identities = {
        quarantine_id(raw_object, line_hash(line), number)
        for raw_object in ("a", "b")
        for line in ("{", "}")
        for number in (1, 2)
    }
    assert len(identities) == 8
    assert quarantine_id("a", line_hash("{"), 1) == "9012f9254d2ea29ada78548c94b0a511"
