import pytest

from salus.governance import Cell
from salus.governance.gaps import gap_row, gap_type, is_orphan, patterns


def cell(level: str = "local", **scores: float | bool) -> Cell:
    return Cell("audit", level, f"{level}-body", **scores)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("authority", "capacity", "expected"),
    [
        (3, 3, "ready"),
        (3, 2.9, "capacity_deficit"),
        (2.9, 3, "authority_deficit"),
        (0, 0, "double_deficit"),
        (None, 5, "not_assessed"),
        (5, None, "not_assessed"),
    ],
)
def test_type_follows_authority_and_capacity(authority: float, capacity: float, expected: str) -> None:
    assert gap_type(cell(authority=authority, capacity=capacity)) == expected


def test_gaps_are_fifths_of_the_scale_below_the_threshold() -> None:
    one = cell(authority=1.0, capacity=4.0, exercise=0.5)
    row = gap_row(one, [one], threshold=3, illustrative=False)
    assert (row["authority_gap"], row["capacity_gap"], row["exercise_gap"]) == (0.4, 0.0, 0.1)


def test_an_unknown_score_has_an_unknown_gap() -> None:
    one = cell(authority=5.0)
    row = gap_row(one, [one], threshold=3, illustrative=False)
    assert (row["authority_gap"], row["capacity_gap"], row["exercise_gap"]) == (0.0, None, None)


def test_two_strong_levels_overlap_only_when_both_are_known_not_to_coordinate() -> None:
    apart = [cell(authority=4, coordination=2), cell("national", authority=5, coordination=1)]
    assert patterns(apart[0], apart) == ["overlap"]
    joined = [apart[0], cell("national", authority=5, coordination=3)]
    assert patterns(joined[0], joined) == []
    unknown = [apart[0], cell("national", authority=5)]
    assert patterns(unknown[0], unknown) == []


def test_mandates_without_money_or_use_are_named() -> None:
    one = cell(authority=4, budget=1, exercise=1)
    assert patterns(one, [one]) == ["unfunded_mandate", "paper_mandate"]
    weak = cell(authority=3, budget=1, exercise=1)
    assert patterns(weak, [weak]) == []


def test_people_who_do_what_the_state_does_not_are_informal_provision() -> None:
    people = cell("community", exercise=3)
    assert patterns(people, [people, cell(authority=5, exercise=0)]) == ["informal_provision"]
    assert patterns(people, [people, cell(authority=5, exercise=2)]) == []
    assert patterns(people, [people, cell(authority=5)]) == []


def test_community_authority_does_not_save_a_function_from_being_an_orphan() -> None:
    assert is_orphan([cell(authority=2), cell("community", authority=5)])
    assert not is_orphan([cell(authority=2), cell("international", authority=3)])
