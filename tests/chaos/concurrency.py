"""What runs at the same time, stops midway or dies with the lock in its hand: the same truth."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from tests.chaos.generator import World
from tests.chaos.shop import Shop, Stuck

Scenario = Callable[[Shop, World], None]

_ENDED_WITHIN = 60.0


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
    s3, bucket = shop.target.client("s3"), shop.target.output("LakeBucket")
    for drop in wave.drops:
        s3.put_object(Bucket=bucket, Key=drop.key, Body=drop.body)
    path = wave.write_csv(shop.work_dir)
    with ThreadPoolExecutor(2) as pool:
        senders = [pool.submit(shop.send, path, shop.work_dir / name) for name in ("one", "other")]
        running = shop.start()
        for sender in senders:
            sender.result()
    _succeeds(shop, running)
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


SCENARIOS: tuple[Scenario, ...] = (
    two_executions_at_once,
    a_send_during_a_run,
    overlapping_senders_of_a_file,
    a_stopped_cleanse,
    a_stopped_partition,
    a_stopped_publish,
    a_dead_holder_of_the_lock,
    a_compaction_during_a_run,
)


def _succeeds(shop: Shop, arn: str) -> None:
    ended = shop.wait(arn)
    if ended.status != "SUCCEEDED":
        raise Stuck(f"an undisturbed execution ended as {ended.status}: {ended.cause}")


def _both_succeed(shop: Shop, *arns: str) -> None:
    for arn in arns:
        _succeeds(shop, arn)


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
    deadline = time.monotonic() + 10 * _ENDED_WITHIN
    while time.monotonic() < deadline:
        for run in _runs(shop, job):
            if run["Id"] not in before and run["JobRunState"] == "RUNNING":
                return run["Id"]
        time.sleep(0.2)
    raise Stuck(f"no run of {job} started")


def _await_stop(shop: Shop, job: str, run_id: str) -> None:
    deadline = time.monotonic() + _ENDED_WITHIN
    state = ""
    while time.monotonic() < deadline:
        state = next(run["JobRunState"] for run in _runs(shop, job) if run["Id"] == run_id)
        if state == "STOPPED":
            return
        time.sleep(0.2)
    raise Stuck(f"the execution was stopped, its job run is {state}")
