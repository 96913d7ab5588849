"""Every given reference value on surveys and hidden populations, and the share of rows that maps need located."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from salus.evidence.quality import GEOCODING_NEEDED
from salus.stats.multiple_systems import closed_population
from salus.stats.survey import SurveyDesign, SurveyEstimate

HERE = Path(__file__).parent


def table(name: str) -> dict[str, np.ndarray]:
    with (HERE / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    words = {"stype", "sch_wide"}
    return {c: np.array([row[c] if c in words else float(row[c]) for row in rows]) for c in rows[0]}


def pair(name: str, found: SurveyEstimate) -> dict[str, float]:
    return {f"{name}[est]": found.value, f"{name}[se]": found.se}


def stratified() -> dict[str, float]:
    schools = table("api_strata")
    design = SurveyDesign(schools["pw"], strata=schools["stype"], fpc=schools["fpc"])
    return {
        **pair("E.apistrat.mean", design.mean(schools["api00"])),
        **pair("E.apistrat.total.enroll", design.total(schools["enroll"])),
        **pair("E.apistrat.ratio", design.ratio(schools["api_stu"], schools["enroll"])),
    }


def clustered() -> dict[str, float]:
    schools = table("api_clusters")
    kind, score = schools["stype"], schools["api00"]
    design = SurveyDesign(schools["pw"], psu=schools["dnum"], fpc=schools["fpc"])
    raked = design.rake([(kind, {"E": 4421, "M": 1018, "H": 755}), (schools["sch_wide"], {"No": 1072, "Yes": 5122})])
    known = np.column_stack([np.ones(kind.size), kind == "H", kind == "M", schools["api99"]])
    calibrated = design.calibrate(known, [6194, 755, 1018, 3914069])
    share = design.proportion(schools["sch_wide"] == "Yes")
    return {
        **pair("E.apiclus1.mean", design.mean(score)),
        **pair("E.apiclus1.rake.mean", raked.mean(score)),
        **pair("E.apiclus1.greg.mean", calibrated.mean(score)),
        **pair("E.apiclus1.JK1.mean", design.replicates("JK1").mean(score)),
        "E.apiclus1.prop.logit[p]": share.value,
        "E.apiclus1.prop.logit[lo.2.5%]": share.low,
        "E.apiclus1.prop.logit[hi.97.5%]": share.high,
    }


def reported() -> dict[str, float]:
    """SDG 16.3.1: 20 000 persons, 1600 victims, 400 of them reported."""
    persons = SurveyDesign([100.0] * 200)
    victim, told = np.arange(200) < 16, np.arange(200) < 4
    return {
        "M.report.rate[r]": persons.ratio(told, victim).value,
        "M.report.rate[v]": persons.mean(victim).value,
        "M.ratcliffe": GEOCODING_NEEDED,
    }


def hidden() -> dict[str, float]:
    hares = np.column_stack(list(table("hare").values()))
    found = {row.model: row.estimate for row in closed_population(hares)}
    names = {"M0": "M0", "Mt": "Mt", "MhCh": "Mh Chao (LB)", "Mb": "Mb"}
    return {f"E.closedp.hare[{short}]": found[name] for short, name in names.items()}


def given() -> list[dict[str, str]]:
    with (HERE / "given_survey.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ours() -> dict[str, float]:
    return {
        name: float(number) for part in (stratified, clustered, reported, hidden) for name, number in part().items()
    }


@pytest.mark.parametrize("row", given(), ids=lambda row: row["id"])
def test_our_value_agrees_with_the_reference(
    row: dict[str, str], ours: dict[str, float], agrees: Callable[[dict[str, str], float], bool]
) -> None:
    assert agrees(row, float(ours[row["id"]]))


def test_every_value_we_compute_has_a_reference(ours: dict[str, float]) -> None:
    assert set(ours) == {row["id"] for row in given()}
