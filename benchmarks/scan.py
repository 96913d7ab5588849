"""Times Kulldorff's scan, 2,000 areas and 999 draws: `python -m benchmarks.scan`.

No peer runs beside it: SaTScan is a separate program, SpatialEpi needs R, and PySAL is none of our dependencies. So
the numbers say what to expect, not who is faster.
"""

import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np

from salus.stats.scan import kulldorff

AREAS, DRAWS, RUNS = 2_000, 999, 5
# Few events fit 16-bit counts, many need 32 bits.
MEANS = (10, 100)


def one(mean: int) -> dict[str, float]:
    """Seconds of one scan of a made-up city, and the peak memory of this process before and after, in MB."""
    rng = np.random.default_rng(1)
    x, y = rng.random((2, AREAS))
    expected = rng.gamma(2.0, mean / 2, AREAS)
    cases = rng.poisson(expected)
    before, start = _peak(), time.perf_counter()
    found = kulldorff(cases, expected, x, y, permutations=DRAWS, seed=1)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "before": before, "peak": _peak(), "events": float(cases.sum()), "p": found.p_value}


def _peak() -> float:
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Prints the median of fresh processes for each size."""
    print(f"Kulldorff's scan, {AREAS:,} areas, {DRAWS} draws, median of {RUNS} fresh processes; no peer runs here")
    for mean in MEANS:
        command = [sys.executable, "-m", "benchmarks.scan", str(mean)]
        runs = [
            json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(RUNS)
        ]
        middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        print(
            f"  {middle['events']:9,.0f} events  {middle['seconds']:6.2f} s  "
            f"peak {middle['peak']:4.0f} MB ({middle['before']:.0f} MB after imports)"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one(int(sys.argv[1]))))
    else:
        main()
