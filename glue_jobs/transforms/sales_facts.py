"""The rows of the warehouse's fact_sales, from those of `transactions`."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# In the order of loader/sql/migrations: COPY from Parquet goes by position.
FACT_SALES = (
    "event_id",
    "invoice_no",
    "invoice_line",
    "stock_code",
    "description",
    "quantity",
    "invoice_ts",
    "date_key",
    "unit_price",
    "customer_id",
    "country",
    "line_amount",
    "transaction_type",
    "is_product",
)


def sales_facts(transactions: DataFrame) -> DataFrame:
    """Return one fact a transaction, with its day as yyyymmdd."""
    day = F.col("invoice_ts")
    date_key = F.year(day) * 10000 + F.month(day) * 100 + F.dayofmonth(day)
    return transactions.withColumn("date_key", date_key.cast("int")).select(*FACT_SALES)
