"""The whole city rebuilt for each candidate: smoothed rates, limits drawn from all areas, everything made of them."""

import json

import numpy as np
import polars as pl
import pytest

import salus
from tests.attacks.rebuilding import AREAS, apart, city_with, days_of, misses, moved, rebuilt
from tests.unit.test_releasing import WHY

pytestmark = pytest.mark.slow  # each city is assessed five times


def robbed(seed: int) -> dict[str, int]:
    """Robberies in twelve areas; few in the first."""
    rng = np.random.default_rng(seed)
    return {area: int(rng.poisson(60)) for area in AREAS} | {AREAS[0]: int(rng.integers(1, 5))}


def counterweight(release: salus.Release) -> str:
    """The area that was hidden so that the small count does not follow from the city's."""
    rows = release.table("estimates").filter((pl.col("indicator") == "A16") & (pl.col("status") == "hidden"))
    return next(area for area in rows["area"].to_list() if area != AREAS[0])


def plain(release: salus.Release) -> str:
    """What a release says beside its tables: record, findings, plan; without names, times and digests.

    Grades are left out: a moved robbery may fall on the day of another, which makes two rows alike.
    """
    named = {"id", "at", "reason", "approved_by", "run", "run_hash", "inputs"}
    record = {name: value for name, value in release.record.items() if name not in named}
    findings = [{name: value for name, value in found.items() if name != "grade"} for found in release.findings]
    return json.dumps([record, findings, release.plan], sort_keys=True, default=str)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_who_rebuilds_the_city_for_each_candidate_finds_that_all_of_them_fit_the_release(seed, tmp_path):
    days = days_of(robbed(seed))
    city = city_with(tmp_path / "true", days)
    salus.run(city, draws=100)
    made = salus.release(city, **WHY)
    other = counterweight(made)
    for count in range(1, 5):
        run, shown = rebuilt(tmp_path / f"with {count}", moved(days, AREAS[0], other, count))
        assert misses(made.tables, shown.tables) == {}, f"{count} is told apart from {len(days[AREAS[0]])}"
        assert shown.log.equals(made.log)
        assert plain(shown) == plain(made)
        if count != len(days[AREAS[0]]):  # The check can fail: the run's own smoothed rates tell them apart.
            of_run = salus.open_result(city).frame("estimates")
            assert apart(of_run, run["estimates"], "estimates")["p1"] > 1000
