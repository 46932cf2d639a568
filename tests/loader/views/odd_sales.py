"""The oddest sales that views must count right, and corrections of sales that were loaded."""

from __future__ import annotations

import csv
from pathlib import Path

# InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
ODD_LINES = (
    # Quotients that end in half a ten-thousandth, above and below zero.
    "900001,10001,HALF,1,2/3/2015 10:00,0.0001,1,Utopia",
    "900002,10001,HALF,2,2/4/2015 10:00,0.0001,2,Utopia",
    "C900003,10001,HALF,-3,3/1/2015 10:00,0.0001,1,Utopia",
    "900004,10001,HALF,1,3/1/2015 11:00,0.0001,2,Utopia",
    "900005,10001,HALF,1,3/1/2015 12:00,0.0001,3,Utopia",
    "C900006,10001,HALF,-2,3/1/2015 12:00,0.0001,3,Utopia",
    # A country, and a month, from which more is cancelled than sold; a country that only cancels.
    "C900007,10002,TAKEN BACK,-5,4/1/2015 10:00,2,4,Atlantis",
    "900008,10002,TAKEN BACK,1,4/2/2015 10:00,2,4,Atlantis",
    "C900009,10002,TAKEN BACK,-5,5/1/2015 10:00,2,,Nowhere",
    # A customer who only cancels, and one who cancels before the first purchase and never after.
    "C900010,10002,TAKEN BACK,-1,4/1/2015 10:00,3,5,Utopia",
    "C900011,10002,TAKEN BACK,-1,4/1/2015 10:00,3,6,Utopia",
    "900012,10002,TAKEN BACK,1,6/1/2015 10:00,3,6,Utopia",
    # A customer who comes back after months, and only cancels in the last of them.
    "900013,10003,SEASONAL,1,2/5/2015 10:00,3,7,Utopia",
    "900014,10003,SEASONAL,1,6/5/2015 10:00,3,7,Utopia",
    "C900015,10003,SEASONAL,-1,7/5/2015 10:00,3,7,Utopia",
    # Customers alike in everything but their numbers; products of the same value.
    *(f"9001{n:02d},10004,TWINS,1,6/6/2015 10:00,4,{100 + n},Utopia" for n in range(12)),
    "900200,10005,THE SAME VALUE,12,6/6/2015 10:00,4,,Utopia",
    # What is no sale: bad debt, stock corrections, gifts; and of a known customer nothing else.
    "A900300,B,Adjust bad debt,1,6/7/2015 10:00,-11062.06,,Utopia",
    "900301,10006,damaged,-7,6/7/2015 10:00,0,,Utopia",
    "900302,10006,GIFT,1,6/7/2015 10:00,0,8,Utopia",
    # A sale and a gift on one invoice, of no product.
    "900303,POST,POSTAGE,1,6/8/2015 10:00,18,9,Utopia",
    "900303,10006,GIFT,1,6/8/2015 10:00,0,9,Utopia",
    # Names: of the tenth line, which sorts before the ninth; none at all; a customer who moves.
    *(f"900400,10007,NAME {n},1,6/9/2015 10:00,1,10,Utopia" for n in range(1, 11)),
    "900401,10008,,1,6/9/2015 10:00,1,10,Atlantis",
    # The same invoice on both sides of midnight, and of two countries.
    "900402,10009,LATE,1,6/30/2015 23:59,1,11,Utopia",
    "900402,10009,LATE,1,7/1/2015 0:00,1,11,Atlantis",
)


def correct(first: Path, corrected: Path) -> None:
    """Write the file once more with lines changed as corrections change them."""
    with first.open(encoding="iso-8859-1", newline="") as file:
        names, *rows = list(csv.reader(file))
    for number, row in enumerate(rows):
        line = dict(zip(names, row, strict=True))
        rows[number] = [(line | _correction(number, line))[name] for name in names]
    with corrected.open("w", encoding="iso-8859-1", newline="") as file:
        csv.writer(file).writerows([names, *rows])


def _correction(number: int, line: dict[str, str]) -> dict[str, str]:
    if line["InvoiceNo"] == "900013":  # the first purchase moves to another month
        return {"InvoiceDate": "1/5/2015 10:00"}
    if line["InvoiceNo"] == "900014":  # no longer a sale
        return {"UnitPrice": "0"}
    if number % 97 == 0 and not line["CustomerID"]:
        return {"CustomerID": "12"}
    if number % 89 == 0 and line["Quantity"].isdigit():
        return {"Quantity": str(int(line["Quantity"]) + 1)}
    return {}
