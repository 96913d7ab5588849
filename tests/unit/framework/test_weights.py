"""Tables of harm weights: read with a pack, kept apart by jurisdiction, refused where they would mislead."""

from pathlib import Path

import yaml

from salus.framework import check_pack, load_pack
from salus.model.findings import DataFinding

HEAD = {"id": "toy-land", "version": "0.1.0", "name": "Toyland", "extends": "usg-core"}
TABLE = {
    "id": "toy-days", "version": "2", "name": "Days of the Toyland code", "jurisdiction": "TOY", "unit": "days",
    "rule": "Made for this test.", "limits": "Nothing may be read from it.", "start": "2020",
}  # fmt: skip
ROWS = """\
iccs,weight,source,note,verification
0101,5475,Toyland code art. 1,,seen
0502,2,Toyland code art. 9,floor,recalled
"""


def own_pack(folder: Path, rows: str | None = ROWS, table: dict | None = TABLE, name: str = "toy-days") -> Path:
    (folder / "weights").mkdir()
    (folder / "pack.yaml").write_text(yaml.safe_dump(HEAD), encoding="utf-8")
    if table is not None:
        (folder / f"weights/{name}.yaml").write_text(yaml.safe_dump(table, sort_keys=False), encoding="utf-8")
    if rows is not None:
        (folder / f"weights/{name}.csv").write_text(rows, encoding="utf-8")
    return folder


def faults(folder: Path) -> list[tuple[str, str, int | None]]:
    found: tuple[DataFinding, ...] = check_pack(folder)
    return [(fault.rule, fault.file, fault.line) for fault in found]


def test_a_table_of_an_extension_comes_with_its_rows_after_those_of_its_base(tmp_path):
    pack = load_pack(own_pack(tmp_path))
    assert check_pack(tmp_path) == ()
    assert [table.id for table in pack.weights] == ["mx-cmx-minimum-sentence", "toy-days"]
    table = pack.weights[1]
    assert (table.version, table.jurisdiction, table.unit) == ("2", "TOY", "days")
    assert [(row.iccs, row.weight, row.verification) for row in table.weights] == [
        ("0101", 5475.0, "seen"),
        ("0502", 2.0, "recalled"),
    ]
    assert (table.weights[0].note, table.weights[1].note) == (None, "floor")


def test_a_changed_weight_changes_the_pack(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = own_pack(tmp_path / "one"), own_pack(tmp_path / "two", ROWS.replace("5475", "5476"))
    assert load_pack(one).sha256 != load_pack(two).sha256


def test_the_longest_code_gives_a_class_its_weight(tmp_path):
    rows = "iccs,weight,source,note,verification\n0401,730,art. 2,,seen\n040111,365,art. 3,,seen\n"
    table = load_pack(own_pack(tmp_path, rows)).weights[1]
    given = {
        code: row.weight if (row := table.of(code)) else None for code in ("0401", "040112", "040111", "0502", "04")
    }
    assert given == {"0401": 730.0, "040112": 730.0, "040111": 365.0, "0502": None, "04": None}


def test_rows_without_what_they_are_and_the_other_way_round_are_faults(tmp_path):
    for name in ("rows", "head"):
        (tmp_path / name).mkdir()
    assert faults(own_pack(tmp_path / "rows", table=None)) == [("missing_file", "weights/toy-days.csv", 1)]
    assert faults(own_pack(tmp_path / "head", rows=None)) == [("missing_file", "weights/toy-days.yaml", 1)]


def test_recorded_activity_of_authorities_gets_no_weight(tmp_path):
    """Drug and weapon files follow the police, not what people suffer."""
    fault = faults(own_pack(tmp_path, ROWS + "06012,100,Toyland code art. 4,,seen\n"))
    assert fault == [("enforcement_weight", "weights/toy-days.csv", 4)]


def test_a_class_above_one_that_enforcement_drives_gets_none_either(tmp_path):
    assert faults(own_pack(tmp_path, ROWS + "06,100,Toyland code art. 4,,seen\n")) == [
        ("enforcement_weight", "weights/toy-days.csv", 4)
    ]


def test_a_class_twice_or_unknown_a_weight_of_nothing_and_one_without_a_source_are_faults(tmp_path):
    planted = {
        "doubled_id": "0101,1,art. 5,,seen\n",
        "unknown_iccs": "0199,1,art. 5,,seen\n",
        "greater_than": "0201,0,art. 5,,seen\n",
        "string_type": "0201,1,,,seen\n",
        "literal_error": "0201,1,art. 5,,guessed\n",
        "float_parsing": "0201,much,art. 5,,seen\n",
    }
    for rule, row in planted.items():
        (tmp_path / rule).mkdir()
        found = faults(own_pack(tmp_path / rule, ROWS + row))
        assert (rule, "weights/toy-days.csv", 4) in found, found


def test_every_shipped_weight_names_its_source_and_none_claims_to_be_checked():
    rows = [row for table in load_pack("usg-mexico").weights for row in table.weights]
    assert len(rows) == 5
    assert {row.verification for row in rows} == {"recalled"}
    assert all("art. " in row.source for row in rows)
