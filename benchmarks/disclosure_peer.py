"""Runs tau-ARGUS (package pytauargus) on one table, in an environment of its own; called by `benchmarks.disclosure`.

Reads counts from standard input as JSON; prints seconds and which inner cells are hidden. It is a peer only: Salus
never imports it (it is EUPL).
"""

import contextlib
import io
import json
import sys
import tempfile
import time

import numpy as np
import pandas as pd
from pytauargus import protect


def main() -> None:
    """One table, one method: OPT (optimal) or MOD (modular)."""
    given = json.load(sys.stdin)
    counts = np.array(given["counts"])
    row, column = np.nonzero(counts > 0)
    cell = np.repeat(np.arange(row.size), counts[row, column])
    micro = pd.DataFrame({"R": [f"r{i:03d}" for i in row[cell]], "C": [f"c{i:03d}" for i in column[cell]], "V": 1.0})
    # The engine leaves a log where it runs.
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        start = time.perf_counter()
        found = protect(
            micro, ["R", "C"], response="V", safety_rules=given["rule"], suppress=given["method"], workdir=folder
        )
        seconds = time.perf_counter() - start
    table = found.tables[0].dataframe()
    inner = table[(table["R"] != "Total") & (table["C"] != "Total") & ~table["status"].isin(["S", "Z", "V"])]
    hidden = [[int(r[1:]), int(c[1:])] for r, c in zip(inner["R"], inner["C"], strict=True)]
    totals = table[((table["R"] == "Total") | (table["C"] == "Total")) & ~table["status"].isin(["S", "Z", "V"])]
    print(json.dumps({"seconds": seconds, "hidden": hidden, "hidden_totals": len(totals)}))


if __name__ == "__main__":
    main()
