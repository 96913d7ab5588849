"""How a value of ours is held against one of a reference implementation, for all families alike."""

import math
from collections.abc import Callable

import pytest

Agrees = Callable[[dict[str, str], float], bool]


def within(row: dict[str, str], found: float) -> bool:
    """Whether a value lies within the tolerance that its row states: `exact`, `1e-6 rel` or `0.01 abs`."""
    wanted = float(row["value"])
    if row["tolerance"] == "exact":
        return found == wanted
    size, kind = row["tolerance"].split()
    if kind == "abs":
        return math.isclose(found, wanted, rel_tol=0.0, abs_tol=float(size))
    assert kind == "rel", f"unknown tolerance '{row['tolerance']}'"
    return math.isclose(found, wanted, rel_tol=float(size))


@pytest.fixture(scope="session")
def agrees() -> Agrees:
    return within
