"""Near repeats: Salus beside scipy's cKDTree.query_pairs with numpy arrays, and pointpats (extra `bench`).

100,000 clustered events, 999 permutations. The scipy way keeps its pairs as 64-bit arrays and counts each
permutation by bincount; it is the usual way to write the test by hand. A full run of it takes minutes, so
it times fewer permutations and scales up (`of 999`); its set-up is not scaled. Never a test.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.side_by_side import RUNS, THREADS, apart, child, heading, installed, line

NEAR, SOON = [0, 100, 200, 300, 400], [0, 7, 14, 21]
PERMUTATIONS, TIMED = 999, 30
SPREADS = {"100,000 events, clusters of 300 m": (100_000, 300), "100,000 events, clusters of 150 m": (100_000, 150)}
# pointpats keeps lists of neighbours in space and in time: more events than these do not fit in memory.
SMALL = {"2,000 events, clusters of 300 m, one band": (2_000, 300)}


def main() -> None:
    """Prints one table a workload."""
    print(f"medians of {RUNS} processes, {THREADS} thread(s), {PERMUTATIONS} permutations")
    for title, (n, spread) in SPREADS.items():
        ours = apart("benchmarks.near_repeat", "salus", n, spread)
        theirs = apart("benchmarks.near_repeat", "scipy", n, spread)
        heading(f"{title}, {ours['pairs']:,} pairs within {NEAR[-1]} m")
        line("salus", ours, ours)
        line(f"cKDTree and numpy ({TIMED} of 999)", theirs, ours, _agreement(ours, theirs))
    version = installed("pointpats")
    print(f"\npointpats: {version or 'not installed here: pip install salus-cities[bench], Python 3.11'}")
    for title, (n, spread) in SMALL.items() if version else ():
        ours = apart("benchmarks.near_repeat", "salus-one-band", n, spread)
        theirs = apart("benchmarks.near_repeat", "pointpats", n, spread)
        heading(title)
        line("salus", ours, ours)
        line("pointpats", theirs, ours, _agreement(ours, theirs))


def _agreement(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    same = "same" if ours["observed"] == theirs["observed"] else "OTHER"
    if theirs.get("partial"):
        return f"{same} pairs"
    p = np.abs(np.subtract(ours["p"], theirs["p"])).max()
    return f"{same} pairs, p within {p:.3f}"


def events(n: int, spread: float) -> tuple[Any, Any, Any]:
    """Events around 500 centres in 30 by 30 km (fewer for few events), on the days of three years."""
    rng, centres = np.random.default_rng(5), max(10, n // 200)
    centre = rng.uniform(0, 30_000 * (centres / 500) ** 0.5, (centres, 2))
    place = centre[rng.integers(0, centres, n)] + rng.normal(0, spread, (n, 2))
    return place[:, 0], place[:, 1], rng.integers(0, 1095, n)


def _salus(n: int, spread: float) -> Callable[[], dict[str, Any]]:
    from salus.stats.close_pairs import close_pairs
    from salus.stats.near_repeat import knox

    x, y, days = events(n, spread)
    pairs = sum(b.first.size for b in close_pairs(x, y, np.array(NEAR, dtype=float), "euclidean"))

    def run() -> dict[str, Any]:
        found = knox(x, y, days, NEAR, SOON, PERMUTATIONS, seed=1)
        return {"observed": found.observed.tolist(), "p": found.p_value.tolist(), "pairs": pairs}

    return run


def _salus_one_band(n: int, spread: float) -> Callable[[], dict[str, Any]]:
    from salus.stats.near_repeat import knox

    x, y, days = events(n, spread)

    def run() -> dict[str, Any]:
        # pointpats includes both limits: days are whole, and no distance is exactly 400.
        found = knox(x, y, days, [0, 400], [0, 8], PERMUTATIONS, seed=1)
        return {"observed": found.observed.tolist(), "p": found.p_value.tolist()}

    return run


def _scipy(n: int, spread: float) -> Callable[[], dict[str, Any]]:
    from scipy.spatial import cKDTree

    x, y, days = events(n, spread)

    def run() -> dict[str, Any]:
        rng = np.random.default_rng(1)
        pairs = cKDTree(np.column_stack([x, y])).query_pairs(NEAR[-1], output_type="ndarray")
        i, j = pairs[:, 0].copy(), pairs[:, 1].copy()
        band = np.searchsorted(NEAR, np.hypot(x[i] - x[j], y[i] - y[j]), side="right") - 1
        shape = len(NEAR) - 1, len(SOON) - 1

        def count(when: Any) -> Any:
            gap = np.abs(when[i] - when[j])
            soon = gap < SOON[-1]
            cell = band[soon] * shape[1] + np.searchsorted(SOON, gap[soon], side="right") - 1
            return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)

        # Too few permutations for a p-value: only the time of one, and the pairs, are of use.
        observed, start, busy = count(days), time.perf_counter(), time.process_time()
        for _ in range(TIMED):
            count(rng.permutation(days))
        spent = {"wall": time.perf_counter() - start, "busy": time.process_time() - busy}
        return {"observed": observed.tolist(), "partial": True, "timed": spent, "share": TIMED / PERMUTATIONS}

    return run


def _pointpats(n: int, spread: float) -> Callable[[], dict[str, Any]]:
    import pointpats

    x, y, days = events(n, spread)

    def run() -> dict[str, Any]:
        found = pointpats.Knox(np.column_stack([x, y]), days[:, None], delta=400, tau=7, permutations=PERMUTATIONS)
        return {"observed": [[int(found.statistic_)]], "p": [[float(found.p_sim)]]}

    return run


PROGRAMS = {"salus": _salus, "salus-one-band": _salus_one_band, "scipy": _scipy, "pointpats": _pointpats}


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        program, size, width = sys.argv[2:]
        child(PROGRAMS[program](int(size), float(width)))
    else:
        main()
