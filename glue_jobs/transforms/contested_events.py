"""Which rows of a batch are of events that other rows tell of too: most are not."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# So many keys of 8 bytes are sent to every executor; a batch with more is compared as a whole.
_MOST_KEYS = 1_000_000
_KEY = "event_key"


@dataclass(frozen=True)
class SplitBatch:
    """A batch, by whether anything else is known of a row's event.

    Attributes
    ----------
    uncontested : rows whose event has no other row in the batch, and none in the table.
    contested : the other rows, and perhaps some that are alone after all.
    row_count : rows of the batch.
    """

    uncontested: DataFrame
    contested: DataFrame
    row_count: int


def split_contested(rows: DataFrame, known: DataFrame) -> SplitBatch:
    """Split a batch by what is known of its events.

    Events are told apart by a hash of 64 bits, a fraction of their rows: two events that share
    one are taken for contested, and are told apart then.

    Parameters
    ----------
    known : rows of the table, among them those of all events in the batch.
    """
    keys = rows.select(_hash()).union(known.select(_hash())).toDF(_KEY)
    repeated = keys.groupBy(_KEY).count().where("count > 1").select(_KEY)
    row_count = rows.count()
    contested_keys = repeated.persist(StorageLevel.MEMORY_AND_DISK)
    if contested_keys.count() > _MOST_KEYS:
        return SplitBatch(rows.where(F.lit(False)), rows, row_count)
    is_contested = _hash() == F.col(_KEY)
    uncontested, contested = (
        rows.join(F.broadcast(contested_keys), on=is_contested, how=how) for how in ("anti", "semi")
    )
    return SplitBatch(uncontested, contested, row_count)


def _hash() -> Column:
    return F.xxhash64("event_id")
