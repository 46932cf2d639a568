"""Records anew what the roles ask for: `python -m tests.least_privilege [--page]`.

It lets a deployment live through everything on a local cloud of its own, keeps each request, and
writes docs/least-privilege.md. It ends with an error if a role was refused something, or if a
policy grants what no request needs and nobody has given a reason for. With --page it only writes
the page, of the last recording.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from local_aws.iam.decisions import read_decisions
from tests.e2e.conftest import Pipeline, open_pipeline
from tests.least_privilege.evaluation import deployed_policies, findings
from tests.least_privilege.report import PAGE, page
from tests.least_privilege.requests import normalised, refused_to_roles, write_recorded
from tests.least_privilege.runs import run_without_actions, write_runs
from tests.least_privilege.scenario import play


def main() -> int:
    """Record; return the exit status."""
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - started:4.0f} s] {text}", flush=True)

    with tempfile.TemporaryDirectory(prefix="etl-least-privilege-") as name:
        folder = Path(name)
        with open_pipeline(folder / "cloud") as pipeline:
            if sys.argv[1:] == ["--page"]:
                return _write_page(pipeline, say)
            play(pipeline, folder, say)
            decisions = read_decisions(pipeline.state_dir)
            refused = refused_to_roles(decisions)
            for each in refused:
                say(f"REFUSED: {each}")
            if refused:
                return 1
            recorded = normalised(each for each in decisions if each.allowed)
            write_recorded(recorded)
            write_runs(run_without_actions(pipeline, say))
            return _write_page(pipeline, say)


def _write_page(pipeline: Pipeline, say: Callable[[str], None]) -> int:
    policies = deployed_policies(pipeline.client("iam"))
    PAGE.write_text(page(policies))
    say(f"wrote {PAGE.name}")
    found = findings(policies)
    for each in found:
        say(f"FINDING: {each}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
