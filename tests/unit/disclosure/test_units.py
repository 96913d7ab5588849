"""Persons behind counts: the vectorised number equals the plain one, and what is said of a rest is never too much."""

from collections import Counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.disclosure import distinct_victims, protected_units
from salus.disclosure.units import Units, fewer, of_rest, people_of
from salus.errors import BadInput
from salus.evidence.links import together

VICTIMS = st.integers(0, 9)
CELLS = st.lists(st.dictionaries(VICTIMS, st.integers(1, 9), max_size=8), min_size=1, max_size=5)
NAMES = st.dictionaries(VICTIMS, st.integers(0, 2))


def listed(cell: dict[int, int], homes: dict[int, int], acts: dict[int, int]) -> list[dict[str, int | None]]:
    """The events of victims with a home, an offender, or more than one event; the others stand for themselves."""
    return [
        {"unit": 100 + homes[v] if v in homes else v, "offender": acts.get(v), "n": n}
        for v, n in cell.items()
        if v in homes or v in acts or n > 1
    ]


@settings(max_examples=300)
@given(cells=CELLS, homes=NAMES, acts=NAMES, k=st.sampled_from([0.5, 0.6, 0.75, 0.9]))
def test_units_of_many_cells_equal_the_distinct_victims_of_each(cells, homes, acts, k):
    events = pl.Series([sum(cell.values()) for cell in cells], dtype=pl.Int64)
    kind = pl.List(pl.Struct({"unit": pl.UInt64, "offender": pl.UInt64, "n": pl.Int64}))
    linked = pl.Series([listed(cell, homes, acts) for cell in cells], dtype=kind)
    plain = [float(distinct_victims(cell, household=homes, offender=acts, k=k)) for cell in cells]
    assert protected_units(events, linked, k).to_list() == plain


RECORD = st.tuples(st.integers(0, 6), st.sampled_from([None, 0, 1, 2]), st.integers(0, 2))


@settings(max_examples=300)
@given(records=st.lists(RECORD, min_size=1, max_size=40))
def test_a_rest_never_has_fewer_persons_than_is_said_of_it(records):
    kind = pl.List(pl.Struct({"unit": pl.UInt64, "offender": pl.UInt64, "n": pl.Int64}))
    source = Counter((unit, act) for unit, act, _ in records)
    frame = pl.DataFrame(
        [{"unit": u, "offender": a, "n": n} for (u, a), n in source.items()],
        schema={"unit": pl.UInt64, "offender": pl.UInt64, "n": pl.Int64},
    )
    size = dict(zip(source, together(frame), strict=True))

    def of(cells: set[int]) -> tuple[float, Units]:
        inside = Counter((unit, act) for unit, act, cell in records if cell in cells)
        links = [{"unit": u, "offender": a, "n": n} for (u, a), n in inside.items()]
        count = sum(inside.values())
        units, most = people_of(pl.Series([count]), pl.Series([links], dtype=kind)).row(0)
        return count, Units(units, sum(n / size[key] for key, n in inside.items()), most)

    said = of_rest(of({0, 1, 2}), [of({0}), of({1})])
    count, true = of({2})
    assert said is not None
    assert said.number <= true.number + 1e-9
    assert said.apart == pytest.approx(min(true.apart, count))
    assert said.apart <= true.number + 1e-9


def test_a_part_ruled_by_one_offender_does_not_make_the_rest_look_like_many():
    # 13 of 17 events of the part are one offender's: 5 units. The whole has 18, because there he rules no longer.
    part, whole = (17.0, Units(5, 5, 13)), (23.0, Units(18, 6, 13))
    assert of_rest(whole, [part]) == Units(1.0, 1.0, 6.0)


def test_two_rows_on_one_count_are_taken_for_the_fewer_persons():
    assert fewer(Units(9, 4, 1), Units(7, 5, 3)) == Units(7, 4, 3)
    assert fewer(None, Units(7, 5)) == Units(7, 5)
    assert fewer(None, None) is None


def test_a_share_that_cannot_dominate_is_refused():
    with pytest.raises(BadInput, match="cannot dominate"):
        protected_units(pl.Series([1]), pl.Series([None]), k=0.3)
