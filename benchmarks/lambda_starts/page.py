"""The page that tells how the functions start."""

from __future__ import annotations

from typing import Any

_HEADER = (
    "| function | package KB | init ms | first answer ms | cold start ms | warm ms | memory MB |\n"
    "|:--|--:|--:|--:|--:|--:|--:|\n"
)


def page(figures: dict[str, Any]) -> str:
    """Return the page's Markdown."""
    machine = figures["machine"]
    return f"""# How the functions start

Written by `python -m benchmarks.lambda_starts` ({figures["measured_on"]}). **These are a laptop's
times, not Lambda's**: measured on the local cloud, on {machine["cores"]} cores ({machine["cpu"]}),
{machine["memory_gib"]} GiB, {machine["system"]}, Python {machine["python"]}, load {machine["load"]}
at the start. Lambda gives a function of 256 MB a seventh of a core, runs it on another processor,
and has its own service times; what to take from here is how the functions compare, and what a
change costs.

{_HEADER}{"".join(map(_row, figures["functions"]))}
*Init* is from the start of a new process to the loaded handler, *first answer* what the handler
then takes, with its clients to make and its first calls to AWS; *cold start* is both. They are
medians of {figures["cold_starts"]} starts, each in a new process and with nothing compiled
beforehand, for on Lambda a function's folder is read-only. *Warm* is the median of
{figures["warm_invocations"]} more answers of the last process; *memory* the most that a process
used. A package is stored, not compressed: the same source gives the same bytes everywhere.
"""


def _row(function: dict[str, Any]) -> str:
    cells = (
        function["name"],
        f"{function['package_bytes'] / 1000:.0f}",
        *(f"{function[name]:.0f}" for name in ("init_ms", "first_ms", "cold_ms")),
        f"{function['warm_ms']:.1f}",
        function["memory_mb"],
    )
    return f"| {' | '.join(map(str, cells))} |\n"
