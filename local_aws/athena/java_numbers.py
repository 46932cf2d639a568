"""Write floating-point numbers as Java does, for Athena's results show them so."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np


def java_double(value: float) -> str:
    """Return Double.toString(value)."""
    return _java(value, repr(value))


def java_float(value: float) -> str:
    """Return Float.toString(value) of a value that a 32-bit float holds."""
    return _java(value, str(np.float32(value)))


def _java(value: float, shortest: str) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    sign, digits, exponent = Decimal(shortest).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)  # the decimal point stands after so many digits
    minus = "-" if sign else ""
    if 1e-3 <= abs(value) < 1e7:
        if point <= 0:
            return f"{minus}0.{'0' * -point}{text}"
        whole = text[:point].ljust(point, "0")
        return f"{minus}{whole}.{text[point:] or '0'}"
    return f"{minus}{text[0]}.{text[1:] or '0'}E{point - 1}"
