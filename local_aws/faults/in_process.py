"""Meets the calls that engines of ours make inside this process, without HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from local_aws.faults import injector
from local_aws.faults.matching import Call
from local_aws.faults.plan import KILLS, Effect

Result = TypeVar("Result")

_ABLE = frozenset(Effect) - KILLS - {Effect.PARTIAL}


def meet(call: Call, act: Callable[[], Result], refusal: Callable[[Effect], Exception]) -> Result:
    """Carry out a call, unless a fault strikes it; it must run in a thread that may wait.

    Parameters
    ----------
    act : does what is called for.
    refusal : returns what a caller meets in place of an answer.
    """
    fault = injector.strike(call, _ABLE) if injector.concerns(call.service) else None
    if fault is None:
        return act()
    if fault.effect is Effect.SLOW:
        time.sleep(fault.seconds)
        return act()
    if fault.effect is Effect.DROP_AFTER:
        act()
    raise refusal(fault.effect)
