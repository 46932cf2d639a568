"""A job's arguments agree in script, template and state machine."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

# Arguments that Glue itself reads (AWS Glue: "Using job parameters in AWS Glue jobs").
OF_GLUE = {
    "--conf",
    "--custom-logGroup-prefix",
    "--datalake-formats",
    "--enable-auto-scaling",
    "--enable-continuous-cloudwatch-log",
    "--enable-metrics",
    "--extra-py-files",
    "--job-bookmark-option",
}
STAGES = {
    "CleanseJob": ("retail_etl", "CleanseTransactions", "job-bookmark-enable"),
    "PartitionJob": ("retail_etl", "PartitionTransactions", "job-bookmark-disable"),
    "PublishJob": ("retail_etl", "PublishTransactions", "job-bookmark-disable"),
    "CompactJob": ("compact_lake", "CompactLake", "job-bookmark-disable"),
}


def read_by_all_jobs() -> set[str]:
    """Return the names that every job resolves, as the source lists them."""
    module = ast.parse((CHECKOUT / "glue_jobs" / "job_arguments.py").read_text())
    assigned = (node for node in module.body if isinstance(node, ast.Assign))
    for node in assigned:
        if ast.unparse(node.targets[0]) == "_NAMES":
            return set(ast.literal_eval(node.value))
    raise AssertionError("glue_jobs/job_arguments.py lists no _NAMES")


def read_by_the_script(key: str) -> set[str]:
    """Return the names that a job's own script resolves beside those."""
    source = (CHECKOUT / "glue_jobs" / f"{key}.py").read_text()
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    resolving = (call for call in calls if ast.unparse(call.func) == "getResolvedOptions")
    return {name for call in resolving for name in ast.literal_eval(call.args[1])}


@pytest.mark.parametrize("job", STAGES)
def test_what_the_script_reads_is_given_by_template_or_state_machine(
    templates: dict[str, Any], machines: dict[str, Any], job: str
):
    machine, state, _ = STAGES[job]
    defaults = set(templates["jobs"]["Resources"][job]["Properties"]["DefaultArguments"])
    per_run = set(machines[machine]["States"][state]["Arguments"]["Arguments"])
    script = templates["jobs"]["Resources"][job]["Properties"]["Name"]["Fn::Sub"]
    key = script.removeprefix("${Project}-${Stage}-").replace("-", "_")
    read = read_by_all_jobs() - {"JOB_NAME"} | read_by_the_script(key)  # Glue gives JOB_NAME
    assert "--run_id" in per_run
    assert defaults & per_run == set()
    assert (defaults - OF_GLUE) | per_run == {f"--{name}" for name in read}


@pytest.mark.parametrize("job", STAGES)
def test_only_cleanse_keeps_bookmarks_and_every_job_runs_alone(templates: dict[str, Any], job: str):
    properties = templates["jobs"]["Resources"][job]["Properties"]
    assert properties["DefaultArguments"]["--job-bookmark-option"] == STAGES[job][2]
    assert properties["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    assert properties["GlueVersion"] == "5.1"
    assert properties["MaxRetries"] == 0


def test_the_chained_conf_has_one_setting_a_link(templates: dict[str, Any]):
    settings = templates["jobs"]["Mappings"]["Spark"]["Iceberg"]["Settings"].split(" --conf ")
    names = [setting.partition("=")[0] for setting in settings]
    assert len(names) == len(set(names)) == 6
    assert all("=" in setting and " " not in setting for setting in settings)
