"""The content of the shipped framework pack: every file fits its type and everything it names exists."""

import re
from itertools import product
from pathlib import Path

import pytest
import yaml
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from pydantic import BaseModel

from salus.framework import load_pack
from salus.framework.strings import visible_strings
from salus.model import framework as model

PACK = Path(model.__file__).parent.parent / "packs" / "usg-core"
LISTS = {
    "themes.yaml": model.Theme,
    "functions.yaml": model.GovernanceFunction,
    "problems.yaml": model.Problem,
    "flows.yaml": model.Flow,
}
SINGLES = {
    "indicators/*/*.yaml": model.Indicator,
    "scales/*.yaml": model.Scale,
    "findings/*.yaml": model.FindingRule,
    "protected.yaml": model.Protected,
    "grading.yaml": model.GradingRule,
}
REPORTING_GROUPS = {
    "", "all", "vehicle-theft", "vehicle-parts-theft", "burglary", "street-robbery", "other-theft", "fraud",
    "extortion", "threats", "injuries", "other",
}  # fmt: skip
TAGS = {
    "domestic", "firearm", "gender", "minor", "transport", "traffic", "vehicle", "attempted", "intimacy",
    "online",
}  # fmt: skip
CASE_INPUTS = {
    "recorded_rate": [{"events", "population", "years"}],
    "recorded_share": [{"part", "whole"}],
    "concentration": [{"counts"}],
    "published": [{"value"}, {"value", "se"}, {"value", "low", "high"}],
    "rating": [{"scores"}],
}


def _load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _many(pattern, kind):
    return [kind.model_validate(_load(path)) for path in sorted(PACK.glob(pattern))]


INDICATORS = {item.id: item for item in _many("indicators/*/*.yaml", model.Indicator)}
THEMES = {item["id"]: model.Theme.model_validate(item) for item in _load(PACK / "themes.yaml")}
FUNCTIONS = {item["id"]: item for item in _load(PACK / "functions.yaml")}
PROBLEMS = {item["id"]: model.Problem.model_validate(item) for item in _load(PACK / "problems.yaml")}
FLOWS = {item["id"]: model.Flow.model_validate(item) for item in _load(PACK / "flows.yaml")}
FINDINGS = _many("findings/*.yaml", model.FindingRule)
CASES = [case for path in sorted((PACK / "tests").glob("*.yaml")) for case in _load(path)]


def _looked_at(theme):
    return (*theme.risk, *theme.vulnerability, *theme.capacity)


def _catalogue() -> Catalog:
    with (PACK / "locale" / "es.po").open("rb") as file:
        return read_po(file, abort_invalid=True)


def _keys_in_order(data, kind: type[BaseModel]) -> bool:
    order = list(kind.model_fields)
    places = [order.index(key) for key in data]
    return places == sorted(places)


@pytest.mark.parametrize(("name", "kind"), LISTS.items())
def test_every_entry_of_a_list_file_fits_its_type_with_keys_in_order_and_ids_once(name, kind):
    entries = _load(PACK / name)
    ids = [kind.model_validate(entry).id for entry in entries]
    assert len(ids) == len(set(ids))
    assert [entry["id"] for entry in entries if not _keys_in_order(entry, kind)] == []


@pytest.mark.parametrize(("pattern", "kind"), SINGLES.items())
def test_every_single_file_fits_its_type_with_keys_in_order_and_is_named_after_its_id(pattern, kind):
    paths = sorted(PACK.glob(pattern))
    assert paths
    for path in paths:
        data = _load(path)
        item = kind.model_validate(data)
        assert _keys_in_order(data, kind), path.name
        assert getattr(item, "id", path.stem) == path.stem


def test_the_head_of_the_pack_has_exactly_the_fields_of_a_pack_that_are_not_files_of_their_own():
    own_files = {"themes", "indicators", "functions", "scales", "problems", "interventions", "effects"}
    own_files |= {"flows", "iccs", "sdg", "correspondences", "protected", "grading", "findings", "sha256"}
    own_files |= {"institutions", "stakeholders", "resilience", "words", "adapted", "extends", "weights"}
    assert set(_load(PACK / "pack.yaml")) == set(model.Pack.model_fields) - own_files


def test_there_are_sixteen_themes_sixty_functions_twenty_three_problems_and_four_flows():
    assert [len(part) for part in (THEMES, FUNCTIONS, PROBLEMS, FLOWS)] == [16, 60, 23, 4]


def test_the_rapid_set_holds_exactly_twenty_five_indicators():
    assert sum(item.rapid for item in INDICATORS.values()) == 25


def test_an_indicator_lies_in_the_folder_of_its_group():
    assert all(path.parent.name == path.stem[0] for path in PACK.glob("indicators/*/*.yaml"))


