"""Which version of an event is the truth, and what a batch of rows changes in the truth."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from contracts.fields import TRANSACTIONS

_COLUMNS = [column.name for column in TRANSACTIONS]
# What is derived from the content: it changes without it where a rule has changed.
_CONTENT = ("content_hash", "line_amount", "transaction_type", "is_product")

COMPARED = ("event_id", *_CONTENT)
"""What a batch's rows are compared by with the current transactions."""

# What the winner of an event is to the transactions table.
NEW = "new"  # the event is not in the table
SAME = "same"  # the table holds this content: a duplicate
OTHER = "other"  # the table holds another content: one of the two is the older version

_CLASSIFIED = [*_COLUMNS, "event_rows", "event_versions", "standing"]


def latest_version(rows: DataFrame) -> DataFrame:
    """Keep of each event the row with the greatest (received_at, content_hash).

    Order and batching of the input do not change the outcome: it is the maximum of a total
    order. (Of rows alike in both, which different rules have derived, any will do, but always the
    same.) Adds what the run ledger counts: `event_rows`, the event's rows in the batch, and
    `event_versions`, how many different contents they hold.
    """
    event = Window.partitionBy("event_id")
    newest_first = event.orderBy(F.desc("received_at"), *map(F.desc, _CONTENT))
    return (
        rows.withColumn("version_rank", F.row_number().over(newest_first))
        .withColumn("event_rows", F.count(F.lit(1)).over(event))
        .withColumn("event_versions", F.size(F.collect_set("content_hash").over(event)))
        .where("version_rank = 1")
        .select(*_COLUMNS, "event_rows", "event_versions")
    )


def standing_against(current: DataFrame) -> Callable[[DataFrame], DataFrame]:
    """Return a transform that adds each winner's `standing` against the current transactions.

    `current` needs the columns COMPARED.
    """

    def classify(winners: DataFrame) -> DataFrame:
        known = current.select("event_id", F.struct(*_CONTENT).alias("current_content"))
        is_new = F.col("current_content").isNull()
        is_same = F.col("current_content") == F.struct(*_CONTENT)
        return (
            winners.join(known, on="event_id", how="left")
            .withColumn("standing", F.when(is_new, NEW).when(is_same, SAME).otherwise(OTHER))
            .select(*_CLASSIFIED)
        )

    return classify


def settle_conflicts(current: DataFrame, versions: DataFrame) -> Callable[..., DataFrame]:
    """Return a transform that decides the winners whose standing is OTHER.

    A duplicate leaves no trace in `transactions`, so the table does not know the latest time at
    which a content was received: the winner is taken over the event's rows in `versions`, which
    makes the outcome independent of batching. A winner that turns out to be what the table holds
    keeps the standing SAME, with one version more to count as older.

    Parameters
    ----------
    versions : rows of the cleansed table, among them each conflict's winner and all that were
        not received before it.
    """

    def settle(classified: DataFrame) -> DataFrame:
        conflicts = classified.where(F.col("standing") == OTHER)
        counts = conflicts.select("event_id", "event_rows", "event_versions")
        winners = (
            versions.join(F.broadcast(counts.select("event_id")), on="event_id", how="semi")
            .transform(latest_version)
            .drop("event_rows", "event_versions")
            .join(F.broadcast(counts), on="event_id")
        )
        settled = winners.transform(standing_against(current)).withColumn(
            "event_versions",
            F.col("event_versions") + F.when(F.col("standing") == SAME, 1).otherwise(0),
        )
        return classified.where(F.col("standing") != OTHER).unionByName(settled)

    return settle


def count_outcomes(classified: DataFrame) -> DataFrame:
    """Return one row that says where every incoming row went.

    Columns: inserted, corrections, duplicates, older_versions (each null-free bigint); their sum
    is the number of incoming rows.
    """
    standing, rows, versions = F.col("standing"), F.col("event_rows"), F.col("event_versions")
    # The content that the table holds is no version of its own among the incoming ones.
    repeats = rows - versions + F.when(standing == SAME, 1).otherwise(0)
    return classified.select(
        F.count_if(standing == NEW).alias("inserted"),
        F.count_if(standing == OTHER).alias("corrections"),
        F.coalesce(F.sum(repeats), F.lit(0)).alias("duplicates"),
        F.coalesce(F.sum(versions - 1), F.lit(0)).alias("older_versions"),
    )
