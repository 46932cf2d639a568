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
    "--enable-continuous-cloudwatch-log",
    "--enable-metrics",
    "--extra-py-files",
    "--job-bookmark-option",
}
STAGES = {
    "CleanseJob": ("retail_etl", "CleanseTransactions", "job-bookmark-enable"),
    "PartitionJob": ("retail_etl", "PartitionTransactions", "job-bookmark-disable"),
    "CompactJob": ("compact_lake", "CompactLake", "job-bookmark-disable"),
}


def read_by_the_jobs() -> set[str]:
    """Return the names that the jobs resolve, as the source lists them."""
    module = ast.parse((CHECKOUT / "glue_jobs" / "job_arguments.py").read_text())
    assigned = (node for node in module.body if isinstance(node, ast.Assign))
    for node in assigned:
        if ast.unparse(node.targets[0]) == "_NAMES":
            return set(ast.literal_eval(node.value))
    raise AssertionError("glue_jobs/job_arguments.py lists no _NAMES")


@pytest.mark.parametrize("job", STAGES)
def test_what_the_script_reads_is_given_by_template_or_state_machine(
    templates: dict[str, Any], machines: dict[str, Any], job: str
):
    machine, state, _ = STAGES[job]
    defaults = set(templates["jobs"]["Resources"][job]["Properties"]["DefaultArguments"])
    per_run = set(machines[machine]["States"][state]["Arguments"]["Arguments"])
    own = {f"--{name}" for name in read_by_the_jobs() - {"JOB_NAME"}}  # Glue gives JOB_NAME
    assert per_run == {"--run_id"}
    assert defaults - OF_GLUE == own - per_run


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
