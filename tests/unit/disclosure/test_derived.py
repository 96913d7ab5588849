import datetime as dt

import polars as pl

from salus.disclosure import Nesting, Released, release_tables
from salus.model.tables import TABLES, key_column, lineage

PERIOD = {"period_start": dt.date(2019, 1, 1), "period_end": dt.date(2022, 12, 31)}
NESTING = Nesting("city", {"district": frozenset({"a0", "a1", "a2"})})


def _estimates(counts: dict[str, float]) -> pl.DataFrame:
    return TABLES["estimates"].frame(
        [
            {
                "indicator": "A16",
                "area": area,
                "group": "",
                "value": n,
                "numerator": n,
                "n": n,
                "grade": "C",
                "unit": "per 100,000",
                "source": "police",
                **PERIOD,
            }
            for area, n in counts.items()
        ]
    )


def _gate(**tables: pl.DataFrame) -> Released:
    protected = frozenset({"gender-violence"})
    return release_tables(tables, frozenset(), nesting=NESTING, protected_groups=protected)


def _profile(rows: list[tuple[str, str, float]]) -> pl.DataFrame:
    return TABLES["profile"].frame(
        [
            {
                "area": area,
                "theme": theme,
                "dimension": "risk",
                "score": 60.0,
                "low": 50.0,
                "high": 70.0,
                "n": n,
            }
            for area, theme, n in rows
        ]
    )


def test_a_score_on_few_events_is_hidden_and_below_ten_for_a_protected_theme() -> None:
    few = [("a0", "drugs", 3), ("a1", "drugs", 8), ("a1", "gender-violence", 8), ("a2", "drugs", 0)]
    profile = _profile(few)
    released = _gate(profile=profile).tables["profile"]
    scores = {(a, t): (s, n) for a, t, s, n in released.select("area", "theme", "score", "n").iter_rows()}
    assert scores[("a0", "drugs")] == scores[("a1", "gender-violence")] == (None, None)
    assert scores[("a1", "drugs")] == (60.0, 8.0)
    assert scores[("a2", "drugs")] == (60.0, 0.0)


def test_a_score_that_rests_on_one_hidden_estimate_is_hidden_with_it() -> None:
    estimates = _estimates({"a0": 3, "a1": 12, "a2": 90, "city": 105})
    profile = _profile([("a1", "crime-violence", 12), ("a2", "crime-violence", 90)])
    released = _gate(estimates=estimates, profile=profile).tables
    assert released["estimates"].filter(pl.col("area") == "a1")["status"].to_list() == ["hidden"]
    assert released["profile"]["score"].to_list() == [None, 60.0]


def test_a_score_on_a_hidden_count_is_hidden_though_another_of_its_indicators_has_no_events() -> None:
    """n is the fewest files behind any indicator: a zero beside the hidden count made the row look harmless."""
    estimates = _estimates({"a0": 3, "a1": 12, "a2": 90, "city": 105})
    profile = _profile([("a0", "crime-violence", 0), ("a2", "crime-violence", 0), ("n0", "crime-violence", 0)])
    whole = NESTING.geographies | {"neighbourhood": frozenset({"n0"})}
    keys = estimates.select(key_column("estimates")).to_series().to_list()
    own = [
        ("profile", f"profile:{area}|crime-violence|risk", "estimates", keys[i]) for area, i in (("a0", 0), ("a2", 2))
    ]
    made = ("profile", "profile:n0|crime-violence|risk", "profile", "profile:a0|crime-violence|risk")
    tables = {"estimates": estimates, "profile": profile, "lineage": lineage([*own, made])}
    released = release_tables(tables, frozenset(), nesting=Nesting("city", whole)).tables["profile"]
    assert released["score"].to_list() == [None, 60.0, None]


def test_the_n_of_a_score_less_the_shown_counts_does_not_give_a_hidden_one() -> None:
    estimates = _estimates({"a0": 3, "a1": 12, "a2": 90, "city": 105})
    profile = _profile([("a0", "crime-violence", 43), ("a2", "crime-violence", 143)])
    released = _gate(estimates=estimates, profile=profile)
    assert released.tables["profile"]["n"].to_list() == [40.0, 143.0]
    assert ("profile", "n rounded", 1) in released.log.select("table", "rule", "hidden").rows()


def test_harm_averted_is_hidden_where_the_burden_rests_on_few_events() -> None:
    criteria = TABLES["criteria"].frame(
        [
            {"problem": problem, "criterion": "burden", "illustrative": False, "score": 40.0, "n": n}
            for problem, n in (("kidnapping", 4.0), ("robbery", 900.0))
        ]
    )
    options = TABLES["options"].frame(
        [
            {
                "intervention": "i",
                "problem": problem,
                "illustrative": False,
                "effect": 0.8,
                "harm_averted": 0.4,
            }
            for problem in ("kidnapping", "robbery")
        ]
    )
    released = _gate(criteria=criteria, options=options).tables
    assert released["options"]["harm_averted"].to_list() == [None, 0.4]
    assert released["options"]["effect"].to_list() == [0.8, 0.8]
    assert released["criteria"]["score"].to_list() == [None, 40.0]


def test_the_view_of_a_handful_of_people_is_hidden_with_its_ranks() -> None:
    judgements = TABLES["judgements"].frame(
        [
            {"group": group, "problem": "*", "criterion": "burden", "weight": 0.5, "people": people}
            for group, people in (("youth", 3), ("traders", 20))
        ]
    )
    ranks = TABLES["group_ranks"].frame(
        [{"group": group, "problem": "robbery", "rank": 1.0} for group in ("youth", "traders")]
    )
    released = _gate(judgements=judgements, group_ranks=ranks).tables
    weights = dict(released["judgements"].select("group", "weight").iter_rows())
    shown_ranks = dict(released["group_ranks"].select("group", "rank").iter_rows())
    assert weights == {"traders": 0.5, "youth": None}
    assert shown_ranks == {"traders": 1.0, "youth": None}


def test_few_persons_in_a_flow_are_hidden_and_kilograms_are_not() -> None:
    flows = TABLES["flows"].frame(
        [
            {
                "commodity": "people",
                "origin": "x",
                "destination": "y",
                "kind": "k",
                "period": "2022",
                "quantity": 2.0,
                "unit": "persons",
            },
            {
                "commodity": "drugs",
                "origin": "x",
                "destination": "y",
                "kind": "k",
                "period": "2022",
                "quantity": 2.0,
                "unit": "kg",
            },
        ]
    )
    shown = _gate(flows=flows).tables["flows"].select("commodity", "quantity", "withheld")
    assert set(shown.iter_rows()) == {("drugs", 2.0, ""), ("people", None, "quantity")}


def test_tables_without_small_counts_pass_unchanged() -> None:
    profile = _profile([("a0", "drugs", 30), ("a1", "drugs", 8)])
    released = _gate(profile=profile)
    assert released.tables["profile"].drop("withheld").equals(profile)
    assert released.tables["profile"]["withheld"].to_list() == ["", ""]
    assert released.log.height == 0
