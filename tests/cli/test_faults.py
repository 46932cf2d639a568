"""`etl faults`: load a plan into the running cloud, see what fired, clear it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from cli.app import main
from local_aws.faults import control
from tests.conftest import LocalCloud

Etl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def etl(
    local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Etl]:
    """Return the command on the running local cloud: exit status, output, errors."""
    monkeypatch.setenv("ETL_STATE_DIR", str(local_cloud.state_dir))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["etl", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), *capsys.readouterr()

    yield run
    control.clear(local_cloud.state_dir)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    fault = {"id": "no-bucket", "service": "s3", "action": "CreateBucket", "effect": "throttle"}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"seed": 3, "faults": [{**fault, "resource": "faults-cli*"}]}))
    return file


def test_a_plan_is_loaded_fires_is_shown_and_cleared(
    local_cloud: LocalCloud, etl: Etl, plan: Path
) -> None:
    s3 = local_cloud.client("s3", retries={"total_max_attempts": 1})

    status, _, said = etl("faults", "load", str(plan))
    assert (status, said.startswith("loaded 1 fault(s), seed 3")) == (0, True)
    with pytest.raises(ClientError, match="SlowDown"):
        s3.create_bucket(Bucket="faults-cli")

    _, table, _ = etl("faults", "show")
    assert "no-bucket" in table
    assert "1 of 1" in table
    (line,) = json.loads(etl("faults", "show", "--json")[1])
    assert (line["id"], line["resource"]) == ("no-bucket", "faults-cli")
    assert "faults" in etl("status")[1]

    assert etl("faults", "clear")[2] == "the plan is cleared\n"
    assert etl("faults", "clear")[2] == "no plan was loaded\n"
    assert "no plan is loaded" in etl("faults", "show")[2]
    assert "etl faults show" not in etl("status")[1]


def test_a_wrong_plan_is_refused_and_the_one_before_stays(etl: Etl, plan: Path) -> None:
    etl("faults", "load", str(plan))
    wrong = plan.with_name("wrong.json")
    wrong.write_text('{"faults": [{"id": "a", "service": "s3", "effect": "explode"}]}')

    status, _, said = etl("faults", "load", str(wrong))

    assert status == 1
    assert said.startswith(f"etl: {wrong}: faults[0].effect: one of throttle, ")
    assert "no-bucket" in etl("faults", "show")[1]


@pytest.mark.parametrize("command", [("load", "plan.json"), ("clear",), ("show",)])
def test_nothing_is_made_to_fail_on_aws(etl: Etl, command: tuple[str, ...]) -> None:
    status, _, said = etl("faults", *command, "--aws")

    assert (status, said.count("\n")) == (1, 1)
    assert "on AWS nothing is made to fail" in said
