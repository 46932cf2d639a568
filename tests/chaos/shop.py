"""One deployed local cloud of its own, and what a scenario does with it."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli import console
from cli.errors import CliError
from cli.send.command import SendOptions, send_file
from cli.settings import Settings
from cli.status import bring_up
from cli.target import Target
from local_aws import cloud
from local_aws.faults import control
from tests.chaos.comparison import Difference, compare
from tests.chaos.generator import Drop, Sent, Wave
from tests.chaos.stores import (
    demand_write_order,
    expected_raw,
    read_raw,
    read_stores,
    transport_copies,
)
from tests.chaos.truth import truth

_POLL_SECONDS = 0.4
_SENDS_AT_MOST = 6
_EXECUTIONS_AT_MOST = 25


class Stuck(AssertionError):  # noqa: N818
    """The pipeline does not come to an end, or not to a good one."""


@dataclass(frozen=True)
class Execution:
    """How an execution ended."""

    arn: str
    status: str
    seconds: float
    cause: str


@dataclass(frozen=True)
class Checked:
    """What a comparison of all stores has found.

    Attributes
    ----------
    rows : rows by store that were compared.
    copies : records that raw/ holds once more since a request was repeated.
    """

    differences: list[Difference]
    rows: dict[str, int]
    copies: int

    @property
    def lost(self) -> int:
        """Rows that some store lacks, or holds in another form than the truth's."""
        return sum(len(each.lost) + len(each.changed) for each in self.differences)

    @property
    def doubled(self) -> int:
        """Rows that some store holds and the truth does not."""
        return sum(len(each.doubled) + len(each.foreign) for each in self.differences)


@dataclass
class Shop:
    """The pipeline under test, and all that was ever sent to it."""

    target: Target
    work_dir: Path
    sent: list[Sent] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)

    @property
    def state_dir(self) -> Path:
        """State folder of its local cloud."""
        return self.target.settings.state_dir

    def load_faults(self, faults: Sequence[dict[str, Any]], seed: int) -> None:
        """Let these faults strike from now on; forget what has fired before."""
        control.load(self.state_dir, json.dumps({"seed": seed, "faults": list(faults)}))

    def end_faults(self) -> list[dict[str, Any]]:
        """End all faults; return what has fired, once."""
        control.clear(self.state_dir)
        fired = control.fired(self.state_dir)
        control.fired_file(self.state_dir).unlink(missing_ok=True)
        return fired

    def deliver(self, wave: Wave) -> None:
        """Bring a wave into raw/: the files of others, and the shop's own by `etl send`."""
        self.announce(wave)
        self.drop_files(wave)
        self.send(wave.write_csv(self.work_dir))

    def drop_files(self, wave: Wave) -> None:
        """Put a wave's files of others into raw/."""
        s3, bucket = self.target.client("s3"), self.target.output("LakeBucket")
        for drop in wave.drops:
            s3.put_object(Bucket=bucket, Key=drop.key, Body=drop.body)

    def announce(self, wave: Wave) -> None:
        """Count a wave's records among what the stores must hold."""
        self.sent += wave.rows
        self.drops += wave.drops

    def send(self, path: Path, journals: Path | None = None) -> None:
        """Send a file by `etl send`, again where the API gave up.

        Parameters
        ----------
        journals : folder of the sender's journals; another one makes another sender.
        """
        target = self.target
        if journals is not None:
            target = Target(_with_state(target.settings, journals), target.session, target.region,
                            target.endpoint)  # fmt: skip
        for attempt in range(_SENDS_AT_MOST):
            try:
                send_file(target, path, SendOptions())
            except CliError:
                if attempt == _SENDS_AT_MOST - 1:
                    raise
            else:
                return

    def start(
        self, machine: str = "StateMachineArn", order: Mapping[str, Any] | None = None
    ) -> str:
        """Start an execution, perhaps with an order to replay or rebuild; return its ARN."""
        states = self.target.client("stepfunctions")
        started: str = states.start_execution(
            stateMachineArn=self.target.output(machine), input=json.dumps(order or {})
        )["executionArn"]
        return started

    def wait(self, arn: str, timeout: float = 600) -> Execution:
        """Return how an execution ends.

        Raises
        ------
        Stuck : it does not end.
        """
        states = self.target.client("stepfunctions")
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            described = states.describe_execution(executionArn=arn)
            if described["status"] != "RUNNING":
                took = (described["stopDate"] - described["startDate"]).total_seconds()
                cause = f"{described.get('error')}: {described.get('cause', '')[:500]}"
                ended = Execution(arn, described["status"], took, cause)
                self.executions.append(ended)
                return ended
            time.sleep(_POLL_SECONDS)
        raise Stuck(f"execution {arn} still runs after {timeout:.0f} s")

    def run_until_good(self, machine: str = "StateMachineArn") -> list[Execution]:
        """Execute, and anew where an execution failed; return all of them.

        Raises
        ------
        Stuck : it goes on failing.
        """
        runs: list[Execution] = []
        for _ in range(_EXECUTIONS_AT_MOST):
            runs.append(self.wait(self.start(machine)))
            if runs[-1].status == "SUCCEEDED":
                return runs
        raise Stuck("the pipeline goes on failing: " + "; ".join(run.cause for run in runs))

    def check(self) -> Checked:
        """Compare every store with the truth, row by row.

        Raises
        ------
        Torn : a store contradicts itself.
        """
        demand_write_order(self.target)
        raw, receipts, unreadable = read_raw(self.target, self.sent, self.drops)
        expected = {"raw": expected_raw(self.sent), **truth(receipts, unreadable)}
        differences = compare(expected, {"raw": raw, **read_stores(self.target)})
        return Checked(
            [each for each in differences if not each.is_none],
            {store: len(rows) for store, rows in expected.items()},
            transport_copies(receipts),
        )


def open_shop(folder: Path) -> Shop:
    """Start a local cloud in a folder and deploy the stack to it; close it by `close_shop`."""
    console.out().quiet = console.err().quiet = True
    state_dir, work_dir = folder / "state", folder / "files"
    work_dir.mkdir(parents=True, exist_ok=True)
    settings = Settings(False, "etl", "local", None, None, state_dir)
    try:
        return Shop(bring_up(settings), work_dir)
    except BaseException:
        cloud.down(state_dir)
        raise


def close_shop(folder: Path, *, keep: bool = False) -> None:
    """Stop the local cloud, and remove all that it has left unless that is to be kept."""
    cloud.down(folder / "state")
    console.out().quiet = console.err().quiet = False
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


def _with_state(settings: Settings, state_dir: Path) -> Settings:
    return Settings(settings.aws, settings.project, settings.stage, settings.profile,
                    settings.region, state_dir)  # fmt: skip
