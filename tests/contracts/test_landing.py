"""A request body becomes lines of raw/, whatever is in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.fields import INPUT_NAMES
from contracts.landing import DEEPEST, Event, Refusal, land, parse_events
from contracts.rejections import Reason
from contracts.transaction import canonicalise

RECEIVED = datetime(2026, 1, 15, 10, 0, 0, 123456, tzinfo=UTC)


def records(body: bytes) -> list[object]:
    """Return the record of each event, the reason of each refusal."""
    return [
        item.record if isinstance(item, Event) else item.rejection.reason
        for item in parse_events(body)
    ]


def landed(body: bytes) -> dict[str, object]:
    """Return the line of the body's only event."""
    (event,) = parse_events(body)
    assert isinstance(event, Event)
    line = json.loads(land(event, RECEIVED, "request-1", event.index))
    assert isinstance(line, dict)
    return line


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": 1}',
        b'[{"a": 1}]',
        b'{"a": 1}\n',
        b'\r\n\r\n {"a": 1} \r\n',
        b'{\n  "a": 1\n}',
        b'[\n  {\n    "a": 1\n  }\n]\n',
        b'\xef\xbb\xbf{"a": 1}',
    ],
)
def test_one_event_may_be_sent_in_any_form(body: bytes) -> None:
    assert records(body) == [{"a": "1"}]


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"[]", b" [ ] "])
def test_a_body_without_events_gives_none(body: bytes) -> None:
    assert parse_events(body) == []


def test_events_keep_their_order_and_their_place() -> None:
    for body in (b'[{"a": 1}, {"a": 2}, {"a": 3}]', b'{"a": 1}\r\n\r\n{"a": 2}\n{"a": 3}'):
        assert records(body) == [{"a": "1"}, {"a": "2"}, {"a": "3"}]
        assert [item.index for item in parse_events(body)] == [0, 1, 2]


def test_every_number_keeps_the_literal_that_was_sent() -> None:
    body = b'{"a": 2.50, "b": 1e400, "c": 17850.0, "d": 0.1000000000000000055, "e": -0}'
    expected = {"a": "2.50", "b": "1e400", "c": "17850.0", "d": "0.1000000000000000055", "e": "-0"}
    assert records(body) == [expected]


def test_what_is_no_object_is_refused_alone() -> None:
    body = b'[{"a": 1}, 2, "x", null, [{"a": 1}], {"a": 3}]'
    refused = Reason.NOT_AN_OBJECT
    assert records(body) == [{"a": "1"}, refused, refused, refused, refused, {"a": "3"}]


def test_a_broken_line_is_refused_alone() -> None:
    body = b'{"a": 1}\n{"a": \n\xff\xfe\n{"a": 4}'
    refused = Reason.NOT_AN_OBJECT
    assert records(body) == [{"a": "1"}, refused, refused, {"a": "4"}]
    assert [item.index for item in parse_events(body)] == [0, 1, 2, 3]


def test_a_broken_array_is_refused_as_one() -> None:
    assert records(b'[\n{"a": 1},\n{"a": 2}\n') == [Reason.NOT_AN_OBJECT]
    assert records(b'[{"a": 1}, {"a": "\xff"}]') == [Reason.NOT_AN_OBJECT]


def test_lines_after_an_array_are_lines() -> None:
    assert records(b'[1]\n{"a": 2}') == [Reason.NOT_AN_OBJECT, {"a": "2"}]


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
@pytest.mark.parametrize("value", [b"%s", b'{"deep": [%s]}'])
def test_a_number_that_json_does_not_have_is_refused_by_its_field(
    constant: bytes, value: bytes
) -> None:
    body = b'[{"CustomerID": %s}, {"a": 2}]' % (value % constant)
    refusal, event = parse_events(body)
    assert isinstance(refusal, Refusal)
    assert (refusal.rejection.reason, refusal.rejection.field) == (
        Reason.NOT_A_NUMBER,
        "CustomerID",
    )
    assert isinstance(event, Event)


