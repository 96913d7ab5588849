"""A preset on gated estimates: shown counts rounded or given noise, and every figure made from them again.

Runs after the gate and reads nothing but what the gate shows, so it can only tell less than the gate does.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.stats import beta, gamma

from salus.disclosure.cell_key import PerturbationTable, perturb, perturbation_table, record_keys
from salus.disclosure.presets import Preset
from salus.errors import BadInput
from salus.model.tables import row_key

FLAG: Final = "changed_for_disclosure"
LEFT_OUT: Final = (
    "changes", "clusters", "concentration", "denominators", "flows", "harm", "near_repeats", "options", "series",
)  # fmt: skip
_SCORES: Final = {"profile": ("score", "low", "high"), "nexus": ("pressure", "exposure", "low", "high")}
_SCORE_STEP: Final = 5
_N_COLUMNS: Final = ("nexus", "profile", "criteria")
_LOG: Final = {"table": pl.String(), "rule": pl.String(), "hidden": pl.Int64(), "share": pl.Float64()}


def apply_preset(
    estimates: pl.DataFrame,
    preset: Preset,
    *,
    public: frozenset[str] = frozenset(),
    secret: bytes | None = None,
    keys: Mapping[str, int] | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Gated estimates (with `status`) under a preset, and the log of it: table, rule, rows (`hidden`), share.

    The same count always gets the same rounded value. Sums over areas, periods and groups all hang
    together here and have no rounding that keeps every one, so shown parts need not add up. Value, low and high
    are made again from the changed count and the denominator alone: an exact interval, widened by
    half a base. A smoothed rate would give the count back. n follows; p1, p2, p3 are removed. The denominator of
    a share is a count and is changed too. Rows of `public` sources, hidden rows and
    rows without data stay; a zero stays a zero, without the smoothing that tells the rates of others.

    Noise needs the cell `keys` of the rows by `row_key` (sums of record keys), or a `secret` of 16 bytes or more from
    which each row's key is made: the same row always has the same noise. Raises `BadInput` where a
    figure with a count has no unit it can be made again from.

    >>> from salus.disclosure.presets import PRESETS
    >>> from salus.model.tables import TABLES
    >>> row = {"unit": "per 100,000 residents", "numerator": 13.0, "denominator": 10_000.0, "value": 120.0, "n": 13.0}
    >>> gated = TABLES["estimates"].frame([row]).with_columns(status=pl.lit("shown"))
    >>> shown, log = apply_preset(gated, PRESETS["standard"])
    >>> shown.select("numerator", "value").rows(), log["hidden"].to_list()
    ([(15.0, 150.0)], [1])
    """
    if "status" not in estimates.columns:
        raise BadInput("These estimates have not passed the gate", where="apply_preset", remedy="use release_tables")
    if not preset.changes:
        return estimates, pl.DataFrame(schema=_LOG)
    rows = estimates.to_dicts()
    chosen = [i for i, row in enumerate(rows) if row["status"] in {"shown", "zero"} and row["source"] not in public]
    noise = _noise([rows[i] for i in chosen], preset, secret, keys)
    changed = 0
    for i in chosen:
        after = _changed(rows[i], preset, noise)
        changed += any(after[name] != rows[i][name] for name in ("numerator", "denominator", "value", "n"))
        rows[i] = after
    log = [("estimates", f"figures changed by preset {preset.id}", changed, changed / max(len(rows), 1))]
    return pl.DataFrame(rows, schema=estimates.schema), pl.DataFrame(log, schema=_LOG, orient="row")


