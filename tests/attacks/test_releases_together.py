"""Attacks 4 and 9: releases one after the other, year to date, revised records, and people who pool what they got."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from salus.disclosure import release_tables
from tests.attacks.attacker import read, work_out
from tests.attacks.test_one_release import THRESHOLD, planted, stands
from tests.attacks.world import World, world

pytestmark = pytest.mark.slow  # whole cities are assessed and released


def release(made: World, cells: list, earlier: list[pl.DataFrame], atoms: np.ndarray | None = None) -> pl.DataFrame:
    frame, nesting = made.estimates(cells, atoms), replace(made.nesting, pieces=made.pieces())
    return release_tables({"estimates": frame}, frozenset(), nesting=nesting, earlier=earlier).tables["estimates"]


def kept(made: World, out: pl.DataFrame) -> pl.DataFrame:
    """What the office keeps for itself: what was told, and what was hidden."""
    rows = out.to_dicts()
    for row in rows:
        if row["status"] == "hidden":
            row["numerator"] = made.truth((row["group"], row["area"], row["period_start"], row["period_end"]))
    return pl.DataFrame(rows, schema=out.schema)


def pooled(made: World, parts: list[list], *, remember: bool = True) -> list:
    out: list[pl.DataFrame] = []
    for cells in parts:
        out.append(release(made, cells, [kept(made, one) for one in out] if remember else []))
    told, hidden = read(*out)
    return work_out(made, told, hidden, of=planted(made, hidden), zeros_shown=False)


def by_length(made: World) -> list[list]:
    """Months and quarters first, then year to date as it grows, then the year."""
    short = [c for c in made.members if (c[3] - c[2]).days < 100]
    dates = sorted({c[3] for c in made.members if (c[3] - c[2]).days >= 100})
    return [short, *[[c for c in made.members if c[3] == d and (c[3] - c[2]).days >= 100] for d in dates]]


def test_months_quarters_and_year_to_date_one_after_the_other_recover_no_planted_count():
    found = [
        f
        for seed in range(3)
        for f in pooled(world(seed, 1.5, 9, to_date=True), by_length(world(seed, 1.5, 9, to_date=True)))
    ]
    assert len(found) > 30
    stands(found)


def test_two_people_with_different_tables_pool_them_and_recover_no_planted_count():
    found = []
    for seed in range(4):
        made = world(seed, 0.7, 12)
        kinds = made.nesting.geographies
        parts = [
            [c for c in made.members if c[0] != "" and (c[1] == "city" or c[1] in kinds["district"])],
            [c for c in made.members if c[0] == "" and c[1] not in kinds["zone"]],
            [c for c in made.members if c[1] in kinds["zone"]],
        ]
        found += pooled(made, parts)
    assert len(found) > 60
    stands(found)


def test_crossing_geographies_in_three_releases_recover_no_planted_count():
    found = []
    for seed in range(6):
        made = world(seed, 0.7, 12, crossing=True)
        kinds = made.nesting.geographies
        parts = [
            [c for c in made.members if c[1] == "city" or c[1] in kinds["district"]],
            [c for c in made.members if c[1] in kinds["zone"]],
            [c for c in made.members if c[1] in kinds["beat"]],
        ]
        found += pooled(made, parts)
    assert len(found) > 100
    stands(found, narrowest=THRESHOLD - 2)


def branches(made: World) -> dict[str, list]:
    """What each role may see: an officer of a district its areas, one of a class that class, the mayor the city."""
    inside = {f"d{i}": {f"d{i}", f"z{i}0", f"z{i}1"} for i in range(3)}
    seen = {district: [c for c in made.members if c[1] in areas] for district, areas in inside.items()}
    seen |= {group: [c for c in made.members if c[0] == group] for group in ("iccs:04", "iccs:05")}
    return seen | {"mayor": [c for c in made.members if c[1] == "city"]}


def pooled_roles(made: World) -> list:
    """Each role is given a release of its branch, one after the other, then reads its part of a draft; all pool it all.

    The draft is one for the whole city: it passed the gate against all releases, and no role gets one of its own.
    """
    seen = branches(made)
    out: list[pl.DataFrame] = []
    for role in ("d0", "iccs:04", "mayor"):
        out.append(release(made, seen[role], [kept(made, one) for one in out]))
    draft = release(made, list(made.members), [kept(made, one) for one in out])
    parts = [draft.filter(pl.col("area").is_in([cell[1] for cell in cells])) for cells in seen.values()]
    return attacked_together(made, [*out, *parts])


def attacked_together(made: World, frames: list[pl.DataFrame]) -> list:
    told, hidden = read(*frames)
    return work_out(made, told, hidden, of=planted(made, hidden), zeros_shown=False)


def test_roles_with_different_branches_pool_releases_and_drafts_and_recover_no_planted_count():
    found = [f for seed in range(3) for f in pooled_roles(world(seed, 0.7, 12))]
    assert len(found) > 40
    stands(found)


def test_drafts_gated_apart_for_each_branch_would_give_counts_away_when_pooled():
    """Why a run has one draft and no role gets one of its own: what is hidden in one is shown in another."""
    cities = (world(seed, 1.5, 9) for seed in range(6))
    apart = (
        attacked_together(made, [release(made, cells, []) for cells in branches(made).values()]) for made in cities
    )
    assert any(f.least == f.most for found in apart for f in found)


def test_without_a_ledger_the_same_two_people_would_succeed():
    """The check can fail: with nothing remembered, pooling gives planted counts away."""
    cities = (world(seed, 1.5, 9, to_date=True) for seed in (1, 2, 0))
    assert any(f.least == f.most for made in cities for f in pooled(made, by_length(made), remember=False))


def test_late_records_are_never_counted_by_comparing_two_releases():
    compared = 0
    for seed in range(2):
        made = world(seed, 2.0, 9)
        rng = np.random.default_rng(seed)
        late = made.atoms + (rng.random(made.atoms.shape) < 0.02)
        cells = list(made.members)
        first = release(made, cells, [])
        second = release(made, cells, [first], late)
        told, again = read(first)[0], {}
        for row in second.filter(pl.col("numerator").is_not_null()).to_dicts():
            again[row["group"], row["area"], row["period_start"], row["period_end"]] = row["numerator"]
        both = told.keys() & again.keys()
        compared += len(both)
        differences = {again[c] - told[c] for c in both}
        assert not {d for d in differences if 0 < abs(d) < THRESHOLD}
        # Nor by adding up: what is new in a sum is its parts' news, of which none may be a few records.
        for cell in both:
            if again[cell] == told[cell]:
                continue
            assert abs(again[cell] - told[cell]) >= THRESHOLD
    assert compared > 200
