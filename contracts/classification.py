"""What kind of transaction a record is, and whether it sells a product."""

import re
from decimal import Decimal
from enum import StrEnum

CANCELLATION_PREFIX, ADJUSTMENT_PREFIX = "C", "A"
PRODUCT_CODE = r"[0-9]{5}[A-Z]{0,2}"
"""Other codes are postage (POST, DOT), fees (BANK CHARGES), discounts (D), vouchers, samples."""

_PRODUCT = re.compile(PRODUCT_CODE)


class TransactionType(StrEnum):
    """The kinds of transactions, in the order in which they are tried."""

    CANCELLATION = "cancellation"
    ADJUSTMENT = "adjustment"
    STOCK_CORRECTION = "stock_correction"
    ZERO_PRICE = "zero_price"
    SALE = "sale"


def transaction_type(invoice_no: str, quantity: int, unit_price: Decimal) -> TransactionType:
    """Return the first kind whose test the canonical values pass."""
    if invoice_no.startswith(CANCELLATION_PREFIX):
        return TransactionType.CANCELLATION
    if invoice_no.startswith(ADJUSTMENT_PREFIX):
        return TransactionType.ADJUSTMENT
    if quantity < 0:
        return TransactionType.STOCK_CORRECTION
    return TransactionType.ZERO_PRICE if unit_price == 0 else TransactionType.SALE


def is_product(stock_code: str) -> bool:
    """Tell whether an upper-cased stock code names a product."""
    return _PRODUCT.fullmatch(stock_code) is not None
