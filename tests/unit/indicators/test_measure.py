import datetime as dt

import numpy as np
import polars as pl
import pytest

from salus.evidence import read_evidence
from salus.framework import load_pack
from salus.indicators import measure
from salus.indicators.published import top_of
from salus.stats.rates import empirical_bayes, poisson_interval
from salus.workspace import open_workspace
from tests.unit.small_city import MAPPING, ROWS, add_records, make_city

POOLED = (dt.date(2019, 1, 1), dt.date(2020, 12, 31))


def measured(folder):
    workspace = open_workspace(folder)
    pack = load_pack()
    return measure(read_evidence(workspace, pack).evidence, pack, workspace.city)


def rows(result, indicator, *, area="toy", group="", period=None):
    frame = result.tables["estimates"].filter(
        (pl.col("indicator") == indicator) & (pl.col("area") == area) & (pl.col("group") == group)
    )
    if period is not None:
        frame = frame.filter((pl.col("period_start") == period[0]) & (pl.col("period_end") == period[1]))
    return frame.to_dicts()


def test_the_rate_of_a_city_is_events_over_people_and_years_with_the_exact_interval(tmp_path):
    row = rows(measured(make_city(tmp_path)), "A16", period=POOLED)[0]
    expected = poisson_interval(3, 4000 * 2 / 100_000)
    assert (row["value"], row["low"], row["high"]) == (expected.value, expected.low, expected.high)
    assert (row["numerator"], row["denominator"], row["n"]) == (3, 8000, 3)
    assert row["flags"] == "population_held"


def test_each_calendar_year_has_its_own_estimate(tmp_path):
    result = measured(make_city(tmp_path))
    years = [(dt.date(y, 1, 1), dt.date(y, 12, 31)) for y in (2019, 2020)]
    assert [rows(result, "A16", period=y)[0]["numerator"] for y in years] == [2, 1]


def test_areas_are_smoothed_with_the_gamma_posterior(tmp_path):
    result = measured(make_city(tmp_path, rows=ROWS + [ROWS[0]] * 40))
    prior = empirical_bayes(np.array([42.0, 1.0, 0.0, 0.0]), np.full(4, 2000 / 100_000))
    got = [rows(result, "A16", area=a, period=POOLED)[0]["value"] for a in "abcd"]
    assert got == pytest.approx((prior.shape * prior.scale).tolist())
    assert got[0] > got[1] > got[2] == got[3] > 0


def test_an_area_estimate_rests_on_its_own_rows_and_on_the_files_of_all(tmp_path):
    result = measured(make_city(tmp_path))
    keys = result.lineage.filter(pl.col("key").str.starts_with("estimates:A16|b||2019-01-01|2020-12-31"))["from_key"]
    assert any("rows 3-3 (n=1)" in k for k in keys)
    assert any(k.startswith("census|") for k in keys)


def test_location_error_widens_an_area_and_never_the_city(tmp_path):
    many = [f"Street robbery,2019-03-01,21:10:00,0.5,{x}" for x in (0.9999, 0.9998, 0.9997)] * 10
    exact = measured(make_city(tmp_path / "exact", rows=many))
    moved = measured(make_city(tmp_path / "moved", rows=many, mapping={**MAPPING, "location_error_m": 200}))
    width = [rows(r, "A16", area="a", period=POOLED)[0] for r in (exact, moved)]
    assert width[1]["high"] - width[1]["low"] > width[0]["high"] - width[0]["low"]
    assert width[1]["value"] == pytest.approx(width[0]["value"])
    assert rows(exact, "A16", period=POOLED) == rows(moved, "A16", period=POOLED)


def test_counts_by_class_and_label_add_up_to_all_files(tmp_path):
    estimates = (
        measured(make_city(tmp_path))
        .tables["estimates"]
        .filter(
            (pl.col("indicator") == "X00") & (pl.col("period_start") == POOLED[0]) & (pl.col("period_end") == POOLED[1])
        )
    )
    by_prefix = {
        p: estimates.filter(pl.col("group").str.starts_with(p))["numerator"].sum() for p in ("iccs:", "label:")
    }
    assert by_prefix == {"iccs:": 4, "label:": 4}
    assert estimates.filter(pl.col("group") == "")["numerator"].to_list() == [4]


