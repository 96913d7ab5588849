"""Every given reference value on places: autocorrelation, hot spots, false discoveries and near repeats."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from salus.stats.autocorrelation import benjamini_hochberg, geary, getis_ord, local_moran, moran
from salus.stats.near_repeat import knox

HERE = Path(__file__).parent
# Table 1 of Benjamini & Hochberg (1995).
PUBLISHED_P = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def given() -> list[dict[str, str]]:
    return rows_of(HERE / "given_spatial.csv")


def columbus() -> tuple[np.ndarray, np.ndarray]:
    """Crime in 49 neighbourhoods and which of them touch, as 0 and 1."""
    rows = rows_of(HERE / "data" / "columbus.csv")
    touch = np.zeros((len(rows), len(rows)))
    for area, row in enumerate(rows):
        touch[area, [int(number) - 1 for number in row["neighbours"].split()]] = 1
    return np.array([float(row["crime"]) for row in rows]), touch


def autocorrelation() -> dict[str, float]:
    crime, touch = columbus()
    share = touch / touch.sum(axis=1, keepdims=True)
    whole, differences = moran(crime, share, permutations=9999, seed=1), geary(crime, share)
    local, esda = local_moran(crime, share), local_moran(crime, share, 9999, seed=1, convention="esda")
    significant = esda.p_permutation_one_sided < 0.05
    return {
        "C.moran.columbus[I]": whole.statistic,
        "C.moran.columbus[E]": whole.expected,
        "C.moran.columbus[Var]": whole.variance,
        "C.moran.columbus[z]": whole.z,
        "C.moran.columbus[p]": whole.p_value,
        "C.geary.columbus[C]": differences.statistic,
        "C.geary.columbus[z]": differences.z,
        **{f"C.localmoran.columbus[Ii{k}]": local.statistic[k - 1] for k in (1, 2, 49)},
        **{f"C.localmoran.columbus[Z{k}]": local.z[k - 1] for k in (1, 49)},
        "C.esda.moran.columbus.psim[I]": whole.statistic,
        "C.esda.moran.columbus.psim[p_sim]": whole.p_permutation,
        **{f"C.esda.lisa.columbus[I{k}]": esda.statistic[k - 1] for k in (1, 49)},
        "C.esda.lisa.columbus[nsig05]": significant.sum(),
        "C.esda.lisa.columbus[HHsig]": (significant & (esda.quadrant == 1)).sum(),
    }


def hot_spots() -> dict[str, float]:
    crime, touch = columbus()
    found = getis_ord(crime, touch)
    return {
        **{f"C.Gistar.columbus[r{k}]": found.statistic[k - 1] for k in (1, 2, 49)},
        "C.Gistar.columbus[max]": found.statistic.max(),
        "C.Gistar.columbus.FDR": (benjamini_hochberg(found.p_value) < 0.05).sum(),
    }


def false_discoveries() -> dict[str, float]:
    adjusted = benjamini_hochberg(PUBLISHED_P)
    return {
        "C.bh1995[nrej]": (adjusted <= 0.05).sum(),
        "C.bh1995[q4]": adjusted[3],
        "C.bh1995[q5]": adjusted[4],
    }


def near_repeats() -> dict[str, float]:
    rows = rows_of(HERE / "data" / "chicago_arson.csv")
    x, y = (np.array([float(row[name]) for row in rows]) for name in ("x", "y"))
    days = np.array([row["date"] for row in rows], dtype="datetime64[D]").astype(int)
    found = knox(x, y, days, [0, 0.1, 100, 200, 300, 400], [0, 7, 14, 21], 999, seed=1, metric="manhattan")
    return {
        **{f"C.knox.arson.obs[row{k}.col1]": found.observed[k - 1, 0] for k in range(1, 6)},
        "C.knox.arson.ratio[[0,0.1)]": found.ratio[0, 0],
        "C.knox.arson.ratio[[0.1,100)]": found.ratio[1, 0],
    }


@pytest.fixture(scope="module")
def ours() -> dict[str, float]:
    return {**autocorrelation(), **hot_spots(), **false_discoveries(), **near_repeats()}


@pytest.mark.parametrize("row", given(), ids=lambda row: row["id"])
def test_our_value_agrees_with_the_reference(
    row: dict[str, str], ours: dict[str, float], agrees: Callable[[dict[str, str], float], bool]
) -> None:
    assert agrees(row, float(ours[row["id"]]))


def test_every_value_we_compute_has_a_reference(ours: dict[str, float]) -> None:
    assert set(ours) == {row["id"] for row in given()}
