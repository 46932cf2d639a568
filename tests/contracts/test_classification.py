"""Every transaction has one type, and is about a product or not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contracts.classification import TransactionType, is_product, transaction_type


@pytest.mark.parametrize(
    ("invoice_no", "quantity", "price", "expected"),
    [
        ("C536379", -1, "27.50", TransactionType.CANCELLATION),
        ("C536379", 1, "0", TransactionType.CANCELLATION),
        ("A563185", 1, "-11062.06", TransactionType.ADJUSTMENT),
        ("536589", -10, "0", TransactionType.STOCK_CORRECTION),
        ("536414", 56, "0.0000", TransactionType.ZERO_PRICE),
        ("536365", 6, "2.55", TransactionType.SALE),
        ("536365", 6, "-2.55", TransactionType.SALE),
        ("1C", 6, "2.55", TransactionType.SALE),
    ],
)
def test_the_first_type_that_fits_is_taken(
    invoice_no: str, quantity: int, price: str, expected: TransactionType
) -> None:
    assert transaction_type(invoice_no, quantity, Decimal(price)) is expected


@pytest.mark.parametrize("code", ["22423", "85123A", "15056BL"])
def test_five_digits_and_up_to_two_letters_are_a_product(code: str) -> None:
    assert is_product(code)


@pytest.mark.parametrize(
    "code",
    ["POST", "DOT", "M", "C2", "D", "BANK CHARGES", "GIFT_0001_20", "8512A", "851234", "85123ABC",
     "85123a", "85123A ", "٨5123"],
)  # fmt: skip
def test_anything_else_is_not(code: str) -> None:
    assert not is_product(code)
