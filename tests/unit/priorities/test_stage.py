from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from salus.errors import BadInput
from salus.model.city import StageResult
from salus.model.framework import Pack
from salus.model.tables import TABLES, row_key
from salus.priorities import prioritise
from salus.stats.draws import DrawSource
from tests.unit import builders as make

SURVEY = [make.percent("A28", 50, group=group, year=2022, source="survey") for group in ("robbery", "burglary")]
PROBLEMS = (
    make.problem("robbery", ["A16"], reporting="robbery"),
    make.problem("burglary", ["A20"], reporting="burglary"),
)


def run(
    rows: list[dict[str, Any]], judged: list[dict[str, Any]] | None = None, *, pack: Pack | None = None,
    seed: int = 5,
) -> StageResult:  # fmt: skip
    chosen = pack or make.pack(problems=PROBLEMS)
    frames = make.estimates(rows), make.judgements(judged or [])
    return prioritise(*frames, make.evidence(), chosen, make.city(), DrawSource(seed, 1000))


def basic(robberies: float = 400, burglaries: float = 400) -> list[dict[str, Any]]:
    return make.rates("A16", [robberies] * 4) + make.rates("A20", [burglaries] * 4) + SURVEY


def one(result: StageResult, table: str, **key: Any) -> dict[str, Any]:
    return result.tables[table].filter(**key).row(0, named=True)


def test_tripled_robbery_raises_its_burden_and_never_lowers_its_rank() -> None:
    before, after = run(basic()), run(basic(robberies=1200))
    burdens = [one(r, "criteria", problem="robbery", criterion="burden") for r in (before, after)]
    assert burdens[1]["value"] == pytest.approx(3 * burdens[0]["value"], rel=0.02)
    assert burdens[1]["low"] > burdens[0]["high"]
    ranks = [one(result, "priorities", problem="robbery") for result in (before, after)]
    assert ranks[1]["expected_rank"] < ranks[0]["expected_rank"]
    assert ranks[1]["rank_low"] <= ranks[0]["rank_low"]
    assert ranks[1]["rank_high"] <= ranks[0]["rank_high"]


def opposed(**other: Any) -> list[dict[str, Any]]:
    return make.weights("residents", burden=95, severity=5, other=other) + make.weights(
        "victims", burden=5, severity=95, other=other
    )


FREQUENT_AND_GRAVE = make.pack(
    problems=(
        PROBLEMS[0].model_copy(update={"severity": 1.5, "severity_low": 1.0, "severity_high": 2.0}),
        PROBLEMS[1].model_copy(update={"severity": 4.5, "severity_low": 4.0, "severity_high": 5.0}),
    )
)


def test_groups_with_opposed_weights_swap_the_ranks_and_disagree_completely() -> None:
    result = run(basic(robberies=2000, burglaries=20), opposed(), pack=FREQUENT_AND_GRAVE)
    ranks = {(r["group"], r["problem"]): r["rank"] for r in result.tables["group_ranks"].rows(named=True)}
    assert ranks["residents", "robbery"] < 1.2
    assert ranks["residents", "burglary"] > 1.8
    assert ranks["victims", "robbery"] > 1.8
    assert ranks["victims", "burglary"] < 1.2
    assert result.tables["priorities"]["disagreement"].to_list() == [1.0, 1.0]


def test_real_judgements_need_no_second_view() -> None:
    result = run(basic(), opposed(), pack=FREQUENT_AND_GRAVE)
    assert not result.tables["priorities"]["illustrative"].any()
    assert result.tables["criteria"].height == 2 * 5


def test_invented_judgements_stay_out_of_the_real_view_and_grade_the_other_e() -> None:
    without = run(basic(), pack=FREQUENT_AND_GRAVE)
    result = run(basic(), opposed(illustrative=True), pack=FREQUENT_AND_GRAVE)
    real = result.tables["priorities"].filter(~pl.col("illustrative"))
    assert real.equals(without.tables["priorities"])
    assert real["disagreement"].to_list() == [None, None]
    shown = result.tables["priorities"].filter(pl.col("illustrative"))
    assert shown["grade"].to_list() == ["E", "E"]
    assert result.tables["group_ranks"]["illustrative"].all()
    assert result.tables["information_value"].equals(without.tables["information_value"])


def test_importance_joins_the_criteria_of_those_who_were_asked() -> None:
    judged = [
        {"group": "residents", "problem": name, "criterion": "importance", "weight": rating}
        for name, rating in (("robbery", 0), ("burglary", 100))
    ]
    result = run(basic(), judged)
    row = one(result, "criteria", problem="burglary", criterion="importance")
    assert (row["value"], row["score"], row["n"], row["grade"]) == (100.0, 100.0, 20.0, "D")
    assert one(result, "priorities", problem="burglary")["expected_rank"] < 1.3


def test_a_missing_reporting_survey_widens_the_burden_and_is_worth_finding_out() -> None:
    asked, unasked = run(basic()), run(basic()[:-2])
    widths = [
        row["high"] - row["low"]
        for row in (one(r, "criteria", problem="robbery", criterion="burden") for r in (asked, unasked))
    ]
    assert widths[1] > 3 * widths[0]
    wanted = "burden of robbery: no survey says what share of A16 is reported"
    assert wanted not in asked.tables["information_value"]["what"]
    row = one(unasked, "information_value", what=wanted)
    assert (row["changes"], row["cost_band"]) == ("rank of robbery", "€€")
    assert row["value"] >= 0


def test_a_problem_without_any_evidence_keeps_a_row_with_grade_none() -> None:
    result = run([make.missing("A16"), *make.rates("A20", [400] * 4)])
    row = one(result, "priorities", problem="robbery")
    assert (row["grade"], row["areas"], row["disagreement"]) == ("none", make.CITY_AREA, None)
    assert (row["rank_low"], row["rank_high"]) == (1.0, 2.0)
    what = result.tables["information_value"]["what"].to_list()
    assert "burden of robbery: no figure for A16" in what


