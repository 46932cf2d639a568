"""What the templates' policies grant: each action of each statement."""

from __future__ import annotations

from dataclasses import dataclass

from tests.infra.policies import policies


@dataclass(frozen=True, order=True)
class Grant:
    """One action of one statement.

    Attributes
    ----------
    template : file that holds it.
    holder : logical id of the role or the managed policy.
    sid : of the statement.
    """

    template: str
    holder: str
    sid: str
    action: str

    def __str__(self) -> str:
        return f"{self.holder}.{self.sid}.{self.action}"


def grants() -> list[Grant]:
    """Return every grant, in the order of the templates."""
    found = []
    for name, policy in policies():
        template, holder, sid = name.split(".")
        (statement,) = policy["Statement"]
        actions = statement["Action"]
        named = [actions] if isinstance(actions, str) else actions
        found += [Grant(template, holder, sid, action) for action in named]
    return found
