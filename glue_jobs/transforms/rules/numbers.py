"""The rules of numbers as column expressions: `contracts.numbers`."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

from contracts import numbers
from contracts.rejections import Reason
from glue_jobs.transforms.rules.faults import fault, shown

# Nearly every number looks like this: one look and a cheap cast do for it.
_COMMON_WHOLE = r"^[+-]?[0-9]{1,9}(?:\.0{0,9})?\z"
_COMMON_PRICE = r"^[+-]?[0-9]{1,8}(?:\.[0-9]{1,4})?\z"
_SHORT = 9
_PRICE = "decimal(12,4)"


def common_whole(text: Column, plain: Column) -> Column:
    """Return the whole number that `text` is, null unless it is written in the common way."""
    # Of a text without a point and control characters Spark's cast takes digits and a sign alone.
    has_no_point = plain & (F.octet_length(text) <= _SHORT) & ~text.contains(".")
    before_point = F.substring_index(text, ".", 1)
    return F.when(has_no_point, text.cast("int")).when(
        text.rlike(_COMMON_WHOLE), before_point.cast("int")
    )


def whole(text: Column, common: Column, kind: str) -> Column:
    """Return the whole number that `text` is, of the type `kind`; anything where it is none."""
    return F.coalesce(common.cast(kind), F.when(_is_number(text), _exact(text)).cast(kind))


def whole_fault(field: str, text: Column, common: Column, allowed: range) -> Column:
    """Return why `text` is no whole number of `allowed`, null where it is one, or null."""
    least, greatest = allowed.start, allowed.stop - 1
    exact = _exact(text)
    out_of_range = fault(field, Reason.OUT_OF_RANGE, shown(text), limits=numbers.in_words(allowed))
    return (
        F.when(common.between(least, greatest) | text.isNull(), None)
        .when(common.isNotNull(), out_of_range)
        .when(~_is_number(text), fault(field, Reason.NOT_A_NUMBER, shown(text)))
        .when(_decimals(text) > 0, fault(field, Reason.NOT_AN_INTEGER, shown(text)))
        .when(exact.isNull() | ~exact.between(least, greatest), out_of_range)
    )


def zero_fault(field: str, value: Column) -> Column:
    """Return a fault where `value` is 0."""
    return F.when(value == 0, fault(field, Reason.ZERO_QUANTITY))


def common_price(text: Column) -> Column:
    """Return the price that `text` is, null unless it is written in the common way."""
    return F.when(text.rlike(_COMMON_PRICE), text.cast(_PRICE))


def price(text: Column, common: Column) -> Column:
    """Return the price that `text` is; anything where it is none."""
    return F.coalesce(common, F.when(_is_number(text), _exact(text)).cast(_PRICE))


def price_fault(field: str, text: Column, common: Column) -> Column:
    """Return why `text` is no price, null where it is one, or null."""
    limit = F.lit(numbers.AMOUNT_LIMIT)
    exact = _exact(text)
    out_of_range = fault(field, Reason.OUT_OF_RANGE, shown(text), limits=numbers.PRICES)
    too_precise = fault(field, Reason.TOO_PRECISE, shown(text), limits=numbers.PRICE_DECIMALS)
    return (
        F.when((F.abs(common) < limit) | text.isNull(), None)
        .when(common.isNotNull(), out_of_range)
        .when(~_is_number(text), fault(field, Reason.NOT_A_NUMBER, shown(text)))
        .when(_decimals(text) > numbers.PRICE_DECIMALS, too_precise)
        .when(exact.isNull() | (F.abs(exact) >= limit), out_of_range)
    )


def _is_number(text: Column) -> Column:
    digits = F.regexp_replace(_mantissa(text), "[^0-9]", "")
    is_plain = text.rlike(rf"^(?:{numbers.PLAIN_NUMBER})\z")
    has_exponent = text.rlike(rf"^(?:{numbers.EXPONENT_NUMBER})\z")
    return (is_plain & (F.length(text) <= numbers.LONGEST_PLAIN)) | (
        has_exponent & (F.length(digits) <= numbers.LONGEST_MANTISSA)
    )


def _exact(text: Column) -> Column:
    """Return the value of a number of few decimals; null where it has over 20 digits before."""
    # Spark's cast takes 0e999 for an overflow.
    return F.when(_significant(text) == "", F.lit(0)).otherwise(text.cast("decimal(38,18)"))


def _decimals(text: Column) -> Column:
    """Return how many decimals a number needs, however it is written."""
    mantissa = _mantissa(text)
    fraction = F.substring_index(mantissa, ".", -1)
    written = F.when(mantissa.contains("."), F.length(fraction)).otherwise(0)
    trailing_zeros = F.length(_digits(text)) - F.length(_significant(text))
    exponent = F.coalesce(F.regexp_extract(text, "[eE](.*)", 1).cast("int"), F.lit(0))
    return F.when(_significant(text) == "", 0).otherwise(written - trailing_zeros - exponent)


def _mantissa(text: Column) -> Column:
    return F.substring_index(F.translate(text, "E", "e"), "e", 1)


def _digits(text: Column) -> Column:
    return F.translate(_mantissa(text), "+-.", "")


def _significant(text: Column) -> Column:
    """Return the digits without the zeros at their end."""
    return F.regexp_replace(_digits(text), r"0+\z", "")
