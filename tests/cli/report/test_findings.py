"""The sentence above each chart says what the rows say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.report import findings
from cli.report.queries import Data
from tests.cli.report.sample_data import TRAP, sample_data

P = "\N{NARROW NO-BREAK SPACE}%"


SAID: dict[findings.Finding, str] = {
    findings.revenue: (
        "The best month was January 2011 with 1,234,567.89 net; "
        "the best day 4 January 2011 with 1,234,567.89."
    ),
    findings.products: (
        f"{TRAP} leads with 500.25 (0.0{P} of net revenue); "
        f"the first 5 together bring 1,501.25 (0.1{P} of net revenue)."
    ),
    findings.customers: (
        f"Champions: 3 customers (75.0{P} of all), who bring 3,000.25 (75.0{P} of the value)."
    ),
    findings.countries: f"United Kingdom brings 99.9{P} of net revenue; then comes {TRAP}.",
    findings.cohorts: (
        f"A month after their first purchase 33.3{P} of the customers bought again (1 of 3)."
    ),
    findings.basket: (
        "In February 2011 the average invoice was worth 412.67: 3.0 lines, 10.0 units."
    ),
    findings.cancellations: f"Most was cancelled in February 2011: 2.1{P} of the gross sales.",
    findings.new_and_returning: (
        f"In February 2011 2 customers came back and brought 1,000.00 (50.0{P} of both); "
        "1 new customer brought 1,000.00."
    ),
}


@pytest.mark.parametrize("finding", SAID, ids=lambda finding: finding.__name__)
def test_a_finding_says_what_the_rows_say(finding: findings.Finding) -> None:
    assert finding(sample_data()) == SAID[finding]


def _without(name: str) -> Data:
    data = sample_data()
    return {**data, name: replace(data[name], rows=[])}


@pytest.mark.parametrize(
    ("finding", "name", "said"),
    [
        (findings.products, "top_products", "No product was sold."),
        (findings.customers, "customer_segments", "No sale names its customer."),
        (findings.cohorts, "cohort_retention", "No customer has had a month's time to buy again."),
        (findings.cancellations, "cancellation_rate", "Nothing was sold."),
        (
            findings.new_and_returning,
            "new_and_returning_customers",
            "No sale names its customer.",
        ),
        (findings.basket, "basket_size", "Nothing was sold."),
    ],
)
def test_a_finding_says_so_when_there_is_nothing(
    finding: findings.Finding, name: str, said: str
) -> None:
    assert finding(_without(name)) == said
