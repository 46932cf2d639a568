"""Without Tableau's library `etl extract` says what to install, and leaves nothing behind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from cli.errors import CliError
from cli.extract import write_extract


def test_a_missing_library_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tableauhyperapi", None)
    target: Any = None  # nothing is asked before

    with pytest.raises(CliError, match=r"run `pip install 'retail-etl\[tableau\]'`"):
        write_extract(target, tmp_path / "retail.hyper")

    assert list(tmp_path.iterdir()) == []
