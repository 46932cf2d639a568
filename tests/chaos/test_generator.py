"""The waves: the same for the same seed, and with everything in them that the suite is about."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pytest

from tests.chaos.generator import TAG, World


def test_the_same_seed_gives_the_same_waves() -> None:
    one, other = World(seed=3), World(seed=3)

    assert [one.next_wave() for _ in range(7)] == [other.next_wave() for _ in range(7)]


def test_another_seed_gives_other_records() -> None:
    assert World(seed=3).next_wave().rows != World(seed=4).next_wave().rows


def test_every_record_of_a_wave_has_a_tag_of_its_own_and_stands_in_the_file(
    tmp_path: Path,
) -> None:
    world = World(seed=3)
    waves = [world.next_wave() for _ in range(3)]

    with waves[2].write_csv(tmp_path).open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))

    tags = [row.tag for wave in waves for row in wave.rows]
    assert len(set(tags)) == len(tags)
    assert [row[TAG] for row in written] == [row.tag for row in waves[2].rows]
    assert [{k: v for k, v in row.items() if k != TAG} for row in written] == [
        dict(row.fields) for row in waves[2].rows
    ]


def test_later_waves_repeat_and_correct_what_earlier_ones_held() -> None:
    world = World(seed=3)
    first, second = world.next_wave(), world.next_wave()
    known = [row.fields for row in first.rows]

    repeated = [row for row in second.rows if row.fields in known]
    invoices = {fields["InvoiceNo"] for fields in known}
    corrected = [row for row in second.rows if row.fields["InvoiceNo"] in invoices]

    assert len(repeated) >= 10
    assert len(corrected) > len(repeated)


def test_a_cut_off_file_cannot_be_read() -> None:
    world = World(seed=3)
    drops = [drop for _ in range(2) for drop in world.next_wave().drops]

    (cut,) = [drop for drop in drops if drop.lines is None]

    with pytest.raises(EOFError):
        gzip.decompress(cut.body)
