"""Local Moran's I and Gi* by conditional permutation: Salus beside esda and pygeoda (extra `bench`).

`kernel` is a second call in the same process (no compiling, nothing to import); `whole` is a process from
its start to the end of its first call. Each program builds the same weights in its own form. Never a test.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.side_by_side import RUNS, THREADS, apart, child, heading, installed, line

WORKLOADS = {
    "local Moran, 2,025 areas x 9,999": ("moran", 45, 9999, "equal"),
    "local Moran, 50,176 areas x 999": ("moran", 224, 999, "equal"),
    "Gi*, 2,025 areas x 9,999": ("gistar", 45, 9999, "equal"),
    "local Moran, weights by distance, 2,025 areas x 9,999": ("moran", 45, 9999, "unequal"),
    "local Moran, weights by distance, 50,176 areas x 999": ("moran", 224, 999, "unequal"),
}
PEERS = {"esda": ("esda", "libpysal", "numba"), "pygeoda": ("pygeoda",)}
_KEPT = 300  # areas whose p-values are compared


def main() -> None:
    """Prints one table a workload."""
    print(f"medians of {RUNS} processes, {THREADS} thread(s)")
    versions = {peer: installed(*packages) for peer, packages in PEERS.items()}
    for peer, version in versions.items():
        print(f"{peer}: {version or 'not installed here: pip install salus-cities[bench], Python 3.11'}")
    for title, (statistic, side, permutations, kind) in WORKLOADS.items():
        ours = apart("benchmarks.spatial", "salus", statistic, side, permutations, kind)
        heading(title)
        line("salus", ours, ours)
        for peer, version in versions.items():
            if not version or (peer, statistic) not in CALLS or (peer == "pygeoda" and kind == "unequal"):
                continue
            theirs = apart("benchmarks.spatial", peer, statistic, side, permutations, kind)
            line(peer, theirs, ours, _agreement(ours, theirs))


def _agreement(ours: dict[str, Any], theirs: dict[str, Any]) -> str:
    statistic = np.abs(np.subtract(ours["statistic"], theirs["statistic"])).max()
    p = np.abs(np.subtract(ours["p"], theirs["p"])).max()
    return f"statistic within {statistic:.0e}, one-sided p within {p:.3f} (first {_KEPT} areas)"


def grid(side: int, kind: str) -> "sparse.csr_array[np.float64, tuple[int, int]]":
    """Queen neighbours on a square grid; by distance (1 and 1/√2), or all equal; rows sum to 1."""
    place = np.arange(side * side).reshape(side, side)
    rows, columns, weights = [], [], []
    for down, right in [(0, 1), (1, 0), (1, 1), (1, -1)]:
        here = place[: side - down, max(0, -right) : side - max(0, right)].ravel()
        there = place[down:, max(0, right) : side + min(0, right)].ravel()
        rows += [here, there]
        columns += [there, here]
        weights += [np.full(2 * here.size, (down + abs(right)) ** -0.5 if kind == "unequal" else 1.0)]
    cells = (np.concatenate(rows), np.concatenate(columns))
    matrix = sparse.csr_array((np.concatenate(weights), cells), shape=(side * side,) * 2)
    return sparse.csr_array(sparse.diags_array(1 / matrix.sum(axis=1)) @ matrix)


def values(side: int) -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Skewed values with a gentle slope from one corner to the other."""
    rng = np.random.default_rng(7)
    slope = np.add.outer(np.arange(side), np.arange(side)).ravel() / side
    return np.asarray(rng.gamma(2.0, 1.0 + 0.2 * slope))


def _salus(statistic: str, side: int, permutations: int, kind: str) -> Callable[[], dict[str, Any]]:
    from salus.stats.autocorrelation import getis_ord, local_moran

    x, weights = values(side), grid(side, kind)

    def moran() -> dict[str, Any]:
        found = local_moran(x, weights, permutations, seed=1, convention="esda")
        return _kept(found.statistic, found.p_permutation_one_sided)

    def gistar() -> dict[str, Any]:
        found = getis_ord(x, sparse.csr_array(weights != 0, dtype=float), permutations=permutations, seed=1)
        return _kept(found.statistic, found.p_permutation_one_sided)

    return moran if statistic == "moran" else gistar


def _esda(statistic: str, side: int, permutations: int, kind: str) -> Callable[[], dict[str, Any]]:
    import esda
    from libpysal.weights import WSP, WSP2W

    w = WSP2W(WSP(sparse.csr_matrix(grid(side, kind))), silence_warnings=True)
    x, common = values(side), {"permutations": permutations, "keep_simulations": False, "n_jobs": int(THREADS)}

    def moran() -> dict[str, Any]:
        found = esda.Moran_Local(x, w, transformation="r", seed=1, **common)
        return _kept(found.Is, found.p_sim)

    def gistar() -> dict[str, Any]:
        found = esda.G_Local(x, w, transform="B", star=True, seed=1, **common)
        return _kept(found.Zs, found.p_sim)

    return moran if statistic == "moran" else gistar


def _pygeoda(_: str, side: int, permutations: int, kind: str) -> Callable[[], dict[str, Any]]:
    import pygeoda

    x, weights = values(side), grid(side, kind)
    lines = [f"0 {x.size} none id"]
    for area, (start, end) in enumerate(zip(weights.indptr, weights.indptr[1:], strict=False)):
        lines += [f"{area + 1} {end - start}", " ".join(str(j + 1) for j in weights.indices[start:end])]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "grid.gal"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        w = pygeoda.read_gal(str(path), [str(k + 1) for k in range(x.size)])

    def moran() -> dict[str, Any]:
        found = pygeoda.local_moran(w, x.tolist(), permutations=permutations, cpu_threads=int(THREADS), seed=1)
        return _kept(np.array(found.lisa_values()), np.array(found.lisa_pvalues()))

    return moran


def _kept(statistic: Any, p: Any) -> dict[str, Any]:
    return {"statistic": list(map(float, statistic[:_KEPT])), "p": list(map(float, p[:_KEPT]))}


CALLS = {
    ("salus", "moran"): _salus,
    ("salus", "gistar"): _salus,
    ("esda", "moran"): _esda,
    ("esda", "gistar"): _esda,
    ("pygeoda", "moran"): _pygeoda,
}


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        program, what, size, draws, kind_of_weights = sys.argv[2:]
        child(CALLS[program, what](what, int(size), int(draws), kind_of_weights))
    else:
        main()
