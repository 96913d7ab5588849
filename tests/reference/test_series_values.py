"""Every given reference value on series: STL, breaks, interruptions, Holt-Winters, Farrington."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from salus.stats import series

HERE = Path(__file__).parent


def column(name: str, of: str) -> np.ndarray:
    with (HERE / "data" / f"{name}.csv").open(encoding="utf-8") as file:
        return np.array([float(row[of]) for row in csv.DictReader(file)])


def decomposed() -> dict[str, float]:
    parts = series.stl(column("nottem", "temperature"), 12)
    return {
        "D.stl.nottem[s1.seasonal]": parts.seasonal[0],
        "D.stl.nottem[t1.trend]": parts.trend[0],
        "D.stl.nottem[r1.remainder]": parts.remainder[0],
    }


def broken_and_interrupted() -> dict[str, float]:
    nile = series.breakpoints(column("nile", "volume"))
    law = column("seatbelts", "law")
    belts = series.interrupted_series(
        column("seatbelts", "drivers"), int(law.argmax()), column("seatbelts", "month"), errors="quasi"
    )
    assert nile.positions.size == 1
    return {
        "D.bp.Nile[bp]": nile.positions[0],
        "D.bp.Nile[BIC1]": nile.bic[1],
        "D.its.seatbelts[b.law]": belts.level,
        "D.its.seatbelts[se]": belts.se,
        "D.its.seatbelts[RR.law]": belts.rate_ratio,
    }


def smoothed() -> dict[str, float]:
    smooth = series.holt_winters(column("co2", "value"), 12)
    return {
        "D.hw.co2[SSE]": smooth.sse,
        "D.hw.co2[a]": smooth.alpha,
        "D.hw.co2[b]": smooth.beta,
        "D.hw.co2[g]": smooth.gamma,
    }


def expected() -> dict[str, float]:
    weeks = column("salmonella_agona", "week").astype(int)
    found = series.farrington_flexible(
        column("salmonella_agona", "cases"), weeks, range(260, 312), b=4, w=3, periods=1, threshold="delta"
    )
    name = "D.farr.agona.noufaily_off"
    return {
        f"{name}[n]": found.upper.size,
        f"{name}[u1]": found.upper[0],
        f"{name}[u2]": found.upper[1],
        f"{name}[u52]": found.upper[51],
        f"{name}[alarms]": found.alarm.sum(),
    }


def given() -> list[dict[str, str]]:
    with (HERE / "given_series.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def ours() -> dict[str, float]:
    return {
        name: float(number)
        for part in (decomposed, broken_and_interrupted, smoothed, expected)
        for name, number in part().items()
    }


@pytest.mark.parametrize("row", given(), ids=lambda row: row["id"])
def test_our_value_agrees_with_the_reference(
    row: dict[str, str], ours: dict[str, float], agrees: Callable[[dict[str, str], float], bool]
) -> None:
    assert agrees(row, float(ours[row["id"]]))


def test_every_value_we_compute_has_a_reference(ours: dict[str, float]) -> None:
    assert set(ours) == {row["id"] for row in given()}
