"""What the report says of concentration and harm, from a run that was written and released."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from salus.framework import load_pack
from salus.model.city import City, Scope
from salus.model.tables import TABLES
from salus.patterns.concentrated import concentration
from salus.patterns.harm import harm
from salus.releasing import Release
from salus.report.desk import Desk
from salus.report.document import desk_of
from salus.report.fewplaces import fewplaces
from salus.report.harm import harm as harm_of
from salus.results import open_result
from salus.workspace.runs import RunContent, write_run

START, END = dt.date(2019, 1, 1), dt.date(2019, 12, 31)
BUSY = [5, 6, 6, 7, 8, 9, 9, 11, 12, 14, 15, 17, 19, 22, 25, 31]
MANY = [1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4]
CLASSES = {"0101": 40.0, "0301": 12.0, "0401": 500.0, "0701": 448.0}
CITY = City(
    id="toy", name="Toy", country="MEX", wider=("MX-CMX", "MEX"), languages=("en",), time_zone="UTC", pack="usg-core",
    pack_version="0.1.0", currency="MXN", price_year=2022, income_group="upper_middle",
    scope=Scope(themes=(), area="toy", geography="square", shown="square", start=START, end=END),
)  # fmt: skip


def estimate(indicator: str, area: str, n: float, group: str = "") -> dict[str, Any]:
    return {"indicator": indicator, "area": area, "group": group, "period_start": START, "period_end": END, "value": n,
            "n": n, "numerator": n, "denominator": 1000.0, "grade": "C", "unit": "per 100,000", "source": "police",
            "flags": ""}  # fmt: skip


def desk(folder: Path, lang: str, counts: list[int], classes: dict[str, float]) -> Desk:
    """The desk of a run that holds one indicator by area and the city's classes."""
    pack, ids = load_pack(), [f"a{i:02d}" for i in range(len(counts))]
    areas = TABLES["estimates"].frame([estimate("A16", a, float(n)) for a, n in zip(ids, counts, strict=True)])
    city = [estimate("A16", "toy", float(sum(counts))), estimate("X00", "toy", sum(classes.values()))]
    city += [estimate("X00", "toy", n, f"iccs:{code}") for code, n in classes.items()]
    made = concentration(pack.indicator("A16"), areas, 1)
    estimates = TABLES["estimates"].frame([*areas.to_dicts(), *city])
    tables = {
        "estimates": estimates,
        "concentration": TABLES["concentration"].frame([row | {"geography": "square"} for row in made]),
        "harm": TABLES["harm"].frame(harm(estimates, pack, CITY, seed=1)),
        "quality": TABLES["quality"].frame(),
    }
    record = {
        "city": CITY.model_dump(mode="json"), "pack": {"id": "usg-core"}, "sums": [], "protected_indicators": [],
        "protected_groups": ["iccs:0301"],
    }  # fmt: skip
    square = {"areas-square": pl.DataFrame({"area": ids, "name": ids})}
    run = write_run(folder / "runs", "one", RunContent(tables, {}, {}, record, square))
    result = open_result(run.path)
    return desk_of(Release(result.gate.tables, result.gate.log, record, [], {}, result.areas()), lang)


def test_one_sentence_says_the_share_of_areas_and_what_chance_would_give(tmp_path):
    """The six busiest of 28 areas have 129 of 241 events, the five busiest 114."""
    picture = fewplaces(desk(tmp_path, "en", BUSY + MANY, CLASSES), ["A16"])[0]
    assert picture.source.startswith(
        "Robbery, recorded: half of the recorded events lie in 21 % (18 to 29) of the 28 areas. Chance alone would give"
    )
    assert "if every resident ran the same risk" in picture.source
    assert picture.rows[0][0] == "Robbery, recorded"
    assert picture.rows[0][-2:] == ("240", "C – fair")
    assert len(picture.header) == len(picture.rows[0])


def test_the_sentence_is_spanish_in_the_spanish_report(tmp_path):
    spanish = desk(tmp_path, "es", BUSY + MANY, CLASSES)
    picture = fewplaces(spanish, ["A16"])[0]
    assert "la mitad de los hechos registrados está en el 21 %" in picture.source
    assert harm_of(spanish)[0]["warning"] == "Los pesos de esta tabla se citan de memoria, sin cotejar con su fuente."
    assert spanish.words.language.missed == set()


def test_no_area_is_named_in_the_picture_or_its_table(tmp_path):
    picture = fewplaces(desk(tmp_path, "en", BUSY + MANY, CLASSES), ["A16"])[0]
    said = " ".join([picture.source, picture.alt, *picture.header, *(cell for row in picture.rows for cell in row)])
    assert not [area for area in (f"a{i:02d}" for i in range(28)) if area in said]


def test_what_the_gate_blanked_is_not_drawn(tmp_path):
    assert fewplaces(desk(tmp_path, "en", [*BUSY, 3], CLASSES), ["A16"]) == []
    assert fewplaces(desk(tmp_path, "en", BUSY + MANY, CLASSES), ["A01"]) == []


def test_harm_never_stands_without_its_counts_and_says_that_nobody_checked_the_weights(tmp_path):
    table = harm_of(desk(tmp_path, "en", BUSY + MANY, CLASSES))[0]
    assert table["warning"] == "The weights below are recalled, not checked in their source."
    assert {row[-1] for row in table["sources"]} == {"recalled, not checked"}
    assert "55.2 % of all recorded files" in table["text"]  # 40 + 12 + 500 of 1,000; fraud has no weight
    rows = {row[0]: row[1:] for row in table["rows"]}
    assert rows["Robbery"][:3] == ("500", "90.6 %", "730")
    assert rows["Robbery"][3].startswith("365,000 (")
    assert rows["Intentional homicide"][0] == "40"
    assert list(rows)[-1] == "All classes with a weight"
    assert rows["All classes with a weight"][0] == "552"
    assert all(len(row) == len(table["header"]) for row in table["rows"])


def test_a_class_with_seven_protected_offences_is_hidden_and_the_sums_with_it(tmp_path):
    table = harm_of(desk(tmp_path, "en", BUSY + MANY, CLASSES | {"0301": 7.0}))[0]
    rows = {row[0]: row[1:] for row in table["rows"]}
    hidden = "hidden (small count)"
    assert rows["Sexual violence"][0] == rows["All classes with a weight"][0] == hidden
    assert rows["Sexual violence"][3] == rows["All classes with a weight"][3] == hidden
    assert rows["Robbery"][0] == "500"
    assert rows["Robbery"][1] == rows["Robbery"][4] == hidden
    assert "7" not in {cell for row in table["rows"] for cell in row}


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_city_elsewhere_has_no_table_of_harm(tmp_path, lang):
    made = desk(tmp_path, lang, BUSY + MANY, CLASSES)
    abroad = made.pack.model_copy(update={"weights": ()})
    assert harm_of(Desk(made.release, abroad, made.words)) == []
