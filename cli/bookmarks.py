"""`etl bookmarks`: how far the cleanse job has read raw/, and how to make it read all again."""

from __future__ import annotations

from botocore.exceptions import ClientError

from cli import console
from cli.target import Target
from contracts.raw_zone import POSITION_ITEM
from lambdas.pending_work.raw_objects import count_pending, read_position


def show(target: Target) -> None:
    """Print Glue's bookmark, the position beside it, and what is pending."""
    position = read_position(target.client("dynamodb"), target.output("StateTable"))
    pending = count_pending(target.client("s3"), target.output("LakeBucket"), position)
    rows = [("job", target.output("CleanseJob")), ("bookmark", _bookmark(target))]
    if position is None:
        rows.append(("read up to", "nothing is read yet"))
    else:
        rows.append(("read up to", position.high_water_mark.isoformat(sep=" ")))
        rows.append(("objects known by name", console.count(len(position.names_in_band))))
    plural = "" if pending.objects == 1 else "s"
    waiting = f"{pending.objects:,} object{plural}, {console.size(pending.bytes)}"
    rows.append(("pending", waiting if pending.objects else "nothing"))
    console.out().print(console.table("Cleanse", ("what", "value"), rows))


def reset(target: Target) -> None:
    """Make the next run read all of raw/ again; it adds nothing that the lake has already."""
    job = target.output("CleanseJob")
    try:
        target.client("glue").reset_job_bookmark(JobName=job)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
    target.client("dynamodb").delete_item(
        TableName=target.output("StateTable"), Key={"item": {"S": POSITION_ITEM}}
    )
    console.say(f"the bookmark of {job} is reset: the next run reads all of raw/")


def _bookmark(target: Target) -> str:
    try:
        entry = target.client("glue").get_job_bookmark(JobName=target.output("CleanseJob"))
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        return "none"
    bookmark = entry["JobBookmarkEntry"]
    return f"version {bookmark.get('Version', 0)}, of run {bookmark.get('RunId') or '(none)'}"
