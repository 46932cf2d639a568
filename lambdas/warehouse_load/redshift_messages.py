"""What of Redshift's message about a failed statement may be logged: no value that it quotes.

A message may quote a value that it could not take, as it quotes names: both in quotation marks.
Names are known, they are in our SQL. The execution's history has the whole message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_WORD = re.compile(r"\w+")
_WITHHELD = "(…)"


def without_values(message: str, statements: Iterable[str]) -> str:
    """Return the message's first line, in which only words of the statements stand in quotes.

    The lines after it (DETAIL, CONTEXT) are about the row at hand.
    """
    names = {word.lower() for statement in statements for word in _WORD.findall(statement)}

    def told(quoted: re.Match[str]) -> str:
        words = _WORD.findall(quoted[0])
        return quoted[0] if words and names.issuperset(map(str.lower, words)) else _WITHHELD

    return _QUOTED.sub(told, message.partition("\n")[0])
