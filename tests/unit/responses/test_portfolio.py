"""The portfolio over the years: against every possible plan of small cases, and what must always hold."""

from itertools import product
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from salus.errors import BadInput
from salus.model.city import StageResult
from salus.model.framework import Pack
from salus.responses.items import Item
from salus.responses.portfolio import choose
from salus.responses.steps import Step
from tests.unit import builders as make
from tests.unit import response_builders as given

PER_ITEM = 2750.0
"""Middle of band € (1,000-10,000) for half of 100,000 residents."""
STEP = 5500.0
BUILD = ("firearms-control", "local", "city-hall", "capacity")
LEADS = [given.lead(), given.lead("firearms-control", "build_capacity")]


def item(name: str, cost: float, benefit: float, *steps: tuple[str, str, str, str]) -> Item:
    return Item(name, (), cost, np.full(10, benefit), steps)


def step(key: tuple[str, str, str, str], cost: float) -> Step:
    return Step(key, 1.0, 3.0, (), (cost, cost))


def best_plan(items: list[Item], costs: dict[Any, float], budget: list[float]) -> float:
    """The greatest value of every plan: each item from no year or any year on, each step in any year."""
    years, best = len(budget), 0.0
    for when in product(range(years), repeat=len(costs)):
        done = dict(zip(costs, when, strict=True))
        first = [max([1, *(done[k] + 1 if done[k] else years + 1 for k in i.steps)]) for i in items]
        for starts in product(*([0, *range(least, years + 1)] for least in first)):
            spent = [
                sum(i.cost for i, s in zip(items, starts, strict=True) if 0 < s <= year)
                + sum(cost for key, cost in costs.items() if done[key] == year)
                for year in range(1, years + 1)
            ]
            if all(a <= b for a, b in zip(spent, budget, strict=True)):
                own = zip(items, starts, strict=True)
                best = max(best, sum(float(i.benefit[0]) * (years - s + 1) for i, s in own if s))
    return best


@pytest.mark.parametrize(("seed", "count", "years"), [(s, 8, 1) for s in range(3)]
                         + [(s, 8, 2) for s in range(3, 6)] + [(s, 5, 3) for s in range(6, 14)])  # fmt: skip
def test_the_schedule_is_the_best_of_all_plans(seed: int, count: int, years: int) -> None:
    rng = np.random.default_rng(seed)
    keys = [(f"f{k}", "local", "hall", "capacity") for k in range(3)]
    items = [
        item(f"i{n}", float(rng.integers(1, 8)), float(rng.integers(1, 30)),
             *[keys[k] for k in rng.choice(3, size=int(rng.integers(0, 3)), replace=False)])
        for n in range(count)
    ]  # fmt: skip
    costs = {key: float(rng.integers(1, 5)) for key in keys}
    budget = [float(rng.integers(4, 14)) + 4 * year for year in range(years)]
    found = choose(items, [step(key, costs[key]) for key in keys], budget).schedule
    value = sum(float(each.benefit.mean()) * (years + 1 - found.starts[each.intervention])
                for each in items if each.intervention in found.starts)  # fmt: skip
    assert value == best_plan(items, costs, budget)
    for year, money in enumerate(budget, start=1):
        running = sum(each.cost for each in items if found.active(each.intervention, year))
        paid = sum(costs[key] for key, when in found.steps.items() if when == year)
        assert running + paid <= money
    for each in items:
        start = found.starts.get(each.intervention)
        assert start is None or all(found.steps[key] < start for key in each.steps)


def test_no_step_is_paid_that_unlocks_nothing_chosen() -> None:
    found = choose([item("dear", 100, 5, BUILD), item("cheap", 1, 1)], [step(BUILD, 1)], [5, 5]).schedule
    assert found.starts == {"cheap": 1}
    assert found.steps == {}


def test_one_step_serves_all_that_wait_for_it_and_is_paid_once() -> None:
    items = [item("a", 1, 5, BUILD), item("b", 1, 5, BUILD)]
    found = choose(items, [step(BUILD, 3)], [3, 2]).schedule
    assert found.starts == {"a": 2, "b": 2}
    assert found.steps == {BUILD: 1}


def test_the_share_of_draws_is_one_for_a_firm_choice_and_a_half_for_a_tie_by_chance() -> None:
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 50, (2, 1000))
    items = [Item("firm", (), 1, np.full(1000, 900.0)), Item("x", (), 1, 100 + noise[0]),
             Item("y", (), 1, 100 + noise[1])]  # fmt: skip
    shares = choose(items, [], [2.0]).shares
    assert shares["firm", 1] == 1
    assert 0.25 < shares["x", 1] < 0.75
    assert shares["x", 1] + shares["y", 1] == pytest.approx(1)


