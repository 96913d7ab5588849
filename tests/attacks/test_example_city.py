"""The release of the example city, and a second one with late records, attacked by a stranger who reads folders."""

import gzip
import random
from pathlib import Path

import pytest
import yaml

import salus
from salus.framework import load_pack
from salus.workspace import example_city, sha256_of
from tests.attacks.attacker import Found, guess_within_one
from tests.attacks.outsider import Folder, Placed, Row, Told, area_sums, city_sums, pieces_of, place
from tests.unit.test_releasing import WHY

pytestmark = pytest.mark.slow  # the example city is assessed and released twice, and attacked
THRESHOLD = 5
CITY = "iztapalapa"
UNPLACED = 166.0
"""Rows without an area, as the release's own table `quality` says."""
BY_AREA = ("A02", "A16", "X27", "X28")


def add_late_records(city: Path) -> None:
    """Twenty-five files that came in after the first release, each like one that was there."""
    file = next(city.glob("evidence/fgj/*/fgj_2022.csv.gz"))
    lines = gzip.decompress(file.read_bytes()).decode().splitlines()
    late = random.Random(1).sample(lines[1:], 25)
    file.write_bytes(gzip.compress(("\n".join([*lines, *late]) + "\n").encode(), mtime=0))
    origin = file.parent / "origin.yaml"
    said = yaml.safe_load(origin.read_text())
    said["files"][file.name] = sha256_of(file)
    origin.write_text(yaml.safe_dump(said, allow_unicode=True, sort_keys=False))


def counts_of(run: salus.Run) -> dict[Row, float]:
    """The truth, which only the office has."""
    rows = run.frame("estimates").drop_nulls("numerator").iter_rows(named=True)
    return {
        (r["indicator"], r["group"] or "", r["area"], r["period_start"], r["period_end"], r["source"]): r["numerator"]
        for r in rows
    }


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Release folders, first to last, with the counts of their runs."""
    city = example_city(CITY, tmp_path_factory.mktemp("example") / CITY)
    made = []
    for late in (False, True):
        if late:
            add_late_records(city)
        run = salus.run(city)
        made.append((Folder(salus.release(city, **WHY).path), counts_of(salus.open_result(run.path))))
    return made


def attacked(folders: list[Folder], truth: dict[Row, float]) -> list[Found]:
    """Every hidden small count of the city's rows, and by area of some indicators, as the stranger places it."""
    told = Told()
    for folder in folders:
        told.read(folder)
    small = {row for row in told.hidden if 0 < truth.get(row, 0) < THRESHOLD}
    pieces, found = pieces_of(folders[-1].polygons), []
    systems = [city_sums(told, CITY, load_pack("usg-core"))]
    systems += [area_sums(told, CITY, indicator, pieces, UNPLACED) for indicator in BY_AREA]
    for sums, targets in systems:
        ends, wrong = place(sums, {row: goal for row, goal in targets.items() if row in small}, 1.0)
        assert wrong == [], "the stranger's sums contradict each other"
        found += [as_found(end, truth) for end in ends]
    return found


def as_found(end: Placed, truth: dict[Row, float]) -> Found:
    return Found((end.row[1], end.row[2], end.row[3], end.row[4]), truth[end.row], end.least, end.most)


def told_exactly(found: list[Found]) -> set[tuple[str, int]]:
    return {(one.cell[0], one.cell[2].year) for one in found if one.least == one.most}


def test_a_stranger_recovers_no_small_count_of_the_example_city(released):
    (folder, truth), _ = released
    found = attacked([folder], truth)
    assert len(found) >= 500
    assert told_exactly(found) == set()
    before, after = guess_within_one(found, THRESHOLD)
    assert after <= before + 0.05, f"{after:.3f} beside {before:.3f} without the attack"


def test_two_releases_with_late_records_between_them_tell_no_more(released):
    (first, before), (second, after) = released
    changed = {row for row, n in after.items() if before.get(row, n) != n}
    assert len(changed) > 100
    told: list[dict[Row, float]] = []
    for folder in (first, second):
        own = Told()
        own.read(folder)
        told.append(own.counts)
    moved = [told[1][row] - told[0][row] for row in changed & told[0].keys() & told[1].keys()]
    assert [n for n in moved if 0 < abs(n) < THRESHOLD] == []
    both = Told()
    for folder in (first, second):
        both.read(folder)
    both.hidden |= {row for row in changed if row in both.counts}  # of these a stranger of both has no one number
    both.counts = {row: n for row, n in both.counts.items() if row not in changed}
    sums, targets = city_sums(both, CITY, load_pack("usg-core"))
    small = {row: goal for row, goal in targets.items() if row not in changed and 0 < after[row] < THRESHOLD}
    ends, wrong = place(sums, small, 1.0, singly=2)
    assert wrong == []
    assert len(ends) > 100
    assert told_exactly([as_found(end, after) for end in ends]) == set()
