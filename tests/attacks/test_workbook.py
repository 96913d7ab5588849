"""Attack 10 on the workbook: it hides what the released tables hide, and shows the same figures."""

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

import salus
from tests.unit.small_city import make_city
from tests.unit.test_releasing import WHY, rows

FIGURES = ("value", "low", "high", "n", "numerator")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = make_city(tmp_path_factory.mktemp("workbook") / "toy", rows=rows(a=3, b=7, c=80, d=120))
    salus.run(folder, draws=100)
    return folder


def test_the_workbook_of_a_release_hides_the_same_rows_and_shows_the_same_figures(city, tmp_path):
    made = salus.release(city, **WHY)
    book = CalamineWorkbook.from_path(salus.report(made.path, format="xlsx", out=tmp_path / "r.xlsx").path)
    (name,) = [name for name in book.sheet_names if "(estimates)" in name]
    _, ids, *held = book.get_sheet_by_name(name).to_python()
    back = [dict(zip(ids, row, strict=True)) for row in held]
    table = made.table("estimates")
    assert table.filter(pl.col("status") == "hidden").height >= 2
    for row, released in zip(back, table.to_dicts(), strict=True):
        for figure in FIGURES:
            blank = "hidden" if released["status"] == "hidden" else "no data"
            wanted = blank if released[figure] is None else pytest.approx(released[figure], rel=1e-15)
            assert row[figure] == wanted


def test_two_workbooks_of_cities_that_differ_in_a_hidden_count_have_the_same_cells(tmp_path):
    """Area a holds 2 or 4 of them: nothing that a reader of the sheet `estimates` finds in its rows may differ."""
    seen = []
    for count in (2, 4):
        folder = make_city(tmp_path / str(count) / "toy", rows=rows(a=count, b=60, c=80, d=120))
        salus.run(folder, draws=100)
        book = CalamineWorkbook.from_path(salus.report(folder, format="xlsx").path)
        (name,) = [name for name in book.sheet_names if "(estimates)" in name]
        _, ids, *held = book.get_sheet_by_name(name).to_python()
        back = [dict(zip(ids, row, strict=True)) for row in held]
        seen.append([[r[f] for f in FIGURES] for r in back if r["area"] == "a" and r["status"] == "hidden"
                     and r["period_end"].year - r["period_start"].year == 1 and r["group"] == ""])  # fmt: skip
    assert seen[0] == seen[1] != []
