"""The tables of where and when recorded offences gather."""

from typing import Final

from salus.model.table import DAY, NUMBER, TEXT, WHOLE, YES, Table

PATTERN_TABLES: Final = (
    Table(
        "clusters",
        "Whether high or low rates gather around an area (Gi* of standardised rates, adjusted for many tests); for the"
        " city, whether they gather at all (Moran's I). `kind`: high, low, or neither.",
        ("indicator", "area", "period_start", "period_end"),
        {
            "indicator": TEXT,
            "area": TEXT,
            "geography": TEXT,
            "period_start": DAY,
            "period_end": DAY,
            "kind": TEXT,
            "statistic": NUMBER,
            "p_value": NUMBER,
            "q_value": NUMBER,
            "areas": WHOLE,
            "grade": TEXT,
            "flags": TEXT,
            "illustrative": YES,
        },
    ),
    Table(
        "changes",
        "The ratio of a rate to an earlier one (`against`: year_before, first_year, earlier_part of the period) with"
        " its exact 95 % interval. `state`: more, fewer, or not_told (chance alone could have done it, allowing for"
        " all areas that were tested).",
        ("indicator", "area", "against", "period_start", "source"),
        {
            "indicator": TEXT,
            "area": TEXT,
            "against": TEXT,
            "before_start": DAY,
            "before_end": DAY,
            "period_start": DAY,
            "period_end": DAY,
            "ratio": NUMBER,
            "low": NUMBER,
            "high": NUMBER,
            "p_value": NUMBER,
            "q_value": NUMBER,
            "dispersion": NUMBER,
            "state": TEXT,
            "grade": TEXT,
            "source": TEXT,
            "flags": TEXT,
            "illustrative": YES,
        },
    ),
    Table(
        "denominators",
        "A city rate by every figure there is of what it is divided by: `basis` (residents, present, households ...)"
        " `by` a source or the sum over a vintage's areas. `ratio`: this rate over the one used.",
        ("indicator", "area", "period_start", "period_end", "basis", "by", "source"),
        {
            "indicator": TEXT,
            "area": TEXT,
            "period_start": DAY,
            "period_end": DAY,
            "basis": TEXT,
            "by": TEXT,
            "persons": NUMBER,
            "value": NUMBER,
            "low": NUMBER,
            "high": NUMBER,
            "ratio": NUMBER,
            "used": YES,
            "unit": TEXT,
            "grade": TEXT,
            "source": TEXT,
            "illustrative": YES,
        },
    ),
    Table(
        "series",
        "Months and weeks of the city's records. Months (rate, in `unit`): observed, trend with 95 % limits, and the"
        " next twelve (`state` forecast) where they can be told better than by last year's values. Weeks (events):"
        " what three years before let expect, and the most that chance explains (`state`: within, above,"
        " not_assessed).",
        ("indicator", "step", "period_start"),
        {
            "indicator": TEXT,
            "step": TEXT,
            "period_start": DAY,
            "period_end": DAY,
            "state": TEXT,
            "observed": NUMBER,
            "trend": NUMBER,
            "trend_low": NUMBER,
            "trend_high": NUMBER,
            "expected": NUMBER,
            "expected_low": NUMBER,
            "expected_high": NUMBER,
            "unit": TEXT,
            "grade": TEXT,
            "flags": TEXT,
            "illustrative": YES,
        },
    ),
    Table(
        "near_repeats",
        "Pairs of recorded events near in place and time beside chance (Knox test): `from` up to `to` metres and days;"
        " 95 % of random orders of the days lie between `chance_low` and `chance_high` pairs.",
        ("indicator", "metres_from", "metres_to", "days_from", "days_to"),
        {
            "indicator": TEXT,
            "metres_from": NUMBER,
            "metres_to": NUMBER,
            "days_from": NUMBER,
            "days_to": NUMBER,
            "period_start": DAY,
            "period_end": DAY,
            "events": WHOLE,
            "observed": WHOLE,
            "expected": NUMBER,
            "chance_low": NUMBER,
            "chance_high": NUMBER,
            "ratio": NUMBER,
            "p_value": NUMBER,
            "grade": TEXT,
            "flags": TEXT,
            "illustrative": YES,
        },
    ),
)
