"""Every view shows, to the last digit, what its definition says of the sales that were sent."""

from __future__ import annotations

import pytest

from loader.warehouse_views import views
from tests.loader.views.comparison import differences
from tests.loader.views.conftest import FRESHNESS, History, Store

NAMES = [view.name for view in views() if view.name != FRESHNESS]
STORED = [view.name for view in views() if view.stored]


@pytest.mark.parametrize("name", NAMES)
def test_a_view_shows_what_its_definition_says(name: str, history: History) -> None:
    wanted = history.first_answers[name]
    assert len(wanted) > 1 or name == "average_sales"
    assert differences(history.loaded[name], wanted) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_view_follows_corrections(name: str, history: History) -> None:
    assert history.followed[name] != history.loaded[name]
    assert differences(history.followed[name], history.corrected_answers[name]) == []


@pytest.mark.parametrize("name", NAMES)
def test_only_stored_views_wait_for_the_refresh(name: str, history: History) -> None:
    shows = history.loaded if name in STORED else history.followed
    assert history.unrefreshed[name] == shows[name]


def test_a_warehouse_without_sales_has_no_rows_but_one_of_totals(history: History) -> None:
    totals = ("0", "0", "0", "0.0000", None, None, None)
    assert {name: rows for name, rows in history.empty.items() if rows} == {
        "average_sales": [totals]
    }


@pytest.mark.usefixtures("history")
def test_views_that_are_made_anew_show_the_same_at_once(store: Store, history: History) -> None:
    store.make_views()
    assert store.answers() == history.followed
    assert store.is_current


@pytest.mark.usefixtures("history")
def test_freshness_tells_of_a_load_without_its_refresh(store: Store) -> None:
    assert store.is_current
    store.run(["UPDATE retail.load_position SET snapshot_id = 3, loaded_at = GETDATE()"])
    assert not store.is_current
    store.refresh()
    assert store.is_current


@pytest.mark.usefixtures("history")
def test_a_rebuild_to_the_same_position_is_not_taken_for_fresh(store: Store) -> None:
    store.run(["UPDATE retail.load_position SET loaded_at = DATEADD(second, 9, GETDATE())"])
    assert not store.is_current
    store.run(["UPDATE retail.load_position SET loaded_at = GETDATE()"])
    store.refresh()
    assert store.is_current
