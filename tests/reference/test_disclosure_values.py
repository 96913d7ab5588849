"""Reference values L.* of the shared reference set, computed there by enumeration or in closed form."""

import numpy as np
import pytest

from salus.disclosure import audit, geometric_noise, laplace_scale, suppress

TOY = [[20, 50, 10], [8, 19, 22], [17, 32, 12]]


def test_secondary_suppression_of_the_toy_table_costs_49() -> None:
    released = suppress(TOY, primary=[(0, 2)], protection=8)
    assert released.cost == 49.0
    assert released.secondary == ((0, 0), (2, 0), (2, 2))
    assert released.exact


def test_the_attacker_of_the_toy_table_finds_0_to_22() -> None:
    assert audit(suppress(TOY, primary=[(0, 2)], protection=8))[0, 2] == (0.0, 22.0)


def test_the_toy_pattern_does_not_depend_on_reading_the_protection_as_4_or_8() -> None:
    assert suppress(TOY, primary=[(0, 2)], protection=4).secondary == ((0, 0), (2, 0), (2, 2))


def test_laplace_noise_has_the_reference_scale_bound_and_variance() -> None:
    scale = laplace_scale(1.0, 1.0)
    assert scale == pytest.approx(1.0, abs=1e-12)
    assert scale * np.log(20) == pytest.approx(2.995732273553991, abs=1e-12)
    assert 2 * scale**2 == pytest.approx(2.0, abs=1e-12)


def test_geometric_noise_has_the_variance_of_its_distribution() -> None:
    noise = geometric_noise(np.zeros(200_000, dtype=int), epsilon=1.0, seed=7)
    kept = np.exp(-1.0)
    assert noise.mean() == pytest.approx(0.0, abs=0.02)
    assert noise.var() == pytest.approx(2 * kept / (1 - kept) ** 2, rel=0.03)
