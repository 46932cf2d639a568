"""The rules of dates as column expressions: `contracts.dates`."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column
from pyspark.sql import functions as F

from contracts import dates
from contracts.rejections import Reason
from glue_jobs.transforms.rules.faults import fault, shown

_MONTH_FIRST = rf"^{dates.MONTH_FIRST_DATE}\z"
_ISO = rf"^{dates.ISO_DATE}\z"
# How the ingest lands its moments: one look does for them.
_STAMP = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z\z"
_OFFSET = r"([+-][0-9:]{2,5})\z"
_DATE_CHARACTERS = 10
_UTC = "UTC"


def moment(text: Column, zone: str) -> Column:
    """Return the moment in UTC that `text` names, null where it is no date of the grammar.

    Parameters
    ----------
    zone
        The time zone of a date that names no offset.
    """
    return F.when(text.contains("/"), _month_first(text, zone)).otherwise(iso_moment(text, zone))


def iso_moment(text: Column, zone: str) -> Column:
    """Return the moment in UTC that an ISO 8601 text names, null where it is none."""
    offset = F.regexp_extract(text, _OFFSET, 1)
    local = text.substr(F.lit(1), F.length(text) - F.length(offset)).cast("timestamp_ntz")
    hours = F.substring(offset, 2, 2).cast("int")
    minutes = F.coalesce(F.substring(F.translate(offset, ":", ""), 4, 2).cast("int"), F.lit(0))
    ahead = F.make_dt_interval(F.lit(0), hours, minutes)
    with_offset = F.when(offset.startswith("-"), local + ahead).otherwise(local - ahead)
    without_offset = _in_utc(text.cast("timestamp_ntz"), zone)
    return F.when(
        text.rlike(_ISO),
        F.when(text.endswith("Z"), _without_z(text))
        .when((F.length(text) > _DATE_CHARACTERS) & (offset != ""), with_offset)
        .otherwise(without_offset),
    )


def landed_moment(text: Column) -> Column:
    """Return the moment in UTC of a landed line's `received_at`, null where it is none."""
    is_stamp = text.rlike(_STAMP)
    return F.when(is_stamp, _without_z(text)).otherwise(iso_moment(text, _UTC))


def received_moment(landed: Column, otherwise: Column) -> Column:
    """Return the `landed_moment`, or `otherwise` where it is none that can be."""
    possible = landed.between(_literal(dates.EARLIEST), _literal(dates.LATEST))
    return F.when(possible, landed).otherwise(otherwise)


def date_fault(field: str, text: Column, value: Column, received_at: Column) -> Column:
    """Return why `text` is no date of an invoice, null where it is one, or null.

    Parameters
    ----------
    value
        The `moment` of `text`.
    """
    in_range = (value >= _literal(dates.EARLIEST)) & (
        value - F.lit(dates.AHEAD_OF_RECEIPT) <= received_at
    )
    return (
        F.when(in_range | text.isNull(), None)
        .when(value.isNull(), fault(field, Reason.NOT_A_DATE, shown(text)))
        .otherwise(fault(field, Reason.OUT_OF_RANGE, shown(text), limits=dates.ALLOWED))
    )


def _month_first(text: Column, zone: str) -> Column:
    # Spark's cast reads months, days and hours of one digit, and takes "-- ", which any other text
    # becomes, for no date.
    iso = F.regexp_replace(text, rf"{_MONTH_FIRST}|(?s)^.*\z", "$3-$1-$2 $4")
    return _in_utc(iso.cast("timestamp_ntz"), zone)


def _without_z(text: Column) -> Column:
    return F.substring_index(text, "Z", 1).cast("timestamp_ntz")


def _in_utc(local: Column, zone: str) -> Column:
    return local if zone == _UTC else F.convert_timezone(F.lit(zone), F.lit(_UTC), local)


def _literal(moment: datetime) -> Column:
    return F.lit(moment.replace(tzinfo=None).isoformat()).cast("timestamp_ntz")