def test_a_budget_of_nothing_chooses_nothing_and_says_over_budget() -> None:
    result = given.answer(given.quantified("a", "b"), budget=(0.0, 0.0))
    assert given.chosen(result) == set()
    assert set(result.tables["portfolio"]["reason"]) == {"over budget"}
    assert set(result.tables["portfolio"]["share_of_draws"]) == {0.0}


def test_an_ample_budget_chooses_all_that_helps_in_every_year_with_the_band_as_cost() -> None:
    result = given.answer(given.quantified("a", "b"))
    rows = result.tables["portfolio"]
    assert rows["chosen"].all()
    assert set(rows["year"]) == {2023, 2024, 2025}
    assert set(rows.select("cost_low", "cost_high").rows()) == {(500.0, 5000.0)}
    assert set(rows["reason"]) == {"chosen: averts most weighted harm within the budget"}
    assert set(rows["share_of_draws"]) == {1.0}


def test_the_more_harmful_problem_wins_the_only_place() -> None:
    pack = make.pack(
        problems=(make.problem("robbery", ["A16"], severity=2, severity_low=2, severity_high=2),
                  make.problem("burglary", ["A20"], severity=4, severity_low=4, severity_high=4)),
        interventions=(given.intervention("a", ["robbery"]), given.intervention("b", ["burglary"])),
        effects=(given.effect("a"), given.effect("b", problems=("burglary",))),
    )  # fmt: skip
    equal = given.answer(pack, rows=given.counted(1000, 1000), budget=(PER_ITEM,))
    assert given.chosen(equal) == {"b"}
    assert given.one(equal, "portfolio", intervention="a")["reason"].startswith("lower benefit per cost")
    many = given.answer(pack, rows=given.counted(3000, 1000), budget=(PER_ITEM,))
    assert given.chosen(many) == {"a"}


def test_an_intervention_for_two_problems_costs_once_and_adds_its_benefits() -> None:
    pack = given.quantified(
        interventions=(given.intervention("wide", ["robbery", "burglary"]), given.intervention("narrow")),
        effects=(given.effect("wide", 0.9, 0.8999, 0.9001, problems=("robbery", "burglary")),
                 given.effect("narrow", 0.85, 0.8499, 0.8501)),
    )  # fmt: skip
    # 0.1 of 2,000 events is more than 0.15 of 1,000.
    result = given.answer(pack, rows=given.counted(1000, 1000), budget=(PER_ITEM,))
    assert given.chosen(result) == {"wide"}
    assert result.tables["portfolio"].filter(chosen=True).height == 2


def test_a_problem_without_effect_is_told_for_which_other_its_intervention_was_chosen() -> None:
    pack = given.quantified(
        interventions=(given.intervention("wide", ["robbery", "burglary"]),), effects=(given.effect("wide"),)
    )
    row = given.one(given.answer(pack), "portfolio", problem="burglary", year=2023)
    assert (row["chosen"], row["share_of_draws"]) == (False, None)
    assert row["reason"] == "effect not quantified here; chosen for: robbery"


def test_an_effect_that_harms_on_average_is_never_chosen() -> None:
    pack = given.quantified("a", effects=(given.effect("a", 1.2, 1.1, 1.3),))
    result = given.answer(pack)
    assert given.chosen(result) == set()
    assert set(result.tables["portfolio"]["reason"]) == {"no benefit expected on average"}


def unlockable() -> Pack:
    return given.quantified(
        interventions=(given.intervention("patrols"),
                       given.intervention("bans", functions=("firearms-control",))),
        effects=(given.effect("patrols"), given.effect("bans")),
    )  # fmt: skip


def test_what_lacks_capacity_starts_a_year_after_its_step() -> None:
    result = given.answer(unlockable(), leads=LEADS, budget=(20_000.0, 20_000.0, 20_000.0))
    assert given.chosen(result, 2023) == {"patrols"}
    assert given.chosen(result, 2024) == given.chosen(result, 2025) == {"patrols", "bans"}
    waits = given.one(result, "portfolio", intervention="bans", year=2023)["reason"]
    assert waits == "starts in 2024; steps first: capacity of city-hall for firearms-control in 2023"


def test_a_step_that_the_first_budgets_cannot_pay_is_taken_later() -> None:
    result = given.answer(unlockable(), leads=LEADS, budget=(PER_ITEM, PER_ITEM + STEP, 2 * PER_ITEM))
    assert given.chosen(result, 2024) == {"patrols"}
    assert given.chosen(result, 2025) == {"patrols", "bans"}


