"""From CSV to a located, classified, deduplicated table of counts by month, area and offence, beside peers.

    python -m benchmarks.incidents --rows 1000000 5000000 --peers-python /path/to/python

Each variant runs in a process of its own, on the same files. Peers run in another environment (pandas, geopandas,
polars, shapely; duckdb with a spatial extension of its version), because none of them is a dependency. CPU time is that
of the whole process, imports and index included; `cold` is what of it passes before the first row is read. All variants
must give the same table; the sha256 of each is compared.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.chicago_like import make_areas, make_rows

VARIANTS = Path(__file__).with_name("incident_variants.py")
OWN = "salus"
PEERS = ("polars", "duckdb", "pandas")


def measure(python: str, variant: str, rows: Path, areas: Path) -> dict[str, Any] | None:
    """One run in a fresh process: what it says of itself, or None where it cannot run here."""
    command = [python, "-W", "ignore", str(VARIANTS), variant, str(rows), str(areas)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{variant:<8} did not run: {(done.stderr.strip().splitlines() or ['no reason given'])[-1][:150]}")
        return None
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Prints one line a variant and size, then the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--areas", type=int, default=2000)
    parser.add_argument("--peers-python", default=sys.executable, help="Python of an environment that has the peers.")
    parser.add_argument("--variants", nargs="+", default=[OWN, *PEERS])
    parser.add_argument("--folder", type=Path, help="Where the files are made and kept; else a temporary folder.")
    given = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {platform.system()}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        areas = folder / f"areas-{given.areas}.geojson"
        if not areas.exists():
            make_areas(areas, areas=given.areas)
        for size in given.rows:
            file = folder / f"rows-{size}.csv"
            if not file.exists():
                make_rows(file, size)
            compare(given, size, file, areas)


def compare(given: argparse.Namespace, size: int, file: Path, areas: Path) -> None:
    """All variants on one file, in turn, so that a noisy minute does not fall on one of them alone."""
    found: dict[str, list[dict[str, Any]]] = {}
    for _ in range(given.runs):
        for variant in given.variants:
            python = sys.executable if variant == OWN else given.peers_python
            one = measure(python, variant, file, areas)
            if one is not None:
                found.setdefault(variant, []).append(one)
    print(f"{size:,} rows, {file.stat().st_size / 1e6:,.0f} MB, {given.areas:,} areas; median of {given.runs} runs")
    for variant, runs in found.items():
        middle = {key: statistics.median(run[key] for run in runs) for key in ("cpu", "wall", "cold", "peak_mb")}
        print(
            f"  {variant:<8} CPU {middle['cpu']:7.2f} s  wall {middle['wall']:7.2f} s  cold {middle['cold']:5.2f} s  "
            f"peak {middle['peak_mb']:6.0f} MB  rows in table {runs[0]['groups']:,}, sum {runs[0]['sum']:,}"
        )
    tables = {run["sha256"] for runs in found.values() for run in runs}
    print(f"  the same table from all: {'yes' if len(tables) == 1 else 'NO'}")
    own = statistics.median(run["cpu"] for run in found[OWN]) if OWN in found else None
    for peer in (name for name in found if name != OWN and own):
        ratio = statistics.median(run["cpu"] for run in found[peer]) / (own or 1)
        print(f"  {peer} / {OWN}, CPU: {ratio:.2f}")


if __name__ == "__main__":
    main()
