"""Harm of a small made-up city, worked by hand; weights are made for the test."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from salus.framework import load_pack
from salus.model.city import City, Scope
from salus.model.framework import Pack
from salus.model.tables import TABLES
from salus.model.weights import HarmWeight, HarmWeights
from salus.patterns.harm import harm

START, END = dt.date(2019, 1, 1), dt.date(2019, 12, 31)
SCOPE = Scope(themes=(), area="toy", geography="", shown="", start=START, end=END)
CITY = City(
    id="toy", name="Toy", country="TOY", wider=("TOY-1", "TOY"), languages=("en",), time_zone="UTC", pack="usg-core",
    pack_version="0.1.0", currency="EUR", price_year=2020, income_group="high", scope=SCOPE,
)  # fmt: skip


def weights(jurisdiction: str = "TOY-1", verification: str = "seen", **by_code: float) -> HarmWeights:
    rows = tuple(
        HarmWeight(iccs=code.removeprefix("c"), weight=weight, source="made for this test", verification=verification)
        for code, weight in by_code.items()
    )
    return HarmWeights(
        id="toy", version="3", name="Toy", jurisdiction=jurisdiction, unit="days", rule="r", limits="l", start="2020",
        weights=rows,
    )  # fmt: skip


def pack(*tables: HarmWeights) -> Pack:
    return load_pack().model_copy(update={"weights": tables})


def estimates(counts: dict[str, float], area: str = "toy") -> pl.DataFrame:
    groups = {f"iccs:{code}": n for code, n in counts.items()} | {"": sum(counts.values())}
    return TABLES["estimates"].frame([
        {"indicator": "X00", "area": area, "group": group, "period_start": START, "period_end": END, "value": n, "n": n,
         "numerator": n, "grade": "B", "source": "police"}
        for group, n in groups.items()
    ])  # fmt: skip


def found(counts: dict[str, float], *tables: HarmWeights, area: str = "toy") -> dict[str, dict[str, Any]]:
    rows = harm(estimates(counts, area), pack(*tables), CITY, seed=1)
    return {row["iccs"]: row for row in TABLES["harm"].frame(rows).to_dicts()}


def test_harm_is_counts_times_weights_and_its_counts_stand_beside_it():
    """2 murders of 100 days and 300 thefts of 1: harm 200 and 300 of 500, counts 2 and 300 of 302."""
    rows = found({"0101": 2, "0502": 300}, weights(c0101=100, c0502=1))
    assert (rows["0101"]["n"], rows["0101"]["harm"], rows["0101"]["share"]) == (2, 200, pytest.approx(0.4))
    assert (rows["0502"]["n"], rows["0502"]["harm"], rows["0502"]["share"]) == (300, 300, pytest.approx(0.6))
    assert rows["0101"]["count_share"] == pytest.approx(2 / 302)
    assert (rows[""]["n"], rows[""]["harm"], rows[""]["share"]) == (302, 500, 1.0)
    assert (rows["0101"]["low"], rows["0101"]["high"]) == pytest.approx(
        (24.2209, 722.4688), abs=0.001
    )  # 2: 0.242, 7.225
    assert rows[""]["version"] == "3"


def test_without_the_heaviest_class_and_with_its_hundredth_capped_the_shares_are_as_worked_by_hand():
    """Of 302 events the heaviest hundredth (3) are both murders and one theft: capped, a murder weighs as a theft."""
    rows = found({"0101": 2, "0502": 300}, weights(c0101=100, c0502=1))
    assert rows["0101"]["share_capped"] == pytest.approx(2 / 302)
    assert rows["0101"]["share_without"] is None
    assert rows["0502"]["share_without"] == pytest.approx(1.0)
    assert (rows[""]["share_capped"], rows[""]["share_without"]) == pytest.approx((302 / 500, 300 / 500))


def test_the_longest_code_gives_the_weight_and_what_has_none_is_in_no_sum_but_in_what_is_covered():
    rows = found({"0401": 10, "040111": 5, "0701": 85}, weights(c0401=2, c040111=8))
    assert (rows["0401"]["n"], rows["040111"]["n"]) == (10, 5)
    assert rows["0401"]["classes"] == "0401"
    assert "0701" not in rows
    assert rows[""]["harm"] == 60
    assert rows[""]["covered"] == pytest.approx(0.15)


def test_codes_below_a_weighed_class_are_counted_together_and_named():
    rows = found({"0401": 10, "040111": 5}, weights(c0401=2))
    assert (rows["0401"]["n"], rows["0401"]["harm"], rows["0401"]["classes"]) == (15, 30, "0401;040111")
    assert rows["0401"]["indicator"] == "A16"  # counts 0401 and nothing else


def test_weights_that_nobody_read_in_their_source_cap_the_grade_at_weak():
    assert found({"0101": 2}, weights(c0101=100))["0101"]["grade"] == "B"
    recalled = found({"0101": 2}, weights(verification="recalled", c0101=100))
    assert (recalled["0101"]["grade"], recalled[""]["grade"], recalled[""]["verification"]) == ("D", "D", "recalled")


def test_weights_of_another_jurisdiction_and_counts_of_areas_are_not_used():
    assert found({"0101": 2}, weights(jurisdiction="MEX", c0101=100)) == {}
    assert found({"0101": 2}, weights(c0101=100), area="district") == {}


def test_a_city_without_events_of_a_weighed_class_has_no_rows():
    assert found({"0701": 4}, weights(c0101=100)) == {}
    assert found({"0101": 2}) == {}
