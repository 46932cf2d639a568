"""The runbooks have an entry for whatever can fail, and every command in them exists."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import typer
import yaml
from botocore import xform_name

import lambdas.errors
import loader.errors
from cli.app import app, hoist_global_options

CHECKOUT = Path(__file__).parents[2]
TEXT = (CHECKOUT / "docs" / "runbooks.md").read_text("utf-8")
PARTS = ("**Means.**", "**Look.**", "**Do.**", "**Mended when**")

# What the AWS CLI's own options are, beside the members of an operation's input.
OPTIONS_OF_THE_AWS_CLI = {"max-items", "query", "output", "region", "profile"}
AWS_NAMES = {"s3api": "s3"}
GLUE_ENDINGS = ("FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED")  # Glue API: JobRunState


def entries() -> dict[str, str]:
    """Return the text of each entry by its heading."""
    pieces = re.split(r"^### (.+)$", TEXT, flags=re.MULTILINE)
    return {
        heading: re.split(r"^## ", body, flags=re.MULTILINE)[0]
        for heading, body in zip(pieces[1::2], pieces[2::2], strict=True)
    }


def named() -> set[str]:
    """Return the names that the headings of entries hold."""
    return {name for heading in entries() for name in re.findall(r"`([^`]+)`", heading)}


def alarms() -> set[str]:
    """Return the names of the template's alarms, without project and stage."""
    text = (CHECKOUT / "cloudformation" / "observability.yaml").read_text("utf-8")
    return set(re.findall(r'AlarmName: !Sub "\$\{Project}-\$\{Stage}-([a-z-]+)"', text))


def commands(program: str) -> list[str]:
    """Return the lines of the code blocks that run a program."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line.split()[0] == program})


def machines() -> Iterator[dict[str, Any]]:
    for path in sorted((CHECKOUT / "state_machines").glob("*.asl.json")):
        yield json.loads(path.read_text("utf-8"))


def states_that_can_fail() -> set[str]:
    """Return the states whose failure ends an execution: tasks, checks that refuse, and ends."""
    return {
        name
        for machine in machines()
        for name, state in machine["States"].items()
        if state["Type"] in {"Task", "Fail"} or '"Error"' in json.dumps(state)
    }


def errors_named_by_the_machines() -> set[str]:
    """Return the error names that a state retries, catches or raises itself."""
    found = set()
    for machine in machines():
        text = json.dumps(machine)
        found |= set(re.findall(r'"Error": "(\w+)"', text))
        for names in re.findall(r'"ErrorEquals": \[([^\]]*)\]', text):
            found |= set(re.findall(r'"([\w.]+)"', names))
    # Of one API's call, not of a run: each state's entry says what to do.
    return found - {"States.ALL", "RedshiftData.ValidationException"}


def test_every_state_that_can_fail_has_an_entry() -> None:
    assert states_that_can_fail() - named() == set()


@pytest.mark.parametrize("module", [lambdas.errors, loader.errors], ids=["lambdas", "loader"])
def test_every_error_of_ours_has_an_entry(module: Any) -> None:
    tree = {
        name
        for name, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Exception) and each.__module__ == module.__name__
    }
    assert len(tree) >= 3
    assert tree - named() == set()


def test_every_error_that_a_state_machine_names_has_an_entry() -> None:
    assert "LockHeld" in errors_named_by_the_machines()
    assert errors_named_by_the_machines() - named() == set()


def test_every_way_in_which_a_job_run_ends_badly_has_an_entry() -> None:
    assert set(GLUE_ENDINGS) - named() == set()


def test_every_alarm_has_an_entry() -> None:
    assert len(alarms()) >= 10
    assert alarms() - named() == set()


def test_no_entry_is_about_what_is_no_more() -> None:
    known = states_that_can_fail() | errors_named_by_the_machines() | set(GLUE_ENDINGS)
    known |= alarms()
    known |= {name for module in (lambdas.errors, loader.errors) for name in vars(module)}
    of_services = {name for name in named() if name.startswith(("Lambda.", "States."))}
    assert named() - known - of_services == {"reconcile"}


@pytest.mark.parametrize("heading", entries())
def test_an_entry_says_what_it_means_what_to_look_at_and_do_and_when_it_is_mended(
    heading: str,
) -> None:
    places = [entries()[heading].find(part) for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)


@pytest.mark.parametrize("line", commands("etl"))
def test_every_etl_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    program = typer.main.get_command(app)
    called: list[str] = []
    _note_only(program, called)

    program.main(hoist_global_options(words), standalone_mode=False)

    assert called[1:] == words[: len(called) - 1]
    assert len(called) >= 2


@pytest.mark.parametrize("line", commands("aws"))
def test_every_aws_command_exists_with_its_options(line: str) -> None:
    _, service, operation, *options = shlex.split(line)
    session = botocore.session.get_session()
    model = session.get_service_model(AWS_NAMES.get(service, service))
    operations = {xform_name(name, "-"): name for name in model.operation_names}

    assert operation in operations
    shape = model.operation_model(operations[operation]).input_shape
    members = {xform_name(name, "-") for name in (shape.members if shape else ())}
    flags = {word.removeprefix("--") for word in options if word.startswith("--")}
    switches = {flag.removeprefix("no-") for flag in flags}
    assert switches - members - OPTIONS_OF_THE_AWS_CLI == set()
    assert set(getattr(shape, "required_members", ())) <= {
        name for name in shape.members if xform_name(name, "-") in flags
    }


def test_every_parameter_that_a_command_sets_is_one_of_the_template() -> None:
    class Loader(yaml.SafeLoader):
        """Reads CloudFormation's short forms as nothing."""

    Loader.add_multi_constructor("!", lambda *_: None)
    root = CHECKOUT / "cloudformation" / "root.yaml"
    declared = yaml.load(root.read_text("utf-8"), Loader)["Parameters"]

    given = set(re.findall(r"-p (\w+)=", TEXT))

    assert {"PublishWriteUnitsPerSecond", "ScheduleState"} <= given
    assert given - declared.keys() == set()


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    links = set(re.findall(r"\]\(#([^)]+)\)", TEXT.replace("\n", " ")))
    assert links - anchors == set()


def _note_only(command: Any, called: list[str]) -> None:
    """Have a command, and those below it, note that they are called and do nothing."""
    command.callback = lambda **_: called.append(str(command.name))
    for each in getattr(command, "commands", {}).values():
        _note_only(each, called)
