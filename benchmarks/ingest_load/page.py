"""Renders docs/ingest-load.md from the figures."""

from __future__ import annotations

from typing import Any

_HEADER = (
    "| clients | events a request | requests/s | events/s | p50 ms | p99 ms | max ms "
    "| cold p99 ms | answers | server MiB | workers MiB (number) |\n"
    "|--:|--:|--:|--:|--:|--:|--:|--:|:--|--:|--:|\n"
)


def page(figures: dict[str, Any]) -> str:
    """Return the page's Markdown."""
    machine, proof = figures["machine"], figures["arrived"]
    before, after, most = (figures["memory_mib"][when] for when in ("before", "after", "most"))
    return f"""# The ingest API under load

Written by `python -m benchmarks.ingest_load` ({figures["measured_on"]}). All of it ran on one
machine, the clients too: {machine["cores"]} cores ({machine["cpu"]}), {machine["memory_gib"]} GiB,
{machine["system"]}, Python {machine["python"]}, load {machine["load"]} at the start. On AWS the
same API, function and stream scale out; these figures say what a laptop's local cloud bears, and
that nothing is lost when it is too much.

Each client sends its next request when the last one is answered. The stage's limits are out of the
way but in the last line. *Cold* is each client's first request after all processes of the function
were ended; all other figures are of the requests begun after that. A function
has only so many processes at once here (four a core, at least 8): further requests wait for one.

{_HEADER}{"".join(map(_row, figures["phases"]))}
The last line is a burst against the template's default limits, {figures["limits"]["rate"]} requests
a second and {figures["limits"]["burst"]} at once: what is answered 429 (or 503) is sent again until
it is taken.

**Nothing lost, nothing doubled:** {proof["accepted"]:,} events were accepted, {proof["missing"]}
of them are missing in raw/, {proof["doubled"]} are there more than once; the last one was there
{proof["seconds_after_the_last_answer"]} s after the last answer. {proof["uncertain"]:,} events were
sent again after a failure that leaves open whether they were taken (no answer, 5xx);
{proof["uncertain_twice"]:,} of these are there twice, which the pipeline finds by their identity.

**Memory:** the server used {before["server"]} MiB before, {after["server"]} MiB after, at most
{most["server"]} MiB; the function's processes together at most {most["workers"]} MiB, at most
{most["worker_count"]} of them.
"""


def _row(phase: dict[str, Any]) -> str:
    warm, cold = phase["warm_ms"] or {}, phase["cold_ms"] or {}
    answers = ", ".join(f"{status}: {count:,}" for status, count in phase["statuses"].items())
    memory = phase["memory_mib"]
    cells = (
        phase["clients"],
        phase["events_a_request"],
        f"{phase['requests_per_second']:,.0f}",
        f"{phase['events_per_second']:,.0f}",
        warm.get("p50", "-"),
        warm.get("p99", "-"),
        warm.get("max", "-"),
        cold.get("p99", "-"),
        answers,
        memory["server"],
        f"{memory['workers']} ({memory['worker_count']})",
    )
    return f"| {' | '.join(map(str, cells))} |\n"
