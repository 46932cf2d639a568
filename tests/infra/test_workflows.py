"""The workflows of .github/ run what is there, with no more rights than they need, and no keys."""

from __future__ import annotations

import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.infra_files import CHECKOUT, read_template

FOLDER = CHECKOUT / ".github" / "workflows"
NAMES = sorted(path.name for path in FOLDER.glob("*.yml"))
Workflow = dict[Any, Any]


def read(name: str) -> Workflow:
    """Return a workflow; YAML 1.1 reads its key `on` as true."""
    workflow: Workflow = yaml.safe_load((FOLDER / name).read_text())
    return workflow


def steps(workflow: Workflow) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", [])


def deploy_script() -> str:
    (script,) = [each["run"] for each in steps(read("deploy.yml")) if each.get("name") == "Deploy"]
    return str(script)


@pytest.mark.parametrize("name", NAMES)
def test_actions_of_others_are_pinned_by_commit_with_the_version_beside(name: str):
    used = [line for line in (FOLDER / name).read_text().splitlines() if "uses:" in line]
    assert used
    for line in used:
        if "uses: ./" not in line:
            assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@pytest.mark.parametrize("name", NAMES)
def test_no_job_may_write_and_only_the_deploying_one_gets_a_token(name: str):
    workflow = read(name)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for job_name, job in workflow["jobs"].items():
        granted = job.get("permissions", {"contents": "read"})
        token = {"id-token": "write"} if job_name == "deploy" else {}
        assert granted == {"contents": "read"} | token, job_name


@pytest.mark.parametrize("name", NAMES)
def test_no_key_is_stored(name: str):
    text = (FOLDER / name).read_text()
    assert "secrets." not in text
    assert "aws-access-key-id" not in text


@pytest.mark.parametrize("name", NAMES)
def test_no_script_holds_what_somebody_else_writes(name: str):
    for step in steps(read(name)):
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("name", NAMES)
def test_every_target_that_is_made_exists(name: str):
    for step in steps(read(name)):
        for target in re.findall(r"^make (\S+)", step.get("run", ""), re.MULTILINE):
            made = ["make", "--dry-run", "--directory", str(CHECKOUT), target]
            done = subprocess.run(made, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr


def test_main_is_deployed_only_after_its_checks_and_tests():
    jobs = read("ci.yml")["jobs"]
    assert jobs["deploy"]["needs"] == ["check", "test"]
    assert "github.event_name == 'push'" in jobs["deploy"]["if"]
    assert jobs["deploy"]["uses"] == "./.github/workflows/deploy.yml"


def test_two_deployments_of_a_stage_do_not_run_at_once_and_none_is_cut_short():
    (job,) = read("deploy.yml")["jobs"].values()
    assert job["concurrency"] == {
        "group": "deploy-${{ inputs.stage }}",
        "cancel-in-progress": False,
    }
    assert job["environment"] == "${{ inputs.stage }}"


@pytest.mark.parametrize(
    ("parameters", "given"),
    [
        pytest.param("", [], id="none"),
        pytest.param(
            "ScheduleState=ENABLED\nRunSchedule=rate(1 hour)\n\n",
            ["ScheduleState=ENABLED", "RunSchedule=rate(1 hour)"],
            id="some",
        ),
    ],
)
def test_the_deploying_step_gives_etl_the_parameters_of_the_environment(
    tmp_path: Path, parameters: str, given: list[str]
):
    etl = tmp_path / ".venv" / "bin" / "etl"
    etl.parent.mkdir(parents=True)
    etl.write_text('#!/bin/sh\nprintf "%s\\n" "$ETL_STAGE" "$@"\n')
    etl.chmod(etl.stat().st_mode | stat.S_IXUSR)
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", deploy_script()],  # as GitHub runs `run`
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "ETL_STAGE": "dev",
            "ROLE_BOUNDARY": "arn:b",
            "PARAMETERS": parameters,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    expected = ["RoleBoundary=arn:b", *given]
    assert done.stdout.splitlines() == [
        *("dev", "--aws", "deploy"),
        *(part for each in expected for part in ("--parameter", each)),
    ]


def test_the_environment_gets_what_the_deployers_template_gives():
    text = (FOLDER / "deploy.yml").read_text()
    outputs = read_template("deployer")["Outputs"]
    named = {
        word for each in outputs.values() for word in re.findall(r"[A-Z_]{8,}", each["Description"])
    }
    assert named == {"DEPLOYER_ROLE", "ROLE_BOUNDARY"}
    assert all(f"vars.{each}" in text for each in named)
