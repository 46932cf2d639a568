"""The fields of a transaction as sent, and the columns of every table made from them."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InputField:
    """A field that a sender fills.

    Attributes
    ----------
    longest
        Characters allowed once tidied; None for what is no text.
    """

    name: str
    required: bool
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `type` in the spelling of Spark SQL and Iceberg."""

    name: str
    type: str
    nullable: bool
    comment: str


INPUT_FIELDS = (
    InputField("InvoiceNo", required=True, longest=20),
    InputField("StockCode", required=True, longest=32),
    InputField("Description", required=False, longest=500),
    InputField("Quantity", required=True),
    InputField("InvoiceDate", required=True),
    InputField("UnitPrice", required=True),
    InputField("CustomerID", required=False),
    InputField("Country", required=True, longest=64),
    InputField("InvoiceLine", required=False),
    InputField("EventId", required=False, longest=128),
)
"""In the order in which they are judged."""
INPUT_NAMES = tuple(field.name for field in INPUT_FIELDS)
LONGEST = {field.name: field.longest for field in INPUT_FIELDS if field.longest is not None}

LANDING_FIELDS = ("extra", "received_at", "request_id", "request_position")
"""What the ingest adds to a landed line: see `contracts.landing`."""

TRANSACTIONS = (
    Column("event_id", "string", False, "readable key of the event within its invoice"),
    Column("invoice_no", "string", False, "upper-cased; C… cancels, A… adjusts"),
    Column("invoice_line", "int", True, "running count of the line within its invoice"),
    Column("stock_code", "string", False, "upper-cased"),
    Column("description", "string", True, "white space tidied"),
    Column("quantity", "int", False, "items; negative when returned"),
    Column("invoice_ts", "timestamp_ntz", False, "moment of the invoice, UTC"),
    Column("unit_price", "decimal(12,4)", False, "price of one item"),
    Column("customer_id", "bigint", True, "null for guests"),
    Column("country", "string", False, "the customer's"),
    Column("line_amount", "decimal(18,4)", False, "quantity x unit_price, exact"),
    Column(
        "transaction_type",
        "string",
        False,
        "cancellation, adjustment, stock_correction, zero_price or sale",
    ),
    Column("is_product", "boolean", False, "false for postage, fees, vouchers and the like"),
    Column("received_at", "timestamp_ntz", False, "moment of receipt, UTC: the latest wins"),
    Column("content_hash", "string", False, "128 bits of SHA-256 over the content, hexadecimal"),
    Column("raw_object", "string", False, "key of the raw object that held the record"),
    Column("run_id", "string", False, "execution that read it"),
)
"""Table `transactions`: the truth now, one row an event."""

INGEST_DATE = Column("ingest_date", "date", False, "day under which the raw object was landed")

CLEANSED = (*TRANSACTIONS, INGEST_DATE)
"""Table `cleansed`: every accepted record, every version."""

QUARANTINE = (
    Column("quarantine_id", "string", False, "hash of object, line and running number"),
    Column("raw_object", "string", False, "key of the raw object that held the line"),
    Column("line_hash", "string", True, "128 bits of SHA-256 over the line, hexadecimal"),
    Column("line_number_among_equal", "int", False, "from 1, among equal lines of the object"),
    Column("raw_line", "string", True, "the line as landed; null for an unreadable object"),
    Column("reason", "string", False, "code of the first rule broken"),
    Column("field", "string", True, "input field that broke it"),
    Column("detail", "string", False, "what to do about it"),
    Column("received_at", "timestamp_ntz", True, "moment of receipt, UTC"),
    Column("run_id", "string", False, "execution that read it"),
    INGEST_DATE,
)
"""Table `quarantine`: every rejected line, with the reason."""

CHANGED_INVOICES = (
    Column("invoice_no", "string", False, "invoice that a run touched"),
    Column("run_id", "string", False, "the run"),
    Column("changed_at", "timestamp_ntz", False, "moment of the run's commit, UTC"),
)
"""Table `changed_invoices`: append-only, the invoices each run touched."""

RAW_TRANSACTIONS = (
    *(Column(name.lower(), "string", True, "as sent") for name in INPUT_NAMES),
    Column("extra", "string", True, "JSON text of the fields that the contract does not know"),
    Column("received_at", "string", True, "when the API received the record (ISO 8601, UTC)"),
    Column("request_id", "string", True, "the request that brought the record"),
    Column("request_position", "int", True, "the record's index in that request"),
)
"""Table `raw_transactions`: what was landed, for queries only; its SerDe ignores case."""


def iceberg_columns(columns: Iterable[Column]) -> str:
    """Return the column list of an Iceberg `CREATE TABLE`, without its parentheses."""
    return ",\n".join(_iceberg_column(column) for column in columns)


def catalog_columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    """Return the columns of a Glue catalog table's `StorageDescriptor`."""
    return [
        {"Name": column.name, "Type": column.type, "Comment": column.comment} for column in columns
    ]


def _iceberg_column(column: Column) -> str:
    presence = "" if column.nullable else " NOT NULL"
    comment = column.comment.replace("'", "\\'")
    return f"{column.name} {column.type}{presence} COMMENT '{comment}'"
