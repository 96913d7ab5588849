"""Somebody who tries counts: puts each candidate into the library's own public functions and compares with a release.

Knows the formulas, the seed, populations, all shown counts, and which counts were hidden for being small.
Nothing of `salus.disclosure` is used here.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from salus.model.city import Evidence
from salus.model.framework import Flow, Pack, Selection, Theme
from salus.nexus import cross
from salus.priorities import prioritise
from salus.profiles import profile
from salus.stats.draws import DrawSource
from tests.unit import builders

STEPS = {
    "nexus": {"pressure": 1.0, "exposure": 1.0, "low": 1.0, "high": 1.0},
    "profile": {"score": 1.0, "low": 1.0, "high": 1.0},
    "criteria": {"score": 5.0, "low": 5.0, "high": 5.0, "value": 0.1},
    "priorities": {
        "rank_low": 0.0,
        "rank_high": 0.0,
        "expected_rank": 0.1,
        "first_rank_acceptability": 0.05,
        "top_k_share": 0.05,
    },
    "group_ranks": {"rank": 0.1},
    "information_value": {"value": 0.1},
}
"""What a stranger compares in each table, and how finely it may have been rounded."""
KEYS = {
    "nexus": ("flow", "area"), "profile": ("area", "theme", "dimension"), "criteria": ("problem", "criterion"),
    "priorities": ("problem",), "group_ranks": ("group", "problem"), "information_value": ("what",),
}  # fmt: skip
DRAWS = DrawSource(1, 400)


@dataclass(frozen=True)
class Town:
    """Areas with residents, a condition that differs between them, and neighbourhoods of two areas each."""

    people: dict[str, float]
    deprived: dict[str, float]

    def tables(self, counts: Mapping[str, float]) -> dict[str, pl.DataFrame]:
        """Estimates of offences by area, and what the library makes of them."""
        total = sum(counts.values())
        offences = [
            builders.rate(code, count, year=None, area=area, persons=self.people[area])
            for code in ("A16", "B02") for area, count in counts.items()
        ]  # fmt: skip
        offences += [
            builders.rate(code, total, year=None, persons=sum(self.people.values())) for code in ("A16", "B02")
        ]
        others = builders.rates("A20", [300.0, 310.0, 290.0, 280.0])
        shares = [builders.percent("X11", value, area=area) for area, value in self.deprived.items()]
        estimates, city = builders.estimates([*offences, *others, *shares]), _city()
        made = [
            cross(estimates, self.evidence(), _pack(), city, DRAWS),
            profile(estimates, self.evidence(), _pack(), city, DRAWS),
            prioritise(estimates, builders.judgements([]), self.evidence(), _pack(), city, DRAWS),
        ]
        tables = {name: frame for result in made for name, frame in result.tables.items()}
        return tables | {"estimates": estimates, "lineage": pl.concat(result.lineage for result in made)}

    def evidence(self) -> Evidence:
        """Areas and neighbourhoods, as published."""
        rows = [(area, f"n{i // 2}", 1.0) for i, area in enumerate(self.people)]
        links = pl.DataFrame(
            rows, schema={"area": pl.String, "shown_area": pl.String, "share": pl.Float64}, orient="row"
        )
        return dataclasses.replace(builders.evidence(self.people), crosswalk=links)

    @property
    def neighbourhoods(self) -> frozenset[str]:
        """Their names."""
        return frozenset(f"n{i // 2}" for i in range(len(self.people)))


def town(seed: int, areas: int = 12) -> Town:
    """Areas of 2,000 to 8,000 people."""
    rng = np.random.default_rng(seed)
    names = [f"a{i:02d}" for i in range(areas)]
    return Town(
        {name: float(rng.integers(2000, 8000)) for name in names},
        {name: float(rng.uniform(5, 60)) for name in names},
    )


def fitting(
    released: Mapping[str, pl.DataFrame], guesses: Mapping[int, Mapping[str, pl.DataFrame]], table: str
) -> set[int]:
    """Candidates whose recomputed figures all agree with what was released of one table."""
    return {count for count, made in guesses.items() if _agree(released.get(table), made[table], table)}


def _agree(told: pl.DataFrame | None, made: pl.DataFrame, table: str) -> bool:
    if told is None or not told.height:
        return True
    both = told.join(made, on=list(KEYS[table]), suffix="_tried", how="inner")
    for column, step in STEPS[table].items():
        told_now, tried = both[column], both[f"{column}_tried"]
        is_coarse = ((told_now / step).round() * step - told_now).abs() < 1e-5 if step else pl.Series([False])
        room = is_coarse.cast(pl.Float64) * step + 1e-5
        if ((told_now - tried).abs() > room).any():
            return False
    return True


def _city() -> object:
    plain = builders.city()
    return plain.model_copy(update={"scope": plain.scope.model_copy(update={"shown": "neighbourhoods"})})


def _pack() -> Pack:
    theme = Theme(id="crime-violence", name="Crime", questions=("q",), risk=("A16",), vulnerability=("X11",))
    found = Selection(iccs=("0601",))
    pressure = builders.indicator("B02", role="pressure", direction="ambiguous", enforcement_driven=True, select=found)
    return builders.pack(
        indicators=(
            builders.indicator("A16"), builders.indicator("A20"), pressure, builders.share("X11"),
            builders.reporting_indicator(),
        ),
        themes=(theme,),
        flows=(Flow(id="drugs", name="Drugs", pressure=("B02",), themes=("crime-violence",), pitfalls=()),),
        problems=(builders.problem("robbery", ["A16"]), builders.problem("burglary", ["A20"])),
    )  # fmt: skip
