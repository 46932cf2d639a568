"""The whole chaos suite: `python -m tests.chaos`; see --help.

It ends with an error when a store departs from the truth, when the pipeline does not recover, when
it makes a call that no fault point strikes, or when too few points struck.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from tests.chaos.campaign import FIRST_ROUNDS, Campaign, Say, distinct
from tests.chaos.catalogue import read_points, uncovered
from tests.chaos.concurrency import SCENARIOS
from tests.chaos.generator import World
from tests.chaos.report import Outcome, write_report
from tests.chaos.shop import Shop, close_shop, open_shop

_LEAST_POINTS = 120
_MOST_ROUNDS = 30
_SOAK_SECONDS = 300  # of the time, kept for combinations when the points take long
_SEED = 20111209


class Failed(Exception):  # noqa: N818
    """The run has shown less than it must."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; return the exit status."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="etl-chaos-"))
    started = time.monotonic()
    keep = options.keep

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:6.0f} s] {text}", flush=True)

    try:
        say(f"seed {options.seed}, state in {folder}")
        outcome, is_cut_short = _run(open_shop(folder), options, started, say)
        say(f"{len(outcome.fired)} fault points, {outcome.executions} executions, "
            f"lost {outcome.lost}, doubled {outcome.doubled}")  # fmt: skip
        if not options.no_report:
            write_report(outcome)
        if options.points == "*":
            _demand(outcome, is_cut_short=is_cut_short)
    except Exception as error:  # noqa: BLE001
        say(f"FAILED: {type(error).__name__}: {error}")
        _save_logs(folder)
        return 1
    finally:
        close_shop(folder, keep=keep)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--points", default="*", help="glob of the fault points to strike")
    parser.add_argument("--minutes", type=float, default=55, help="when the last round may begin")
    parser.add_argument("--soak", type=int, default=1000, help="rounds of soak at most")
    parser.add_argument("--scenarios", default="*", help="glob of the concurrency scenarios")
    parser.add_argument("--no-report", action="store_true", help="leave docs/ as it is")
    parser.add_argument("--keep", action="store_true", help="keep the state folder")
    return parser.parse_args(arguments)


def _run(shop: Shop, options: argparse.Namespace, started: float, say: Say) -> tuple[Outcome, bool]:
    """Play everything; return what it has shown, and whether time ran out before all points."""
    points = read_points()
    campaign = Campaign(shop, World(options.seed), options.seed, say)
    chosen = [point for point in points if fnmatchcase(point.id, options.points)]
    until = started + 60 * options.minutes
    # The scenarios come early: they need tables, and what they show must not fall to the clock.
    campaign.cover(chosen, FIRST_ROUNDS, until)
    scenarios = _play_scenarios(campaign, options.scenarios)
    pending = [point for point in chosen if point.id not in campaign.fired]
    missed = campaign.cover(pending, _MOST_ROUNDS, until - _SOAK_SECONDS)
    is_cut_short = time.monotonic() > until - _SOAK_SECONDS
    if missed:
        say("never met: " + ", ".join(point.id for point in missed))
    campaign.soak(points, options.soak, until)
    outcome = Outcome(
        seed=options.seed,
        minutes=options.minutes,
        points=points,
        rounds=campaign.rounds,
        scenarios=scenarios,
        executions=len(shop.executions),
        failed=sum(run.status == "FAILED" for run in shop.executions),
        seconds=time.monotonic() - started,
        lost=sum(each.checked.lost for each in campaign.rounds),
        doubled=sum(each.checked.doubled for each in campaign.rounds),
        rows_compared=sum(sum(each.checked.rows.values()) for each in campaign.rounds),
    )
    return outcome, is_cut_short


def _play_scenarios(campaign: Campaign, glob: str) -> list[str]:
    chosen = [scenario for scenario in SCENARIOS if fnmatchcase(scenario.__name__, glob)]
    for scenario in chosen:
        campaign.watch(scenario.__name__, partial(scenario, campaign.shop, campaign.world))
    return [scenario.__name__ for scenario in chosen]


def _demand(outcome: Outcome, *, is_cut_short: bool) -> None:
    struck = [point for point in outcome.points if point.id in outcome.fired]
    calls = distinct(call for each in outcome.rounds for call in each.calls)
    missing = uncovered(calls, struck)
    if missing and not is_cut_short:
        raise Failed("calls that no fault has struck: " + "; ".join(missing))
    if len(struck) < _LEAST_POINTS:
        raise Failed(f"only {len(struck)} fault points struck, not {_LEAST_POINTS}")


def _save_logs(folder: Path) -> None:
    """Keep the logs of a failed run: what they tell is what the run was for."""
    kept = Path(tempfile.gettempdir()) / f"{folder.name}-logs"
    shutil.copytree(folder / "state" / "logs", kept, dirs_exist_ok=True)
    print(f"logs: {kept}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
