"""Why a cell is empty: hidden or no data, as the gate says it in `status` and `withheld`."""

import polars as pl
import pytest

from salus.disclosure import Nesting, release_tables
from salus.model.tables import TABLES
from salus.releasing import Release
from salus.report.blanks import HIDDEN, NO_DATA, UNTOLD, blanks
from tests.unit import builders


def said(tables: dict[str, pl.DataFrame], table: str, column: str) -> list[str | None]:
    """What the empty cells of a column say, None where there is a figure."""
    made = Release(tables, pl.DataFrame(), {}, [], {})
    words = blanks(made, table).get(column, pl.Series([None] * made.table(table).height)).to_list()
    return [word if value is None else None for word, value in zip(words, made.table(table)[column], strict=True)]


@pytest.fixture(scope="module")
def gated() -> dict[str, pl.DataFrame]:
    """A score on 3 events, one on 250, and one without evidence; a hidden, a shown and a missing estimate."""
    rows = [builders.rate("A16", 3, area="a1"), builders.rate("A16", 40, area="a2"), builders.rate("A16", 60)]
    scores = [
        {"area": area, "theme": "drugs", "dimension": "risk", "score": score, "low": score, "high": score, "n": n}
        for area, score, n in (("a1", 20.0, 3), ("a2", 30.0, 250), ("a3", None, None))
    ]
    tables = {
        "estimates": builders.estimates([*rows, builders.missing("A20")]),
        "profile": TABLES["profile"].frame(scores),
    }
    nesting = Nesting(builders.CITY_AREA, {"blocks": frozenset({"a1", "a2", "a3"})})
    return release_tables(tables, frozenset(), nesting=nesting).tables


def test_a_blanked_figure_is_hidden_and_one_that_never_was_is_no_data(gated):
    assert gated["profile"]["withheld"].to_list() == ["score;low;high;n", "", ""]
    assert said(gated, "profile", "score") == [HIDDEN, None, NO_DATA]
    assert said(gated, "profile", "coverage") == [NO_DATA, NO_DATA, NO_DATA]


def test_estimates_say_it_cell_by_cell_too(gated):
    told = dict(zip(gated["estimates"]["status"], said(gated, "estimates", "value"), strict=True))
    assert told == {"hidden": HIDDEN, "shown": None, "no data": NO_DATA}
    assert set(said(gated, "estimates", "p3")) <= {None, NO_DATA, HIDDEN}


def test_a_release_made_before_tables_named_their_hidden_figures_does_not_choose(gated):
    before = {"profile": gated["profile"].drop("withheld")}
    assert said(before, "profile", "score") == [UNTOLD, None, UNTOLD]
