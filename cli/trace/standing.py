"""From what each store holds of an event to where it stands, said plainly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cli.quarantine.table import QuarantineRow
from cli.trace.lake import Version
from cli.trace.raw import RawLine
from cli.trace.stores import Content, InStore, content_of


class Outcome(StrEnum):
    """What a version of the event came to."""

    WINNER = "winner"
    NEWER = "newer: the next run merges it"
    OLDER = "older version"
    DUPLICATE = "duplicate"


class Stage(StrEnum):
    """How far the event has come."""

    UNKNOWN = "unknown"
    REJECTED = "rejected"
    LANDED = "landed"
    CLEANSED = "cleansed"
    MERGED = "merged"
    ARRIVED = "arrived"


@dataclass(frozen=True)
class Since:
    """How the winner came into `transactions`.

    Attributes
    ----------
    run_id, changed_at : run that merged it; None where the lake no longer tells.
    snapshot_id : of `transactions`, the first with it; None where it is expired.
    in_lookups, in_warehouse : the store has what that run changed; None where it cannot be told.
    """

    run_id: str | None = None
    changed_at: str | None = None
    snapshot_id: int | None = None
    in_lookups: bool | None = None
    in_warehouse: bool | None = None


@dataclass(frozen=True)
class Found:
    """All that was found of an event.

    Attributes
    ----------
    versions : rows of `cleansed`, oldest first.
    current : its rows in `transactions`.
    raw_lines : lines of raw/ that hold it.
    pending_lines : of these, in objects that no run has read.
    rejected : quarantine rows that are, or claim to be, this event.
    """

    event_id: str
    versions: list[Version]
    current: list[Version]
    since: Since
    is_merge_pending: bool
    raw_lines: list[RawLine]
    pending_lines: list[RawLine]
    rejected: list[QuarantineRow]
    lookups: InStore
    warehouse: InStore
    outcomes: list[Outcome] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcomes", outcomes(self.versions, self.current))


def outcomes(versions: Sequence[Version], current: Sequence[Version]) -> list[Outcome]:
    """Return what each version came to, by the rule of the contract.

    The latest (received_at, content_hash) decides which content wins; of the rows of that content
    the one that `transactions` holds is the winner, or the first where none is merged yet.
    """
    if not versions:
        return []
    winning = max(versions, key=lambda each: (each.received_at, each.content_hash)).content_hash
    held = {(each.content_hash, each.received_at, each.raw_object) for each in current}
    is_merged = any(each.content_hash == winning for each in current)
    seen: set[str] = set()
    found = []
    for each in versions:
        is_first = each.content_hash not in seen
        seen.add(each.content_hash)
        if each.content_hash != winning:
            found.append(Outcome.OLDER if is_first else Outcome.DUPLICATE)
        elif is_merged:
            is_held = (each.content_hash, each.received_at, each.raw_object) in held
            found.append(Outcome.WINNER if is_held else Outcome.DUPLICATE)
        else:
            found.append(Outcome.NEWER if is_first else Outcome.DUPLICATE)
    return found


def standing(found: Found) -> tuple[Stage, str]:
    """Return the stage, and a sentence that says it and what comes next."""
    if not found.versions:
        return _before_cleansed(found)
    waiting = f" Another version waits in raw/: {_NEXT_RUN}." if found.pending_lines else ""
    if not found.current or Outcome.NEWER in found.outcomes:
        return Stage.CLEANSED, _unmerged(found) + waiting
    if len(found.current) > 1:
        return Stage.MERGED, f"transactions holds it {len(found.current)} times: a fault"
    lacking = [
        sentence
        for sentence in (
            _lacking("lookups", found.lookups, found, found.since.in_lookups),
            _lacking("warehouse", found.warehouse, found, found.since.in_warehouse),
        )
        if sentence
    ]
    if lacking:
        return Stage.MERGED, f"It is in transactions. {' '.join(lacking)}{waiting}"
    return Stage.ARRIVED, f"It is in every store as it is in transactions.{waiting}"


_NEXT_RUN = "the next run takes it"


def _before_cleansed(found: Found) -> tuple[Stage, str]:
    if found.pending_lines:
        return Stage.LANDED, f"It has landed in raw/ and is not cleansed: {_NEXT_RUN}."
    if found.rejected:
        last = found.rejected[-1]
        said = f"{last.reason}: {last.field or 'the line'} {last.detail}"
        return Stage.REJECTED, (
            f"It was rejected ({said}). Correct it: `etl quarantine show --reason {last.reason} "
            "--out FILE`, then `etl quarantine retry FILE`."
        )
    return Stage.UNKNOWN, (
        "No store knows it. What the API took in the last minutes may still be in Firehose's "
        "buffer; else it was not received under this id."
    )


def _unmerged(found: Found) -> str:
    state = "It is cleansed and not merged"
    if found.current:
        state += ", transactions holds an older version"
    if found.is_merge_pending:
        return f"{state}: {_NEXT_RUN}."
    return f"{state}, though no merge is pending: a fault; `etl reconcile` tells what is missing."


def _lacking(store: str, held: InStore, found: Found, is_published: bool | None) -> str:
    """Return what is wrong with an event in a store; empty when it is as in transactions."""
    truth = content_of(found.current[0])
    if held.problem:
        return f"The {store} cannot tell: {held.problem}."
    if held.contents == [truth]:
        return ""
    what = _difference(held.contents, truth)
    if is_published or (held.position is not None and is_published is None):
        return (
            f"In the {store} it is {what}, though that run is published: a fault; "
            f"`etl rebuild {store}` mends it."
        )
    return f"In the {store} it is {what}: {_NEXT_RUN}."


def _difference(contents: list[Content], truth: Content) -> str:
    if not contents:
        return "missing"
    return "another version" if truth not in contents else f"there {len(contents)} times"
