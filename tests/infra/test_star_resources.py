"""No statement reaches every resource unless a comment beside it says why."""

from __future__ import annotations

import re

from tests.infra.infra_files import CHECKOUT

_STAR = re.compile(r"""Resource:\s*["']?\*["']?|^\s*-\s*["']\*["']\s*(#.*)?$""")
_REASON = re.compile(r"""["']\s+#\s*\w+.{15,}""")


def test_every_star_has_its_reason_in_the_line() -> None:
    unexplained, explained = [], 0
    for path in sorted((CHECKOUT / "cloudformation").glob("*.yaml")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if not _STAR.search(line):
                continue
            if _REASON.search(line):
                explained += 1
            else:
                unexplained.append(f"{path.name}:{number}")

    assert unexplained == []
    assert explained >= 4  # the rule looks at what is there
