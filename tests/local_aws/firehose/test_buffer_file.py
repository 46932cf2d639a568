"""A buffer's file keeps what was accepted, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_aws.firehose.buffer_file import BufferFile
from local_aws.firehose.destination import S3Destination, read_destination

DESTINATION: S3Destination = read_destination({"BucketARN": "arn:aws:s3:::b", "Prefix": "p/"})


@pytest.fixture
def buffer(tmp_path: Path) -> BufferFile:
    return BufferFile.open_new(tmp_path, "stream", 1, DESTINATION)


def test_another_process_finds_the_buffer_with_its_header_and_records(
    buffer: BufferFile, tmp_path: Path
) -> None:
    buffer.append(b"one\n")
    buffer.append(b"two\nthree\n")
    [found] = BufferFile.left_behind(tmp_path)
    assert found.header == buffer.header
    assert list(found.read()) == [b"one\n", b"two\nthree\n"]
    assert found.size == 14


@pytest.mark.parametrize("lost", [1, 3, 5, 11])
def test_a_call_that_was_cut_off_by_a_kill_is_dropped_whole(
    buffer: BufferFile, tmp_path: Path, lost: int
) -> None:
    buffer.append(b"kept\n")
    buffer.append(b"torn\n")
    [path] = tmp_path.glob("*.buffer")
    path.write_bytes(path.read_bytes()[:-lost])
    [found] = BufferFile.left_behind(tmp_path)
    assert list(found.read()) == [b"kept\n"]


def test_a_removed_buffer_is_not_found_again(buffer: BufferFile, tmp_path: Path) -> None:
    buffer.append(b"one\n")
    buffer.remove()
    assert BufferFile.left_behind(tmp_path) == []
