"""What rests on hidden rows: found by lineage, blanked where few counts are behind it, rounded where many are."""

from typing import Any

import polars as pl
import pytest

from salus.disclosure import Nesting, release_tables
from salus.disclosure.resting import release_criteria, resting, round_means, round_ranks
from salus.model.tables import TABLES, key_column, lineage

GONE = {f"estimates:A16|a{i}" for i in range(10)}


def links(table: str, key: str, count: int) -> pl.DataFrame:
    return lineage([(table, key, "estimates", f"estimates:A16|a{i}") for i in range(count)])


def criteria(**row: Any) -> pl.DataFrame:
    about = {"problem": "robbery", "criterion": "inequity", "illustrative": False, "grade": "C"}
    return TABLES["criteria"].frame([about | row])


@pytest.mark.parametrize(("behind", "score", "value"), [(0, 43.3, 0.91), (9, None, None), (10, 45.0, 0.9)])
def test_a_criterion_is_blanked_over_few_hidden_counts_and_rounded_over_many(behind, score, value):
    frame = criteria(score=43.3, low=35.5, high=50.3, value=0.91, n=900.0)
    made, few, _ = release_criteria(frame, links("criteria", "criteria:robbery|inequity|false", behind), GONE, 10, b"")
    assert (made["score"].item(), made["value"].item()) == (score, value)
    assert few.item() == (score is None)


def test_rows_of_rows_that_rest_on_hidden_ones_are_found_however_long_the_chain():
    chain = [
        ("nexus", "n1", "estimates", "estimates:A16|a0"),
        ("nexus", "n2", "nexus", "n1"),
        ("nexus", "n3", "nexus", "n2"),
    ]
    assert resting(lineage(chain), "nexus", GONE) == {"n1", "n2", "n3"}
    assert resting(lineage(chain), "nexus", {"estimates:A16|b"}) == frozenset()


def exposures() -> pl.DataFrame:
    rows = [("drugs", "a"), ("drugs", "b"), ("firearms", "a")]
    return TABLES["nexus"].frame(
        [{"flow": f, "area": a, "illustrative": False, "pressure": 40.3, "exposure": 8.7, "n": 20.0} for f, a in rows]
    )


def test_where_one_area_of_a_flow_is_hidden_the_others_lose_their_digits_since_they_share_a_mean():
    made, log = round_means("nexus", exposures(), pl.Series([True, False, False]), b"")
    assert made.select("pressure", "exposure").rows() == [(40.0, 9.0), (40.0, 9.0), (40.3, 8.7)]
    assert log == [("nexus", "figures rounded", 2, 2 / 3)]


def test_the_edge_of_rounding_is_a_secret_of_each_row_and_the_same_each_time():
    hidden = pl.Series([True] * 3)
    made = {round_means("nexus", exposures(), hidden, bytes([i] * 16))[0]["pressure"][0] for i in range(40)}
    assert made == {40.0, 41.0}
    again = [round_means("nexus", exposures(), hidden, b"sixteen bytes or")[0]["pressure"].to_list() for _ in range(3)]
    assert again[0] == again[1] == again[2]


def test_the_two_views_of_one_figure_share_an_edge_so_that_nobody_has_it_twice():
    both = pl.concat([criteria(score=43.3), criteria(score=43.3, illustrative=True)])
    made = lineage([("criteria", key, "estimates", gone) for key in both.select(key_column("criteria")).to_series()
                    for gone in GONE])  # fmt: skip
    for seed in range(20):
        scores = release_criteria(both, made, GONE, 10, bytes([seed] * 16))[0]["score"]
        assert scores[0] == scores[1]


def test_ranks_are_rounded_to_tenths_and_shares_of_draws_to_twentieths():
    row = {"problem": "robbery", "illustrative": False, "expected_rank": 14.577, "top_k_share": 0.055, "rank_low": 5.0}
    made, _ = round_ranks({"priorities": TABLES["priorities"].frame([row])}, b"")
    figures = made["priorities"].row(0, named=True)
    assert (figures["expected_rank"], figures["top_k_share"], figures["rank_low"]) == (14.6, 0.05, 5.0)


def gated(count: float) -> dict[str, pl.DataFrame]:
    """A city whose one count is small; harm averted, a step and a flow are made of it."""
    estimate = TABLES["estimates"].frame(
        [{"indicator": "A01", "area": "city", "group": "", "value": count, "numerator": count, "n": count, "grade": "C",
          "unit": "per 100,000", "source": "police"}]
    )  # fmt: skip
    key = estimate.select(key_column("estimates")).item()
    option = {"intervention": "i", "problem": "homicide", "illustrative": False, "harm_averted": 0.4, "harm_low": 0.1,
              "harm_high": 0.9}  # fmt: skip
    step = {"function": "f", "level": "local", "institution": "x", "kind": "capacity", "illustrative": False,
            "benefit": 2.0, "low": 1.0, "high": 3.0}  # fmt: skip
    year = {"intervention": "i", "problem": "homicide", "year": 2023, "illustrative": False, "chosen": True,
            "share_of_draws": 0.62}  # fmt: skip
    flow = {"commodity": "drugs", "origin": "", "destination": "city", "kind": "recorded_activity", "period": "2022",
            "quantity": count, "unit": "recorded files", "low": 0.1, "high": 9.0}  # fmt: skip
    rows = {"options": option, "steps": step, "portfolio": year, "flows": flow}
    tables = {name: TABLES[name].frame([row]) for name, row in rows.items()}
    keys = {name: frame.select(key_column(name)).item() for name, frame in tables.items()}
    chain = [("options", keys["options"], "estimates", key), ("flows", keys["flows"], "estimates", key)]
    chain += [(name, keys[name], "options", keys["options"]) for name in ("steps", "portfolio")]
    released = release_tables(
        {"estimates": estimate, "lineage": lineage(chain)} | tables, frozenset(), nesting=Nesting("city")
    )
    return released.tables


def test_what_harm_averted_makes_goes_with_it_and_what_is_chosen_stays():
    out = gated(3.0)
    assert out["options"]["harm_averted"].to_list() == out["steps"]["benefit"].to_list() == [None]
    assert out["portfolio"].select("chosen", "share_of_draws").rows() == [(True, None)]
    assert gated(30.0)["steps"]["benefit"].to_list() == [2.0]


def test_recorded_files_of_a_flow_are_hidden_where_the_estimate_of_the_same_files_is():
    assert gated(3.0)["flows"].select("quantity", "low", "high").row(0) == (None, None, None)
    assert gated(30.0)["flows"]["quantity"].to_list() == [30.0]