def test_themes_problems_flows_and_findings_name_only_what_exists():
    for theme in THEMES.values():
        assert set(_looked_at(theme)) <= set(INDICATORS), theme.id
        assert set(theme.functions) <= set(FUNCTIONS), theme.id
    for problem in PROBLEMS.values():
        assert problem.theme in THEMES
        assert set(problem.indicators) <= set(INDICATORS), problem.id
        assert set(problem.functions) <= set(FUNCTIONS), problem.id
        assert set(problem.flows) <= set(FLOWS), problem.id
    for flow in FLOWS.values():
        assert set(flow.pressure) <= set(INDICATORS)
        assert set(flow.themes) <= set(THEMES)
    assert {finding.theme for finding in FINDINGS} <= set(THEMES)


def test_every_indicator_is_in_a_theme_or_context_and_every_function_in_a_theme():
    looked_at = {name for theme in THEMES.values() for name in _looked_at(theme)}
    assert [i.id for i in INDICATORS.values() if i.id not in looked_at and i.role != "context"] == []
    assert {name for theme in THEMES.values() for name in theme.functions} == set(FUNCTIONS)


def test_pressure_and_outcome_share_no_iccs_code():
    def codes(role):
        chosen = [item for item in INDICATORS.values() if item.role == role]
        return {code for i in chosen for code in (*i.iccs, *(i.select.iccs if i.select else ()))}

    pairs = product(codes("pressure"), codes("outcome"))
    assert [(p, o) for p, o in pairs if p.startswith(o) or o.startswith(p)] == []


def test_flows_rest_on_pressure_and_what_authorities_drive_is_never_an_outcome():
    assert {INDICATORS[name].role for flow in FLOWS.values() for name in flow.pressure} == {"pressure"}
    assert all(i.role == "pressure" for i in INDICATORS.values() if i.enforcement_driven)


def test_severity_lies_in_its_range_and_reporting_names_a_group_of_the_survey():
    for problem in PROBLEMS.values():
        assert problem.severity_low <= problem.severity <= problem.severity_high, problem.id
        assert problem.reporting in REPORTING_GROUPS | {"complete"}, problem.id


def test_functions_say_what_one_three_and_five_look_like():
    assert [name for name, item in FUNCTIONS.items() if list(item["anchors"]) != [1, 3, 5]] == []


def test_the_scales_are_authority_capacity_and_exercise_from_nought_to_five():
    scales = _many("scales/*.yaml", model.Scale)
    assert [scale.id for scale in scales] == ["authority", "capacity", "exercise"]
    assert all([anchor.value for anchor in scale.anchors] == list(range(6)) for scale in scales)


def test_femicide_trafficking_and_family_violence_are_protected_and_robbery_is_not():
    protected = model.Protected.model_validate(_load(PACK / "protected.yaml"))
    hidden = [("0301", ()), ("0101", ("gender",)), ("0204", ()), ("02011", ("domestic",)), ("020221", ())]
    assert all(protected.covers(code, tags) for code, tags in hidden)
    assert not protected.covers("0401", ("transport",))


def test_there_are_at_least_forty_cases_with_names_used_once_and_a_worked_why():
    names = [case["name"] for case in CASES]
    assert len(names) >= 40
    assert len(names) == len(set(names))
    assert [case["name"] for case in CASES if not re.search(r"\d", case["why"])] == []
    assert all(0 < case["tolerance"] <= 1e-6 for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_gives_what_its_measure_asks_and_expects_a_value_within_its_limits(case):
    if "governance" in case:
        assert {"authority", "exercise"} < set(case["governance"])
        assert set(case["expect"]) == {"type", "authority_gap", "capacity_gap", "exercise_gap"}
        return
    expect = case["expect"]
    assert set(case["input"]) in CASE_INPUTS[INDICATORS[case["indicator"]].measure]
    if expect.get("low") is not None:
        assert expect["low"] <= expect["value"] <= expect["high"]


def test_the_spanish_catalogue_says_every_visible_string_of_the_pack_and_nothing_else():
    wanted = set(visible_strings(load_pack(PACK)).items())
    there = {(m.context, m.id) for m in _catalogue() if m.id and m.string and not m.fuzzy}
    assert there == wanted


def test_a_translation_keeps_the_placeholders_of_its_text():
    def placeholders(text):
        return set(re.findall(r"\{\w+\}", text))

    assert [m.id for m in _catalogue() if m.id and placeholders(m.id) != placeholders(m.string)] == []


def test_selections_use_only_the_tags_of_offence_labels():
    selections = [part for item in INDICATORS.values() for part in (item.select, item.of) if part]
    assert {tag for part in selections for tag in (*part.with_tags, *part.without_tags)} <= TAGS
    assert set(_load(PACK / "protected.yaml")["tags"]) <= TAGS | {"liberty", "suicide"}
