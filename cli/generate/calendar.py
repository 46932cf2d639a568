"""When the invented shop sells: closed on Saturdays, busy at noon and before Christmas."""

from __future__ import annotations

import bisect
import itertools
from datetime import date, datetime, timedelta

_SATURDAY = 5
# Lines by hour of the day and weight by month, about as the real set has them.
_LINES_BY_HOUR = {7: 2, 8: 44, 9: 164, 10: 221, 11: 285, 12: 330, 13: 332, 14: 316, 15: 355,
                  16: 205, 17: 132, 18: 48, 19: 21, 20: 4}  # fmt: skip
_WEIGHT_BY_MONTH = {9: 1.3, 10: 1.5, 11: 2.0, 12: 1.4}


class ShopCalendar:
    """Maps progress through the file (0 to 1) to a time of sale that never goes back.

    Parameters
    ----------
    start : first day; a start on a Saturday sells on Sunday.
    days : calendar days; at least one of them must not be a Saturday.
    """

    def __init__(self, start: date, days: int) -> None:
        all_days = (start + timedelta(days=day) for day in range(days))
        self._days = [day for day in all_days if day.weekday() != _SATURDAY] or [start]
        self._day_ends = _shares([_WEIGHT_BY_MONTH.get(day.month, 1.0) for day in self._days])
        self._hours = list(_LINES_BY_HOUR)
        self._hour_ends = _shares([float(lines) for lines in _LINES_BY_HOUR.values()])

    def time_at(self, progress: float) -> str:
        """Return the time of sale as the data set writes it: `M/d/yyyy H:mm`."""
        day, into_day = _place(self._day_ends, progress)
        hour, into_hour = _place(self._hour_ends, into_day)
        at = self._days[day]
        return f"{at.month}/{at.day}/{at.year} {self._hours[hour]}:{int(into_hour * 60):02d}"


def minute_after(at: str) -> str:
    """Return the time one minute later, in the data set's form."""
    later = datetime.strptime(at, "%m/%d/%Y %H:%M") + timedelta(minutes=1)  # noqa: DTZ007
    return f"{later.month}/{later.day}/{later.year} {later.hour}:{later.minute:02d}"


def _shares(weights: list[float]) -> list[float]:
    """Return where each weight's share of 1 ends."""
    total = sum(weights)
    return [end / total for end in itertools.accumulate(weights)]


def _place(ends: list[float], at: float) -> tuple[int, float]:
    """Return which share `at` falls into, and how far into it (0 to below 1)."""
    index = min(bisect.bisect_right(ends, at), len(ends) - 1)
    begin = ends[index - 1] if index else 0.0
    return index, min((at - begin) / (ends[index] - begin), 0.999_999)
