"""Parses raw lines into transactions and rejections, as `contracts.transaction` defines them.

Everything is a column expression, and every step its own projection: what a later step uses twice
is computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from contracts import identity, numbers
from contracts.classification import (
    ADJUSTMENT_PREFIX,
    CANCELLATION_PREFIX,
    PRODUCT_CODE,
    TransactionType,
)
from contracts.fields import CLEANSED, INPUT_FIELDS, INPUT_NAMES, LONGEST, QUARANTINE
from contracts.fields import Column as TableColumn
from contracts.rejections import Reason
from glue_jobs.transforms.rules import dates, text
from glue_jobs.transforms.rules import numbers as number_rules
from glue_jobs.transforms.rules.faults import fault, no_object, parts

_SESSION_SETTINGS = {
    # Else Spark makes a null of a value that it cannot read, and says nothing.
    "spark.sql.json.enablePartialResults": "false",
    # Else all rules become one method, too long for Java to compile: they take twice the time.
    "spark.sql.codegen.wholeStage": "false",
}
_TEXT_FIELDS = tuple(LONGEST)
_WHOLE_FIELDS = {
    "Quantity": ("quantity", "int", numbers.QUANTITIES),
    "CustomerID": ("customer_id", "bigint", numbers.IDS),
    "InvoiceLine": ("invoice_line", "int", numbers.LINES),
}
_JSON_OPTIONS = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false"}


def parse_raw_lines(shop_time_zone: str, run_id: str) -> Callable[[DataFrame], DataFrame]:
    """Return a transform from (line, raw_object, object_modified) to what each line means.

    It changes two settings of the session that the lines belong to: one that the result hangs on,
    one that its speed hangs on.

    Parameters
    ----------
    shop_time_zone
        The time zone of a date without an offset.
    run_id
        The execution that reads the lines.

    Returns
    -------
    Callable[[DataFrame], DataFrame]
        Gives one row a line that is not blank: the columns of `cleansed`, and `reason`, `field`,
        `detail` and `line`, which are null for an accepted line. Of a rejected one the other
        columns mean nothing, but for `raw_object`, `run_id`, `received_at` and `ingest_date`.
    """

    def transform(lines: DataFrame) -> DataFrame:
        for setting, value in _SESSION_SETTINGS.items():
            lines.sparkSession.conf.set(setting, value)
        return (
            lines.where(_is_not_blank(F.col("line")))
            .transform(_make_array)
            .transform(_take_fields)
            .transform(_tidy)
            .transform(_recognise(shop_time_zone))
            .transform(_judge)
            .transform(_derive(run_id))
        )

    return transform


def accepted_transactions(parsed: DataFrame) -> DataFrame:
    """Return the rows of `cleansed` among parsed lines."""
    return parsed.where(F.col("reason").isNull()).select(*_as_contracted(CLEANSED))


def rejected_lines(parsed: DataFrame) -> DataFrame:
    """Return the rows of `quarantine` among parsed lines.

    Equal lines of one object are told apart by their running number, so that reading an object
    again gives the same identities.
    """
    equal_lines = Window.partitionBy("raw_object", "line_hash").orderBy("line_hash")
    identifying = ("raw_object", "line_hash", "line_number_among_equal")
    return (
        parsed.where(F.col("reason").isNotNull())
        .withColumn("line_hash", _digest(F.col("line")))
        .withColumn("line_number_among_equal", F.row_number().over(equal_lines))
        .withColumn("quarantine_id", _digest(F.concat_ws(identity.SEPARATOR, *identifying)))
        # A garbage line may be no UTF-8, which no reader of Parquet takes as text.
        .withColumn("raw_line", F.decode(F.col("line").cast("binary"), "UTF-8"))
        .select(*_as_contracted(QUARANTINE))
    )


def _is_not_blank(line: Column) -> Column:
    return line.startswith("{") | line.rlike(r"[^ \t\r\n]")


def _make_array(lines: DataFrame) -> DataFrame:
    """Make each line the one object of an array, whose last element tells that it is whole."""
    line = text.without_lone_surrogates(F.col("line"))
    array = F.concat(F.lit("["), line, F.lit(",null]"))
    is_readable = text.is_utf8(F.col("line")) & _kept_apart()
    return lines.select(
        "line", "raw_object", "object_modified", F.when(is_readable, array).alias("array")
    )


def _take_fields(lines: DataFrame) -> DataFrame:
    members = ", ".join(f"{name}: string" for name in (*INPUT_NAMES, "received_at"))
    # Spark evaluates what occurs several times in one projection once, and copies it nowhere.
    json = F.from_json("array", f"array<struct<{members}>>", _JSON_OPTIONS)
    record = json[0]
    is_whole = (F.size(json) == 2) & record.isNotNull() & json[1].isNull()
    is_object = F.coalesce(is_whole, F.lit(False))
    fields = {name: record[name] for name in INPUT_NAMES}
    return lines.select(
        "line",
        "raw_object",
        "object_modified",
        is_object.alias("is_object"),
        F.when(is_object, record["received_at"]).alias("received_text"),
        text.are_plain(fields.values()).alias("plain"),
        *[value.alias(name) for name, value in fields.items()],
    )


def _tidy(lines: DataFrame) -> DataFrame:
    """Tidy the fields; `<Field>_control` names a control character in a text."""
    plain = F.col("plain")
    others = [name for name in INPUT_NAMES if name not in _TEXT_FIELDS]
    return lines.select(
        *["line", "raw_object", "object_modified", "is_object", "plain"],
        dates.landed_moment(F.col("received_text")).alias("landed_at"),
        *[text.tidy(F.col(name), plain).alias(name) for name in _TEXT_FIELDS],
        *[
            text.control_character(F.col(name), plain).alias(f"{name}_control")
            for name in _TEXT_FIELDS
        ],
        *[text.trim(F.col(name), plain).alias(name) for name in others],
    )


def _recognise(shop_time_zone: str) -> Callable[[DataFrame], DataFrame]:
    """Return a step that reads moments, and numbers written in the common way."""

    def transform(lines: DataFrame) -> DataFrame:
        received_at = dates.received_moment(F.col("landed_at"), F.col("object_modified"))
        return lines.select(
            "line",
            "raw_object",
            "is_object",
            *INPUT_NAMES,
            *[f"{name}_control" for name in _TEXT_FIELDS],
            text.upper(F.col("InvoiceNo"), F.col("plain")).alias("invoice_no"),
            text.upper(F.col("StockCode"), F.col("plain")).alias("stock_code"),
            dates.moment(F.col("InvoiceDate"), shop_time_zone).alias("invoice_ts"),
            received_at.alias("received_at"),
            _ingest_date().alias("ingest_date"),
            number_rules.common_price(F.col("UnitPrice")).alias("UnitPrice_common"),
            *[
                number_rules.common_whole(F.col(name), F.col("plain")).alias(f"{name}_common")
                for name in _WHOLE_FIELDS
            ],
        )

    return transform


def _judge(lines: DataFrame) -> DataFrame:
    """Give every field its value, and the line the fault of the first field that has one."""
    first_fault = F.coalesce(*[_fault(field.name, field.required) for field in INPUT_FIELDS])
    whole = [
        number_rules.whole(F.col(name), F.col(f"{name}_common"), kind).alias(column)
        for name, (column, kind, _) in _WHOLE_FIELDS.items()
    ]
    price = number_rules.price(F.col("UnitPrice"), F.col("UnitPrice_common"))
    return lines.select(
        "line",
        "raw_object",
        "ingest_date",
        "received_at",
        "invoice_no",
        "stock_code",
        F.col("Description").alias("description"),
        F.col("Country").alias("country"),
        F.col("EventId").alias("sender_event_id"),
        "invoice_ts",
        price.alias("unit_price"),
        *whole,
        F.when(~F.col("is_object"), no_object()).otherwise(first_fault).alias("fault"),
    )


def _fault(field: str, required: bool) -> Column:
    value = F.col(field)
    missing = F.when(value.isNull(), fault(field, Reason.MISSING_FIELD) if required else None)
    if field in _TEXT_FIELDS:
        control = F.col(f"{field}_control")
        return F.coalesce(text.text_fault(field, value, control, LONGEST[field]), missing)
    if field == "InvoiceDate":
        moments = F.col("invoice_ts"), F.col("received_at")
        return F.coalesce(missing, dates.date_fault(field, value, *moments))
    common = F.col(f"{field}_common")
    if field == "UnitPrice":
        return F.coalesce(missing, number_rules.price_fault(field, value, common))
    faults = number_rules.whole_fault(field, value, common, _WHOLE_FIELDS[field][2])
    if field == "Quantity":
        number = number_rules.whole(value, common, "int")
        return F.coalesce(missing, faults, number_rules.zero_fault(field, number))
    return F.coalesce(missing, faults)


def _derive(run_id: str) -> Callable[[DataFrame], DataFrame]:
    """Return a step that adds what follows from the values, and the fault by its parts.

    It keeps the text only of a line with a fault.
    """

    def transform(lines: DataFrame) -> DataFrame:
        used_up = ("line", "fault", "sender_event_id")
        nothing = F.lit(identity.NULL)
        hashed = [
            F.coalesce(F.col(name).cast("string"), nothing) for name in identity.HASHED_FIELDS
        ]
        content_hash = _digest(F.concat_ws(identity.SEPARATOR, *hashed))
        line_amount = F.col("quantity").cast("decimal(7,0)") * F.col("unit_price")
        fault = parts(F.col("fault"))
        return lines.select(
            *[F.col(name) for name in lines.columns if name not in used_up],
            F.when(F.col("fault").isNotNull(), F.col("line")).alias("line"),
            content_hash.alias("content_hash"),
            line_amount.cast("decimal(18,4)").alias("line_amount"),
            _transaction_type().alias("transaction_type"),
            F.col("stock_code").rlike(rf"^{PRODUCT_CODE}\z").alias("is_product"),
            _event_id(content_hash).alias("event_id"),
            F.lit(run_id).alias("run_id"),
            F.when(_kept_apart(), fault[1]).alias("reason"),
            F.when(fault[0] != "", fault[0]).alias("field"),
            fault[2].alias("detail"),
        )

    return transform


def _kept_apart() -> Column:
    """Return what is always true, though Spark cannot know.

    Else it would compute what such a column is made of a second time in every filter on it.
    """
    return F.spark_partition_id() >= 0


def _event_id(content_hash: Column) -> Column:
    invoice, key, line = F.col("invoice_no"), F.col("sender_event_id"), F.col("invoice_line")
    for character, escaped in (("%", "%25"), ("#", "%23")):
        invoice = F.replace(invoice, F.lit(character), F.lit(escaped))
    return (
        F.when(key.isNotNull(), F.concat(invoice, F.lit("#E"), key))
        .when(line.isNotNull(), F.concat(invoice, F.lit("#L"), line))
        .otherwise(F.concat(invoice, F.lit("#H"), content_hash))
    )


def _transaction_type() -> Column:
    invoice_no = F.col("invoice_no")
    return (
        F.when(invoice_no.startswith(CANCELLATION_PREFIX), TransactionType.CANCELLATION.value)
        .when(invoice_no.startswith(ADJUSTMENT_PREFIX), TransactionType.ADJUSTMENT.value)
        .when(F.col("quantity") < 0, TransactionType.STOCK_CORRECTION.value)
        .when(F.col("unit_price") == 0, TransactionType.ZERO_PRICE.value)
        .otherwise(TransactionType.SALE.value)
    )


def _ingest_date() -> Column:
    """Return the day that the object's key names, else the day of its last change."""
    marker = "ingest_date="
    start = F.octet_length(F.substring_index("raw_object", marker, 1)) + len(marker) + 1
    # By bytes, as in _digest; behind the end, where the key names no day.
    named = F.substr(F.col("raw_object").cast("binary"), start, F.lit(len("YYYY-MM-DD")))
    return F.coalesce(named.cast("string").cast("date"), F.col("object_modified").cast("date"))


def _digest(value: Column) -> Column:
    # By bytes: the characters of a text Spark counts one by one.
    whole = F.sha2(value, 256).cast("binary")
    return F.substring(whole, 1, identity.HASH_CHARACTERS).cast("string")


def _as_contracted(columns: Iterable[TableColumn]) -> list[Column]:
    return [F.col(column.name).cast(column.type).alias(column.name) for column in columns]
