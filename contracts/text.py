"""The rules of text: which characters pass, how white space is tidied, how keys are upper-cased.

The character classes are spelled out, and shared with the Spark rules as the content of a
regular expression's class, because "white space" means another set in every language.
"""

import re
from string import ascii_lowercase, ascii_uppercase

from contracts.rejections import BrokenRuleError, Reason

WHITE_SPACE_CLASS = r" \t\n\x0b\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
CONTROL_CLASS = r"\x00-\x08\x0e-\x1f\x7f\u0080-\u0084\u0086-\u009f"

_WHITE_SPACE = " \t\n\x0b\f\r\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
# Half of a surrogate pair has no UTF-8 form: it could not be stored.
_FORBIDDEN = re.compile(f"[{CONTROL_CLASS}\ud800-\udfff]")
_RUN_OF_WHITE_SPACE = re.compile(f"[{WHITE_SPACE_CLASS}]+")
_UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)


def tidy(value: str) -> str:
    """Return `value` trimmed, each inner run of white space made one space.

    Raises
    ------
    BrokenRuleError
        control_character: a control character that is no white space, or half a surrogate pair.
    """
    if forbidden := _FORBIDDEN.search(value):
        raise BrokenRuleError(Reason.CONTROL_CHARACTER, f"{ord(forbidden.group()):04X}")
    return trim(_RUN_OF_WHITE_SPACE.sub(" ", value))


def trim(value: str) -> str:
    """Return `value` without the white space around it."""
    return value.strip(_WHITE_SPACE)


def upper(value: str) -> str:
    """Return `value` with a to z upper-cased.

    Only ASCII: identities hang on it, and what other letters become differs by engine, locale
    and Unicode version.
    """
    return value.translate(_UPPER)


def limited(value: str, longest: int) -> str:
    """Return `value`.

    Raises
    ------
    BrokenRuleError
        too_long: it has more than `longest` characters (code points).
    """
    if len(value) > longest:
        raise BrokenRuleError(Reason.TOO_LONG, str(len(value)), longest)
    return value
