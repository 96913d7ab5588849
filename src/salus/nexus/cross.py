"""The stage: pressure of a flow × vulnerability × what protection leaves open, by area, on draws."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import polars as pl

from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Flow, Indicator, Pack
from salus.model.grades import Grade
from salus.model.tables import TABLES, key_column, lineage, row_key
from salus.nexus.ground import Ground, Scored, ground_of, relative
from salus.nexus.recorded import events_of, presence, recorded
from salus.nexus.roles import check_roles
from salus.stats.area_scores import pooled_over
from salus.stats.draws import Array, DrawSource

STATUS: Final = "hypothesis"
PROTECTION_UNKNOWN: Final[Grade] = "E"
"""Pressure is activity of authorities, D at best; with protection unknown it falls by one more step."""
_LIMITS = (0.025, 0.5, 0.975)
_FULL = 100.0

Pair = tuple[str, str, str, str]


@dataclass(frozen=True)
class Crossing:
    """One flow over a set of areas: scores (areas × draws, NaN where unknown) and recorded files by area."""

    areas: list[str]
    pressure: Array
    vulnerability: Array
    exposure: Array
    events: Array


@dataclass
class Ledger:
    """The rows of both tables and their lineage as they are made."""

    nexus: list[dict[str, Any]] = field(default_factory=list)
    flows: list[dict[str, Any]] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)

    def enter(self, table: str, row: dict[str, Any], below: str, keys: list[str]) -> None:
        """Adds a row of `nexus` or `flows` that rests on these keys of the table `below`."""
        (self.nexus if table == "nexus" else self.flows).append(row)
        own = row_key(table, row)
        self.pairs += [(table, own, below, key) for key in keys if key]


def cross(estimates: pl.DataFrame, evidence: Evidence, pack: Pack, city: City, draws: DrawSource) -> StageResult:
    """Tables `nexus` and `flows`. Exposure is 0-100, higher is worse, with 95 % limits.

    A flow with fewer recorded files than the pack asks for, or without evidence by area, is stated for
    the city only, without a figure. Nothing measures protection by area yet: it is anything from 0 to
    100, its column is null, and the grade falls to E. Areas where nobody lives have a row with grade
    `none`. Status is `hypothesis`: no test of interaction is made here.
    """
    check_roles(pack)
    ground = ground_of(estimates, evidence, city, draws)
    ledger, scores = Ledger(), _Scores(ground, {i.id: i for i in pack.indicators})
    for flow in pack.flows:
        rows = recorded(estimates, flow, city)
        keys = rows.select(key_column("estimates")).to_series().to_list()
        seen, events = presence(flow, rows, city), events_of(rows)
        if seen is not None:
            ledger.enter("flows", seen, "estimates", keys)
        enough = events is not None and events >= pack.flow_events
        if not (enough and _by_area(ledger, flow, pack, scores)):
            ledger.enter("nexus", _city_only(flow, city, events), "estimates", keys)
    tables = {"nexus": TABLES["nexus"].frame(ledger.nexus), "flows": TABLES["flows"].frame(ledger.flows)}
    return StageResult(tables, lineage(ledger.pairs))


@dataclass
class _Scores:
    """Relative scores by indicator, made once each: several flows meet the same vulnerability."""

    ground: Ground
    indicators: dict[str, Indicator]
    made: dict[str, Scored | None] = field(default_factory=dict)

    def of(self, names: list[str]) -> list[Scored]:
        for name in names:
            if name not in self.made:
                self.made[name] = relative(self.ground, self.indicators[name])
        return [found for name in names if (found := self.made[name]) is not None]


def _city_only(flow: Flow, city: City, events: float | None) -> dict[str, Any]:
    grade = "none" if events is None else PROTECTION_UNKNOWN
    return {"flow": flow.id, "area": city.scope.area, "grade": grade, "status": STATUS, "n": events} | {
        "illustrative": False
    }


def _by_area(ledger: Ledger, flow: Flow, pack: Pack, scores: _Scores) -> bool:
    """Enters a flow's rows by area; False where pressure or vulnerability has no evidence by area."""
    ground = scores.ground
    pressure, conditions = scores.of(list(flow.pressure)), scores.of(_conditions(flow, pack))
    if not pressure or not conditions:
        return False
    modelled = _crossed(flow, ground, pressure, conditions)
    used = [*pressure, *conditions]
    for i, row in enumerate(_rows(flow, modelled)):
        ledger.enter("nexus", row, "estimates", [s.keys[i] for s in used] if _stated(row) else [])
    own = [row_key("nexus", {"flow": flow.id, "area": a, "illustrative": False}) for a in ground.areas]
    known = np.isfinite(modelled.exposure[:, 0])
    for k, row in enumerate(_rows(flow, _pooled(flow, ground, modelled))):
        parts = np.flatnonzero((ground.links[k] > 0) & known)
        ledger.enter("nexus", row, "nexus", [own[i] for i in parts])
    return True


