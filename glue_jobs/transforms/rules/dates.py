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
        F.when(text.endswith("Z"), text.substr(F.lit(1), F.length(text) - 1).cast("timestamp_ntz"))
        .when((F.length(text) > _DATE_CHARACTERS) & (offset != ""), with_offset)
        .otherwise(without_offset),
    )


def received_moment(text: Column, otherwise: Column) -> Column:
    """Return a landed line's `received_at`, or `otherwise` where it has none that can be."""
    moment = iso_moment(text, _UTC)
    possible = moment.between(_literal(dates.EARLIEST), _literal(dates.LATEST))
    return F.when(possible, moment).otherwise(otherwise)


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
    # Spark's cast reads months, days and hours of one digit.
    iso = F.regexp_replace(text, _MONTH_FIRST, "$3-$1-$2 $4")
    return F.when(~iso.contains("/"), _in_utc(iso.cast("timestamp_ntz"), zone))


def _in_utc(local: Column, zone: str) -> Column:
    return local if zone == _UTC else F.convert_timezone(F.lit(zone), F.lit(_UTC), local)


def _literal(moment: datetime) -> Column:
    return F.lit(moment.replace(tzinfo=None).isoformat()).cast("timestamp_ntz")
