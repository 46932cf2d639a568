"""The items of the lookups table, made from rows of `transactions`: one row an item.

A column is an attribute by its name, null is an attribute that the item has not. Whole invoices
and whole products go in: an item says everything that is known of its invoice or product.
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from contracts.classification import TransactionType
from loader import lookup_items as items

_SALE, _CANCELLATION = TransactionType.SALE.value, TransactionType.CANCELLATION.value
_BETWEEN_LINES = 1  # byte: the comma


def invoice_headers(run_id: str) -> Callable[[DataFrame], DataFrame]:
    """Return a transform from whole invoices to their header items.

    An invoice's moment is the earliest of its lines. Customer and country are those of its latest
    line (the greatest invoice_ts, then event_id), as in the warehouse's dim_customer, also where
    that line has no customer; lines of one invoice rarely differ. When a line was received does
    not count: `transactions` keeps the time of a content's first receipt in some batch, so the
    outcome would hang on which records came together.
    """

    def transform(transactions: DataFrame) -> DataFrame:
        latest = F.struct("invoice_ts", "event_id")
        line_bytes = F.octet_length(_line_json()) + _BETWEEN_LINES
        invoices = transactions.groupBy("invoice_no").agg(
            F.max_by("customer_id", latest).alias("customer_id"),
            F.max_by("country", latest).alias("country"),
            F.min("invoice_ts").alias("invoice_ts"),
            F.min("transaction_type").alias("least_type"),
            F.max("transaction_type").alias("greatest_type"),
            F.count(F.lit(1)).alias("line_count"),
            F.sum(F.col("quantity").cast("bigint")).alias("units"),
            F.sum("line_amount").alias("total"),
            F.sum(line_bytes.cast("bigint")).alias("bytes"),
        )
        moment = _iso(F.col("invoice_ts"))
        history_key = F.concat(moment, F.lit(items.HISTORY_SEPARATOR), "invoice_no")
        is_of_one_type = F.col("least_type") == F.col("greatest_type")
        return invoices.select(
            F.concat(F.lit(items.INVOICE_PREFIX), "invoice_no").alias("pk"),
            F.lit(items.HEADER).alias("sk"),
            "invoice_no",
            "customer_id",
            F.concat(moment, F.lit("Z")).alias("invoice_ts"),
            F.when(F.col("customer_id").isNotNull(), history_key).alias("history_key"),
            "country",
            F.when(is_of_one_type, F.col("least_type"))
            .otherwise(items.MIXED)
            .alias("transaction_type"),
            "line_count",
            "units",
            "total",
            _chunks_filled("bytes").alias("chunk_count"),
            F.lit(run_id).alias("rebuilt_by"),
        )

    return transform


def invoice_line_chunks(run_id: str) -> Callable[[DataFrame], DataFrame]:
    """Return a transform from whole invoices to the items with their lines.

    Lines are in the order of (invoice_line, those without one last, event_id). A chunk is full
    when the bytes counted from the invoice's first line pass a multiple of CHUNK_BYTES, so the
    number of chunks follows from the sum of bytes alone, which is how the header knows it.
    """

    def transform(transactions: DataFrame) -> DataFrame:
        in_order = Window.partitionBy("invoice_no").orderBy(
            F.asc_nulls_last("invoice_line"), "event_id"
        )
        up_to_here = in_order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
        line_bytes = F.octet_length("line") + _BETWEEN_LINES
        lines = transactions.select(
            "invoice_no", "invoice_line", "event_id", _line_json().alias("line")
        )
        chunked = lines.withColumn("bytes", F.sum(line_bytes).over(up_to_here)).select(
            "invoice_no", _chunks_filled("bytes").alias("chunk"), "bytes", "line"
        )
        # `bytes` grows with every line: it is their order.
        ordered = F.array_sort(F.collect_list(F.struct("bytes", "line")))
        chunks = chunked.groupBy("invoice_no", "chunk").agg(
            ordered.alias("ordered"), F.count(F.lit(1)).alias("line_count")
        )
        number = F.lpad(F.col("chunk").cast("string"), items.CHUNK_DIGITS, "0")
        text = F.concat(F.lit("["), F.concat_ws(",", F.col("ordered.line")), F.lit("]"))
        return chunks.select(
            F.concat(F.lit(items.INVOICE_PREFIX), "invoice_no").alias("pk"),
            F.concat(F.lit(items.LINES_PREFIX), number).alias("sk"),
            text.alias("lines"),
            "line_count",
            F.lit(run_id).alias("rebuilt_by"),
        )

    return transform


def product_items(transactions: DataFrame) -> DataFrame:
    """Return the items of whole products.

    The description is the latest that a sale had: what stock corrections carry is remarks such
    as "damaged". Only a product that was never sold under a description takes the latest of any.
    Prices are those of sales; units_sold is what was sold less what was taken back.
    """
    kind, description = F.col("transaction_type"), F.col("description")
    is_sale = kind == _SALE
    is_paid_sale = is_sale & (F.col("unit_price") > 0)
    order = F.struct("invoice_ts", "event_id")  # as in the warehouse's dim_product
    # A null order takes a row out of the choice.
    latest_sold = F.max_by(description, F.when(is_sale & description.isNotNull(), order))
    latest_known = F.max_by(description, F.when(description.isNotNull(), order))
    units = F.when(kind.isin(_SALE, _CANCELLATION), F.col("quantity").cast("bigint")).otherwise(0)
    products = transactions.groupBy("stock_code").agg(
        F.coalesce(latest_sold, latest_known).alias("description"),
        F.min(F.when(is_paid_sale, F.col("unit_price"))).alias("lowest_price"),
        F.max(F.when(is_paid_sale, F.col("unit_price"))).alias("highest_price"),
        F.sum(units).alias("units_sold"),
        F.min(F.when(is_sale, F.col("invoice_ts"))).alias("first_sold"),
        F.max(F.when(is_sale, F.col("invoice_ts"))).alias("last_sold"),
        F.first("is_product").alias("is_product"),  # it follows from the code
    )
    return products.select(
        F.concat(F.lit(items.PRODUCT_PREFIX), "stock_code").alias("pk"),
        F.lit(items.PRODUCT).alias("sk"),
        "stock_code",
        "description",
        "lowest_price",
        "highest_price",
        "units_sold",
        F.concat(_iso(F.col("first_sold")), F.lit("Z")).alias("first_sold"),
        F.concat(_iso(F.col("last_sold")), F.lit("Z")).alias("last_sold"),
        "is_product",
    )


def _line_json() -> Column:
    """Return a line as the history API answers it: decimals are text, null is written."""
    return F.to_json(
        F.struct(
            F.col("invoice_line").alias("line"),
            "event_id",
            "stock_code",
            "description",
            "quantity",
            F.col("unit_price").cast("string").alias("unit_price"),
            F.col("line_amount").cast("string").alias("line_amount"),
            F.concat(_iso(F.col("invoice_ts")), F.lit("Z")).alias("invoice_ts"),
            "transaction_type",
        ),
        {"ignoreNullFields": "false"},
    )


def _chunks_filled(total_bytes: str) -> Column:
    """Return how many chunks so many bytes fill, the last perhaps in part."""
    return F.expr(f"({total_bytes} + {items.CHUNK_BYTES - 1}) div {items.CHUNK_BYTES}")


def _iso(moment: Column) -> Column:
    """Return a timestamp_ntz as ISO 8601; a fraction of a second only where there is one."""
    return F.translate(moment.cast("string"), " ", "T")
