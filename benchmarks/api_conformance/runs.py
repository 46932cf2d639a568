"""Lets schemathesis ask the APIs all that docs/openapi.yaml describes, and much that it forbids.

Every check of schemathesis is on, but for these, each where it has no meaning:

- `positive_data_acceptance`, in the runs over the whole document: a cursor is text that only the
  API can make, `from` may not be later than `to`, there is no 30th of February, and a body is
  gzipped where a header says so. No schema can say this. So the check has runs of its own, without
  these parameters.
- `negative_data_rejection` of the ingest API: it takes every JSON object on purpose, and the
  pipeline judges it later (what it rejects is in quarantine, with the reason).
- `unsupported_method` of the ingest API: API Gateway itself answers a method without a route, by
  404 instead of 405. The history API has a route for these, and the check.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
_NOT_SAID_BY_A_SCHEMA = frozenset({"cursor", "content-encoding", "from", "to"})
_ALL_BUT_POSITIVE = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")
_ONLY_POSITIVE = ("--checks", "positive_data_acceptance", "--mode", "positive")
_INGEST = f"{_ALL_BUT_POSITIVE[-1]},negative_data_rejection,unsupported_method"


@dataclass(frozen=True)
class Run:
    """One run of schemathesis.

    Attributes
    ----------
    api : tag of the operations.
    checks : options that choose them.
    whole : over the whole document, else without `_NOT_SAID_BY_A_SCHEMA`.
    """

    name: str
    api: str
    checks: tuple[str, ...]
    whole: bool


RUNS = (
    Run("history", "history", _ALL_BUT_POSITIVE, whole=True),
    Run("history, valid questions", "history", _ONLY_POSITIVE, whole=False),
    Run("ingest", "ingest", (*_ALL_BUT_POSITIVE[:-1], _INGEST), whole=True),
    Run("ingest, valid requests", "ingest", _ONLY_POSITIVE, whole=False),
)


@dataclass(frozen=True)
class Verdict:
    """What a run came to.

    Attributes
    ----------
    cases : requests that were made up and answered.
    failures : different ones among the answers.
    accepted : answers by 2xx: data was found, not only refused.
    report : schemathesis's own words.
    """

    run: str
    cases: int
    failures: int
    accepted: int
    seconds: float
    report: str

    def as_json(self) -> dict[str, Any]:
        """Return the figures by their names."""
        return {name: value for name, value in asdict(self).items() if name != "report"}


def verdicts(urls: dict[str, str], examples: int, seed: int) -> Iterator[Verdict]:
    """Run all of `RUNS`.

    Parameters
    ----------
    urls : base URL of each API.
    examples : most random requests of each operation, beside those that try every constraint.
    """
    for run in RUNS:
        yield _verdict(run, urls[run.api], examples, seed)


def _verdict(run: Run, url: str, examples: int, seed: int) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        document, report = Path(folder, "openapi.yaml"), Path(folder, "report.json")
        document.write_text(yaml.safe_dump(_document(whole=run.whole)))
        command = [Path(sys.executable).with_name("schemathesis"), "run", document, "--url", url]
        command += ["--include-tag", run.api, *run.checks, "--max-examples", examples]
        command += ["--seed", seed, "--continue-on-failure", "--no-shrink"]
        command += ["--request-timeout", "60", "--suppress-health-check", "all"]
        command += ["--report", "json", "--report-json-path", report]
        done = subprocess.run(
            list(map(str, command)),
            cwd=folder,  # it leaves a folder of its own there
            env={**os.environ, "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            raise RuntimeError(f"schemathesis did not run: {done.stdout}{done.stderr}")
        return _read(run, json.loads(report.read_text()), done.stdout)


def _read(run: Run, report: dict[str, Any], printed: str) -> Verdict:
    cases = report["test_cases"]
    phases = [phase for rates in report["valid_rates"].values() for phase in rates.values()]
    return Verdict(
        run=run.name,
        cases=cases["generated"],
        failures=cases["unique_failures"] + cases["errored"] + len(report["errors"]),
        accepted=sum(phase["accepted"] for phase in phases),
        seconds=round(report["running_time"], 1),
        report=printed,
    )


def _document(*, whole: bool) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text())
    shared = document["components"]["parameters"]
    for operation in [each for path in document["paths"].values() for each in path.values()]:
        operation["parameters"] = [
            parameter
            for parameter in operation["parameters"]
            if whole or _name(parameter, shared) not in _NOT_SAID_BY_A_SCHEMA
        ]
    return document


def _name(parameter: dict[str, Any], shared: dict[str, Any]) -> str:
    referred = shared.get(parameter.get("$ref", "").rpartition("/")[2], parameter)
    return str(referred["name"])
