"""Times the whole chain on the shipped city: seconds by stage (median of runs) and peak memory.

There is no peer that does the whole chain; single steps get peers with the issues that deepen them.
"""

import resource
import statistics
import tempfile
import time
from pathlib import Path

import salus

RUNS = 3


def main() -> None:
    """Prints one line a stage."""
    stages: dict[str, list[float]] = {}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            made = salus.demo(out=Path(folder))
            whole = time.perf_counter() - start
            timings = made.run.record["timings"]
            for stage, seconds in timings.items():
                stages.setdefault(stage, []).append(seconds)
            stages.setdefault("gate and report", []).append(whole - sum(timings.values()))
            stages.setdefault("whole demo", []).append(whole)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for stage, seconds in stages.items():
        print(
            f"{stage:<16} median {statistics.median(seconds):6.2f} s  (min {min(seconds):.2f}, max {max(seconds):.2f})"
        )
    print(f"peak memory      {peak:,} MB over {RUNS} runs in one process")


if __name__ == "__main__":
    main()
