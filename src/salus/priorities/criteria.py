"""The criteria of a problem on draws: burden, severity, trend; inequity is in its own module.

Where there is no evidence a criterion is uniform on 0-100 with grade `none`, and says why.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from scipy import special

from salus.model.content import Verification
from salus.model.framework import Indicator, Problem
from salus.model.grades import Grade, worst
from salus.model.phrases import Phrase
from salus.priorities.rows import Support, View, find, is_percent, is_rate, latest, per_100k, recent, yearly
from salus.priorities.scores import burden_score, condition_score, severity_score, trend_score
from salus.priorities.why import ACTIVITY, EITHER_WAY, NO_FIGURE, NO_SURVEY, NO_TREND, NO_YEARS, NOT_COUNTED, why
from salus.stats.draws import Array
from salus.stats.trend import rate_trend

REPORTING: Final = "A28"
COMPLETE: Final = "complete"
SMALLEST_SHARE: Final = 0.001
MAIN: Final = ("burden", "severity", "trend", "inequity")

Source = Literal["records", "survey"]
_JUDGED: Final[dict[Verification, Grade]] = {"seen": "B", "recalled": "C", "proposed": "C"}


@dataclass(frozen=True)
class Criterion:
    """One problem on one criterion: `draws` of its score (0-100, higher is worse) and what they rest on.

    `value` is the median in `unit`; `n` the events behind it; `missing` says what is not known and
    `answered_by` what kind of source would tell.
    """

    name: str
    draws: Array
    value: float | None = None
    unit: str = ""
    n: float = 0.0
    grade: Grade = "none"
    support: list[Support] = field(default_factory=list)
    missing: Phrase | None = None
    answered_by: Source = "records"


def unknown(view: View, problem: Problem, name: str, missing: Phrase, *, answered_by: Source = "records") -> Criterion:
    """A criterion without evidence: anything from 0 to 100."""
    draws = 100 * view.draws.uniform(f"unknown|{name}|{problem.id}")
    return Criterion(name, draws, missing=missing, answered_by=answered_by)


def burden(view: View, problem: Problem) -> Criterion:
    """Events or persons affected per 100,000 a year, mean of the last two years, with under-reporting.

    A condition counts the persons who live in it, on goalposts of its own.
    """
    indicator = view.main(problem)
    if activity(indicator):
        return unknown(view, problem, "burden", why(ACTIVITY, indicator), answered_by="survey")
    found = recent(find(view, indicator.id))
    if not found.rows.height:
        return unknown(view, problem, "burden", why(NO_FIGURE, indicator), answered_by=source_of(indicator))
    if not (is_rate(indicator) or is_percent(indicator)):
        return unknown(view, problem, "burden", why(NOT_COUNTED, indicator), answered_by="survey")
    share = reporting(view, problem, indicator)
    affected = per_100k(indicator, view.draws.estimates(found.rows)).mean(axis=0) / share.draws
    if is_percent(indicator):
        affected = affected * _residents(view, problem)
    return Criterion(
        "burden",
        condition_score(affected) if indicator.role == "condition" else burden_score(affected),
        value=float(np.median(affected)),
        unit="per 100,000 a year",
        n=found.events,
        grade=worst(found.grade, share.grade),
        support=found.support + share.support,
        missing=share.missing,
        answered_by="survey",
    )


def _residents(view: View, problem: Problem) -> Array:
    """Draws of the share of residents that a condition's percentage speaks of (children, people with a contact)."""
    low, high = problem.base
    return low + (high - low) * view.draws.uniform(f"base|{problem.id}")


@dataclass(frozen=True)
class Reporting:
    """Draws of the share (0-1) of events that reach a record, and what it rests on."""

    draws: Array
    grade: Grade
    support: list[Support]
    missing: Phrase | None = None


def reporting(view: View, problem: Problem, indicator: Indicator) -> Reporting:
    """The share of events that is recorded: all of them unless the indicator counts recorded offences
    that victims may keep to themselves.

    From the latest survey (A28) of the city or the nearest wider area; without one, anything in the
    pack's range, and then the grade is D at best.
    """
    if indicator.measure != "recorded_rate" or problem.reporting == COMPLETE:
        return Reporting(np.ones(view.draws.n), "A", [])
    found = latest(find(view, REPORTING, problem.reporting)) if problem.reporting else None
    if found is not None and found.rows.height:
        share = view.draws.estimates(found.rows)[0] / 100
        return Reporting(np.clip(share, SMALLEST_SHARE, 1.0), found.grade, found.support)
    low, high = view.pack.reporting_range
    chance = view.draws.uniform(f"reporting|{problem.reporting or problem.id}")
    missing = why(NO_SURVEY, indicator)
    return Reporting(low + (high - low) * chance, "D", [("pack", "reporting_range")], missing)


def severity(view: View, problem: Problem) -> Criterion:
    """Harm of one event, 1-5: a judgement of the pack with its range."""
    low, high = problem.severity_low, problem.severity_high
    harm = low + (high - low) * view.draws.uniform(f"severity|{problem.id}")
    return Criterion(
        "severity",
        severity_score(harm),
        value=problem.severity,
        unit="1-5",
        grade=_JUDGED[problem.verification],
        support=[("pack", f"problem|{problem.id}|severity")],
    )


def trend(view: View, problem: Problem) -> Criterion:
    """Rate ratio per year over the calendar years, on Student's t with the trend's degrees of freedom; not
    read where more records may mean more trust."""
    indicator = view.main(problem)
    unread = unreadable(indicator)
    if unread:
        return unknown(view, problem, "trend", unread, answered_by="survey")
    found = yearly(find(view, indicator.id))
    rows = found.rows.drop_nulls(["numerator", "denominator"])
    if is_percent(indicator) or not rows.height:
        return unknown(view, problem, "trend", why(NO_YEARS, indicator), answered_by=source_of(indicator))
    years = rows["period_start"].dt.year().to_numpy().astype(float)
    fitted = rate_trend(rows["numerator"].to_numpy(), rows["denominator"].to_numpy(), years)
    if not np.isfinite(fitted.se):
        return unknown(view, problem, "trend", why(NO_TREND, indicator, reason=f"words:{fitted.reason}"))
    chance = view.draws.uniform(f"trend|{problem.id}")
    # With few years the tails of Student's t pass what a number can hold; the score is 0 or 100 long before.
    ratio = np.exp(np.clip(fitted.log_rate_ratio + fitted.se * special.stdtrit(fitted.df, chance), -50, 50))
    return Criterion(
        "trend",
        trend_score(ratio),
        value=float(fitted.rate_ratio),
        unit="rate ratio per year",
        n=found.events,
        grade=found.grade,
        support=found.support,
    )


def activity(indicator: Indicator) -> bool:
    """Whether its counts are activity of authorities, which is never read as an outcome."""
    return indicator.enforcement_driven or indicator.role == "pressure"


def unreadable(indicator: Indicator) -> Phrase | None:
    """Why a change in the indicator is not read as better or worse; None if it is."""
    if activity(indicator):
        return why(ACTIVITY, indicator)
    if indicator.direction in {"ambiguous", "context"}:
        return why(EITHER_WAY, indicator)
    return None


def source_of(indicator: Indicator) -> Source:
    """Whether records or a survey would give the indicator."""
    return "records" if {"admin", "health", "geo", "open"} & set(indicator.source_types) else "survey"
