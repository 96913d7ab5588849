"""Runs the hand-worked cases of a pack: an expert's arithmetic against the estimators."""

import importlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from salus.errors import BrokenPack
from salus.framework.load import load_pack, pack_chain, pack_folder
from salus.framework.source import read_yaml
from salus.model.framework import Indicator

_DEFAULT_TOLERANCE = 1e-6


@dataclass(frozen=True)
class CaseResult:
    """One case: whether it holds, and what was expected and found for each field."""

    file: str
    line: int
    name: str
    passed: bool
    expected: dict[str, Any]
    found: dict[str, Any]


Evaluate = Callable[[dict[str, Any]], dict[str, Any]]


def run_cases(
    name_or_path: str | Path = "usg-core", others: Mapping[str, Evaluate] | None = None
) -> tuple[CaseResult, ...]:
    """The result of every case under the pack's `tests/`.

    A pack that extends another must hold the other's cases too.

    `others`: how to work out a case that is not about an indicator, by the key its input stands under. A case
    that nobody can work out is an error: it must not pass unseen.
    """
    folder = pack_folder(name_or_path)
    indicators = {i.id: i for i in load_pack(folder).indicators}
    return tuple(case for part in pack_chain(folder) for case in _results(part, indicators, others or {}))


def _results(folder: Path, indicators: dict[str, Indicator], others: Mapping[str, Evaluate]) -> Iterator[CaseResult]:
    for path in sorted((folder / "tests").glob("*.yaml")):
        shown = path.relative_to(folder).as_posix()
        content = read_yaml(path, shown)
        if content.findings:
            raise BrokenPack(str(content.findings[0]), where=shown, remedy="correct the file")
        for entry in content.entries:
            case = entry.data
            found = _worked_out(case, indicators, others, where=f"{shown}:{entry.line}")
            tolerance = float(case.get("tolerance", _DEFAULT_TOLERANCE))
            agrees = all(_close(found.get(key), value, tolerance) for key, value in case["expect"].items())
            yield CaseResult(shown, entry.line, case["name"], agrees, case["expect"], found)


def _worked_out(
    case: dict[str, Any], indicators: dict[str, Indicator], others: Mapping[str, Evaluate], *, where: str
) -> dict[str, Any]:
    subject = next((key for key in others if key in case), None)
    if subject is not None:
        return others[subject](case[subject])
    if case.get("indicator") not in indicators:
        raise BrokenPack(
            f"Case '{case.get('name')}' is about '{case.get('indicator')}', which is no indicator of the pack",
            where=where,
            remedy="correct the id",
        )
    return evaluate(indicators[case["indicator"]], case["input"])


def _close(found: object, expected: object, tolerance: float) -> bool:
    if expected is None:
        return found is None or (isinstance(found, float) and math.isnan(found))
    if not isinstance(found, (int, float)):
        return found == expected
    return math.isclose(float(found), float(str(expected)), rel_tol=tolerance, abs_tol=tolerance * 1e-3)


def evaluate(indicator: Indicator, given: dict[str, Any]) -> dict[str, Any]:
    """An indicator's value and limits from a case's input, by the estimator the indicator names."""
    module, _, name = indicator.estimator.rpartition(".")
    estimator = getattr(importlib.import_module(module), name)
    return _ARGUMENTS[indicator.measure](indicator, estimator, given)


def _interval(result: Any, scale: float) -> dict[str, Any]:
    return {key: float(getattr(result, key)) * scale for key in ("value", "low", "high")}


def _recorded_rate(indicator: Indicator, estimator: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    exposure = given["population"] * given.get("years", 1) / indicator.per
    return _interval(estimator(given["events"], exposure), 1.0)


def _recorded_share(indicator: Indicator, estimator: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    return _interval(estimator(given["part"], given["whole"]), indicator.per)


def _concentration(indicator: Indicator, estimator: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    return {"value": float(estimator(given["counts"])) * indicator.per}


def _published(_: Indicator, estimator: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    return _interval(estimator(**given), 1.0)


def _rating(_: Indicator, estimator: Callable[..., Any], given: dict[str, Any]) -> dict[str, Any]:
    return {"value": float(estimator(given["scores"]))}


_ARGUMENTS: dict[str, Callable[[Indicator, Callable[..., Any], dict[str, Any]], dict[str, Any]]] = {
    "recorded_rate": _recorded_rate,
    "recorded_share": _recorded_share,
    "concentration": _concentration,
    "published": _published,
    "rating": _rating,
}
