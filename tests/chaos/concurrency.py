"""What runs at the same time, is stopped, or dies with an order in its hand: the same truth."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from local_aws.faults import control
from tests.chaos.generator import World
from tests.chaos.shop import Shop, Stuck

Scenario = Callable[[Shop, World], None]

_PATIENCE_SECONDS = 300.0


def two_executions_at_once(shop: Shop, world: World) -> None:
    """Start a second execution beside the first: it waits for the lock, and both are good."""
    shop.deliver(world.next_wave())
    first, second = shop.start(), shop.start()
    _both_succeed(shop, first, second)


def a_send_during_a_run(shop: Shop, world: World) -> None:
    """Send more while an execution runs: the next one takes what came too late for it."""
    shop.deliver(world.next_wave())
    running = shop.start()
    shop.deliver(world.next_wave())
    _succeeds(shop, running)
    shop.run_until_good()


def overlapping_senders_of_a_file(shop: Shop, world: World) -> None:
    """Let two senders, who do not know of each other, send the same file at the same time."""
    wave = world.next_wave()
    shop.announce(wave)
    shop.drop_files(wave)
    path = wave.write_csv(shop.work_dir)
    with ThreadPoolExecutor(2) as pool:
        senders = [pool.submit(shop.send, path, shop.work_dir / name) for name in ("one", "other")]
        running = shop.start()
        for sender in senders:
            sender.result()
    _succeeds(shop, running)
    shop.run_until_good()


def a_sender_that_dies(shop: Shop, world: World) -> None:
    """Kill a sender while its request is under way; who sends the file again goes on from there."""
    wave = world.next_wave()
    shop.announce(wave)
    shop.drop_files(wave)
    path = wave.write_csv(shop.work_dir)
    slow = {"id": "slow POST", "caller": "client", "service": "execute-api", "action": "POST",
            "effect": "slow", "seconds": 3}  # fmt: skip
    shop.load_faults([slow], seed=1)
    sender = subprocess.Popen(
        [sys.executable, "-m", "cli.app", "send", str(path)],
        env={**os.environ, "ETL_STATE_DIR": str(shop.state_dir), "NO_COLOR": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await(lambda: bool(control.fired(shop.state_dir)), "the sender sends nothing")
    finally:
        sender.kill()
        sender.wait()
    shop.end_faults()
    shop.send(path)
    shop.run_until_good()


def a_stopped_cleanse(shop: Shop, world: World) -> None:
    """Stop an execution while its cleanse runs."""
    _stop_during("CleanseJob", shop, world)


def a_stopped_partition(shop: Shop, world: World) -> None:
    """Stop an execution while its partition runs."""
    _stop_during("PartitionJob", shop, world)


def a_stopped_publish(shop: Shop, world: World) -> None:
    """Stop an execution while its publish runs."""
    _stop_during("PublishJob", shop, world)


def a_dead_holder_of_the_lock(shop: Shop, world: World) -> None:
    """Leave the lock with an execution that has ended, then with one that nobody knows."""
    ended = shop.executions[-1].arn
    for owner in (ended, f"{ended.rpartition(':')[0]}:deleted-long-ago"):
        shop.deliver(world.next_wave())
        taken = datetime.now(UTC) - timedelta(minutes=10)
        shop.target.client("dynamodb").put_item(
            TableName=shop.target.output("StateTable"),
            Item={
                "item": {"S": "lock"},
                "owner": {"S": owner},
                "acquired_at": {"S": taken.isoformat(timespec="milliseconds")},
            },
        )
        _succeeds(shop, shop.start())


def a_compaction_during_a_run(shop: Shop, world: World) -> None:
    """Start a compaction beside a run, and a run beside a compaction."""
    shop.deliver(world.next_wave())
    _both_succeed(shop, shop.start(), shop.start("CompactStateMachineArn"))
    shop.deliver(world.next_wave())
    _both_succeed(shop, shop.start("CompactStateMachineArn"), shop.start())


def a_replay_that_dies(shop: Shop, world: World) -> None:
    """Replay all of raw/, and let it die between its two commits, in both attempts."""
    shop.deliver(world.next_wave())
    today = f"{datetime.now(UTC):%Y-%m-%dT%H}"
    commit = {"caller": "glue:cleanse_transactions", "service": "glue", "action": "UpdateTable",
              "resource": "*/cleansed"}  # fmt: skip
    _dies_twice(shop, {"replay": [{"from": "2026-01-01T00", "to": today}]}, commit)


def a_rebuild_that_dies(shop: Shop, world: World) -> None:
    """Rebuild lookups and warehouse, and let it die between two batches, in both attempts."""
    shop.deliver(world.next_wave())
    batch = {"caller": "glue:publish_transactions", "service": "dynamodb",
             "action": "BatchWriteItem", "resource": "*-lookups"}  # fmt: skip
    _dies_twice(shop, {"rebuild": ["lookups", "warehouse"]}, batch)


SCENARIOS: tuple[Scenario, ...] = (
    two_executions_at_once,
    a_send_during_a_run,
    overlapping_senders_of_a_file,
    a_sender_that_dies,
    a_stopped_cleanse,
    a_stopped_partition,
    a_stopped_publish,
    a_dead_holder_of_the_lock,
    a_compaction_during_a_run,
    a_replay_that_dies,
    a_rebuild_that_dies,
)


def _succeeds(shop: Shop, arn: str) -> None:
    ended = shop.wait(arn)
    if ended.status != "SUCCEEDED":
        raise Stuck(f"an undisturbed execution ended as {ended.status}: {ended.cause}")


def _both_succeed(shop: Shop, *arns: str) -> None:
    for arn in arns:
        _succeeds(shop, arn)


def _dies_twice(shop: Shop, order: dict[str, Any], call: dict[str, str]) -> None:
    """Give an order, let a job die of a call until the execution fails; the next one mends."""
    # Without an end: of calls made side by side several may strike before the process is dead.
    death = {**call, "id": "death", "effect": "kill_after", "times": None}
    shop.load_faults([death], seed=1)
    ended = shop.wait(shop.start(order=order))
    deaths = len(shop.end_faults())
    if ended.status != "FAILED" or deaths < 2:
        raise Stuck(f"after {deaths} deaths the execution ended as {ended.status}: {ended.cause}")
    shop.run_until_good()


def _stop_during(job_output: str, shop: Shop, world: World) -> None:
    """Stop an execution while a job of it runs: the job's run stops, and the next run mends."""
    shop.deliver(world.next_wave())
    job = shop.target.output(job_output)
    before = {run["Id"] for run in _runs(shop, job)}
    arn = shop.start()
    run_id = _await_run(shop, job, before)
    shop.target.client("stepfunctions").stop_execution(executionArn=arn)
    ended = shop.wait(arn)
    if ended.status != "ABORTED":
        raise Stuck(f"a stopped execution ended as {ended.status}")
    _await_stop(shop, job, run_id)
    shop.run_until_good()


def _runs(shop: Shop, job: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = shop.target.client("glue").get_job_runs(JobName=job)["JobRuns"]
    return found


def _await_run(shop: Shop, job: str, before: set[str]) -> str:
    """Return the id of the job's next run once it runs."""
    started: list[str] = []

    def runs() -> bool:
        started.extend(
            run["Id"]
            for run in _runs(shop, job)
            if run["Id"] not in before and run["JobRunState"] == "RUNNING"
        )
        return bool(started)

    _await(runs, f"no run of {job} started")
    return started[0]


def _await_stop(shop: Shop, job: str, run_id: str) -> None:
    def is_stopped() -> bool:
        states = {run["Id"]: run["JobRunState"] for run in _runs(shop, job)}
        return states[run_id] == "STOPPED"

    _await(is_stopped, f"the execution was stopped, its run of {job} goes on")


def _await(is_so: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise Stuck(otherwise)
        time.sleep(0.2)
