"""The disclosure gate: hiding and auditing tables of 10,000 cells, and rounding them; tau-ARGUS beside it.

    python -m benchmarks.disclosure --peers-python /path/to/python

Goal: a table of 10,000 cells audited in less than 60 s. Peers: tau-ARGUS (package pytauargus, with pandas, in an
environment of its own), attacked with the same programmes; and a plain loop of scipy's `linprog`, two programs a hidden
cell over the whole table. sdcTable is an R package that Debian does not carry; it was not run. Never a test.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import vstack

from salus.disclosure import Suppressed, audit, round_table, suppress
from salus.disclosure.suppression import margins

SIDE = 100
LOOPED = 20
SHAPES = ((10, 8), (20, 12), (30, 20), (SIDE, SIDE))
PEER = Path(__file__).with_name("disclosure_peer.py")
METHODS = {"optimal": "OPT(1)", "modular": "MOD(1)"}
RULE = "FREQ(5,100)"
WIDTH = 5


def table(shape: tuple[int, int] = (SIDE, SIDE), seed: int = 1) -> np.ndarray:
    """Counts with a mean of 30 and one in twelve below 5."""
    return np.random.default_rng(seed).negative_binomial(1.3, 1.3 / 31.3, shape)


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


def beside(python: str) -> None:
    """Each table hidden by Salus and by tau-ARGUS: what it costs, and what an attacker is left with."""
    print("table     small   by                  seconds  further cells  events in them  intervals below 5")
    for shape in SHAPES:
        counts = table(shape)
        start = time.perf_counter()
        own = suppress(counts)
        row(counts, "Salus", time.perf_counter() - start, own)
        for name, method in METHODS.items():
            asked = json.dumps({"counts": counts.tolist(), "rule": RULE, "method": method})
            done = subprocess.run([python, str(PEER)], input=asked, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"  tau-ARGUS did not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:100]}")
                return
            found = json.loads(done.stdout)
            row(counts, f"tau-ARGUS {name}", found["seconds"], as_hidden(own, counts, found["hidden"]))


def as_hidden(like: Suppressed, counts: np.ndarray, cells: list[list[int]]) -> Suppressed:
    """The table with these inner cells hidden and every total shown, for the same audit."""
    shown = counts.astype(float)
    shown[tuple(np.array(cells).T)] = np.nan
    return Suppressed(**vars(like) | {
        "table": shown, "row_totals": counts.sum(1).astype(float), "column_totals": counts.sum(0).astype(float),
        "total": float(counts.sum()),
    })  # fmt: skip


def row(counts: np.ndarray, by: str, seconds: float, made: Suppressed) -> None:
    """One line: further cells that hold events, and small counts whose interval is narrower than the threshold."""
    small = (counts > 0) & (counts < WIDTH)
    further = np.isnan(made.table) & ~small & (counts > 0)
    ends = audit(made)
    narrow = sum(ends[cell][1] - ends[cell][0] < WIDTH for cell in map(tuple, np.argwhere(small).tolist()))
    shape = "x".join(str(side) for side in counts.shape)
    cost = f"{further.sum():>13}  {counts[further].sum():>14}"
    print(f"{shape:<9} {small.sum():>5}   {by:<18} {seconds:>8.2f}  {cost}  {narrow}")


def main() -> None:
    """Prints seconds and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers-python", default=sys.executable, help="Python of an environment that has the peer.")
    given = parser.parse_args()
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
    beside(given.peers_python)


if __name__ == "__main__":
    main()
