"""What a survey estimate is, its limits, and whether it may be published."""

import math
from dataclasses import dataclass
from math import nan
from typing import Final, Literal

from scipy import special

from salus.stats.inputs import tail_of

DIRECT_UP_TO: Final = 0.20
FLAGGED_UP_TO: Final = 0.33
FEWEST: Final = 30

FEW_CLUSTERS: Final = "no degrees of freedom: as many strata as clusters"


@dataclass(frozen=True)
class SurveyEstimate:
    """An estimate of the population, in the unit of what was asked, with its error under the design.

    `se` is its standard error, `low` and `high` its limits (Student's t with `df` degrees of freedom),
    `n` the rows of the sample it rests on and `cv` the standard error as a share of the value. `reason`
    says why a field is NaN; it is empty where all are defined.

    >>> SurveyEstimate(0.25, 0.05, 0.17, 0.36, df=20, n=400, cv=0.2).n
    400
    """

    value: float
    se: float
    low: float
    high: float
    df: float
    n: int
    cv: float
    reason: str = ""


@dataclass(frozen=True)
class Publication:
    """Whether an estimate may be published: `direct`, `flagged` (with a warning) or `withheld`, and why.

    >>> Publication("withheld", "12 rows").verdict
    'withheld'
    """

    verdict: Literal["direct", "flagged", "withheld"]
    reason: str = ""


def publishable(estimate: SurveyEstimate) -> Publication:
    """Whether an estimate is sure enough to be published.

    Up to a coefficient of variation of 20 % it is published as it is, up to 33 % with a flag; above
    that, on fewer than 30 rows, or where the error is undefined, it is withheld. Ask also for the
    complement of a share near 1: its own coefficient is small whatever the sample.

    >>> publishable(SurveyEstimate(0.25, 0.06, 0.1, 0.4, df=20, n=400, cv=0.24)).verdict
    'flagged'
    """
    if estimate.n < FEWEST:
        return Publication("withheld", f"{estimate.n} rows, fewer than {FEWEST}")
    if math.isnan(estimate.cv):
        return Publication("withheld", estimate.reason or "the error as a share of the value is undefined")
    share = f"coefficient of variation {100 * estimate.cv:.0f} %"
    if estimate.cv <= DIRECT_UP_TO:
        return Publication("direct", share)
    return Publication("flagged" if estimate.cv <= FLAGGED_UP_TO else "withheld", share)


def t_quantile(tail: float, df: float) -> float:
    """The upper quantile of Student's t; NaN without degrees of freedom, normal where they are infinite.

    >>> round(t_quantile(0.025, 10), 4)
    2.2281
    """
    if df <= 0:
        return nan
    return -float(special.ndtri(tail)) if math.isinf(df) else -float(special.stdtrit(df, tail))


def undefined(reason: str, df: float, n: int) -> SurveyEstimate:
    """An estimate that does not exist, and why.

    >>> undefined("no rows", 0, 0).reason
    'no rows'
    """
    return SurveyEstimate(nan, nan, nan, nan, df, n, nan, reason)


def symmetric(value: float, variance: float, df: float, n: int, level: float) -> SurveyEstimate:
    """Value ± t · se.

    >>> round(symmetric(10.0, 4.0, df=20, n=100, level=0.95).low, 2)
    5.83
    """
    if math.isnan(variance):
        return SurveyEstimate(value, nan, nan, nan, df, n, nan, "a replicate has no estimate")
    reach = t_quantile(tail_of(level), df) * math.sqrt(variance)
    return estimate_of(value, variance, (value - reach, value + reach), df, n)


def estimate_of(value: float, variance: float, limits: tuple[float, float], df: float, n: int) -> SurveyEstimate:
    """The estimate with these limits, and the reason where they are undefined.

    >>> estimate_of(2.0, 1.0, (0.0, 4.0), df=9, n=10).cv
    0.5
    """
    se = math.sqrt(variance)
    cv = se / abs(value) if value else nan
    reason = FEW_CLUSTERS if df <= 0 else ("a value of 0 has no relative error" if not value else "")
    if not reason and not all(map(math.isfinite, limits)):
        reason = "a limit lies outside what the sample covers"
    return SurveyEstimate(value, se, limits[0], limits[1], df, n, cv, reason)


def logit_limits(share: float, variance: float, df: float, level: float) -> tuple[float, float]:
    """Limits of a share, symmetric on the scale of log odds (for shares strictly between 0 and 1).

    >>> low, high = logit_limits(0.1, 0.0009, 50, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.0538, 0.1783)
    """
    odds = math.log(share / (1 - share))
    reach = t_quantile(tail_of(level), df) * math.sqrt(variance) / (share * (1 - share))
    return float(special.expit(odds - reach)), float(special.expit(odds + reach))


def beta_limits(share: float, size: float, rows: int, df: float, level: float) -> tuple[float, float]:
    """Limits of a share by exact binomial quantiles at the effective sample size (Korn & Graubard 1998).

    `size` is the effective sample size before it is corrected for the degrees of freedom.

    >>> low, high = beta_limits(0.0, 100, 100, 99, 0.95)
    >>> low, round(high, 4)
    (0.0, 0.0362)
    """
    tail = tail_of(level)
    if df <= 0 or rows < 2:
        return nan, nan
    effective = size * (t_quantile(tail, rows - 1) / t_quantile(tail, df)) ** 2
    hits, misses = effective * share, effective * (1 - share)
    low = special.betaincinv(hits, misses + 1, tail) if hits > 0 else 0.0
    high = special.betaincinv(hits + 1, misses, 1 - tail) if misses > 0 else 1.0
    return float(low), float(high)
