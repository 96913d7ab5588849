"""Every given reference value that the estimators of the statistical core cover, one test each."""

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from salus.responses.optimise import optimise_portfolio
from salus.stats import composite, concentration, preferences, rates, reliability, value

HERE = Path(__file__).parent
TENNESSEE = [(42, "MNCK"), (26, "NCKM"), (15, "CKNM"), (17, "KCNM")]
SPARSE = [0] * 15 + [1, 1, 2, 3, 5]
COMPARISONS = [[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]]


def table(name: str) -> list[dict[str, str]]:
    with (HERE / "data" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name] or "nan") for row in rows])


def matrix(name: str) -> np.ndarray:
    return np.array([[float(cell or "nan") for cell in row.values()] for row in table(name)])


def births(order: str, what: str) -> np.ndarray:
    return column([row for row in table("downs.csv") if row["birth_order"] == order], what)


def direct_and_exact_rates() -> dict[str, float]:
    adjusted = rates.direct_standardised_rate(
        births("1", "count"), births("1", "population"), births("total", "population")
    )
    ten, none = rates.poisson_interval(10, 2.0), rates.poisson_interval(0)
    expected = rates.indirect_expected(
        births("total", "count"), births("total", "population"), births("2", "population")
    )
    ratio = rates.standardised_ratio(490, float(expected), "lognormal")
    first = "A.direct.downs.birth1"
    return {
        f"{first}[crude.rate]": adjusted.crude * 1e5,
        f"{first}[adj.rate]": adjusted.value * 1e5,
        f"{first}[lci]": adjusted.low * 1e5,
        f"{first}[uci]": adjusted.high * 1e5,
        "A.pois.exact.10[rate]": ten.value,
        "A.pois.exact.10[lower]": ten.low,
        "A.pois.exact.10[upper]": ten.high,
        "A.pois.exact.0[rate]": none.value,
        "A.pois.exact.0[lower]": none.low,
        "A.pois.exact.0[upper]": none.high,
        "A.indirect.downs2.sir[observed]": float(births("2", "count").sum()),
        "A.indirect.downs2.sir[exp]": float(expected),
        "A.indirect.downs2.sir[sir]": ratio.value,
        "A.indirect.downs2.sir[lci]": ratio.low,
        "A.indirect.downs2.sir[uci]": ratio.high,
    }


def smoothed_rates() -> dict[str, float]:
    counties = table("nc_sids.csv")
    deaths, born = column(counties, "deaths"), column(counties, "births")
    touching = np.zeros((len(counties), len(counties)))
    for i, row in enumerate(counties):
        touching[i, [int(j) - 1 for j in row["neighbours"].split()]] = 1
    smooth = rates.empirical_bayes(deaths, born)
    names = [row["county"] for row in counties]
    scotland = table("scotland.csv")
    fit = rates.gamma_poisson(column(scotland, "cases"), column(scotland, "expected"))
    return {
        "A.EBest.nc74.params[a]": smooth.a,
        "A.EBest.nc74.params[b]": smooth.b,
        **{
            f"A.EBest.nc74.est[{name}]": float(smooth.estimate[names.index(name)]) * 1000
            for name in ("Ashe", "Anson", "Robeson")
        },
        "A.EBImoran.nc74": rates.assuncao_reis(deaths, born, touching).statistic,
        "A.eBayes.scot[beta.(Intercept)]": fit.beta,
        "A.eBayes.scot[alpha]": fit.alpha,
        "A.eBayes.scot[RR1]": float(fit.relative_risk[0]),
        "A.eBayes.scot[RR56]": float(fit.relative_risk[-1]),
    }


def concentrations() -> dict[str, float]:
    deaths = column(table("nc_sids.csv"), "deaths")
    return {
        "B.gini.sparse20[gini]": concentration.gini(SPARSE),
        "B.gini.sparse20[gini_unb]": concentration.gini(SPARSE, unbiased=True),
        "B.gini.sparse20[gen]": concentration.gini(SPARSE, generalised=True),
        "B.gini.sparse20[gen_unb]": concentration.gini(SPARSE, generalised=True, unbiased=True),
        "B.gini.sids74[gini]": concentration.gini(deaths),
        "B.gini.sids74[gen]": concentration.gini(deaths, generalised=True),
        "B.gini.sids74[gen_unb]": concentration.gini(deaths, generalised=True, unbiased=True),
        "B.share.sids74[p25]": concentration.smallest_share(deaths, 0.25),
        "B.share.sids74[p50]": concentration.smallest_share(deaths, 0.5),
    }


