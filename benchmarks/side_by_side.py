"""Runs one workload of one program in a process of its own, and prints programs beside each other.

A child prints one line of JSON: its first and second call in seconds and whatever is to be compared. With
one thread for all, unless THREADS in the environment says otherwise.
"""

import importlib.metadata
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

RUNS = int(os.environ.get("RUNS", "3"))
THREADS = os.environ.get("THREADS", "1")
_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def installed(*packages: str) -> str:
    """The versions of the packages, or an empty string if one is missing."""
    if not all(importlib.util.find_spec(package) for package in packages):
        return ""
    return ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)


def child(call: Callable[[], dict[str, Any]]) -> None:
    """Calls twice and prints both times, processor time and peak memory; the second call is the kernel.

    A call that timed a part of its work only says so in `timed` and in `share`, and is scaled up.
    """
    start = time.perf_counter()
    call()
    first = time.perf_counter() - start
    start, busy = time.perf_counter(), time.process_time()
    found = call()
    second, busy = time.perf_counter() - start, time.process_time() - busy
    timed, more = found.pop("timed", {"wall": 0.0, "busy": 0.0}), 1 / found.pop("share", 1.0) - 1
    # What two calls were made longer by: the parent, who saw neither, adds it to the whole.
    added = 2 * more * timed["wall"]
    first, second, busy = first + more * timed["wall"], second + more * timed["wall"], busy + more * timed["busy"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"first": first, "kernel": second, "cpu": busy, "peak": peak, "added": added, **found}))


def apart(module: str, *arguments: object) -> dict[str, Any]:
    """Medians over several processes; `whole` is start of the process to the end of the first call."""
    results = []
    for _ in range(RUNS):
        start = time.perf_counter()
        command = [sys.executable, "-m", module, "child", *map(str, arguments)]
        environment = {**os.environ, **dict.fromkeys(_LIMITS, THREADS)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        result = json.loads(done.stdout.splitlines()[-1])
        result["whole"] = time.perf_counter() - start - result["kernel"] + result["added"]
        results.append(result)
    times = ("first", "kernel", "cpu", "peak", "whole")
    return {**results[0], **{name: statistics.median(each[name] for each in results) for name in times}}


def heading(title: str) -> None:
    """The title of a table and its column heads."""
    print(f"\n{title}")
    print(f"{'':<34}{'kernel s':>10}{'(cpu)':>9}{'ratio':>8}{'whole s':>10}{'ratio':>8}{'peak MB':>9}")


def line(name: str, result: dict[str, Any], ours: dict[str, Any], note: str = "") -> None:
    """One program: its times, how often they hold ours, and what its results say beside ours."""
    kernel, whole = result["kernel"] / ours["kernel"], result["whole"] / ours["whole"]
    print(
        f"{name:<34}{result['kernel']:>10.3f}{result['cpu']:>9.3f}{kernel:>8.1f}"
        f"{result['whole']:>10.2f}{whole:>8.1f}{result['peak']:>9.0f}  {note}"
    )
