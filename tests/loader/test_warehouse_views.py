"""The views' SQL is what the Data API and Redshift take, and each says what it measures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loader import warehouse_views
from loader.warehouse_views import (
    ROLE,
    make_role_statements,
    make_views_statements,
    refresh_statements,
    views,
    views_digest,
)

MOST_STATEMENTS = 40  # Amazon Redshift Data API: quota of a batch
STORED = [view.name for view in views() if view.stored]
TABLES = {"fact_sales", "dim_product", "dim_customer", "load_position", "view_state"}


def test_every_transaction_fits_a_batch_of_the_data_api() -> None:
    for transaction in (make_role_statements(), make_views_statements(), refresh_statements()):
        assert 0 < len(transaction) <= MOST_STATEMENTS
        words = {sql.split()[0].upper() for sql in transaction}
        assert words.isdisjoint({"TRUNCATE", "VACUUM", "COMMIT", "BEGIN", "END", "ROLLBACK"})


def test_a_refresh_is_of_the_stored_views_and_changes_no_rows_before() -> None:
    *refreshes, note = refresh_statements()
    assert refreshes == [f"REFRESH MATERIALIZED VIEW retail.{name}" for name in STORED]
    assert note.startswith("UPDATE retail.view_state")


def test_a_view_reads_tables_only_so_that_their_order_does_not_matter() -> None:
    for view in views():
        assert set(re.findall(r"(?:FROM|JOIN) retail\.(\w+)", view.create)) <= TABLES


def test_a_stored_view_has_what_makes_redshift_refresh_it_in_full() -> None:
    for view in views():
        if view.stored:
            assert "COUNT(DISTINCT" in view.create or "SELECT DISTINCT" in view.create


def test_each_view_says_in_words_what_it_measures() -> None:
    for view in views():
        assert len(view.definition) > 200
        assert view.definition.endswith((".", ")."))
        assert not re.search(r"\s{2}|--|;", view.definition)


def test_the_digest_changes_with_a_view_and_with_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = views_digest()
    assert re.fullmatch(r"[0-9a-f]{16}", before)
    assert before == views_digest()
    first, *others = views()
    changed = warehouse_views.View(first.name, first.definition + " Or so.", first.create, False)
    monkeypatch.setattr(warehouse_views, "views", lambda: (changed, *others))
    assert views_digest() != before


def test_a_file_that_makes_another_view_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "mine.sql").write_text("CREATE VIEW retail.yours AS SELECT 1;")
    monkeypatch.setattr(warehouse_views, "_SQL", tmp_path)
    views.cache_clear()
    with pytest.raises(ValueError, match=r"mine\.sql does not make the view mine"):
        views()
    views.cache_clear()


def test_the_role_may_read_every_view() -> None:
    (grant,) = (sql for sql in make_views_statements() if sql.endswith(f"ROLE {ROLE}, PUBLIC"))
    assert all(f"retail.{view.name}" in grant for view in views())
