"""Query results become JSON without losing what they are."""

from __future__ import annotations

from cli.query_result import QueryResult


def test_values_keep_their_kind_and_money_stays_decimal_text() -> None:
    result = QueryResult(
        columns=["n", "amount", "share", "flag", "text", "at"],
        types=["bigint", "decimal(38,4)", "double", "boolean", "varchar", "timestamp(6)"],
        rows=[
            ["7", "4397950.7610", "0.5", "true", "", "2010-12-01 08:26:00.000000"],
            [None, None, None, None, None, None],
        ],
        seconds=0.0,
    )

    assert result.records() == [
        {
            "n": 7,
            "amount": "4397950.7610",
            "share": 0.5,
            "flag": True,
            "text": "",
            "at": "2010-12-01 08:26:00.000000",
        },
        dict.fromkeys(result.columns),
    ]