def test_an_ambiguous_direction_caps_the_grade_at_d() -> None:
    ambiguous = make.indicator("A16", direction="ambiguous")
    indicators = (ambiguous, make.indicator("A20"), make.reporting_indicator())
    result = run(basic(), pack=make.pack(problems=PROBLEMS, indicators=indicators))
    assert one(result, "priorities", problem="robbery")["grade"] == "D"
    assert one(result, "priorities", problem="burglary")["grade"] == "C"


def test_invented_estimates_show_only_in_the_illustrative_view() -> None:
    rows = [*make.rates("A16", [400] * 4), *SURVEY, *make.rates("A20", [400] * 4, illustrative=True)]
    table = run(rows).tables["criteria"].filter(problem="burglary", criterion="burden")
    assert dict(zip(table["illustrative"], table["grade"], strict=True)) == {False: "none", True: "C"}


def test_an_indicator_of_the_rapid_set_without_figures_is_listed_with_what_it_would_change() -> None:
    asked_for = make.indicator("A05", rapid=True, measure="published", select=None)
    pack = make.pack(
        indicators=(make.indicator("A16"), make.reporting_indicator(), asked_for),
        problems=(PROBLEMS[0], make.problem("cybercrime", ["A05"])),
    )
    row = one(run(basic(), pack=pack), "information_value",
              what="A05 Indicator A05: no evidence on this indicator of the rapid set")  # fmt: skip
    assert row["changes"] == "rank of cybercrime"
    assert row["value"] >= 0


def test_the_same_seed_gives_the_same_tables_and_another_seed_does_not() -> None:
    first, again, other = (run(basic(), opposed(illustrative=True), seed=seed) for seed in (5, 5, 6))
    for name, table in first.tables.items():
        assert table.equals(again.tables[name])
    assert first.lineage.equals(again.lineage)
    assert not first.tables["priorities"].equals(other.tables["priorities"])


def test_draws_are_ranks_of_every_problem_in_each_view() -> None:
    result = run(basic(), opposed(illustrative=True))
    keys, array = result.draws["priorities"]
    ranks = np.asarray(array)
    assert keys.columns == ["problem", "illustrative"]
    assert ranks.shape == (4, 1000)
    assert ranks.dtype == np.float32
    assert (ranks[:2].sum(axis=0) == 3).all()
    expected = result.tables["priorities"].join(
        keys.with_columns(pl.Series("mean", ranks.mean(axis=1))), on=["problem", "illustrative"]
    )
    assert expected["mean"].to_list() == pytest.approx(expected["expected_rank"].to_list(), abs=1e-5)


def test_every_rank_walks_back_to_estimates_and_judgement_rows() -> None:
    result = run(basic(), opposed(illustrative=True))
    made = {
        (name, row_key(name, row))
        for name in ("criteria", "judgements", "group_ranks", "priorities", "information_value")
        for row in result.tables[name].rows(named=True)
    }
    lineage = result.lineage.rows(named=True)
    assert {(row["table"], row["key"]) for row in lineage} <= made
    inner = {(r["from_table"], r["from_key"]) for r in lineage if ":" in r["from_key"]}
    given = make.estimates(basic()).rows(named=True)
    assert inner - made <= {("estimates", row_key("estimates", row)) for row in given}
    start = row_key("priorities", {"problem": "robbery", "illustrative": True})
    steps = {row["from_table"] for row in lineage if row["key"] == start}
    assert steps == {"criteria", "judgements"}
    sheet = {r["from_key"] for r in lineage if r["table"] == "judgements"}
    assert sheet == {f"workshop|judgements.csv|{i}" for i in range(1, 5)}


def test_tables_have_the_documented_columns() -> None:
    for name, table in run(basic()).tables.items():
        assert table.columns == list(TABLES[name].columns)


def test_a_scope_that_leaves_one_problem_is_refused() -> None:
    pack = make.pack(problems=(PROBLEMS[0],))
    with pytest.raises(BadInput, match="hold 1 problems"):
        run(basic(), pack=pack)


def test_areas_without_a_population_take_the_latest_population_figure() -> None:
    people = {f"a{i}": 1000.0 for i in range(10)}
    known = make.evidence(people)
    bare = known.geographies["blocks"].areas.with_columns(pl.lit(None, pl.Float64).alias("population"))
    figures = [
        {"source": "census", "file": "p.csv", "row": i, "geography": "blocks", "area": area, "year": year,
         "persons": count}
        for i, area in enumerate(people) for year, count in ((2010, 1.0), (2020, 1000.0))
    ]  # fmt: skip
    moved = replace(
        known,
        geographies={"blocks": replace(known.geographies["blocks"], areas=bare)},
        population=pl.DataFrame(figures, schema=known.population.schema),
    )
    rows = basic() + [make.percent("X11", 5.0 + 5 * i, area=area) for i, area in enumerate(people)]
    rows += [make.rate("A16", 500, year=None, area=area, persons=1000) for area in people]
    measured = (make.indicator("A16"), make.indicator("A20"), make.reporting_indicator(), make.share("X11"))
    frames = make.estimates(rows), make.judgements([])
    pack = make.pack(problems=PROBLEMS, indicators=measured)
    one_way, other = (prioritise(*frames, given, pack, make.city(), DrawSource(5, 500)) for given in (known, moved))
    assert one(one_way, "criteria", problem="robbery", criterion="inequity")["grade"] == "C"
    assert one_way.tables["criteria"].equals(other.tables["criteria"])
