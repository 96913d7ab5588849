"""Runs all hand-worked cases of a pack: those of indicators, and those of governance."""

from pathlib import Path
from typing import Any

from salus.framework import CaseResult, load_pack
from salus.framework import run_cases as run_with
from salus.governance import Cell, capacity_of, gap_row


def run_cases(name_or_path: str | Path = "usg-core") -> tuple[CaseResult, ...]:
    """The result of every case under the pack's `tests/`.

    >>> all(case.passed for case in run_cases())
    True
    """
    threshold = load_pack(name_or_path).gap_threshold

    def governance(given: dict[str, Any]) -> dict[str, Any]:
        scores: dict[str, Any] = dict(given)
        if "scores" in scores:
            scores["capacity"] = capacity_of(scores.pop("scores"))
        cell = Cell("case", "local", "case", **scores)
        return gap_row(cell, [cell], threshold=threshold, illustrative=False)

    return run_with(name_or_path, others={"governance": governance})
