"""What the choice of the gate tells: it hides the smallest figure that helps, which rules candidates out."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from salus.disclosure import Nesting, release_tables
from salus.model.tables import TABLES

SPAN = {"period_start": dt.date(2019, 1, 1), "period_end": dt.date(2022, 12, 31)}


BLUR = 1.5
"""By how much at most the gate moves what hiding a figure costs: everybody may know that, nobody the figures."""
SECRET = b"sixteen bytes or more, in private"


def statuses(counts: dict[str, float], secret: bytes = b"") -> dict[str, str]:
    """Which figures of a city and its areas are hidden."""
    rows = [
        {"indicator": "A16", "area": area, "group": "", "value": n, "numerator": n, "n": n, "grade": "C",
         "unit": "per 100,000", "source": "police", **SPAN}
        for area, n in (counts | {"city": sum(counts.values())}).items()
    ]  # fmt: skip
    frame = TABLES["estimates"].frame(rows)
    nesting = Nesting("city", {"district": frozenset(counts)})
    out = release_tables({"estimates": frame}, frozenset(), nesting=nesting, secret=secret).tables["estimates"]
    return dict(out.select("area", "status").iter_rows())


def fitting(seed: int, secret: bytes, blur: float) -> tuple[int, set[int]]:
    """A hidden count, and the candidates for which the figure beside it could have been the cheapest to hide."""
    rng = np.random.default_rng(seed)
    counts = {f"a{i}": float(rng.poisson(rng.choice([12, 25, 60])) + 5) for i in range(10)}
    counts |= {"a0": float(rng.integers(1, 5))}
    seen = statuses(counts, secret)
    (other,) = [area for area, status in seen.items() if status == "hidden" and area != "a0"]
    both = counts["a0"] + counts[other]
    least = min(n for area, n in counts.items() if seen[area] == "shown")
    return int(counts["a0"]), {count for count in range(1, 5) if both - count <= blur * least}


@pytest.mark.slow
def test_the_figure_hidden_beside_a_small_one_tells_none_of_three_hundred_counts():
    found = [fitting(seed, SECRET, BLUR) for seed in range(300)]
    assert all(truth in fits for truth, fits in found)
    assert [fits for _, fits in found if len(fits) == 1] == []


@pytest.mark.slow
def test_without_a_secret_the_smallest_figure_that_helps_tells_some_of_them():
    """The check can fail: so it was before the choice was blurred."""
    found = [fitting(seed, b"", 1.0) for seed in range(300)]
    assert all(truth in fits for truth, fits in found)
    assert any(len(fits) == 1 for _, fits in found)


def test_what_is_hidden_is_the_same_each_time_and_another_secret_may_choose_another():
    counts = {"a0": 3.0} | {f"a{i}": 20.0 + i for i in range(1, 9)}
    chosen = {secret: statuses(counts, secret) for secret in (b"secret of office %d" % i for i in range(8))}
    assert all(statuses(counts, secret) == seen for secret, seen in chosen.items())
    assert all(list(seen.values()).count("hidden") == 2 for seen in chosen.values())
    helpers = {next(a for a, s in seen.items() if s == "hidden" and a != "a0") for seen in chosen.values()}
    assert len(helpers) > 2


def test_a_figure_hidden_beside_a_small_one_does_not_depend_on_it_where_others_are_far_larger():
    counts = {"a0": 3.0, "a1": 12.0, "a2": 40.0, "a3": 90.0}
    both = [statuses(counts | {"a0": float(n), "a1": 15.0 - n}) for n in range(1, 5)]
    assert all(seen == both[0] for seen in both)
    assert pl.Series(list(both[0].values())).is_in(["hidden"]).sum() == 2