def preset_tables(tables: Mapping[str, pl.DataFrame], preset: Preset) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The other gated tables under a preset, and the log of it.

    Where the preset changes numbers, tables that hold exact counts or figures a count can be worked out from
    (`LEFT_OUT`) do not leave; n in profile, nexus and criteria is a multiple of the base (10 for noise and digits), at
    least one base, and the value of a criterion, a rate itself, is removed. Scores of areas, which are made of their
    rates, are rounded to steps of 5. `estimates` is for `apply_preset`.

    >>> from salus.disclosure.presets import PRESETS
    >>> from salus.model.tables import TABLES
    >>> kept, log = preset_tables({"series": TABLES["series"].frame()}, PRESETS["standard"])
    >>> kept, log["rule"].to_list()
    ({}, ['left out under preset standard'])
    """
    if not preset.changes:
        return dict(tables), pl.DataFrame(schema=_LOG)
    base = preset.round_to or 10
    kept: dict[str, pl.DataFrame] = {}
    log: list[tuple[str, str, int, float]] = []
    for name, frame in tables.items():
        if name in LEFT_OUT:
            log.append((name, f"left out under preset {preset.id}", frame.height, 1.0))
            continue
        kept[name] = frame
        if name in _N_COLUMNS:
            size = ((pl.col("n") / base + 0.5).floor() * base).clip(lower_bound=base)
            kept[name] = frame.with_columns(pl.when(pl.col("n") > 0).then(size).otherwise("n").alias("n"))
            log.append((name, "n rounded", frame.height, 1.0))
        steps = [(pl.col(c) / _SCORE_STEP).round() * _SCORE_STEP for c in _SCORES.get(name, ())]
        kept[name] = kept[name].with_columns(steps)
        if name == "sources":
            kept[name] = frame.with_columns(((pl.col("rows") / base).round() * base).cast(pl.Int64).alias("rows"))
        if name == "criteria":
            kept[name] = _without_values(kept[name])
    return kept, pl.DataFrame(log, schema=_LOG, orient="row")


def _without_values(criteria: pl.DataFrame) -> pl.DataFrame:
    """Criteria without their values, which `withheld` says where there is such a column."""
    gone = criteria.with_columns(pl.lit(None, dtype=pl.Float64).alias("value"))
    if "withheld" not in criteria.columns:
        return gone
    named = pl.concat_str(pl.col("withheld"), pl.lit("value"), separator=";").str.strip_chars(";")
    stated = pl.lit(criteria["value"].is_not_null())
    return gone.with_columns(pl.when(stated).then(named).otherwise("withheld").alias("withheld"))


def rounded_count(count: float, base: int) -> float:
    """The nearest multiple of the base, halves upwards; a count above 0 never becomes 0.

    >>> [rounded_count(count, 5) for count in (0, 1, 7, 8, 12.5)]
    [0.0, 5.0, 5.0, 10.0, 15.0]
    """
    if not base or count == 0:
        return float(count)
    return float(max(np.floor(count / base + 0.5) * base, base))


class _Noise:
    """Noise of a count by its key; a key is made of a text where none is given."""

    def __init__(self, table: PerturbationTable, secret: bytes | None, keys: Mapping[str, int] | None) -> None:
        self._table, self._secret, self._keys = table, secret, keys

    def on(self, count: float, name: str) -> float:
        whole = round(count)
        key = (self._keys or {}).get(name)
        if key is None:
            if self._secret is None:
                raise BadInput(
                    f"No key for {name}", where="apply_preset", remedy="give its cell key, or a secret to make one"
                )
            key = int(record_keys([name], self._secret)[0])
        return float(perturb([whole], [key], self._table)[0])


def _noise(
    rows: list[dict[str, Any]], preset: Preset, secret: bytes | None, keys: Mapping[str, int] | None
) -> _Noise | None:
    if not preset.noise:
        return None
    if secret is None and keys is None and rows:
        raise BadInput(
            "Noise needs a secret or cell keys", where="apply_preset", remedy="keep one in the folder private/"
        )
    return _Noise(perturbation_table(deviation=2, variance=1.0), secret, keys)


def _changed(row: dict[str, Any], preset: Preset, noise: _Noise | None) -> dict[str, Any]:
    if row["numerator"] is None:
        return _without_count(row, preset)
    name = row_key("estimates", row)
    share = "%" in str(row["unit"])
    count = _count(row["numerator"], preset, noise, name)
    whole = row["denominator"]
    if share and whole is not None:
        whole = max(_count(whole, preset, noise, f"{name}#of"), count)
    value, low, high = _figures(count, whole, str(row["unit"]), _room(preset, noise) if count else 0.0)
    n = count if row["n"] == row["numerator"] else _count(row["n"] or 0.0, preset, noise, f"{name}#n")
    if share and row["n"] == row["denominator"]:
        n = whole
    after = {
        "numerator": count,
        "denominator": whole,
        "n": n,
        "method": "from counts changed for disclosure, exact interval widened by the change",
        "flags": ";".join(dict.fromkeys([*filter(None, str(row["flags"] or "").split(";")), FLAG])),
        "family": "none",
        "factor": "",
        "loading": None,
    }
    figures = {"value": value, "low": low, "high": high}
    figures = {key: _digits(figure, preset.significant) for key, figure in figures.items()}
    return row | after | figures | dict.fromkeys(("p1", "p2", "p3"))


def _without_count(row: dict[str, Any], preset: Preset) -> dict[str, Any]:
    """A figure of answers or models: its n and denominator rounded, its parameters removed."""
    base = preset.round_to or 10
    counted = ("n", "denominator") if "%" in str(row["unit"]) else ("n",)
    size = {name: None if row[name] is None else rounded_count(row[name], base) for name in counted}
    figures = {name: _digits(row[name], preset.significant) for name in ("value", "low", "high")}
    return row | size | figures | dict.fromkeys(("p1", "p2", "p3", "loading")) | {"family": "none"}


def _count(count: float, preset: Preset, noise: _Noise | None, name: str) -> float:
    moved = noise.on(count, name) if noise else float(count)
    if preset.significant:
        moved = float(_digits(moved, preset.significant) or 0.0)
    return rounded_count(moved, preset.round_to)


def _room(preset: Preset, noise: _Noise | None) -> float:
    return preset.round_to / 2 + (2.0 if noise else 0.0)


def _figures(count: float, whole: float | None, unit: str, room: float) -> tuple[float | None, ...]:
    """Value and 95 % limits: Clopper-Pearson for a share, Garwood for a rate, of the count less and plus the room."""
    least, most = max(count - room, 0.0), count + room
    if not whole:
        return None, None, None
    if "%" in unit:
        most = min(most, whole)
        low = 0.0 if least == 0 else float(beta.ppf(0.025, least, whole - least + 1))
        high = 1.0 if most >= whole else float(beta.ppf(0.975, most + 1, whole - most))
        return 100 * count / whole, 100 * low, 100 * high
    found = re.search(r"per ([\d,]+)", unit)
    if found is None:
        raise BadInput(
            f"A figure in '{unit}' cannot be made again from its count",
            where="apply_preset",
            remedy="use a unit such as 'per 100,000 residents', or leave the indicator out",
        )
    scale = float(found[1].replace(",", "")) / whole
    low = 0.0 if least == 0 else float(gamma.ppf(0.025, least))
    return count * scale, low * scale, float(gamma.ppf(0.975, most + 1)) * scale


def _digits(value: float | None, digits: int) -> float | None:
    return value if value is None or not digits else float(f"{value:.{digits}g}")
