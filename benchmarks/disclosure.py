"""The disclosure gate: hiding and auditing tables of 10,000 cells, and rounding them.

Goal: a table of 10,000 cells audited in less than 60 s. Peers: sdcTable and tau-argus are R and Java programs and do
not run here; the yardstick is a plain loop of scipy's `linprog`, two programs a hidden cell over the whole table.
Never a test.
"""

import resource
import time

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import vstack

from salus.disclosure import audit, round_table, suppress
from salus.disclosure.suppression import margins

SIDE = 100
LOOPED = 20


def table(seed: int = 1) -> np.ndarray:
    """Counts with a mean of 30 and one in twelve below 5."""
    return np.random.default_rng(seed).negative_binomial(1.3, 1.3 / 31.3, (SIDE, SIDE))


def plain(counts: np.ndarray, hidden: np.ndarray, cell: int) -> float:
    """Seconds for one hidden cell by two linear programs over the whole table."""
    rows, columns = counts.shape
    sums = margins(rows, columns)[: rows + columns, : rows * columns]
    right = np.concatenate([counts.sum(1), counts.sum(0)]).astype(float)
    known = ~hidden.ravel()
    at = np.where(known, counts.ravel(), 0.0)
    bounds = [(n, n) if shown else (0, None) for n, shown in zip(at, known, strict=True)]
    aim = np.zeros(rows * columns)
    aim[cell] = 1.0
    start = time.perf_counter()
    for sign in (1.0, -1.0):
        linprog(sign * aim, A_eq=vstack([sums]), b_eq=right, bounds=bounds, method="highs")
    return time.perf_counter() - start


def main() -> None:
    """Prints seconds and peak memory."""
    counts = table()
    small = int(((counts > 0) & (counts < 5)).sum())
    start = time.perf_counter()
    released = suppress(counts)
    hiding = time.perf_counter() - start
    start = time.perf_counter()
    found = audit(released)
    auditing = time.perf_counter() - start
    exact = sum(low == high for low, high in found.values())
    hidden = np.isnan(released.table)
    cells = np.flatnonzero(hidden.ravel())[:LOOPED]
    each = float(np.median([plain(counts, hidden, int(cell)) for cell in cells]))
    start = time.perf_counter()
    round_table(counts, base=5)
    rounding = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{counts.size:,} cells, {small} small, {len(found)} hidden, {exact} of them told exactly")
    print(f"  hiding    {hiding:8.2f} s")
    print(f"  auditing  {auditing:8.2f} s   plain linprog {each * len(found):8.1f} s (scaled from {LOOPED} cells)")
    print(f"  ratio     {each * len(found) / auditing:8.0f}")
    print(f"  rounding  {rounding:8.2f} s")
    print(f"  peak      {peak:8.0f} MB")


if __name__ == "__main__":
    main()
