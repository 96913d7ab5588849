"""The options: harm averted, costs, feasibility and refusals, worked by hand."""

import numpy as np
import polars as pl
import pytest

from salus.errors import BadInput
from salus.model.framework import Pack
from salus.responses.costs import CostBasis, cost_range, step_cost
from tests.unit import builders as make
from tests.unit import response_builders as given


def test_a_ratio_of_eight_tenths_on_1000_events_half_reached_averts_100() -> None:
    row = given.one(given.answer(given.quantified("patrols")), "options", intervention="patrols")
    assert row["effect"] == pytest.approx(0.8, rel=1e-3)
    assert row["harm_averted"] == pytest.approx(100, rel=0.01)
    # Only the count is uncertain here: 2,000 events in two years, so 1000 ± 1.96 * sqrt(2000) / 2.
    half = 0.1 * 1.96 * np.sqrt(2000) / 2
    assert (row["harm_low"], row["harm_high"]) == pytest.approx((100 - half, 100 + half), rel=0.01)


def test_the_baseline_is_the_mean_of_the_last_two_calendar_years() -> None:
    rows = [*make.rates("A16", [9000, 9000, 800, 1200]), make.rate("A16", 20_000, year=None)]
    row = given.one(given.answer(given.quantified("patrols"), rows=rows), "options")
    assert row["harm_averted"] == pytest.approx(100, rel=0.01)


def test_the_harm_draws_are_kept_for_later_stages_and_agree_with_the_table() -> None:
    result = given.answer(given.quantified("patrols"))
    keys, draws = result.draws["options"]
    assert keys.rows() == [("patrols", "robbery", False)]
    assert isinstance(draws, np.ndarray)
    assert draws.dtype == np.float32
    assert draws.shape == (1, 1000)
    assert draws.mean() == pytest.approx(given.one(result, "options")["harm_averted"], rel=1e-5)


def test_events_that_only_count_enforcement_avert_no_harm_although_the_effect_is_known() -> None:
    recorded = make.indicator("X27", enforcement_driven=True, role="pressure")
    pack = make.pack(
        indicators=(make.indicator("A16"), recorded),
        problems=(make.problem("robbery", ["A16"]), make.problem("illegal-firearms", ["X27"])),
        interventions=(given.intervention("bans", ["illegal-firearms"]),),
        effects=(given.effect("bans", problems=("illegal-firearms",)),),
    )
    rows = given.counted() + make.rates("X27", [500] * 4)
    result = given.answer(pack, rows=rows, ranked=given.ranks("robbery", "illegal-firearms"))
    row = given.one(result, "options", intervention="bans")
    assert row["effect"] == pytest.approx(0.8, rel=1e-3)
    assert row["harm_averted"] is None
    assert given.one(result, "portfolio", year=2023)["reason"] == "harm not quantified here"


def test_an_option_without_quantified_effect_is_listed_and_claims_nothing() -> None:
    pack = make.pack(interventions=(given.intervention("coalition", kind="enabling"),))
    result = given.answer(pack)
    row = given.one(result, "options")
    assert (row["effect"], row["harm_averted"], row["transfer_grade"]) == (None, None, "none")
    assert (row["kind"], row["verification"]) == ("enabling", "none")
    reasons = set(result.tables["portfolio"]["reason"])
    assert reasons == {"effect not quantified here"}
    assert given.chosen(result) == set()


def test_harmful_programmes_are_listed_as_refused_with_the_evidence() -> None:
    claim = given.effect("scared-straight", 0.5, 0.4, 0.6)
    pack = make.pack(interventions=(given.harmful(),), effects=(claim,))
    result = given.answer(pack)
    row = given.one(result, "options")
    assert (row["rule"], row["feasible"]) == ("refused", False)
    assert row["blocked_by"] == "harmful: more offending"
    assert set(result.tables["portfolio"]["reason"]) == {"refused: harmful"}
    assert given.chosen(result) == set()


def test_cost_is_band_times_residents_covered_times_the_rate_of_money() -> None:
    pack = given.quantified("patrols", currency_per_eur={"TST-2022": 20.0})
    rows = make.rates("A16", [1000] * 4, persons=400_000.0)
    row = given.one(given.answer(pack, rows=rows), "options")
    # Band € is 1,000-10,000 for 100,000 residents; 400,000 live here, half are reached, 20 TST for a EUR.
    assert (row["cost_low"], row["cost_high"]) == (40_000, 400_000)


def test_a_currency_the_pack_cannot_convert_is_refused_with_the_remedy() -> None:
    pack = given.quantified("patrols", currency_per_eur={"MXN-2022": 21.0})
    with pytest.raises(BadInput, match="add 'TST-2022"):
        given.answer(pack)


