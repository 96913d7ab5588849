"""A planted city goes through the chain; what was planted must come out within stated bounds."""

import numpy as np
import polars as pl
import pytest

import salus
from salus.planting import HOT, OFFENCES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return salus.synth(tmp_path_factory.mktemp("planted") / "one", seed=3, areas=49, events=30_000)


@pytest.fixture(scope="module")
def run(planted):
    assert [f for f in salus.check(planted.workspace) if f.severity == "error"] == []
    return salus.run(planted.workspace, draws=400)


def test_the_same_seed_makes_the_same_city(planted, tmp_path):
    again = salus.synth(tmp_path / "two", seed=3, areas=49, events=30_000)
    assert again.truth.read_bytes() == planted.truth.read_bytes()
    files = [p.relative_to(planted.workspace) for p in planted.workspace.glob("evidence/**/*.csv")]
    assert files
    assert all((planted.workspace / f).read_bytes() == (again.workspace / f).read_bytes() for f in files)


def test_counts_by_year_come_out_exactly(planted, run):
    truth = planted.known()["counts_by_year"]
    for offence, _, _, _ in OFFENCES:
        rows = (
            run.frame("estimates")
            .filter(
                (pl.col("group") == f"label:{offence}")
                & ((pl.col("period_end") - pl.col("period_start")).dt.total_days() < 366)
            )
            .sort("period_start")
        )
        assert rows["numerator"].to_list() == truth[offence]


def test_intervals_of_area_rates_cover_the_planted_rates(planted, run):
    truth = planted.known()
    rows = (
        run.frame("estimates")
        .filter(
            (pl.col("indicator") == "A16")
            & pl.col("area").is_in(truth["areas"])
            & ((pl.col("period_end") - pl.col("period_start")).dt.total_days() > 1000)
        )
        .sort("area")
    )
    rates = np.array(truth["rates_per_100k_by_area"][HOT])
    covered = (rows["low"].to_numpy() <= rates) & (rates <= rows["high"].to_numpy())
    assert covered.mean() >= 0.85  # 49 areas: 95 % nominal, three standard errors below


def test_the_hot_areas_have_the_highest_estimates(planted, run):
    truth = planted.known()
    rows = run.frame("estimates").filter(
        (pl.col("indicator") == "A16")
        & pl.col("area").is_in(truth["areas"])
        & ((pl.col("period_end") - pl.col("period_start")).dt.total_days() > 1000)
    )
    top = rows.sort("value", descending=True).head(len(truth["hot"]))["area"].to_list()
    assert len(set(top) & set(truth["hot"])) >= len(truth["hot"]) - 1


def test_the_falling_offence_is_found_falling_and_no_steady_one(run):
    falling = {f["id"] for f in run.findings() if f["rule"] == "falling"}
    assert "falling|A20" in falling
    assert falling <= {"falling|A20", "falling|X00"}  # the sum of all files falls with it


def test_vulnerability_rises_with_planted_deprivation(planted, run):
    truth = planted.known()
    deprivation = dict(zip(truth["areas"], truth["deprivation"], strict=True))
    rows = (
        run.frame("profile")
        .filter((pl.col("dimension") == "vulnerability") & pl.col("area").is_in(truth["areas"]))
        .drop_nulls("score")
    )
    assert rows.height > 0
    for _, part in rows.group_by("theme"):
        known = np.array([deprivation[a] for a in part["area"]])
        assert np.corrcoef(known, part["score"].to_numpy())[0, 1] > 0.95


def test_who_holds_authority_leads(planted, run):
    local = set(planted.known()["local_functions"])
    leads = run.frame("leads").filter(pl.col("min_capacity") == 3)
    found = dict(leads.select("function", "level").iter_rows())
    assert {function for function, level in found.items() if level == "local"} == local
    assert set(leads["rule"]) == {"ready"}


def _chosen(run):
    return run.frame("portfolio").filter(pl.col("chosen") & ~pl.col("illustrative"))


def test_the_planted_best_portfolio_is_chosen_in_every_year(planted, run):
    best = set(planted.known()["best_portfolio"])
    assert 2 <= len(best) < len(planted.known()["candidates"])  # the budget binds
    for _, rows in _chosen(run).group_by("year"):
        assert set(rows["intervention"]) == best


def test_costs_and_harm_averted_come_out_as_planted(planted, run):
    candidates = planted.known()["candidates"]
    severity = {p.id: p.severity for p in salus.load_pack().problems}
    options = run.frame("options").filter(~pl.col("illustrative") & pl.col("harm_averted").is_not_null())
    for name, (cost, benefit) in candidates.items():
        mine = options.filter(pl.col("intervention") == name).to_dicts()
        assert (mine[0]["cost_low"] + mine[0]["cost_high"]) / 2 == pytest.approx(cost, rel=1e-6)
        found = sum(row["harm_averted"] * severity[row["problem"]] for row in mine)
        # 400 draws of an effect and Poisson counts of two years: about a tenth off at most
        assert found == pytest.approx(benefit, rel=0.15), name
