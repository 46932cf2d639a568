"""Compares a deployment's views and saved queries with a CSV file: `python -m tests.loader.views`.

The deployment must hold that file and nothing else: `etl send FILE` and `etl run` on an empty one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cli import athena, warehouse
from cli.named_queries import named_queries
from cli.settings import read_settings
from cli.target import Target, open_target
from tests.loader.views.comparison import differences, shown
from tests.loader.views.independent import Row, answers
from tests.loader.views.page import Compared, write_page

_SHOWN = 5


def main() -> int:
    """Compare, say how it went, and write the page if asked for; return 1 if anything differs."""
    arguments = _arguments()
    target = open_target(read_settings(aws=arguments.aws))
    wanted = answers(arguments.file)
    compared = [_compare(target, name, wanted[name]) for name in sorted(wanted)]
    differing = [each for each in compared if each.differing]
    for each in compared:
        print(
            f"{each.name}: {len(each.wanted):,} rows, {'DIFFERENT' if each.differing else 'equal'}"
        )
        print("\n".join(each.differing[:_SHOWN]), end="\n" if each.differing else "")
    if arguments.page and not differing:
        write_page(arguments.page, compared)
    return 1 if differing else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.loader.views", description=__doc__)
    parser.add_argument("file", type=Path, help="the CSV file that was sent")
    parser.add_argument("--page", type=Path, help="write docs/views.md, of the real file")
    parser.add_argument("--aws", action="store_true", help="ask AWS, not the local cloud")
    return parser.parse_args()


def _compare(target: Target, name: str, wanted: list[Row]) -> Compared:
    found = warehouse.query(target, f"SELECT * FROM retail.{name}")
    (saved,) = (query for query in named_queries(target) if query.name == name)
    on_lake = athena.query(target, saved.sql, saved.database)
    differing = [
        *(f"view: {line}" for line in differences(shown(found.rows), wanted)),
        *(f"saved query: {line}" for line in differences(shown(on_lake.rows), wanted)),
    ]
    return Compared(name, found.columns, shown(found.rows), wanted, differing)


if __name__ == "__main__":
    sys.exit(main())