def agreements() -> dict[str, float]:
    units, judges = matrix("krippendorff.csv"), reliability.icc(matrix("shrout_fleiss.csv"))
    kappa = reliability.fleiss_kappa(matrix("diagnoses.csv"))
    return {
        "H.kripp[nominal]": reliability.krippendorff_alpha(units, "nominal"),
        "H.kripp[ordinal]": reliability.krippendorff_alpha(units, "ordinal"),
        "H.icc.sf[ICC1]": judges.icc1,
        "H.icc.sf[ICC2]": judges.icc2,
        "H.icc.sf[ICC3]": judges.icc3,
        "H.fleiss[k]": kappa,
        "H.fleiss[z]": kappa.z,
    }


def preferences_and_portfolios() -> dict[str, float]:
    pairs = preferences.ahp(COMPARISONS)
    car = preferences.best_worst([2, 1, 4, 3, 8], [4, 8, 2, 3, 1])
    points = preferences.borda(TENNESSEE)
    tail = value.cvar(list(range(1, 101)), 0.95)
    ranks = preferences.smaa([[0.8, 0.3, 0.5], [0.5, 0.7, 0.4], [0.2, 0.9, 0.6]], draws=200_000, seed=1)
    profits, weights = [92, 57, 49, 68, 60, 43, 67, 84, 87, 72], [23, 31, 29, 44, 53, 38, 63, 85, 89, 82]
    return {
        **{f"I.ahp.3x3[w{i + 1}]": float(w) for i, w in enumerate(pairs.weights)},
        "I.ahp.3x3[lmax]": pairs.lambda_max,
        "I.ahp.3x3[CR]": pairs.consistency_ratio,
        **{f"I.bwm.car[w{i + 1}]": float(w) for i, w in enumerate(car.weights)},
        "I.bwm.car[ksi]": car.ksi,
        **{f"I.borda.tennessee[{name}]": points[name] for name in "MNCK"},
        "I.knap.p01": optimise_portfolio(profits, weights, 165).value,
        "I.cvar.1to100[VaR95]": tail.var,
        "I.cvar.1to100[CVaR95]": tail.cvar,
        **{f"I.smaa2.toy[b{i + 1}_1]": float(ranks.rank_acceptability[i, 0]) for i in range(3)},
    }


def scores_and_values() -> dict[str, float]:
    scores, weights = [10, 20, 30, 40], [1, 2, 3, 4]
    averted = value.harm_averted(200, -0.25, 0.1)
    return {
        "G.agg.toy[a]": float(composite.aggregate(scores, weights, "arithmetic")),
        "G.agg.toy[g]": float(composite.aggregate(scores, weights, "geometric")),
        "G.agg.toy[h]": float(composite.aggregate(scores, weights, "harmonic")),
        "G.inform.toy": composite.inform_risk(6.4, 5.1, 4.7),
        "G.inform.compl.geo": float(composite.complementary_geometric_mean([7, 3])),
        "J.npv[npv]": value.net_present_value([-1000, 450, 450, 450], 0.03),
        "J.npv[bcr]": value.benefit_cost_ratio([0, 450, 450, 450], [1000, 0, 0, 0], 0.03),
        "J.averted[mean]": averted.mean,
        "J.averted[ci_lo]": averted.low,
        "J.averted[ci_hi]": averted.high,
    }


PARTS: tuple[Callable[[], dict[str, float]], ...] = (
    direct_and_exact_rates,
    smoothed_rates,
    concentrations,
    agreements,
    preferences_and_portfolios,
    scores_and_values,
)


def given() -> list[dict[str, str]]:
    with (HERE / "given.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ours() -> dict[str, float]:
    return {name: number for part in PARTS for name, number in part().items()}


@pytest.mark.parametrize("row", given(), ids=lambda row: row["id"])
def test_our_value_agrees_with_the_reference(
    row: dict[str, str], ours: dict[str, float], agrees: Callable[[dict[str, str], float], bool]
) -> None:
    assert agrees(row, float(ours[row["id"]]))


def test_every_value_we_compute_has_a_reference(ours: dict[str, float]) -> None:
    assert set(ours) == {row["id"] for row in given()}


def test_the_condorcet_winner_of_tennessee_is_nashville() -> None:
    assert preferences.condorcet(TENNESSEE).winner == "N"


def test_the_simulated_harm_averted_agrees_with_the_analytic_mean() -> None:
    averted = value.harm_averted(200, -0.25, 0.1, draws=100_000, seed=1)
    assert math.isclose(averted.draws.mean(), 43.459092351626374, rel_tol=0.005)
