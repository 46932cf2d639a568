"""Buffers are delivered when full, when old, at the stop, and after a death."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local_aws.firehose.buffers import Buffers
from local_aws.firehose.delivery import DeliveryError
from local_aws.firehose.destination import S3Destination, read_destination

MEBIBYTE = 1 << 20


class Store:
    """An S3 that keeps objects in memory and can refuse them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refuses = False
        self.refused = threading.Event()

    def __call__(self, destination: S3Destination, key: str, body: bytes) -> None:
        if self.refuses:
            self.refused.set()
            raise DeliveryError("no such bucket")
        self.objects[f"{destination.bucket}/{key}"] = body


def _destination(size_mib: int = 1, seconds: int = 900, **config: Any) -> S3Destination:
    return read_destination(
        {
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": "raw/",
            "BufferingHints": {"SizeInMBs": size_mib, "IntervalInSeconds": seconds},
            **config,
        }
    )


def _wait_for(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_a_full_buffer_becomes_one_object_with_the_records_in_order(tmp_path: Path) -> None:
    store = Store()
    buffers = Buffers(tmp_path, store)
    destination = _destination(CompressionFormat="GZIP")
    for i in range(4):
        assert store.objects == {}
        buffers.append("s", 1, destination, [f"{i}".encode() * (MEBIBYTE // 4)])
    _wait_for(lambda: len(store.objects) == 1)
    [(key, body)] = store.objects.items()
    assert key.startswith("lake/raw/")
    assert key.endswith(".gz")
    assert gzip.decompress(body) == b"".join(f"{i}".encode() * (MEBIBYTE // 4) for i in range(4))
    buffers.stop()
    assert list(tmp_path.iterdir()) == []


def test_an_old_buffer_is_delivered_though_it_is_not_full(tmp_path: Path) -> None:
    store = Store()
    buffers = Buffers(tmp_path, store)
    buffers.start()
    opened = time.monotonic()
    buffers.append("s", 1, _destination(seconds=1), [b"a\n"])
    _wait_for(lambda: len(store.objects) == 1)
    assert 0.9 < time.monotonic() - opened < 2
    assert list(store.objects.values()) == [b"a\n"]
    buffers.stop()


def test_a_stop_delivers_what_is_buffered(tmp_path: Path) -> None:
    store = Store()
    buffers = Buffers(tmp_path, store)
    buffers.append("s", 1, _destination(), [b"a\n"])
    buffers.append("t", 1, _destination(), [b"b\n"])
    buffers.stop()
    assert sorted(store.objects.values()) == [b"a\n", b"b\n"]


def test_the_records_of_a_killed_process_are_delivered_by_the_next(tmp_path: Path) -> None:
    killed = Buffers(tmp_path, Store())
    killed.append("s", 1, _destination(), [b"a\n"])
    store = Store()
    after = Buffers(tmp_path, store)
    after.start()
    _wait_for(lambda: list(store.objects.values()) == [b"a\n"])
    after.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_refused_object_is_tried_again_under_the_same_key(tmp_path: Path) -> None:
    store = Store()
    store.refuses = True
    buffers = Buffers(tmp_path, store)
    buffers.append("s", 1, _destination(seconds=0), [b"a\n"])
    assert store.refused.wait(5)
    store.refuses = False
    _wait_for(lambda: list(store.objects.values()) == [b"a\n"])
    buffers.stop()


def test_what_s3_refuses_at_the_stop_is_kept_for_the_next_start(tmp_path: Path) -> None:
    store = Store()
    store.refuses = True
    buffers = Buffers(tmp_path, store)
    buffers.append("s", 1, _destination(), [b"a\n"])
    buffers.stop()
    assert len(list(tmp_path.glob("*.buffer"))) == 1


def test_a_delimiter_is_appended_to_each_record(tmp_path: Path) -> None:
    store = Store()
    buffers = Buffers(tmp_path, store)
    processors = [{"Type": "AppendDelimiterToRecord", "Parameters": []}]
    processing = {"Enabled": "true", "Processors": processors}
    destination = _destination(ProcessingConfiguration=processing)
    buffers.append("s", 1, destination, [b"a", b"b"])
    buffers.stop()
    assert list(store.objects.values()) == [b"a\nb\n"]


def test_a_changed_destination_closes_the_buffer_of_the_old_one(tmp_path: Path) -> None:
    store = Store()
    buffers = Buffers(tmp_path, store)
    buffers.append("s", 1, _destination(), [b"a"])
    buffers.append("s", 2, _destination(Prefix="new/"), [b"b"])
    buffers.stop()
    assert {key.split("/")[1]: body for key, body in store.objects.items()} == {
        "raw": b"a",
        "new": b"b",
    }
