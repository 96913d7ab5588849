from typing import Any

import polars as pl
import pytest

from salus.errors import BadInput
from salus.governance import assess
from salus.model.tables import TABLES, row_key
from tests.unit.builders import pack, rated, ratings

TASK = "community-policing"


def gaps(rows: list[dict[str, Any]], *, illustrative: bool = False) -> pl.DataFrame:
    table = assess(ratings(rows), pack()).tables["gaps"]
    return table.filter(pl.col("illustrative") == illustrative, pl.col("function") == TASK)


def test_capacity_is_the_weakest_link_aware_mean_of_the_medians() -> None:
    rows = rated(TASK, "local", "city-hall", people=4, budget=1, data=3, procedure=3, coordination=3,
                 leadership=4, rater="r1")  # fmt: skip
    rows += rated(TASK, "local", "city-hall", people=3, budget=1, data=3, procedure=3, coordination=3,
                  leadership=4, rater="r2")  # fmt: skip
    rows += rated(TASK, "local", "city-hall", authority=4)
    row = gaps(rows).row(0, named=True)
    mean = (3.5 + 1 + 3 + 3 + 3 + 4) / 6
    assert row["capacity"] == pytest.approx(0.7 * mean + 0.3)
    assert (row["capacity_mean"], row["capacity_min"]) == (pytest.approx(mean), 1.0)
    assert row["agreement"] == pytest.approx(0.8)
    assert (row["type"], row["raters"], row["grade"]) == ("capacity_deficit", 3, "C")


def test_raters_who_differ_by_more_than_one_withhold_the_cell() -> None:
    rows = rated(TASK, "local", "city-hall", capacity=3, authority=4, rater="r1")
    for score, expected in ((4, "ready"), (4.5, "withheld")):
        other = rated(TASK, "local", "city-hall", budget=score, rater="r2")
        assert gaps(rows + other)["type"].to_list() == [expected]
    withheld = gaps(rows + rated(TASK, "local", "city-hall", budget=5, rater="r2")).row(0, named=True)
    assert (withheld["authority"], withheld["capacity"], withheld["capacity_gap"]) == (None, None, None)
    assert withheld["agreement"] == pytest.approx(0.6)


def test_five_of_six_sub_scores_leave_capacity_unknown() -> None:
    five = {"people": 3, "budget": 3, "data": 3, "procedure": 3, "leadership": 3}
    rows = rated(TASK, "local", "city-hall", authority=4, **five)
    assert gaps(rows)["capacity"].to_list() == [None]


@pytest.mark.parametrize(("verification", "grade"), [("seen", "B"), ("recalled", "C"), ("proposed", "D")])
def test_authority_is_graded_by_how_the_law_was_verified(verification: str, grade: str) -> None:
    rows = rated(TASK, "local", "city-hall", authority=4, verification=verification)
    row = gaps(rows).row(0, named=True)
    assert (row["grade"], row["verification"], row["legal_basis"]) == (grade, verification, "Law 1")
    assert row["agreement"] is None


def test_capacity_from_one_rater_is_graded_d_and_from_two_c() -> None:
    rows = rated(TASK, "local", "city-hall", authority=4) + rated(TASK, "local", "city-hall", capacity=3, rater="r1")
    assert gaps(rows)["grade"].to_list() == ["D"]
    rows += rated(TASK, "local", "city-hall", capacity=3, rater="r2")
    assert gaps(rows)["grade"].to_list() == ["C"]


def test_invented_capacity_is_seen_only_in_the_illustrative_view_with_grade_e() -> None:
    rows = rated(TASK, "local", "city-hall", authority=4)
    rows += rated(TASK, "local", "city-hall", capacity=3, illustrative=True, rater="r1")
    real, shown = gaps(rows).row(0, named=True), gaps(rows, illustrative=True).row(0, named=True)
    assert (real["type"], real["capacity"], real["grade"]) == ("not_assessed", None, "B")
    assert (shown["type"], shown["capacity"], shown["grade"]) == ("ready", 3.0, "E")


def test_without_invented_answers_there_is_one_view() -> None:
    result = assess(ratings(rated(TASK, "local", "city-hall", authority=4)), pack())
    assert not result.tables["gaps"]["illustrative"].any()
    assert result.tables["leads"].height == 2 * 6


def test_a_function_nobody_rated_keeps_a_row_that_says_so() -> None:
    table = assess(ratings(rated(TASK, "local", "city-hall", authority=4)), pack()).tables["gaps"]
    row = table.row(by_predicate=pl.col("function") == "firearms-control", named=True)
    assert (row["level"], row["institution"], row["type"], row["grade"]) == ("", "", "not_assessed", "none")
    assert row["authority"] is None


def test_every_lead_walks_back_to_the_rated_rows() -> None:
    rows = rated(TASK, "local", "city-hall", authority=4, exercise=2)
    lineage = assess(ratings(rows), pack()).lineage
    place = {"function": TASK, "level": "local", "institution": "city-hall", "illustrative": False}
    lead_key = row_key("leads", {"function": TASK, "min_capacity": 3, "illustrative": False})
    lead = lineage.filter(pl.col("key") == lead_key)
    assert lead["from_key"].to_list() == [row_key("gaps", place)]
    gap = lineage.filter(pl.col("key") == lead["from_key"].item())
    assert gap.select("from_table", "from_key").rows() == [
        ("ratings", "workshop|ratings.csv|1"),
        ("ratings", "workshop|ratings.csv|2"),
    ]


def test_lineage_keys_name_rows_of_the_tables() -> None:
    rows = rated(TASK, "local", "city-hall", authority=4, capacity=2, illustrative=True)
    result = assess(ratings(rows), pack())
    rated_gaps = result.tables["gaps"].filter(pl.col("institution") != "")
    for name, table in (("gaps", rated_gaps), ("leads", result.tables["leads"])):
        keys = result.lineage.filter(pl.col("table") == name)["key"].unique()
        assert set(keys) == {row_key(name, row) for row in table.rows(named=True)}


def test_order_of_the_ratings_does_not_matter() -> None:
    rows = rated(TASK, "local", "city-hall", capacity=2, authority=4) + rated(
        TASK, "national", "ministry", capacity=4, authority=5, rater="r2"
    )
    frame = ratings(rows)
    one, other = assess(frame, pack()), assess(frame.reverse(), pack())
    for name in ("gaps", "leads"):
        assert one.tables[name].equals(other.tables[name])
        assert one.tables[name].columns == list(TABLES[name].columns)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"function": "flying"}, "function 'flying'"),
        ({"level": "galactic"}, "level 'galactic'"),
        ({"dimension": "luck"}, "dimension 'luck'"),
        ({"score": 6.0}, "score '6.0'"),
        ({"institution": ""}, "institution ''"),
        ({"verification": "hearsay"}, "verification 'hearsay'"),
    ],
)
def test_a_rating_that_means_nothing_is_refused_with_its_row(change: dict[str, Any], words: str) -> None:
    rows = [rated(TASK, "local", "city-hall", authority=4)[0] | change]
    with pytest.raises(BadInput, match=words) as refused:
        assess(ratings(rows), pack())
    assert refused.value.where == "workshop/ratings.csv, row 1"
