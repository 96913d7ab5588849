"""Every given reference value on kernel density, Ripley's K, prediction indices and Kulldorff's scan."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from salus.stats.kernel import (
    kernel_density,
    prediction_accuracy_index,
    prediction_efficiency_index,
    ripley_k,
)
from salus.stats.scan import kulldorff

HERE = Path(__file__).parent


def column(name: str, of: str) -> np.ndarray:
    with (HERE / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return np.array([float(row[of]) for row in csv.DictReader(file)])


def scanned() -> dict[str, float]:
    found = kulldorff(*(column("penn_lung", of) for of in ("cases", "expected", "x", "y", "population")), seed=1)
    return {
        "C.scan.pennLC[LLR]": found.log_likelihood_ratio,
        "C.scan.pennLC[n]": found.members.size,
        "C.scan.pennLC[cases]": found.cases,
        "C.scan.pennLC[expected]": found.expected,
        "C.scan.pennLC[SMR]": found.relative_risk,
        "C.scan.pennLC.p": found.p_value,
    }


def smoothed() -> dict[str, float]:
    x, y = column("redwood", "x"), column("redwood", "y")
    density = kernel_density(x, y, np.column_stack([x, y]), 0.1)
    # Many trees are 0.1 apart but for the last bit of their coordinates, so this row also checks that
    # distances are measured as the reference measures them.
    k = ripley_k(x, y, [0, -1, 1, 0], [0.1, 0.2])
    return {
        "C.kde.redwood[p1]": density[0],
        "C.kde.redwood[p2]": density[1],
        "C.kde.redwood[mean]": density.mean(),
        "C.Kest.redwood[r.10]": k[0],
        "C.Kest.redwood[r.20]": k[1],
    }


def predicted() -> dict[str, float]:
    return {
        "C.pai[PAI]": prediction_accuracy_index(25, 100, 2, 40),
        "C.pai[PEI]": prediction_efficiency_index(25, 40),
    }


def given() -> list[dict[str, str]]:
    with (HERE / "given_kernel_scan.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ours() -> dict[str, float]:
    return {name: float(number) for part in (scanned, smoothed, predicted) for name, number in part().items()}


@pytest.mark.parametrize("row", given(), ids=lambda row: row["id"])
def test_our_value_agrees_with_the_reference(
    row: dict[str, str], ours: dict[str, float], agrees: Callable[[dict[str, str], float], bool]
) -> None:
    assert agrees(row, float(ours[row["id"]]))


def test_every_value_we_compute_has_a_reference(ours: dict[str, float]) -> None:
    assert set(ours) == {row["id"] for row in given()}