def test_without_a_count_of_residents_costs_stay_unknown_and_nothing_is_chosen() -> None:
    result = given.answer(given.quantified("patrols"), rows=[make.missing("A16")])
    row = given.one(result, "options")
    assert (row["cost_low"], row["harm_averted"]) == (None, None)
    assert given.chosen(result) == set()


def test_an_authority_step_costs_half_a_capacity_step() -> None:
    basis = CostBasis({"€": (10.0, 50.0)}, 200_000, 1.0)
    assert step_cost(basis, "capacity") == cost_range(basis, "€", 1.0) == (20.0, 100.0)
    assert step_cost(basis, "authority") == (10.0, 50.0)


TWO = ("community-policing", "firearms-control")


def both(first: str, second: str) -> Pack:
    return given.quantified(interventions=(given.intervention("patrols", functions=TWO),),
                            effects=(given.effect("patrols"),))  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "feasible", "blocked"),
    [
        ("ready", "ready", True, ""),
        ("ready", "capacity_unknown", None, "firearms-control:capacity_unknown"),
        ("capacity_unknown", "enable", False, "community-policing:capacity_unknown;firearms-control:enable"),
        ("build_capacity", "ready", False, "community-policing:build_capacity"),
        ("ready", "orphan", False, "firearms-control:orphan"),
    ],
)
def test_an_option_is_as_feasible_as_the_hardest_of_its_functions(
    first: str, second: str, feasible: bool | None, blocked: str
) -> None:
    leads = [given.lead(TWO[0], first), given.lead(TWO[1], second, institution="army", level="national")]
    row = given.one(given.answer(both(first, second), leads=leads), "options")
    assert (row["feasible"], row["blocked_by"]) == (feasible, blocked)
    assert (row["lead"], row["lead_level"]) == ("city-hall", "local")
    needed = [name for name, rule in zip(TWO, (first, second), strict=True) if rule != "ready"]
    assert all(f"for {name}." in row["unlock"] for name in needed)


def test_a_function_without_a_lead_is_refused_not_skipped() -> None:
    with pytest.raises(BadInput, match="firearms-control"):
        given.answer(both("ready", "ready"), leads=[given.lead(TWO[0])])


def test_a_problem_that_was_not_ranked_has_no_options() -> None:
    result = given.answer(given.quantified("patrols"), ranked=given.ranks("burglary"))
    assert result.tables["options"].is_empty()


def test_a_second_view_exists_only_where_the_leads_have_one_and_is_graded_e() -> None:
    real = given.answer(given.quantified("patrols"))
    assert set(real.tables["options"]["illustrative"]) == {False}
    leads = [given.lead(rule="capacity_unknown"), given.lead(illustrative=True)]
    both_views = given.answer(given.quantified("patrols"), leads=leads)
    assert given.one(both_views, "options", illustrative=False)["feasible"] is None
    invented = given.one(both_views, "options", illustrative=True)
    assert (invented["feasible"], invented["grade"]) == (True, "E")


def test_invented_counts_enter_only_the_illustrative_view() -> None:
    rows = make.rates("A16", [1000, 1000, 1000, 1000], illustrative=True) + make.rates("A20", [10] * 4)
    leads = [given.lead(), given.lead(illustrative=True)]
    result = given.answer(given.quantified("patrols"), rows=rows, leads=leads)
    assert given.one(result, "options", illustrative=False)["harm_averted"] is None
    assert given.one(result, "options", illustrative=True)["harm_averted"] == pytest.approx(100, rel=0.01)


def test_every_option_rests_on_its_rank_its_leads_its_counts_and_the_pack() -> None:
    result = given.answer(given.quantified("patrols"))
    below = result.lineage.filter(key="options:patrols|robbery|false")
    assert set(below["from_key"]) == {
        "priorities:robbery|false",
        "leads:community-policing|3|false",
        "effect:patrols:robberies",
        "cost_bands:€",
        f"estimates:A16|{make.CITY_AREA}||2021-01-01|2021-12-31|records",
        f"estimates:A16|{make.CITY_AREA}||2022-01-01|2022-12-31|records",
    }
    assert set(below.filter(pl.col("from_key").str.contains(":patrols:"))["from_table"]) == {"pack"}


def test_the_same_seed_gives_the_same_tables() -> None:
    first, second = (given.answer(given.quantified("patrols")) for _ in range(2))
    assert all(first.tables[name].equals(second.tables[name]) for name in first.tables)