def test_an_indicator_without_evidence_is_one_row_of_grade_none(tmp_path):
    row = rows(measured(make_city(tmp_path)), "A30")[0]
    assert (row["value"], row["grade"], row["family"], row["source"]) == (None, "none", "none", "")


def test_without_a_population_there_is_no_rate(tmp_path):
    folder = make_city(tmp_path)
    add_records(
        folder,
        "census",
        "geography,area,year,persons\nsquare,a,2020,1000\n",
        {
            "kind": "population",
            "files": "*.csv",
            "columns": {n: n for n in ("geography", "area", "year", "persons")},
        },
    )
    assert rows(measured(folder), "A16")[0]["grade"] == "none"


def test_a_count_over_a_longer_period_gives_no_half_sum_for_a_year(tmp_path):
    folder = make_city(tmp_path)
    add_records(
        folder,
        "counted",
        "offence,iccs,period_start,period_end,count\nAssaults,020111,2019-01-01,2020-12-31,50\n",
        {
            "kind": "counts",
            "files": "*.csv",
            "correspondence": "none",
            "columns": {n: n for n in ("offence", "iccs", "period_start", "period_end", "count")},
        },
    )
    result = measured(folder)
    assert rows(result, "A04", period=POOLED)[0]["numerator"] == 50
    assert rows(result, "A04", period=(dt.date(2019, 1, 1), dt.date(2019, 12, 31))) == []


def figure(folder, text, **more):
    columns = text.splitlines()[0].split(",")
    add_records(
        folder,
        "figures",
        text,
        {"kind": "figures", "files": "*.csv", "columns": {c: c for c in columns}, **more},
        origin={"source_type": "survey"},
    )
    return measured(folder)


def test_a_published_figure_keeps_its_stated_error(tmp_path):
    row = rows(
        figure(
            make_city(tmp_path),
            "indicator,area,period_start,period_end,value,se\nA30,MEX,2019-01-01,2019-12-31,40,2\n",
        ),
        "A30",
        area="MEX",
    )[0]
    assert (row["low"], row["high"]) == pytest.approx((40 - 1.959964 * 2, 40 + 1.959964 * 2), rel=1e-6)
    assert (row["family"], row["p1"], row["p2"]) == ("normal", 40, 2)


def test_a_figure_without_an_interval_is_flagged_and_wide(tmp_path):
    row = rows(
        figure(
            make_city(tmp_path),
            "indicator,area,period_start,period_end,value\nA30,MEX,2019-01-01,2019-12-31,40\n",
        ),
        "A30",
        area="MEX",
    )[0]
    assert row["flags"] == "no_interval"
    assert row["low"] < 20
    assert row["high"] > 90


@pytest.mark.parametrize(
    ("unit", "value"), [("per 1,000 residents", -3.0), ("%", 150.0), ("0-5", 4.5), ("0-100", 90.0)]
)
def test_a_figure_without_an_interval_lies_inside_its_limits_and_these_inside_the_scale(tmp_path, unit, value):
    folder, pack = make_city(tmp_path), load_pack()
    figure(folder, f"indicator,area,period_start,period_end,value\nA30,MEX,2019-01-01,2019-12-31,{value}\n")
    workspace = open_workspace(folder)
    own = pack.indicator("A30").model_copy(update={"unit": unit})
    changed = pack.model_copy(update={"indicators": (own,)})
    (row,) = rows(measure(read_evidence(workspace, pack).evidence, changed, workspace.city), "A30", area="MEX")
    assert row["low"] < row["value"] == value < row["high"] <= max(top_of(unit), 1e3)
    assert value > top_of(unit) or row["high"] <= top_of(unit)


def test_a_figure_of_an_unknown_area_is_a_warning_and_a_note_where(tmp_path):
    folder = make_city(tmp_path)
    figure(folder, "indicator,area,period_start,period_end,value\nA30,ATLANTIS,2019-01-01,2019-12-31,40\n")
    found = read_evidence(open_workspace(folder), load_pack()).findings
    assert [(f.rule, f.row, f.value, f.severity) for f in found] == [("unknown_area", 1, "ATLANTIS", "warning")]


def test_measuring_twice_gives_the_same_bytes(tmp_path):
    folder = make_city(tmp_path)
    one, two = (measured(folder).tables["estimates"] for _ in range(2))
    assert one.equals(two)
