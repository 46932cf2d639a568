"""Which raw objects no run has processed: from a listing and one query, not from their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cli.raw_objects import (
    UnreadableObjectError,
    list_raw_objects,
    open_raw_object,
    read_lines,
)
from cli.stores import rows_by_object
from cli.target import Target
from contracts.raw_zone import RawObject
from lambdas.pending_work.raw_objects import read_position


@dataclass(frozen=True)
class RawAudit:
    """What the lake knows of the raw objects.

    Attributes
    ----------
    rows_of : rows in cleansed and quarantine by object; an unreadable object is there with none.
    unprocessed : objects that are neither in the lake nor still to be read: no run comes back to
        them. An object whose lines are all blank is among them, for the lake holds nothing of it.
    """

    rows_of: Mapping[str, int]
    unprocessed: list[RawObject]


def audit_raw(target: Target) -> RawAudit:
    """Compare raw/ with the lake.

    A bookmark goes by LastModified: it passes over an object that is put back with an old date
    (by a restore, or a replication), or that came while the bookmark was changed by hand.
    """
    # In this order: what a run takes meanwhile is then still to be read, or already in the lake.
    position = read_position(target.client("dynamodb"), target.output("StateTable"))
    listed = list(list_raw_objects(target.client("s3"), target.output("LakeBucket")))
    rows_of = rows_by_object(target)
    unprocessed = [
        raw for raw in listed if raw.key not in rows_of and position and position.covers(raw)
    ]
    return RawAudit(rows_of, unprocessed)


def has_lines(target: Target, raw: RawObject) -> bool:
    """Return whether there is anything to process in an object: a line, or damage."""
    content = open_raw_object(target.client("s3"), target.output("LakeBucket"), raw.key)
    try:
        return next(read_lines(content), None) is not None
    except UnreadableObjectError:
        return True