def _conditions(flow: Flow, pack: Pack) -> list[str]:
    """Conditions of the flow's themes whose direction is known: what makes an area vulnerable to it."""
    named = {name for theme in pack.themes if theme.id in flow.themes for name in theme.vulnerability}
    return [
        i.id
        for i in pack.indicators
        if i.id in named
        and i.role == "condition"
        and i.direction in {"higher_is_worse", "higher_is_better"}
        and not i.enforcement_driven
    ]


def _crossed(flow: Flow, ground: Ground, pressure: list[Scored], conditions: list[Scored]) -> Crossing:
    p, v = _mean(pressure), _mean(conditions)
    exposure = p * v / _FULL * _unprotected(flow, ground.areas, ground)
    return Crossing(ground.areas, p, v, exposure, np.sum([s.events for s in pressure], axis=0))


def _unprotected(flow: Flow, areas: list[str], ground: Ground) -> Array:
    """What protection leaves open, 0-1, on draws: anything, since nothing measures it by area."""
    draws = [1.0 - ground.draws.uniform(f"protection|{flow.id}|{area}") for area in areas]
    return np.reshape(draws, (len(areas), ground.draws.n))


def _mean(scored: list[Scored]) -> Array:
    """Mean of the indicators that an area has, of equal weight; NaN where it has none."""
    stack = np.array([s.scores for s in scored])
    count = np.isfinite(stack).sum(axis=0)
    return np.where(count > 0, np.nansum(stack, axis=0) / np.maximum(count, 1), np.nan)


def _pooled(flow: Flow, ground: Ground, modelled: Crossing) -> Crossing:
    """The same for shown areas, weighted by residents; protection is one unknown of the shown area.

    Independent unknowns of its parts would cancel out, as if somebody had measured them.
    """
    known = np.isfinite(modelled.exposure[:, 0])
    weights = ground.links[:, known]
    p, v = modelled.pressure[known], modelled.vulnerability[known]
    meeting = pooled_over(p * v / _FULL, weights)
    exposure = meeting * _unprotected(flow, ground.shown, ground)
    per_head = ground.links / np.where(ground.people > 0, ground.people, np.inf)
    events = np.floor(per_head @ modelled.events + 1e-9)
    return Crossing(ground.shown, pooled_over(p, weights), pooled_over(v, weights), exposure, events)


def _stated(row: dict[str, Any]) -> bool:
    return row["exposure"] is not None


def _rows(flow: Flow, crossing: Crossing) -> list[dict[str, Any]]:
    known = np.isfinite(crossing.exposure[:, 0])
    low, middle, high = _quantiles(crossing.exposure, known)
    pressure, vulnerability = (_quantiles(x, known)[1] for x in (crossing.pressure, crossing.vulnerability))
    figures = {"pressure": pressure, "vulnerability": vulnerability, "exposure": middle, "low": low}
    figures |= {"high": high, "n": crossing.events}
    return [
        {"flow": flow.id, "area": area, "protection": None, "status": STATUS, "illustrative": False}
        | {"grade": PROTECTION_UNKNOWN if known[i] else "none"}
        | {name: float(values[i]) if known[i] else None for name, values in figures.items()}
        for i, area in enumerate(crossing.areas)
    ]


def _quantiles(draws: Array, known: Array) -> Array:
    out = np.full((len(_LIMITS), len(draws)), np.nan)
    if known.any():
        out[:, known] = np.quantile(draws[known], _LIMITS, axis=1)
    return out
