"""Whether a rate changed: the ratio of two rates with its exact interval.

Import from `salus.stats.rates`.
"""

from dataclasses import dataclass, field
from typing import overload

import numpy as np
from scipy import special

from salus.errors import BadInput
from salus.stats.inputs import Array, Numbers, numbers, tail_of
from salus.stats.results import Interval, Value


@dataclass(frozen=True)
class RateRatio(Interval[Value]):
    """The later rate over the earlier one, with limits and a two-sided p-value; arrays if counts were arrays.

    The lower limit is 0 without later events, the upper one infinite without earlier events. NaN with a
    reason where there are no events at all.

    >>> rate_ratio(30, 1.0, 30, 1.0).p_value
    1.0
    """

    p_value: Value = field(kw_only=True)


@overload
def rate_ratio(
    events: float,
    exposure: float,
    events_before: float,
    exposure_before: float,
    *,
    dispersion: float = 1.0,
    level: float = 0.95,
) -> RateRatio[float]: ...
@overload
def rate_ratio(
    events: Numbers,
    exposure: Numbers | float,
    events_before: Numbers,
    exposure_before: Numbers | float,
    *,
    dispersion: float = 1.0,
    level: float = 0.95,
) -> RateRatio[Array]: ...
def rate_ratio(
    events: Numbers | float,
    exposure: Numbers | float,
    events_before: Numbers | float,
    exposure_before: Numbers | float,
    *,
    dispersion: float = 1.0,
    level: float = 0.95,
) -> RateRatio[float] | RateRatio[Array]:
    """The ratio of two Poisson rates, exact given their sum.

    `exposure` in any unit, the same for both (person-years). Given that n events came in all, the later ones are
    binomial: share = r · t₁ / (r · t₁ + t₀); the limits are those of Clopper and Pearson for the share. Such limits
    hold the truth at least as often as `level` says, mostly more often. `dispersion` of 1 or more (Pearson's, of a
    longer series) divides the counts, as in a quasi-Poisson model: the interval widens by about its square root.
    The p-value doubles the smaller tail. Refuses negative counts and exposure of 0.
    Sources: Przyborowski & Wilenski (1940), Biometrika 31; Clopper & Pearson (1934), Biometrika 26.

    >>> found = rate_ratio(20, 1.0, 10, 1.0)
    >>> found.value, round(found.low, 3), round(found.high, 3), round(found.p_value, 3)
    (2.0, 0.894, 4.785, 0.099)
    """
    given = (events, exposure, events_before, exposure_before)
    names = ("events", "exposure", "events before", "exposure before")
    arrays = [np.atleast_1d(numbers(x, name, minimum=0)) for x, name in zip(given, names, strict=True)]
    later, t1, earlier, t0 = np.broadcast_arrays(*arrays)
    if (t1 <= 0).any() or (t0 <= 0).any() or dispersion < 1:
        raise BadInput("An exposure is not above 0, or the dispersion is below 1", remedy="leave such periods out")
    tail = tail_of(level)
    x, y = later / dispersion, earlier / dispersion
    some = x + y > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        low_share = np.where(x > 0, special.betaincinv(np.maximum(x, 1e-9), y + 1, tail), 0.0)
        high_share = np.where(y > 0, special.betaincinv(x + 1, np.maximum(y, 1e-9), 1 - tail), 1.0)
        scale = t0 / t1
        value, low, high = x / y * scale, low_share / (1 - low_share) * scale, high_share / (1 - high_share) * scale
        even = t1 / (t1 + t0)
        above = np.where(x > 0, special.betainc(np.maximum(x, 1e-9), y + 1, even), 1.0)
        below = np.where(y > 0, special.betaincc(x + 1, np.maximum(y, 1e-9), even), 1.0)
    p = np.fmin(2 * np.fmin(above, below), 1.0)
    found = [np.where(some, part, np.nan) for part in (value, low, high, p)]
    reason = "" if some.all() else "no events in either period"
    if all(np.ndim(x) == 0 for x in given):
        one = [float(part[0]) for part in found]
        return RateRatio(one[0], one[1], one[2], reason, p_value=one[3])
    return RateRatio(found[0], found[1], found[2], reason, p_value=found[3])
