"""Why a cell is empty: hidden or no data, and neither where nobody can tell."""

import polars as pl

from salus.model.tables import TABLES
from salus.releasing import Release
from salus.report.blanks import HIDDEN, NO_DATA, UNTOLD, blanks

LOG = {"table": pl.String(), "rule": pl.String(), "hidden": pl.Int64(), "share": pl.Float64()}


def release(table: str, rows: list[dict[str, object]], hidden: int, rule: str = "rests on hidden rows") -> Release:
    log = pl.DataFrame([(table, rule, hidden, 0.5)], schema=LOG, orient="row")
    return Release({table: TABLES[table].frame(rows)}, log, {"city": {"scope": {"area": "toy"}}}, [], {})


def said(made: Release, table: str, column: str) -> list[str | None]:
    """What the empty cells of a column say, None where there is a figure."""
    words = blanks(made, table)[column].to_list()
    return [word if value is None else None for word, value in zip(words, made.table(table)[column], strict=True)]


def ranks(*values: float | None) -> list[dict[str, object]]:
    return [{"group": f"g{i}", "problem": "theft", "rank": v, "low": v, "high": v} for i, v in enumerate(values)]


def test_as_many_empty_rows_as_the_log_says_are_hidden():
    assert said(release("group_ranks", ranks(1.0, None, None), 2), "group_ranks", "rank") == [None, HIDDEN, HIDDEN]


def test_without_a_hidden_row_in_the_log_nothing_is_known():
    assert said(release("group_ranks", ranks(1.0, None), 0), "group_ranks", "rank") == [None, NO_DATA]


def test_a_rule_that_only_changes_figures_hides_nothing():
    made = release("group_ranks", ranks(1.0, None), 1, rule="figures rounded")
    assert said(made, "group_ranks", "rank") == [None, NO_DATA]


def test_where_the_log_counts_fewer_rows_than_are_empty_the_cell_does_not_choose():
    assert said(release("group_ranks", ranks(1.0, None, None), 1), "group_ranks", "rank") == [None, UNTOLD, UNTOLD]


def test_a_row_without_evidence_had_no_figure_to_hide():
    rows = [
        {"area": area, "theme": "drugs", "dimension": "risk", "grade": grade} for area, grade in ("aD", ("b", "none"))
    ]
    assert said(release("profile", rows, 1), "profile", "score") == [HIDDEN, NO_DATA]


def test_an_option_without_a_quantified_effect_had_no_harm_averted_to_hide():
    rows = [{"intervention": name, "problem": "theft", "illustrative": False, "effect": effect, "grade": "C"}
            for name, effect in (("lighting", 0.8), ("mediation", None))]  # fmt: skip
    made = release("options", rows, 1)
    assert said(made, "options", "harm_averted") == [HIDDEN, NO_DATA]
    assert said(made, "options", "effect") == [None, NO_DATA]


def test_the_statistic_of_an_area_is_always_hidden_and_that_of_the_city_is_not():
    rows = [{"indicator": "A16", "area": area, "kind": "neither"} for area in ("a", "toy")]
    assert said(release("clusters", rows, 0), "clusters", "statistic") == [HIDDEN, NO_DATA]
