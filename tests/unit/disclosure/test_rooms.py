"""The room that one relation leaves to a cell, for all cells at once, is that of looking at each alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from salus.disclosure.additive import Additive, Attacker
from salus.disclosure.hiding import rooms
from salus.disclosure.protect import _room


@given(st.integers(0, 10_000))
@settings(max_examples=150, deadline=None)
def test_all_rooms_at_once_are_the_rooms_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, count = int(rng.integers(2, 9)), int(rng.integers(1, 5))
    signs = rng.choice([-1.0, 0.0, 1.0], size=(count, size))
    values = rng.integers(0, 30, size).astype(float)
    system = Additive(values, csr_array(signs), signs @ values)
    most = np.where(rng.random(size) < 0.3, np.inf, values + rng.integers(0, 10, size))
    attacker = Attacker(np.zeros(size), most, np.arange(size), np.full(size, 3.0))
    hidden = rng.random(size) < 0.6
    for relation, cell, room in zip(*rooms(system, attacker, hidden), strict=True):
        assert room == _room(system, attacker, int(relation), cell=int(cell), hidden=hidden)
