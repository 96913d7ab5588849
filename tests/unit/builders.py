"""Small invented packs, cities and frames for tests: just enough for a stage to run.

Nothing here describes a real place. Every builder takes what a test cares about and fills the rest.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from scipy import stats
from shapely.geometry import box

from salus.model.city import City, Evidence, Geography, Scope
from salus.model.framework import (
    Flow,
    GovernanceFunction,
    GradingRule,
    Indicator,
    Pack,
    Problem,
    Protected,
    Selection,
    Theme,
)
from salus.model.tables import TABLES

CITY_AREA = "testville"
STATE = "test-state"
COUNTRY = "TST"
START, END = dt.date(2019, 1, 1), dt.date(2022, 12, 31)
RATING_COLUMNS = {
    "source": pl.String, "file": pl.String, "row": pl.Int64, "function": pl.String, "level": pl.String,
    "institution": pl.String, "dimension": pl.String, "score": pl.Float64, "rater": pl.String,
    "basis": pl.String, "verification": pl.String, "illustrative": pl.Boolean,
}  # fmt: skip
JUDGEMENT_COLUMNS = {
    "source": pl.String, "file": pl.String, "row": pl.Int64, "group": pl.String, "problem": pl.String,
    "criterion": pl.String, "weight": pl.Float64, "people": pl.Int64, "represented": pl.Int64,
    "illustrative": pl.Boolean,
}  # fmt: skip
SUB_SCORES = ("people", "budget", "data", "procedure", "coordination", "leadership")


def indicator(code: str, **changes: Any) -> Indicator:
    """A recorded rate per 100,000 of offences 0401, higher is worse, unless changed."""
    fields: dict[str, Any] = {
        "id": code, "name": f"Indicator {code}", "definition": "d", "numerator": "events",
        "denominator": "residents", "unit": "per 100,000 residents", "per": 100_000,
        "direction": "higher_is_worse", "source_types": ("admin",), "levels": ("local",),
        "estimator": "salus.stats.rates.poisson_interval", "measure": "recorded_rate",
        "select": Selection(iccs=("0401",)), "role": "outcome", "pitfalls": ("p",), "reference": "r",
    }  # fmt: skip
    return Indicator(**(fields | changes))


def share(code: str, **changes: Any) -> Indicator:
    """A published condition in percent, higher is worse, unless changed."""
    fields: dict[str, Any] = {
        "unit": "%", "per": 100, "measure": "published", "select": None, "role": "condition",
        "estimator": "salus.stats.rates.poisson_interval", "source_types": ("open",),
    }  # fmt: skip
    return indicator(code, **(fields | changes))


def problem(name: str, indicators: Sequence[str], **changes: Any) -> Problem:
    """A problem of the theme crime-violence with severity 3 (2 to 4), unless changed."""
    fields: dict[str, Any] = {
        "id": name, "name": name, "statement": name, "theme": "crime-violence",
        "indicators": tuple(indicators), "severity": 3, "severity_low": 2, "severity_high": 4,
        "functions": ("community-policing",),
    }  # fmt: skip
    return Problem(**(fields | changes))


def function(name: str, sector: str = "policing") -> GovernanceFunction:
    """A governance function whose name is its id in words."""
    return GovernanceFunction(id=name, name=name.replace("-", " "), sector=sector, question="Who?")


def pack(**changes: Any) -> Pack:
    """A pack with robbery and burglary, two functions (one across borders), and the usual rules."""
    fields: dict[str, Any] = {
        "id": "test-pack", "version": "0", "name": "Test", "languages": ("en",), "gap_threshold": 3,
        "reporting_range": (0.02, 1.0), "unstated_error": 0.2, "transfer_mean": 0.6, "flow_events": 100,
        "currency_per_eur": {"TST-2022": 1.0},
        "cost_bands": {"€": (1e3, 1e4), "€€": (1e4, 1e5), "€€€": (1e5, 1e6), "€€€€": (1e6, 1e7)},
        "themes": (Theme(id="crime-violence", name="Crime", questions=("q",)),),
        "indicators": (indicator("A16"), indicator("A20"), reporting_indicator()),
        "functions": (function("community-policing"), function("firearms-control", "flows")),
        "scales": (), "interventions": (), "effects": (), "iccs": (), "sdg": (), "correspondences": {},
        "problems": (problem("robbery", ["A16"]), problem("burglary", ["A20"])),
        "flows": (Flow(id="drugs", name="Drugs", pressure=("B02",), themes=(), pitfalls=()),),
        "protected": Protected(iccs=("0301",), tags=("minor",)),
        "grading": GradingRule(
            start={"admin": "C", "survey": "B", "qualitative": "D", "open": "C"}, lower_by_one=(), cap={}
        ),
        "findings": (), "sha256": "0" * 64,
    }  # fmt: skip
    return Pack(**(fields | changes))


def reporting_indicator() -> Indicator:
    """A28: the share of victims who report, in percent."""
    return share("A28", role="context", direction="higher_is_better", source_types=("survey",))


def city(**changes: Any) -> City:
    """A city assessed from 2019 to 2022 on the geography `blocks`."""
    scope = Scope(themes=(), area=CITY_AREA, geography="blocks", shown="blocks", start=START, end=END)
    fields: dict[str, Any] = {
        "id": "testville", "name": "Testville", "country": COUNTRY, "wider": (STATE, COUNTRY),
        "languages": ("en",), "time_zone": "UTC", "pack": "test-pack", "pack_version": "0",
        "currency": "TST", "price_year": 2022, "income_group": "upper_middle", "scope": scope,
    }  # fmt: skip
    return City(**(fields | changes))


def geography(populations: Mapping[str, float], name: str = "blocks") -> Geography:
    """Square areas in a row with these populations."""
    squares = [box(i, 0, i + 1, 1).wkb for i in range(len(populations))]
    areas = pl.DataFrame(
        {
            "area": list(populations), "name": list(populations),
            "population": [float(p) for p in populations.values()],
            "km2": [1.0] * len(populations), "wkb": squares,
        },
        schema={"area": pl.String, "name": pl.String, "population": pl.Float64, "km2": pl.Float64,
                "wkb": pl.Binary},
    )  # fmt: skip
    return Geography(name, areas, "areas.geojson", "0" * 64)


def evidence(populations: Mapping[str, float] | None = None) -> Evidence:
    """Evidence with areas and their populations, and no other rows."""
    blocks = geography(populations or {"a1": 1000.0})
    none = pl.DataFrame()
    population = pl.DataFrame(
        schema={"source": pl.String, "file": pl.String, "row": pl.Int64, "geography": pl.String,
                "area": pl.String, "year": pl.Int64, "persons": pl.Float64}
    )  # fmt: skip
    return Evidence(
        incidents=none, counts=none, figures=none, population=population,
        ratings=ratings([]), judgements=judgements([]), sources=none, quality=none,
        geographies={"blocks": blocks},
        crosswalk=pl.DataFrame(schema={"area": pl.String, "shown_area": pl.String, "share": pl.Float64}),
    )  # fmt: skip


def rate(
    code: str, events: float, *, year: int | None = 2022, area: str = CITY_AREA, persons: float = 100_000.0,
    **changes: Any,
) -> dict[str, Any]:  # fmt: skip
    """An estimates row: a recorded rate per 100,000 from events, one year or (None) the whole scope."""
    start, end = (START, END) if year is None else (dt.date(year, 1, 1), dt.date(year, 12, 31))
    exposure = persons * (4 if year is None else 1)
    scale = 1e5 / exposure
    low = stats.gamma.ppf(0.025, events) * scale if events else 0.0
    row = {
        "indicator": code, "area": area, "group": "", "period_start": start, "period_end": end,
        "value": events * scale, "low": low, "high": stats.gamma.ppf(0.975, events + 1) * scale,
        "n": float(events), "numerator": float(events), "denominator": exposure,
        "unit": "per 100,000 residents", "direction": "higher_is_worse", "grade": "C", "method": "exact",
        "family": "gamma", "p1": events + 0.5, "p2": scale, "p3": 0.0, "factor": "", "loading": 0.0,
        "flags": "", "source": "records", "illustrative": False,
    }  # fmt: skip
    return row | changes


def rates(code: str, events: Sequence[float], **changes: Any) -> list[dict[str, Any]]:
    """Yearly rates of the city from 2019 on."""
    return [rate(code, count, year=2019 + i, **changes) for i, count in enumerate(events)]


def percent(
    code: str, value: float, *, area: str = CITY_AREA, year: int = 2020, sd: float = 0.5, **changes: Any
) -> dict[str, Any]:
    """An estimates row: a published share in percent with a normal error."""
    row = rate(code, 0, year=year, area=area) | {
        "value": value, "low": value - 1.96 * sd, "high": value + 1.96 * sd, "n": 1000.0,
        "numerator": None, "denominator": None, "unit": "%", "method": "published", "family": "normal",
        "p1": value, "p2": sd, "source": "census",
    }  # fmt: skip
    return row | changes


def missing(code: str) -> dict[str, Any]:
    """An estimates row of an indicator without evidence."""
    empty = dict.fromkeys(("value", "low", "high", "n", "numerator", "denominator", "p1", "p2", "p3"))
    return rate(code, 0, year=None) | empty | {"family": "none", "grade": "none", "source": ""}


def estimates(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """The table `estimates` from rows."""
    return TABLES["estimates"].frame([dict(row) for row in rows])


def ratings(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """The evidence frame `ratings`; rows are numbered from 1."""
    filled = [
        {"source": "workshop", "file": "ratings.csv", "row": i, "rater": "lawyer", "basis": "Law 1",
         "verification": "seen", "illustrative": False} | row
        for i, row in enumerate(rows, start=1)
    ]  # fmt: skip
    return pl.DataFrame(filled, schema=RATING_COLUMNS, strict=False)


def rated(
    name: str, level: str, institution: str, *, capacity: float | None = None, **scores: Any
) -> list[dict[str, Any]]:
    """Ratings of one cell by one rater: `capacity` sets all six sub-scores; `rater=` etc. are passed on."""
    about = {"rater", "verification", "illustrative", "basis"} & scores.keys()
    other = {key: scores.pop(key) for key in sorted(about)}
    given = ({} if capacity is None else dict.fromkeys(SUB_SCORES, capacity)) | scores
    place = {"function": name, "level": level, "institution": institution}
    return [place | {"dimension": key, "score": value} | other for key, value in given.items()]


def judgements(rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
    """The evidence frame `judgements`; rows are numbered from 1."""
    filled = [
        {"source": "workshop", "file": "judgements.csv", "row": i, "people": 20, "represented": 1000,
         "illustrative": False} | row
        for i, row in enumerate(rows, start=1)
    ]  # fmt: skip
    return pl.DataFrame(filled, schema=JUDGEMENT_COLUMNS, strict=False)


def weights(group: str, *, other: Mapping[str, Any] | None = None, **points: float) -> list[dict[str, Any]]:
    """Judgement rows: the points a group gives to criteria; `other` changes the remaining columns."""
    return [
        {"group": group, "problem": "*", "criterion": name, "weight": value} | dict(other or {})
        for name, value in points.items()
    ]
