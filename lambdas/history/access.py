"""Who may read what: a customer's token reads that customer, a staff token reads all.

The HTTP API's JWT authoriser has checked the token; here is checked whom it names. Where the API
demands tokens, a request without claims is refused: it came past the authoriser.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lambdas.refused_request import RefusedRequest

_WHOLE = re.compile(r"-?[0-9]{1,19}")
# The HTTP API writes a claim that is a list as "[a b]"; a scope claim is "a b".
_SEPARATORS = re.compile(r"[\s,\[\]]+")


@dataclass(frozen=True)
class AccessRules:
    """How tokens are read.

    Attributes
    ----------
    demands_token : the API has an authoriser; without one it is open.
    customer_claim : claim with the number of the customer whose token it is.
    staff_claim, staff_value : claim, and the value among its values, of those who may read all;
        without a value nobody may.
    """

    demands_token: bool
    customer_claim: str
    staff_claim: str
    staff_value: str


@dataclass(frozen=True)
class Caller:
    """Whom the token names.

    Attributes
    ----------
    reads_all : it is staff's, or the API is open.
    customer_id : the customer whose token it is; None when it names none.
    """

    reads_all: bool
    customer_id: int | None

    def may_read(self, customer_id: int | None) -> bool:
        """Tell whether it may read what belongs to a customer; a guest's belongs to None."""
        return self.reads_all or (customer_id is not None and customer_id == self.customer_id)


def caller(event: dict[str, Any], rules: AccessRules) -> Caller:
    """Return whom the request's token names.

    Raises
    ------
    RefusedRequest : 403, a token is demanded and its claims are not there.
    """
    if not rules.demands_token:
        return Caller(reads_all=True, customer_id=None)
    claims = _claims(event)
    if not claims:
        raise RefusedRequest(403, "the request has no token")
    staff_values = _SEPARATORS.split(str(claims.get(rules.staff_claim, "")))
    is_staff = bool(rules.staff_value) and rules.staff_value in staff_values
    return Caller(reads_all=is_staff, customer_id=_customer(claims.get(rules.customer_claim)))


def _claims(event: dict[str, Any]) -> dict[str, Any]:
    found: Any = event
    for name in ("requestContext", "authorizer", "jwt", "claims"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _customer(claim: object) -> int | None:
    text = str(claim)
    return int(text) if _WHOLE.fullmatch(text) else None
