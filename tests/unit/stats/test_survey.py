"""Survey estimates: hand-worked and published cases, what must not depend on scale or order, and coverage."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from salus.errors import BadInput
from salus.stats.survey import SurveyDesign, SurveyEstimate, publishable

# Artificial data of the manual of R's survey package (`fpc`): 8 rows, published mean 5.4481 and errors.
STRATUM = [1, 1, 1, 1, 1, 2, 2, 2]
CLUSTER = [1, 2, 3, 4, 5, 1, 2, 3]
WEIGHT = [3, 3, 3, 3, 3, 4, 4, 4]
THERE = [15] * 5 + [12] * 3
VALUE = [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2]


def drawn(seed: int, strata: int = 3, clusters: int = 4, each: int = 5) -> dict[str, np.ndarray]:
    """A sample: rows in clusters in strata, weights that differ, values alike within clusters."""
    rng = np.random.default_rng(seed)
    stratum = np.repeat(np.arange(strata), clusters * each)
    psu = np.tile(np.repeat(np.arange(clusters), each), strata)
    common = rng.normal(0, 2, (strata, clusters))[stratum, psu]
    y = 10 + 3 * stratum + common + rng.normal(0, 1, stratum.size)
    return {
        "weights": rng.uniform(1, 9, stratum.size),
        "strata": stratum,
        "psu": psu,
        "y": y,
        "x": 5 + 0.5 * y + rng.normal(0, 1, y.size),
    }


def design_of(sample: dict[str, np.ndarray], **more: object) -> SurveyDesign:
    return SurveyDesign(sample["weights"], strata=sample["strata"], psu=sample["psu"], **more)


def close(found: SurveyEstimate, wanted: SurveyEstimate, tolerance: float = 1e-9) -> bool:
    fields = ("value", "se", "low", "high")
    return all(math.isclose(getattr(found, f), getattr(wanted, f), rel_tol=tolerance) for f in fields)


@pytest.mark.parametrize(("fpc", "se"), [(None, 0.7413), (THERE, 0.616), (np.divide([5] * 5 + [3] * 3, THERE), 0.616)])
def test_a_published_example_is_met_with_and_without_a_finite_population(fpc, se):
    found = SurveyDesign(WEIGHT, strata=STRATUM, psu=CLUSTER, fpc=fpc).mean(VALUE)
    assert (round(found.value, 4), round(found.se, len(str(se)) - 2), found.df) == (5.4481, se, 6)


def test_weights_follow_from_the_population_sizes():
    assert SurveyDesign(None, strata=STRATUM, psu=CLUSTER, fpc=THERE).weights.tolist() == WEIGHT


def test_two_stages_add_the_variance_within_clusters():
    """Two of four clusters, two of three units in each: (1-1/2)*S1 + 1/2*(S2a + S2b), by hand."""
    psu = [[1, 1], [1, 2], [2, 1], [2, 2]]
    found = SurveyDesign(None, psu=psu, fpc=[[4, 3]] * 4).total([1, 3, 2, 2])
    # Weights are 3; totals 12 and 12; within the first cluster 3 and 9: squares 18, times 2 and 1/3.
    assert found.value == pytest.approx(24)
    assert found.se**2 == pytest.approx(0.5 * 0 + 0.5 * (1 / 3) * 2 * 18)


def test_a_census_has_no_error():
    found = SurveyDesign(None, fpc=[4, 4, 4, 4]).total([1, 5, 2, 8])
    assert (found.value, found.se) == (16.0, 0.0)


@pytest.mark.parametrize(
    ("lonely", "variance"),
    # The pair of totals 1 and 3 adds 2 * ((1 - 2)² + (3 - 2)²) = 4, the single 5 adds 25 around zero.
    [("certainty", 4.0), ("adjust", 29.0), ("average", 8.0)],
)
def test_a_lonely_cluster_counts_as_its_policy_says(lonely, variance):
    design = SurveyDesign([1, 1, 1], strata=["a", "a", "b"], lonely=lonely)
    assert design.total([1, 3, 5]).se ** 2 == pytest.approx(variance)


def test_a_lonely_cluster_fails_unless_a_policy_is_named():
    with pytest.raises(BadInput, match="1 strata have a single cluster"):
        SurveyDesign([1, 1, 1], strata=["a", "a", "b"]).mean([1, 2, 3])


def test_a_stratum_drawn_whole_is_not_lonely():
    assert SurveyDesign([1, 1, 1], strata=["a", "a", "b"], fpc=[9, 9, 1]).mean([1, 2, 3]).se > 0


@given(st.integers(0, 200), st.floats(1e-3, 1e6))
def test_the_scale_of_the_weights_changes_no_mean_ratio_share_or_quantile(seed, scale):
    sample = drawn(seed)
    one, other = design_of(sample), design_of({**sample, "weights": sample["weights"] * scale})
    y, x = sample["y"], sample["x"]
    assert close(one.mean(y), other.mean(y))
    assert close(one.ratio(y, x), other.ratio(y, x))
    assert close(one.proportion(y > 12), other.proportion(y > 12))
    assert one.quantile(y, 0.3).value == other.quantile(y, 0.3).value


@given(st.integers(0, 200))
def test_the_order_of_the_rows_changes_nothing(seed):
    sample = drawn(seed)
    order = np.random.default_rng(seed).permutation(sample["y"].size)
    mixed = {name: column[order] for name, column in sample.items()}
    assert close(design_of(sample).ratio(sample["y"], sample["x"]), design_of(mixed).ratio(mixed["y"], mixed["x"]))


@given(st.integers(0, 200), st.integers(2, 5))
def test_the_totals_of_domains_add_up_to_the_total(seed, parts):
    sample, design = drawn(seed), design_of(drawn(seed))
    part = np.random.default_rng(seed).integers(0, parts, sample["y"].size)
    sums = [design.domain(part == k).total(sample["y"]).value for k in range(parts) if (part == k).any()]
    assert math.isclose(math.fsum(sums), design.total(sample["y"]).value, rel_tol=1e-12)


@given(st.integers(0, 200))
def test_a_domain_mean_is_the_ratio_of_its_totals_and_keeps_every_cluster(seed):
    sample = drawn(seed)
    design, inside = design_of(sample), sample["y"] > 13
    if not inside.any():
        return
    found, ratio = design.domain(inside).mean(sample["y"]), design.ratio(sample["y"] * inside, inside)
    assert (found.value, found.se) == pytest.approx((ratio.value, ratio.se))


@settings(max_examples=40)
@given(st.integers(0, 200))
def test_raking_hits_every_margin_and_leaves_no_error_in_them(seed):
    sample = drawn(seed, each=8)
    rng = np.random.default_rng(seed)
    sex, age = rng.choice(["f", "m"], sample["y"].size), rng.integers(0, 3, sample["y"].size)
    sexes, ages = {"f": 530.0, "m": 470.0}, {0: 200.0, 1: 300.0, 2: 500.0}
    raked = design_of(sample).rake([(sex, sexes), (age, ages)])
    for codes, totals in ((sex, sexes), (age, ages)):
        for level, total in totals.items():
            found = raked.total(codes == level)
            assert math.isclose(found.value, total, rel_tol=1e-6)
            assert found.se < 1e-6 * total
    assert raked.mean(sample["y"]).se > 0


@settings(max_examples=40)
@given(st.integers(0, 200), st.sampled_from([None, (0.5, 2.0)]))
def test_calibration_hits_its_totals_within_its_bounds(seed, bounds):
    sample = drawn(seed)
    design = design_of(sample)
    x = np.column_stack([np.ones(sample["x"].size), sample["x"]])
    wanted = x.T @ sample["weights"] * [1.05, 1.08]
    found = design.calibrate(x, wanted, bounds)
    assert found.total(sample["x"]).value == pytest.approx(wanted[1])
    assert found.total(sample["x"]).se < 1e-6 * wanted[1]
    if bounds:
        factors = found.weights / sample["weights"]
        assert bounds[0] - 1e-9 <= factors.min() <= factors.max() <= bounds[1] + 1e-9


def test_raking_and_regression_agree_on_one_grouping():
    sample = drawn(5)
    group = np.arange(60) % 2
    one = design_of(sample).rake([(group, {0: 150, 1: 250})])
    other = design_of(sample).calibrate(np.column_stack([group == 0, group == 1]), [150, 250])
    assert close(one.mean(sample["y"]), other.mean(sample["y"]))


@settings(max_examples=40)
@given(st.integers(0, 500), st.sampled_from([(0.3, 3.0), (0.5, 1.5), (0.8, 1.25)]))
def test_bounded_weights_are_found_exactly_where_some_exist(seed, bounds):
    sample, rng = drawn(seed), np.random.default_rng(seed)
    x = np.column_stack([np.ones(60), sample["x"], sample["y"] > 12])
    wanted = x.T @ sample["weights"] * [1, rng.uniform(0.9, 1.1), rng.uniform(0.8, 1.2)]
    possible = optimize.linprog(np.zeros(60), A_eq=x.T * sample["weights"], b_eq=wanted, bounds=[bounds] * 60)
    if possible.status == 0:
        factors = design_of(sample).calibrate(x, wanted, bounds).weights / sample["weights"]
        assert bounds[0] - 1e-9 <= factors.min() <= factors.max() <= bounds[1] + 1e-9
    else:
        with pytest.raises(BadInput, match="cannot be hit"):
            design_of(sample).calibrate(x, wanted, bounds)


@settings(max_examples=25)
@given(st.integers(0, 200))
def test_the_jackknife_of_a_total_is_its_linearised_variance(seed):
    sample = drawn(seed)
    design = design_of(sample, fpc=np.full(60, 11))
    assert close(design.replicates("JKn").total(sample["y"]), design.total(sample["y"]))


@settings(max_examples=25)
@given(st.integers(0, 200), st.sampled_from([None, 5]))
def test_balanced_halves_of_a_total_are_its_linearised_variance(seed, clusters):
    sample = drawn(seed, strata=6, clusters=2)
    design = design_of(sample, fpc=None if clusters is None else np.full(60, clusters))
    assert close(design.replicates("BRR").total(sample["y"]), design.total(sample["y"]))


@pytest.mark.parametrize("method", ["JKn", "bootstrap"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_replicates_agree_with_linearisation_within_ten_percent(method, seed):
    """Ratio, mean and a raked mean, 120 clusters; 2000 bootstrap draws have a Monte Carlo error near 1.6 %."""
    sample = drawn(seed, clusters=40)
    design = design_of(sample, fpc=np.full(sample["y"].size, 100))
    group = np.arange(sample["y"].size) % 3
    raked = design.rake([(group, {0: 900.0, 1: 1000.0, 2: 1100.0})])
    for kept in (design, raked):
        again = kept.replicates(method, 2000, seed)
        assert again.ratio(sample["y"], sample["x"]).se == pytest.approx(
            kept.ratio(sample["y"], sample["x"]).se, rel=0.1
        )
        assert again.mean(sample["y"]).se == pytest.approx(kept.mean(sample["y"]).se, rel=0.1)
        inside = group < 2
        found, wanted = again.domain(inside).mean(sample["y"]), kept.domain(inside).mean(sample["y"])
        assert found.value == pytest.approx(wanted.value)
        assert found.se == pytest.approx(wanted.se, rel=0.1)


def test_the_same_seed_gives_the_same_bootstrap():
    sample = drawn(8)
    one, other = (design_of(sample).replicates("bootstrap", 50, 4).mean(sample["y"]) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("method", ["logit", "beta"])
@pytest.mark.parametrize("hits", [0, 1, 59, 60])
def test_a_share_near_none_or_all_keeps_limits_inside_and_open(method, hits):
    found = SurveyDesign([1.0] * 60).proportion(np.arange(60) < hits, method)
    assert 0 <= found.low <= hits / 60 <= found.high <= 1
    assert found.high - found.low > 0.03


def test_the_beta_limits_of_a_simple_sample_are_those_of_clopper_and_pearson_at_one_row_less():
    found = SurveyDesign([1.0] * 50).proportion(np.arange(50) < 4, "beta")
    # 49 rows, not 50: the variance of a mean divides by n - 1.
    wanted = stats.beta.ppf(0.025, 49 * 0.08, 49 * 0.92 + 1), stats.beta.ppf(0.975, 49 * 0.08 + 1, 49 * 0.92)
    assert (found.low, found.high) == pytest.approx(wanted)


def test_a_quantile_is_the_first_value_that_reaches_its_share():
    design = SurveyDesign([1, 1, 1, 1, 4])
    assert [design.quantile([1, 2, 3, 4, 5], q).value for q in (0.1, 0.125, 0.25, 0.5, 0.51)] == [1, 1, 2, 4, 5]


@pytest.mark.parametrize("q", [0.85, 0.98])
def test_a_limit_that_the_sample_does_not_reach_is_undefined_with_a_reason(q):
    found = SurveyDesign([1] * 10).quantile(np.arange(10), q)
    assert (math.isnan(found.low), math.isnan(found.high)) == (q > 0.9, True)
    assert found.reason == "a limit lies outside what the sample covers"


def test_an_empty_domain_has_no_estimate_and_says_why():
    empty = SurveyDesign([1, 1]).domain([False, False])
    for found in (empty.mean([1, 2]), empty.total([1, 2]), empty.quantile([1, 2], 0.5), empty.proportion([0, 1])):
        assert math.isnan(found.value)
        assert found.reason == "no row with weight in this domain"


def test_missing_answers_are_a_domain_not_a_silent_drop():
    design, y = SurveyDesign([1, 1, 1]), np.array([1.0, 3.0, np.nan])
    with pytest.raises(BadInput, match="missing in 1 rows with weight"):
        design.mean(y)
    assert design.domain(~np.isnan(y)).mean(y).value == 2.0


def test_one_cluster_a_stratum_leaves_no_degrees_of_freedom():
    found = SurveyDesign([1, 1], strata=[1, 2], lonely="certainty").mean([1, 2])
    assert math.isnan(found.low)
    assert found.reason == "no degrees of freedom: as many strata as clusters"


@pytest.mark.parametrize(
    ("cv", "n", "verdict"),
    [
        (0.2, 30, "direct"),
        (0.201, 30, "flagged"),
        (0.33, 30, "flagged"),
        (0.331, 30, "withheld"),
        (0.1, 29, "withheld"),
    ],
)
def test_unsure_estimates_are_flagged_or_withheld(cv, n, verdict):
    assert publishable(SurveyEstimate(1.0, cv, 0.5, 1.5, df=10, n=n, cv=cv)).verdict == verdict


def test_an_estimate_without_relative_error_is_withheld():
    assert publishable(SurveyDesign([1] * 40).mean([0] * 40)).verdict == "withheld"


PLAIN = SurveyDesign([1.0, 1.0, 1.0, 1.0])
REFUSED = {
    "negative weights": lambda: SurveyDesign([1, -1]),
    "only zero weights": lambda: SurveyDesign([0, 0]),
    "nothing given": lambda: SurveyDesign(None),
    "unknown policy": lambda: SurveyDesign([1, 1], lonely="ignore"),
    "strata of another length": lambda: SurveyDesign([1, 1], strata=[1]),
    "missing strata": lambda: SurveyDesign([1, 1], strata=[1, None]),
    "fewer units than drawn": lambda: SurveyDesign([1, 1, 1], fpc=[2, 2, 2]),
    "fpc within strata": lambda: SurveyDesign([1, 1], fpc=[8, 9]),
    "fpc of zero": lambda: SurveyDesign([1, 1], fpc=[0, 0]),
    "more fpc than stages": lambda: SurveyDesign([1, 1], psu=[1, 2], fpc=[[9, 9], [9, 9]]),
    "all lonely": lambda: SurveyDesign([1, 1], strata=[1, 2], lonely="average").mean([1, 2]),
    "another length": lambda: PLAIN.mean([1, 2]),
    "no share": lambda: PLAIN.proportion([0, 1, 2, 0]),
    "method": lambda: PLAIN.proportion([0, 1, 1, 0], "wald"),
    "quantile": lambda: PLAIN.quantile([0, 1, 1, 0], 1.5),
    "domain": lambda: PLAIN.domain([0, 1, 1, 0]),
    "no margins": lambda: PLAIN.rake([]),
    "unknown level": lambda: PLAIN.rake([([1, 2, 1, 2], {1: 5})]),
    "empty level": lambda: PLAIN.rake([([1, 1, 1, 1], {1: 5, 2: 4})]),
    "two populations": lambda: PLAIN.rake([([1, 1, 2, 2], {1: 5, 2: 4}), ([1, 2, 1, 2], {1: 5, 2: 5})]),
    "impossible margins": lambda: PLAIN.rake([([1, 1, 2, 2], {1: 5, 2: 5}), ([1, 1, 2, 2], {1: 4, 2: 6})]),
    "totals out of reach": lambda: PLAIN.calibrate([0, 0, 0, 0], [5]),
    "bounds too tight": lambda: PLAIN.calibrate([1, 1, 1, 1], [9], (0.5, 2)),
    "bounds without 1": lambda: PLAIN.calibrate([1, 1, 1, 1], [4], (1.5, 2)),
    "shape of x": lambda: PLAIN.calibrate([1, 1], [4]),
    "replicates": lambda: PLAIN.replicates("jackknife"),
    "halves of four": lambda: PLAIN.replicates("BRR"),
    "one draw": lambda: PLAIN.replicates("bootstrap", 1),
    "JK1 of strata": lambda: SurveyDesign([1] * 4, strata=[1, 1, 2, 2]).replicates("JK1"),
    "lonely replicates": lambda: SurveyDesign([1, 1, 1], strata=[1, 1, 2], lonely="adjust").replicates("JKn"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_mean_anything_is_refused(case):
    with pytest.raises(BadInput):
        REFUSED[case]()


def population(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four strata of 60 clusters of 12 persons: a value and a rare yes, alike within clusters."""
    level = rng.normal(0, 1, (4, 60, 1)) + np.arange(4)[:, None, None]
    y = level + rng.normal(0, 2, (4, 60, 12)) + 10
    rare = rng.random((4, 60, 12)) < 0.08 / (1 + np.exp(-level)) * 2
    return y, rare, rng.random((4, 60, 12)) < 0.4


