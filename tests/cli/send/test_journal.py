"""A send that is broken off at any moment goes on from its journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import CliError
from cli.send.journal import (
    FILE_NAME,
    Acknowledged,
    Journal,
    forget_sends,
    open_journal,
    read_sends,
)
from cli.send.rows import Refusal

_BATCH = Acknowledged(
    first_row=1,
    last_row=3,
    accepted=2,
    line_amount=-12_345,
    requests={"s-1": 1, "s-1.1": 1},
    refused=(Refusal(4, "is too large", '{"a":"£"}'),),
)
_LATER = Acknowledged(first_row=4, last_row=9, accepted=6, line_amount=5, requests={"s-4": 6})


def _open(tmp_path: Path, target: str = "local", content: str = "abc") -> Journal:
    return open_journal(tmp_path, target, content, Path("file.csv"))


def test_what_was_acknowledged_is_there_when_the_send_is_taken_up_again(tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.acknowledge(_BATCH)
    first.close()

    again = _open(tmp_path)

    assert again.state.header == first.state.header
    assert again.state.batches == [_BATCH]
    assert (again.state.accepted, again.state.line_amount) == (2, -12_345)
    assert again.state.requests == {"s-1": 1, "s-1.1": 1}
    assert again.state.refused == list(_BATCH.refused)


def test_a_line_that_was_cut_off_never_happened_and_writing_goes_on_after_it(
    tmp_path: Path,
) -> None:
    first = _open(tmp_path)
    first.acknowledge(_BATCH)
    first.acknowledge(_LATER)
    first.close()
    path = first.folder / FILE_NAME
    path.write_bytes(path.read_bytes()[:-7])

    again = _open(tmp_path)
    assert again.state.batches == [_BATCH]
    again.acknowledge(_LATER)
    again.close()

    assert _open(tmp_path).state.batches == [_BATCH, _LATER]


def test_a_finished_send_of_the_same_file_is_followed_by_a_new_one(tmp_path: Path) -> None:
    first = _open(tmp_path)
    first.acknowledge(_BATCH)
    first.finish()
    first.close()

    second = _open(tmp_path)

    assert second.state.header.send_id != first.state.header.send_id
    assert second.state.batches == []


def test_other_content_and_other_targets_are_other_sends(tmp_path: Path) -> None:
    sends = [_open(tmp_path), _open(tmp_path, target="aws"), _open(tmp_path, content="def")]

    assert len({journal.state.header.send_id for journal in sends}) == 3
    assert [state.header.target for state in read_sends(tmp_path, "aws")] == ["aws"]
    assert len(read_sends(tmp_path, "local")) == 2


def test_the_sends_to_a_target_whose_data_is_gone_are_forgotten_and_no_others(
    tmp_path: Path,
) -> None:
    for target in ("local", "aws"):
        _open(tmp_path, target).close()

    forget_sends(tmp_path, "local")

    assert read_sends(tmp_path, "local") == []
    assert len(read_sends(tmp_path, "aws")) == 1


def test_two_processes_cannot_send_the_same_file_at_once(tmp_path: Path) -> None:
    first = _open(tmp_path)

    with pytest.raises(CliError, match="another `etl send`"):
        _open(tmp_path)
    first.close()
    _open(tmp_path)


def test_a_send_id_begins_a_request_id_that_the_api_keeps(tmp_path: Path) -> None:
    send_id = _open(tmp_path).state.header.send_id

    assert len(f"{send_id}-123456789.a.b.1") <= 64
    assert set(send_id) <= set("0123456789abcdefT-")
