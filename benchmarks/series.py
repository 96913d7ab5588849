"""Times expected ranges and STL beside statsmodels: `python -m benchmarks.series`, with the extra `bench`.

Kernel time is that of the calls alone; whole-process time includes start and imports. statsmodels fits
one series at a time, so it gets a part of them and its time is scaled up; the output says so.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from salus.stats.series import farrington_flexible, stl
from salus.stats.series.references import integer_years, reference_weeks

SERIES, PART, WEEKS, YEARS, RUNS = 10_000, 100, 312, 5, 5
STL_SERIES, STL_MONTHS = 1_000, 240
ALPHA, RESIDUAL = 0.05, 2.58

Array = NDArray[Any]


def counts() -> Array:
    """The same made-up weekly counts in every run: overdispersed, with a season, 10 a week in the mean."""
    season = 1 + 0.3 * np.sin(2 * np.pi * np.arange(WEEKS) / 52)
    return np.random.default_rng(1).negative_binomial(10 * season, 0.5, (SERIES, WEEKS))


def months() -> Array:
    """Made-up monthly series with a season and a trend."""
    time_ = np.arange(STL_MONTHS)
    noise = np.random.default_rng(2).normal(0, 5, (STL_SERIES, STL_MONTHS))
    return 100 + 0.1 * time_ + 20 * np.sin(np.pi * time_ / 6) + noise


def ours(table: Array) -> Array:
    """The threshold of the last week of every series, all at once."""
    return farrington_flexible(table, range(WEEKS), [WEEKS - 1], b=YEARS).upper[:, 0]


def theirs(table: Array) -> Array:
    """The same thresholds with statsmodels GLM, one series after the other."""
    now = WEEKS - 1
    reference = reference_weeks(integer_years(now, YEARS), 3, 10, 26)
    seasons = np.unique(reference.season)
    design = np.column_stack([-reference.lag / 52.0, *(reference.season == s for s in seasons)]).astype(float)
    return np.array([_one_by_glm(row[now - reference.lag].astype(float), design) for row in table])


def _one_by_glm(past: Array, design: Array) -> float:
    fit, noise = _twice(past, design)
    error = np.sqrt(noise * fit.normalized_cov_params[0, 0])
    significant = 2 * stats.t.sf(abs(fit.params[0] / error), fit.df_resid) < 0.05
    column = 1
    if not (significant and np.exp(fit.params[1]) <= past.max()):
        fit, noise = _twice(past, design[:, 1:])
        column = 0
    mean, phi = np.exp(fit.params[column]), max(fit.pearson_chi2 / fit.df_resid, 1.0)
    tau = phi + noise * fit.normalized_cov_params[column, column] * mean
    return float(mean * (1 + 2 / 3 * stats.norm.ppf(1 - ALPHA) * np.sqrt(tau / mean)) ** 1.5)


def _twice(past: Array, design: Array) -> tuple[Any, float]:
    import statsmodels.api as sm

    family = sm.families.Poisson()
    fit = sm.GLM(past, design, family=family).fit()
    hat = fit.mu * np.einsum("np,pq,nq->n", design, fit.normalized_cov_params, design)
    phi = max(fit.pearson_chi2 / fit.df_resid, 1.0)
    raw = 1.5 * (past ** (2 / 3) * fit.mu ** (-1 / 6) - np.sqrt(fit.mu))
    residual = raw / np.sqrt(phi * (1 - hat))
    prior = np.where(residual > RESIDUAL, np.maximum(residual, RESIDUAL) ** -2.0, 1.0)
    prior *= past.size / prior.sum()
    fit = sm.GLM(past, design, family=family, var_weights=prior).fit()
    return fit, float((prior * ((past - fit.mu) / fit.mu) ** 2).sum() / fit.df_resid)


def stl_theirs(table: Array) -> None:
    """STL of statsmodels with the windows, degrees and jumps that R has for period 12 and seasonal 7."""
    from statsmodels.tsa.seasonal import STL

    windows = {"seasonal": 7, "trend": 23, "low_pass": 13, "seasonal_deg": 0}
    jumps = {"seasonal_jump": 1, "trend_jump": 3, "low_pass_jump": 2}
    for row in table:
        STL(row, 12, **windows, **jumps).fit(inner_iter=2, outer_iter=0)


def _median(call: Callable[[], object], runs: int = RUNS) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def _process(name: str) -> float:
    command = [sys.executable, "-m", "benchmarks.series", name]
    return _median(lambda: subprocess.run(command, check=True), 3)


TASKS: dict[str, Callable[[], object]] = {
    "ours": lambda: ours(counts()),
    "theirs": lambda: theirs(counts()[:PART]),
    "stl-ours": lambda: stl(months(), 12, 7),
    "stl-theirs": lambda: stl_theirs(months()),
}


def main() -> None:
    """Prints medians of kernel and whole-process time, and their ratios."""
    table, scale = counts(), SERIES / PART
    theirs(table[:2])
    apart = np.abs(ours(table[:PART]) / theirs(table[:PART]) - 1).max()
    kernel, loop = _median(lambda: ours(table)), _median(lambda: theirs(table[:PART]), 3)
    print(f"expected range of 1 week, {SERIES:,} series of {WEEKS} weeks, {YEARS} past years, 10 seasons")
    print(f"  thresholds differ by at most {apart:.1e} (on {PART} series)")
    print(f"  kernel         salus {kernel:8.2f} s   statsmodels {loop * scale:8.1f} s (scaled from {PART} series)")
    print(f"  ratio          {loop * scale / kernel:.0f}")
    whole, part = _process("ours"), _process("theirs")
    scaled = part - loop + loop * scale
    print(f"  whole process  salus {whole:8.2f} s   statsmodels {scaled:8.1f} s (start as measured, loop scaled)")
    print(f"  ratio          {scaled / whole:.0f}")
    rows = months()
    stl_theirs(rows[:2])
    print(f"STL, {STL_SERIES:,} series of {STL_MONTHS} months")
    one, one_theirs = _median(lambda: stl(rows[0], 12, 7), 50), _median(lambda: stl_theirs(rows[:1]), 50)
    print(f"  one series     salus {one * 1e3:8.2f} ms  statsmodels {one_theirs * 1e3:8.2f} ms")
    every, every_theirs = _median(lambda: stl(rows, 12, 7)), _median(lambda: stl_theirs(rows))
    print(f"  all, kernel    salus {every:8.2f} s   statsmodels {every_theirs:8.2f} s")
    print(f"  ratio          {every_theirs / every:.1f}")
    whole, whole_theirs = _process("stl-ours"), _process("stl-theirs")
    print(f"  whole process  salus {whole:8.2f} s   statsmodels {whole_theirs:8.2f} s")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        TASKS[sys.argv[1]]()
    else:
        main()