def test_a_name_that_comes_twice_is_refused() -> None:
    assert records(b'[{"a": 1, "a": 1}, {"b": {"c": 1, "c": 2}}, {"d": 1}]') == [
        Reason.NOT_AN_OBJECT,
        Reason.NOT_AN_OBJECT,
        {"d": "1"},
    ]


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_nesting_without_an_end_is_refused(opening: bytes, depth: int) -> None:
    assert records(opening * depth) == [Reason.NOT_AN_OBJECT]


def test_a_value_may_be_nested_just_so_deep() -> None:
    deepest, too_deep = (b'{"a":' + b"[" * n + b"]" * n + b"}" for n in (DEEPEST, DEEPEST + 1))
    assert len(records(deepest)) == 1
    assert isinstance(parse_events(deepest)[0], Event)
    assert records(too_deep) == [Reason.NOT_AN_OBJECT]


@given(
    st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0aned1. \n', max_size=60).map(str.encode)
)
def test_any_bytes_are_answered_and_what_is_taken_can_be_landed(body: bytes) -> None:
    for place, item in enumerate(parse_events(body)):
        assert item.index == place
        if isinstance(item, Event):
            line = land(item, RECEIVED, "r", place)
            assert line.endswith(b"\n")
            assert line.count(b"\n") == 1


def test_a_landed_line_holds_the_fields_as_text_and_what_the_ingest_knows() -> None:
    body = b'{"InvoiceNo": 536365, "Quantity": 6.0, "UnitPrice": "2.55", "CustomerID": null}'
    assert landed(body) == {
        "InvoiceNo": "536365",
        "Quantity": "6.0",
        "UnitPrice": "2.55",
        "CustomerID": None,
        "received_at": "2026-01-15T10:00:00.123Z",
        "request_id": "request-1",
        "request_position": 0,
    }


def test_nested_and_boolean_values_of_a_field_land_as_their_json_text() -> None:
    body = '{"Description": {"en": ["£5", 1.50, null]}, "Country": true}'.encode()
    line = landed(body)
    assert line["Description"] == '{"en":["£5",1.50,null]}'
    assert line["Country"] == "true"


def test_unknown_fields_land_together_as_json_text() -> None:
    line = landed(b'{"InvoiceNo": "1", "Colour": "r\\u00e9d", "Weight": 1.50, "n": {"m": [1e2]}}')
    assert line["extra"] == '{"Colour":"r\\u00e9d","Weight":1.50,"n":{"m":[1e2]}}'
    assert "extra" not in landed(b'{"InvoiceNo": "1"}')


def test_a_sender_cannot_fill_what_the_ingest_says() -> None:
    line = landed(b'{"received_at": "1999-01-01", "request_id": "x", "extra": 1}')
    assert line["received_at"] == "2026-01-15T10:00:00.123Z"
    assert line["request_id"] == "request-1"
    assert line["extra"] == '{"received_at":"1999-01-01","request_id":"x","extra":1}'


def test_a_line_is_ascii_so_that_no_character_can_break_it() -> None:
    body = '{"Description": "a\u2028b\u2029c\u0085d🎁\ud800", "x\u2028": "\n"}'
    (event,) = parse_events(body.encode("utf-8", "surrogatepass").replace(b"\n", b"\\n"))
    assert isinstance(event, Refusal)  # half a surrogate pair is no UTF-8
    (event,) = parse_events(json.dumps(json.loads(body, strict=False)).encode())
    assert isinstance(event, Event)
    line = land(event, RECEIVED, "r", 0)
    assert line.isascii()
    assert line.decode().splitlines() == [line.decode().rstrip("\n")]


@given(
    st.dictionaries(
        st.sampled_from(INPUT_NAMES),
        st.none() | st.booleans() | st.integers() | st.text(max_size=20)
        | st.floats(allow_nan=False, allow_infinity=False) | st.lists(st.integers(), max_size=2),
    )
)  # fmt: skip
def test_a_landed_record_means_what_the_record_sent_means(record: dict[str, object]) -> None:
    (event,) = parse_events(json.dumps(record).encode())
    assert isinstance(event, Event)
    line = json.loads(land(event, RECEIVED, "r", 0))
    assert canonicalise(line, RECEIVED, UTC) == canonicalise(event.record, RECEIVED, UTC)
