"""Which past weeks a week is compared with, and the season each of them belongs to."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from salus.errors import BadInput

_WEEKS_A_YEAR = 52

Weeks = NDArray[np.int64]


@dataclass(frozen=True)
class Reference:
    """Past weeks of one evaluated week: `lag` in weeks before it, `season` 0 for the same time of year.

    >>> reference_weeks(integer_years(60, 1), w=1, periods=1, skip=1).lag
    array([53, 52, 51])
    """

    lag: Weeks
    season: Weeks


def calendar_weeks(weeks: object) -> list[date] | None:
    """The weeks as dates one week apart, or None if they are consecutive integers.

    >>> calendar_weeks([1, 2, 3]) is None
    True
    """
    array = np.asarray(weeks)
    if array.ndim != 1 or array.size == 0:
        raise BadInput("Weeks must be a list", remedy="give one date or number a week")
    if array.dtype.kind in "iuf":
        if (np.diff(array) != 1).any():
            raise BadInput("Weeks have a gap or are out of order", remedy="give every week, zero counts included")
        return None
    try:
        days: list[date] = array.astype("datetime64[D]").tolist()
    except (TypeError, ValueError) as error:
        raise BadInput("Weeks are neither numbers nor dates", remedy="give the first day of each week") from error
    if any((later - earlier).days != 7 for earlier, later in pairwise(days)):
        raise BadInput("Weeks are not seven days apart", remedy="give every week, zero counts included")
    return days


def integer_years(k: int, b: int) -> list[int]:
    """The position of week `k` and of the same week in `b` years before, years of 52 weeks, latest first.

    >>> integer_years(200, 2)
    [200, 148, 96]
    """
    return [k - _WEEKS_A_YEAR * back for back in range(b + 1)]


def calendar_years(days: list[date], k: int, b: int) -> list[int]:
    """As `integer_years`, by calendar: the same day of the year moved to the nearest same weekday.

    >>> from datetime import timedelta
    >>> first = date(2018, 1, 1)
    >>> calendar_years([first + timedelta(weeks=i) for i in range(200)], 150, 2)
    [150, 98, 46]
    """
    now = days[k]
    return [k - round((now - _years_before(now, back)).days / 7) for back in range(b + 1)]


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 3, 1)


def reference_weeks(same_weeks: list[int], w: int, periods: int, skip: int) -> Reference:
    """The reference weeks by position: windows of ±w around the same week, with seasons between them.

    `same_weeks` is the week itself and those a year, two years before. With one period the
    windows alone are used. With more, the weeks between two windows are parted into `periods` - 1
    seasons of equal length, the first ones longer where it does not divide. The last `skip` weeks are
    left out, and the week itself.

    >>> reference_weeks([106, 54, 2], w=1, periods=1, skip=1).lag
    array([105, 104, 103,  53,  52,  51])
    """
    now = same_weeks[0]
    season = np.full(now + w + 1, -1, dtype=np.int64)
    for later, earlier in pairwise(same_weeks):
        season[earlier - w : earlier + w + 1] = 0
        if periods > 1:
            between = np.arange(earlier + w + 1, later - w)
            if between.size < periods - 1:
                raise BadInput(f"{between.size} weeks cannot be {periods - 1} seasons", remedy="lower periods or w")
            for number, part in enumerate(np.array_split(between, periods - 1), start=1):
                season[part] = number
    season[now - w : now + 1] = 0
    season[now - skip :] = -1
    at = np.flatnonzero(season >= 0)
    return Reference(now - at, season[at])
