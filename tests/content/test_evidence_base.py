"""The evidence base of the shipped pack: sixty interventions and every figure published about them."""

import csv
import math
from pathlib import Path

import pytest
import yaml

from salus.model import framework as model
from salus.responses import choose_effect

PACK = Path(model.__file__).parent.parent / "packs" / "usg-core"
HARMFUL = {"7", "9", "H1", "H2", "H3", "H4"}
CERTAINTY = ("seen", "recalled", "proposed")
NUMBERS = [*map(str, range(1, 57)), "H1", "H2", "H3", "H4"]


def _yaml(path: Path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _effect(row: dict[str, str]) -> model.Effect:
    cells = {name: value if value != "" else None for name, value in row.items()}
    return model.Effect.model_validate({**cells, "problems": tuple(filter(None, row["problems"].split(";")))})


FILES = sorted((PACK / "interventions").glob("*.yaml"))
INTERVENTIONS = {path.stem: model.Intervention.model_validate(_yaml(path)) for path in FILES}
with (PACK / "effects.csv").open(encoding="utf-8", newline="") as _file:
    ROWS = list(csv.DictReader(_file))
EFFECTS = [_effect(row) for row in ROWS]
QUANTIFIED = [effect for effect in EFFECTS if effect.quantified]
PROBLEMS = {item["id"] for item in _yaml(PACK / "problems.yaml")}
FUNCTIONS = {item["id"] for item in _yaml(PACK / "functions.yaml")}


def _name(effect: model.Effect) -> str:
    return f"{effect.intervention}: {effect.outcome}"


def _of(intervention: str, outcome: str) -> model.Effect:
    return next(e for e in EFFECTS if (e.intervention, e.outcome) == (intervention, outcome))


def test_there_are_sixty_interventions_numbered_as_in_the_evidence_base():
    assert sorted(item.number for item in INTERVENTIONS.values()) == sorted(NUMBERS)


def test_a_file_is_named_after_its_id_and_has_its_keys_in_order():
    for path in FILES:
        data = _yaml(path)
        assert data["id"] == path.stem
        assert list(data) == list(model.Intervention.model_fields), path.stem


def test_interventions_name_only_problems_and_functions_that_exist():
    for item in INTERVENTIONS.values():
        assert set(item.problems) <= PROBLEMS, item.id
        assert set(item.functions) <= FUNCTIONS, item.id
        assert item.problems, item.id
        assert item.functions, item.id


def test_every_intervention_says_what_it_is_what_it_must_not_do_and_who_says_so():
    for item in INTERVENTIONS.values():
        assert item.summary.endswith("."), item.id
        assert item.evidence.endswith("."), item.id
        assert item.summary != item.evidence
        assert item.reference, item.id
        assert item.safeguards, item.id
        assert item.sectors, item.id
        assert len(item.levels) == len(set(item.levels)) > 0, item.id


def test_reach_is_a_range_and_only_the_harmful_reach_nobody():
    for item in INTERVENTIONS.values():
        assert item.reach_low <= item.reach_high, item.id
        assert (item.reach_high == 0) == (item.kind == "harmful"), item.id


def test_the_harmful_are_complete_and_have_no_stars():
    harmful = {item.number: item for item in INTERVENTIONS.values() if item.kind == "harmful"}
    assert set(harmful) == HARMFUL
    assert {item.strength for item in harmful.values()} == {0}
    for number in ("H1", "H2", "H3", "H4"):
        assert any(text.startswith("refused") for text in harmful[number].safeguards), number


def test_no_harmful_intervention_has_an_effect_that_could_enter_a_portfolio():
    harmful = {item.id for item in INTERVENTIONS.values() if item.kind == "harmful"}
    assert {e.intervention for e in EFFECTS} >= {"scared-straight", "boot-camps", "pedestrian-stops"}
    assert [e for e in EFFECTS if e.intervention in harmful and e.rate_ratio is not None] == []


def test_every_problem_a_harmful_programme_claims_to_solve_has_another_answer():
    good = {p for item in INTERVENTIONS.values() if item.kind != "harmful" for p in item.problems}
    assert {p for item in INTERVENTIONS.values() for p in item.problems} == good


def test_the_columns_of_the_effects_are_the_fields_of_an_effect():
    assert list(ROWS[0]) == list(model.Effect.model_fields)


def test_every_effect_belongs_to_an_intervention_and_speaks_of_its_problems():
    for effect in EFFECTS:
        assert effect.intervention in INTERVENTIONS
        assert set(effect.problems) <= set(INTERVENTIONS[effect.intervention].problems), _name(effect)


def test_an_outcome_is_named_once_for_an_intervention_because_draws_are_keyed_by_it():
    names = [_name(effect) for effect in EFFECTS]
    assert len(names) == len(set(names))


def test_an_interval_has_both_ends_or_none_and_holds_its_value():
    for effect in EFFECTS:
        assert (effect.low is None) == (effect.high is None), _name(effect)
        if effect.low is not None and effect.high is not None:
            assert effect.low <= effect.value <= effect.high, _name(effect)


def test_a_rate_ratio_comes_with_its_interval_and_never_without_a_stated_one():
    for effect in EFFECTS:
        ratios = (effect.rate_ratio, effect.rate_ratio_low, effect.rate_ratio_high)
        assert ratios.count(None) in {0, 3}, _name(effect)
        assert effect.rate_ratio is None or effect.low is not None, _name(effect)


def test_effects_without_interval_say_that_they_are_not_quantified():
    without = [effect for effect in EFFECTS if effect.low is None]
    kept = [e for e in without if "not quantified" not in e.conversion and "never quantified" not in e.conversion]
    assert kept == []


@pytest.mark.parametrize("effect", QUANTIFIED, ids=_name)
def test_a_quantified_effect_helps_and_lies_in_its_interval(effect):
    assert 0 < effect.rate_ratio_low <= effect.rate_ratio <= effect.rate_ratio_high
    assert effect.rate_ratio < 1


@pytest.mark.parametrize("effect", QUANTIFIED, ids=_name)
def test_a_rate_ratio_follows_from_the_published_figure(effect):
    given = (effect.value, effect.low, effect.high)
    inverted = effect.metric == "relative_effect_size" or effect.value > 1
    if effect.metric == "percent_change":
        expected = tuple(1 + x / 100 for x in given)
    elif inverted:
        expected = (1 / given[0], 1 / given[2], 1 / given[1])
    else:
        expected = given
    stated = (effect.rate_ratio, effect.rate_ratio_low, effect.rate_ratio_high)
    assert stated == pytest.approx(expected, abs=5e-5)


def test_odds_ratios_and_mean_differences_are_never_turned_into_rate_ratios():
    metrics = {effect.metric for effect in QUANTIFIED}
    assert metrics == {"rate_ratio", "relative_effect_size", "percent_change"}


def test_an_interval_is_about_as_wide_on_both_sides_of_its_value_in_logarithms():
    for effect in QUANTIFIED:
        left = math.log(effect.rate_ratio / effect.rate_ratio_low)
        right = math.log(effect.rate_ratio_high / effect.rate_ratio)
        assert left == pytest.approx(right, rel=0.3, abs=0.03), _name(effect)


def test_an_intervention_is_no_more_certain_than_the_figures_about_it():
    for effect in EFFECTS:
        own = INTERVENTIONS[effect.intervention].verification
        assert CERTAINTY.index(own) >= CERTAINTY.index(effect.verification), _name(effect)


def test_nearly_all_evidence_is_from_high_income_countries_and_says_so():
    high = sum(effect.income_group == "high" for effect in EFFECTS)
    assert high / len(EFFECTS) > 0.7
    groups = {e.countries: e.income_group for e in EFFECTS}
    assert (groups["Uganda"], groups["South Africa"], groups["Australia"]) == ("low", "upper_middle", "high")


def test_deaths_infections_attitudes_and_shootings_speak_of_no_problem():
    for intervention in (
        "opioid-agonist-treatment", "needle-programmes", "procedural-justice-training", "vacant-lot-greening",
    ):  # fmt: skip
        about = [effect for effect in EFFECTS if effect.intervention == intervention]
        assert about
        assert [effect for effect in about if effect.problems] == []


def test_the_quantified_effects_on_problems_are_these_and_no_others():
    found = {(e.intervention, p) for e in QUANTIFIED for p in e.problems}
    assert found == {
        ("injury-data-sharing", "serious-assault"),
        ("street-lighting-improvement", "robbery"),
        ("street-lighting-improvement", "theft"),
        ("street-lighting-improvement", "property-damage"),
        ("slum-upgrading-transit", "homicide"),
        ("gun-carrying-bans", "homicide"),
        ("alcohol-closing-hours", "serious-assault"),
        ("gender-transformative-microfinance", "family-violence"),
        ("community-mobilisation-vaw", "family-violence"),
    }


def test_published_figures_are_those_of_the_evidence_base():
    lighting = _of("street-lighting-improvement", "recorded crime in lit areas")
    assert (lighting.rate_ratio, lighting.rate_ratio_low, lighting.rate_ratio_high) == (0.7874, 0.6803, 0.9174)
    assert lighting.studies == 13
    cali = _of("gun-carrying-bans", "homicide, Cali")
    assert (cali.value, cali.low, cali.high, cali.verification) == (0.86, 0.76, 0.97, "seen")
    greening = _of("vacant-lot-greening", "shootings near lots, greening arm")
    assert (greening.value, greening.rate_ratio) == (-6.8, 0.932)
    scared = _of("scared-straight", "reoffending")
    assert (scared.value, scared.low, scared.high, scared.rate_ratio) == (1.68, 1.2, 2.36, None)


def test_of_two_effects_the_cautious_one_is_chosen_where_all_else_is_equal():
    def chosen(intervention: str, problem: str) -> str:
        about = [effect for effect in EFFECTS if effect.intervention == intervention]
        found = choose_effect(about, problem, "upper_middle")
        return found.outcome if found else ""

    assert chosen("alcohol-closing-hours", "serious-assault") == "night assaults, five years on"
    assert chosen("gun-carrying-bans", "homicide") == "homicide, Bogotá"
    assert chosen("vacant-lot-greening", "serious-assault") == ""
    assert chosen("injury-data-sharing", "serious-assault") == "serious woundings recorded by police"
