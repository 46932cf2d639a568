"""docs/deploy.md: its commands exist, its parameters are taken, its figures are the templates'."""

from __future__ import annotations

import itertools
import json
import re
import shlex
from typing import Any

import botocore.session
import pytest
import typer
from botocore import xform_name

from cli.app import app, hoist_global_options
from tests.infra.infra_files import CHECKOUT, read_template
from tests.infra.stage import Part

TEXT = (CHECKOUT / "docs" / "deploy.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
LINES = sorted({line for block in BLOCKS for line in block.splitlines()})
OPTIONS_OF_THE_AWS_CLI = {"query"}


def commands(program: str) -> list[str]:
    return [line for line in LINES if line.split()[0] == program]


def given(line: str) -> dict[str, str]:
    """Return the parameters that a line sets."""
    words = shlex.split(line)
    values = (after for word, after in itertools.pairwise(words) if word == "-p")
    return {name: value for name, _, value in (each.partition("=") for each in values)}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_program_of_the_page_is_looked_at() -> None:
    assert {line.split()[0] for line in LINES} == {"aws", "etl", "git"}
    assert len(commands("etl")) >= 12


@pytest.mark.parametrize("line", commands("etl"))
def test_every_etl_command_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    program = typer.main.get_command(app)
    called: list[str] = []
    _note_only(program, called)

    program.main(hoist_global_options(words), standalone_mode=False)

    assert called[-1] in words


@pytest.mark.parametrize("line", [line for line in commands("etl") if " -p " in line])
def test_the_parameters_of_a_command_are_taken_together(line: str) -> None:
    root = read_template("root")
    declared, values = root["Parameters"], given(line)
    assert values
    for name, value in values.items():
        if "AllowedValues" in declared[name]:
            assert value in map(str, declared[name]["AllowedValues"]), name
        if "AllowedPattern" in declared[name] and value != "ARN":
            assert re.fullmatch(declared[name]["AllowedPattern"], value), name
        if declared[name]["Type"] == "Number":
            assert declared[name]["MinValue"] <= float(value) <= declared[name]["MaxValue"], name
    defaults = {name: each.get("Default", "") for name, each in declared.items()}
    assert broken_rules({**defaults, **values}) == []


def broken_rules(values: dict[str, Any]) -> list[str]:
    """Return what the root's rules say against these parameters."""
    part = Part("root", values)
    return [
        assertion["AssertDescription"]
        for rule in part.template["Rules"].values()
        if part.holds(rule["RuleCondition"])
        for assertion in rule["Assertions"]
        if not part.holds(assertion["Assert"])
    ]


def test_rules_are_looked_at() -> None:
    defaults = {
        name: each.get("Default", "") for name, each in read_template("root")["Parameters"].items()
    }
    assert broken_rules({**defaults, "ApiAuthorization": "JWT", "JwtIssuer": "https://a"}) == [
        "JwtIssuer needs JwtAudience, else every token of the issuer would do."
    ]


@pytest.mark.parametrize("line", commands("aws"))
def test_every_aws_command_exists_with_its_options(line: str) -> None:
    _, service, operation, *options = shlex.split(line)
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape: Any = model.operation_model(operations[operation]).input_shape
    members = {xform_name(name, "-") for name in shape.members}
    flags = {word.removeprefix("--") for word in options if word.startswith("--")}
    assert flags - members - OPTIONS_OF_THE_AWS_CLI == set()


def test_the_deployers_parameters_are_its_templates() -> None:
    template = read_template("deployer")
    named = set(re.findall(r"ParameterKey=(\w+)", TEXT))
    assert {"Stage", "GitHubRepository", "GitHubOidcProvider"} == named
    assert named <= set(template["Parameters"])
    needed = {name for name, each in template["Parameters"].items() if "Default" not in each}
    (create,) = [line for line in commands("aws") if "create-stack" in line]
    assert needed == set(re.findall(r"ParameterKey=(\w+)", create))
    assert "file://cloudformation/deployer.yaml" in create
    assert "CAPABILITY_NAMED_IAM" in create


def test_the_tables_defaults_are_the_templates() -> None:
    declared = read_template("root")["Parameters"]
    table = rows("Parameters worth a thought")
    assert len(table) > 10
    for names, defaults, _ in table:
        for name, default in zip(names.split(", "), defaults.split(", "), strict=True):
            expected = declared[name.strip("`")]["Default"]
            assert default == (str(expected) if expected != "" else "none"), name


def test_the_table_of_variables_has_those_that_the_workflows_read() -> None:
    workflows = "".join(path.read_text() for path in (CHECKOUT / ".github").rglob("*.yml"))
    read = set(re.findall(r"vars\.(\w+)", workflows))
    listed = {row[0].strip("`") for row in rows("From GitHub, without stored keys")}
    assert listed | {"ETL_PROJECT", "DEPLOY_STAGE"} == read
    assert "`ETL_PROJECT`" in TEXT
    assert "`DEPLOY_STAGE`" in TEXT


def test_the_senders_policy_is_about_the_route_of_the_template() -> None:
    (policy,) = re.findall(r"^```json\n(.*?)^```$", TEXT, flags=re.MULTILINE | re.DOTALL)
    (statement,) = json.loads(policy)["Statement"]
    method, path = read_template("ingest")["Resources"]["IngestRoute"]["Properties"][
        "RouteKey"
    ].split()
    stage = read_template("ingest")["Resources"]["ApiStage"]["Properties"]["StageName"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Resource"] == (
        f"arn:aws:execute-api:REGION:ACCOUNT:API/{stage}/{method}{path}"
    )


def test_what_stays_is_what_a_parameter_keeps() -> None:
    section = TEXT.split("\n## Destroy, and what stays\n")[1].split("\n## ")[0]
    kept = {
        next(iter(resource["Properties"][name]["Fn::Sub"].split("${Stage}-")[1:])).split("-${")[0]
        for part in ("storage", "lookups")
        for resource in read_template(part)["Resources"].values()
        for name in ("BucketName", "TableName")
        if resource.get("DeletionPolicy") == {"Ref": "DataDeletionPolicy"}
        and name in resource["Properties"]
    }
    assert len(kept) == 5
    assert all(f"`{name}`" in section for name in kept)


def test_every_link_leads_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", TEXT, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    links = re.findall(r"\]\(([^)]+)\)", TEXT.replace("\n", " "))
    for link in links:
        path, _, anchor = link.partition("#")
        if path:
            assert (CHECKOUT / "docs" / path).resolve().exists(), link
        else:
            assert anchor in anchors, link


def _note_only(command: Any, called: list[str]) -> None:
    """Have a command, and those below it, note that they are called and do nothing."""
    command.callback = lambda **_: called.append(str(command.name))
    for each in getattr(command, "commands", {}).values():
        _note_only(each, called)