def test_higher_capacity_unlocks_an_option_in_the_first_year() -> None:
    ready = [given.lead(), given.lead("firearms-control", "ready")]
    before, after = (given.answer(unlockable(), leads=own) for own in (LEADS, ready))
    assert given.chosen(before, 2023) < given.chosen(after, 2023)


def test_an_orphan_function_blocks_and_no_money_unlocks_it() -> None:
    leads = [given.lead(), given.lead("firearms-control", "orphan", level="", institution="")]
    result = given.answer(unlockable(), leads=leads, budget=(1e9, 1e9))
    assert given.chosen(result) == {"patrols"}
    reasons = result.tables["portfolio"].filter(intervention="bans")["reason"]
    assert set(reasons) == {"blocked: firearms-control:orphan"}


def test_unassessed_capacity_may_enter_from_real_evidence_alone_and_is_said() -> None:
    leads = [given.lead(rule="capacity_unknown"), given.lead(rule="capacity_unknown", illustrative=True)]
    result = given.answer(given.quantified("a"), leads=leads)
    assert given.chosen(result) == {"a"}
    assert given.one(result, "portfolio", illustrative=False)["reason"].endswith("capacity not assessed")
    assert given.chosen(result, illustrative=True) == set()
    blocked = given.one(result, "portfolio", illustrative=True)["reason"]
    assert blocked == "blocked: community-policing:capacity_unknown"


def test_an_invented_budget_is_named_in_every_reason_it_decides_and_caps_the_grade() -> None:
    result = given.answer(given.quantified("a"), budget=(1e6,), budget_illustrative=True)
    row = given.one(result, "portfolio")
    assert row["reason"] == "chosen: averts most weighted harm within the budget (illustrative)"
    assert row["grade"] == "E"


@pytest.mark.parametrize("budget", [(1.0,), (1.0, 2.0, -1.0)])
def test_a_budget_that_does_not_fit_the_years_is_refused(budget: tuple[float, ...]) -> None:
    with pytest.raises(BadInput, match="does not fit a plan of 3 years"):
        given.answer(given.quantified("a"), budget=budget, years=3)


ratios = st.floats(0.1, 1.4)


def spread(name: str, ratio: float) -> Any:
    return given.effect(name, ratio, ratio * 0.9, ratio * 1.1)


@settings(max_examples=15, deadline=None)
@for_all(st.lists(ratios, min_size=2, max_size=5), st.floats(0, 4e4), st.floats(1, 5))
def test_harmful_programmes_are_never_chosen_whatever_their_effects_and_weights(
    own: list[float], money: float, severity: float
) -> None:
    names = [f"h{i}" for i in range(len(own))]
    pack = make.pack(
        problems=(make.problem("robbery", ["A16"], severity=severity, severity_low=1, severity_high=5),),
        interventions=(*(given.harmful(name) for name in names), given.intervention("good")),
        effects=tuple(spread(name, ratio) for name, ratio in zip([*names, "good"], [*own, 0.9], strict=True)),
    )
    result = given.answer(pack, ranked=given.ranks("robbery"), budget=(money,), draws=100)
    assert given.chosen(result) <= {"good"}
    refused = result.tables["portfolio"].filter(pl.col("intervention") != "good")
    assert refused.height == len(names)
    assert set(refused["reason"]) == {"refused: harmful"}


def planned_benefit(result: StageResult) -> float:
    rows = result.tables["portfolio"].filter(pl.col("chosen"))
    own = rows.join(result.tables["options"], on=["intervention", "problem", "illustrative"])
    return float(own["harm_averted"].sum())


@settings(max_examples=10, deadline=None)
@for_all(st.lists(st.floats(0.3, 0.95), min_size=3, max_size=6), st.floats(0, 2e4), st.floats(0, 2e4))
def test_more_money_never_brings_less_benefit(own: list[float], money: float, more: float) -> None:
    names = [f"i{n}" for n in range(len(own))]
    bands = ("€", "€€", "€")
    pack = make.pack(
        interventions=tuple(given.intervention(n, cost_band=bands[i % 3]) for i, n in enumerate(names)),
        effects=tuple(spread(name, ratio) for name, ratio in zip(names, own, strict=True)),
    )
    less, richer = (given.answer(pack, budget=(sum_, sum_), draws=100) for sum_ in (money, money + more))
    assert planned_benefit(richer) >= planned_benefit(less) * (1 - 1e-6)
