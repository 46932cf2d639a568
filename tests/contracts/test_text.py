"""Text is tidied by one definition of white space and of letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rejections import BrokenRuleError, Reason
from contracts.text import limited, tidy, trim, upper

WHITE_SPACE = "\t\n\x0b\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
CONTROLS = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))} - set(WHITE_SPACE)


@pytest.mark.parametrize("space", WHITE_SPACE, ids=lambda space: f"U+{ord(space):04X}")
def test_white_space_is_trimmed_and_collapsed(space: str) -> None:
    assert tidy(f"{space}A{space} {space}B{space}") == "A B"
    assert trim(f"{space}1 2{space}") == "1 2"


@pytest.mark.parametrize("control", sorted(CONTROLS), ids=lambda c: f"U+{ord(c):04X}")
def test_a_control_character_is_refused_and_named(control: str) -> None:
    with pytest.raises(BrokenRuleError, match=f"U\\+{ord(control):04X}") as broken:
        tidy(f"A{control}")
    assert broken.value.reason is Reason.CONTROL_CHARACTER


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(BrokenRuleError):
        tidy("A\ud83d")


def test_joiners_and_marks_are_text() -> None:
    assert tidy("\u200b\ufeff\u00ad") == "\u200b\ufeff\u00ad"


@given(st.text())
def test_only_a_to_z_are_upper_cased(value: str) -> None:
    expected = "".join(c.upper() if c.isascii() else c for c in value)
    assert upper(value) == expected


def test_length_is_counted_in_characters_not_bytes() -> None:
    assert limited("🎁" * 20, 20) == "🎁" * 20
    with pytest.raises(BrokenRuleError, match="has 21 characters, the longest allowed is 20"):
        limited("🎁" * 21, 20)
