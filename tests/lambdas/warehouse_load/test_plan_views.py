"""How the views follow a load that is in, whatever becomes of them."""

from __future__ import annotations

from typing import Any

import pytest

from lambdas.errors import InvalidEvent
from lambdas.warehouse_load.plan import Ended
from lambdas.warehouse_load.plan_views import plan_views
from loader.warehouse_views import make_views_statements, refresh_statements, views_digest

END = 5781947118336215154
DONE = {"done": True, "position": str(END)}


def after(step: str, error: str = "", rows: Any = ()) -> dict[str, Any]:
    ended = Ended(step, "id-1", succeeded=not error, error=error, rows=list(rows))
    return plan_views("run-1", ended, END)


def seen(digest: str) -> dict[str, Any]:
    return after("look", rows=[[{"StringValue": digest}]])


@pytest.mark.parametrize("step", ["load", "inspect"])
def test_once_the_load_is_in_the_views_are_looked_at(step: str):
    assert after(step)["step"] == "look"


def test_views_of_the_same_sql_are_refreshed():
    planned = seen(views_digest())
    assert (planned["step"], planned["statements"]) == ("refresh", refresh_statements())
    assert after("refresh") == {**DONE, "views_error": ""}


@pytest.mark.parametrize("digest", ["", "0123456789abcdef"])
def test_views_of_other_sql_are_made_anew_after_their_role(digest: str):
    assert seen(digest)["step"] == "role"
    planned = after("role")
    assert (planned["step"], planned["statements"]) == ("views", make_views_statements())
    assert after("views") == {**DONE, "views_error": ""}


def test_a_role_that_is_there_already_is_no_matter():
    assert after("role", "ERROR: role retail_bi already exists")["step"] == "views"


@pytest.mark.parametrize("step", ["look", "views", "refresh"])
def test_views_that_cannot_follow_end_the_phase_with_the_reason(step: str):
    assert after(step, "ERROR: no space") == {**DONE, "views_error": f"{step}: ERROR: no space"}


def test_every_step_has_a_token_of_its_own():
    steps = [after("load"), seen("other"), after("role"), seen(views_digest())]
    assert len({planned["client_token"] for planned in steps}) == len(steps)


@pytest.mark.parametrize("rows", [[], [[]], [[{"IsNull": True}]]], ids=["none", "empty", "null"])
def test_a_look_of_another_form_is_a_terminal_error(rows: list[list[dict[str, Any]]]):
    with pytest.raises(InvalidEvent, match="look"):
        after("look", rows=rows)
