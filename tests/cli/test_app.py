"""The command line: options anywhere, a quick start, and one clear line for every error."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.app import hoist_global_options, main
from cli.errors import NotRunning

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    stdout: str
    stderr: str


@pytest.fixture
def etl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Return the command, with a state folder in which nothing runs."""
    monkeypatch.setenv("ETL_STATE_DIR", str(tmp_path))

    def run(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["etl", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return Done(ended.value.code, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    ("given", "hoisted"),
    [
        (["run", "--aws"], ["--aws", "run"]),
        (["run", "--project", "p", "--force"], ["--project", "p", "run", "--force"]),
        (["athena", "select 1", "--stage=dev"], ["--stage=dev", "athena", "select 1"]),
        (["send", "--", "--aws"], ["send", "--", "--aws"]),
    ],
)
def test_options_that_choose_the_target_may_stand_anywhere(
    given: list[str], hoisted: list[str]
) -> None:
    assert hoist_global_options(given) == hoisted


@pytest.mark.parametrize(
    ("arguments", "says", "status"),
    [
        (["nothing"], "No such command 'nothing'", 2),
        (["send"], "Missing argument", 2),
        (["run", "--region", "eu-west-1"], "need --aws", 2),
        (["generate", "--rows", "5", "--broken", "6"], "must not exceed", 2),
        (["send", "absent.csv"], "start it with `etl up`", 1),
        (["run"], "start it with `etl up`", 1),
        (["reconcile"], "start it with `etl up`", 1),
        (["report", "--run", "latest"], "start it with `etl up`", 1),
        (["athena"], "give one statement, or --named, or --list-named", 2),
        (["athena", "SELECT 1", "--named", "revenue_by_day"], "give one statement, or", 2),
        (["up", "--aws"], "nothing to do with --aws", 2),
        (["deploy", "-p", "oops"], "start it with `etl up`", 1),
    ],
)
def test_an_error_is_one_line_and_a_status(
    etl: Callable[..., Done], arguments: list[str], says: str, status: int
) -> None:
    done = etl(*arguments)

    assert (done.status, done.stdout) == (status, "")
    assert done.stderr.startswith("etl: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_traceback_is_shown_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ETL_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["etl", "run", "--debug"])

    with pytest.raises(NotRunning):
        main()


def test_an_interrupted_command_says_so_and_ends_as_shells_expect(
    etl: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.target.open_target", interrupt)

    done = etl("run")

    assert (done.status, done.stderr) == (130, "etl: stopped\n")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from cli.app import app\n"
        "app(args=['--help'], standalone_mode=False)\n"
        "heavy = {'boto3', 'botocore', 'httpx', 'rich', 'local_aws', 'pandas', 'duckdb'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=CHECKOUT, check=False
    )

    assert "reconcile" in done.stdout
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_only_the_commands_of_the_local_cloud_load_it() -> None:
    users = {
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "cli").rglob("*.py")
        if "local_aws" in path.read_text()
    }

    assert users == {"cli/faults.py", "cli/local_cloud.py"}


def test_a_reader_that_stops_reading_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m cli.app generate --rows 20000 --out - | head -1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        check=False,
    )

    assert done.stdout.startswith("InvoiceNo,")
    assert done.stderr == ""