def test_intervals_cover_the_population_at_their_level():
    """1000 two-stage samples (8 of 60 clusters, 6 of 12 persons), seed 20; binomial error of 95 % is 0.7 points."""
    rng = np.random.default_rng(20)
    y, rare, sex = population(rng)
    size, there = 4 * 8 * 6, y.size
    truth = {"mean": y.mean(), "share": rare.mean(), "domain": y[sex].mean(), "raked": y.mean()}
    hits = dict.fromkeys(truth, 0)
    stratum = np.repeat(np.arange(4), 48)
    for _ in range(1000):
        clusters = np.array([rng.choice(60, 8, replace=False) for _ in range(4)])
        persons = rng.permuted(np.tile(np.arange(12), (4, 8, 1)), axis=2)[..., :6]
        at = (np.arange(4)[:, None, None], clusters[..., None], persons)
        psu = np.column_stack([np.repeat(clusters.ravel(), 6), np.arange(size)])
        design = SurveyDesign(None, strata=stratum, psu=psu, fpc=np.tile([60, 12], (size, 1)))
        women = sex[at].ravel()
        raked = design.rake([(women, {True: sex.sum(), False: there - sex.sum()})])
        found = {
            "mean": design.mean(y[at].ravel()),
            "share": design.proportion(rare[at].ravel()),
            "domain": design.domain(women).mean(y[at].ravel()),
            "raked": raked.mean(y[at].ravel()),
        }
        for name, estimate in found.items():
            hits[name] += estimate.low <= truth[name] <= estimate.high
    assert all(930 <= count <= 970 for count in hits.values()), hits
