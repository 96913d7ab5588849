import shutil

import pytest

from salus.casework import run_cases
from salus.errors import BrokenPack
from salus.framework import check_pack, load_pack, load_translator, pack_folder, pack_schema


@pytest.fixture
def pack(tmp_path):
    return shutil.copytree(pack_folder("usg-core"), tmp_path / "pack")


def test_the_shipped_pack_has_no_fault_and_all_its_cases_hold():
    assert check_pack() == ()
    results = run_cases()
    assert len(results) >= 40
    assert [case.name for case in results if not case.passed] == []


@pytest.mark.parametrize(
    ("file", "old", "new", "rule"),
    [
        (
            "indicators/A/A16.yaml",
            "salus.stats.rates.poisson_interval",
            "salus.stats.rates.no_such",
            "unknown_estimator",
        ),
        ("indicators/A/A16.yaml", "id: A16", "id: A99", "file_name"),
        ("indicators/A/A16.yaml", "role: outcome", "role: guess", "literal_error"),
        ("indicators/A/A16.yaml", "unit:", "units:", "extra_forbidden"),
        ("problems.yaml", "theme: drugs", "theme: dregs", "unknown_id"),
        ("problems.yaml", "- id: theft", "- id: robbery", "doubled_id"),
        ("flows.yaml", "B02", "B99", "unknown_id"),
        ("pack.yaml", "gap_threshold:", "gap_treshold:", "unknown_field"),
        ("crosswalks/offences/mx_fgj.csv", "AMENAZAS,02012,1,", "AMENAZAS,02012,0.5,", "shares"),
        ("crosswalks/offences/mx_fgj.csv", "AMENAZAS,02012,", "AMENAZAS,029999,", "unknown_iccs"),
        ("indicators/A/A01.yaml", 'sdg: ["16.1.1"]', 'sdg: ["16.1.9"]', "unknown_sdg"),
        ("indicators/A/A01.yaml", 'sdg: ["16.1.1"]', 'sdg: ["homicide"]', "string_pattern_mismatch"),
        ("indicators/A/A21.yaml", '\niccs: ["050211"]', '\niccs: ["050214"]', "unknown_iccs"),
        ("indicators/A/A21.yaml", '\n  iccs: ["050211"]', '\n  iccs: ["050214"]', "unknown_iccs"),
        ("indicators/A/A03.yaml", 'of:\n  iccs: ["0101"]', 'of:\n  iccs: ["0108"]', "unknown_iccs"),
        ("protected.yaml", 'iccs: ["03",', 'iccs: ["0303",', "unknown_iccs"),
        ("crosswalks/sdg.csv", "16.4.1,", "16.4,", "doubled_id"),
        ("indicators/X/X27.yaml", 'select:\n  iccs: ["0901"]', 'select:\n  iccs: ["0401"]', "pressure_and_outcome"),
    ],
)
def test_a_planted_fault_is_found_with_its_file_and_line(pack, file, old, new, rule):
    path = pack / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = [f for f in check_pack(pack) if f.rule == rule]
    assert found
    assert found[0].file.endswith(file.rsplit("/", 1)[-1])
    assert found[0].line is not None
    assert found[0].remedy


def test_a_code_outside_a_table_is_reported_at_the_line_of_the_field_that_uses_it(pack):
    path = pack / "indicators" / "A" / "A03.yaml"
    text = path.read_text(encoding="utf-8").replace('"16.1.1"', '"16.1.9"').replace('"0101"', '"0108"')
    path.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    found = [(f.rule, f.line, f.column) for f in check_pack(pack)]
    assert found == [
        ("unknown_sdg", lines.index('sdg: ["16.1.9"]') + 1, "sdg"),
        ("unknown_iccs", lines.index('iccs: ["0108"]') + 1, "iccs"),
        ("unknown_iccs", lines.index("select:") + 1, "select"),
        ("unknown_iccs", lines.index("of:") + 1, "of"),
    ]


def test_the_goals_of_a_pack_are_loaded_with_their_kind():
    kinds = {goal.code: goal.kind for goal in load_pack().sdg}
    assert (kinds["16.4"], kinds["16.a"], kinds["16.1.1"], kinds["17"]) == ("target", "target", "indicator", "goal")


def test_a_pack_without_goals_says_which_file_is_missing(pack):
    (pack / "crosswalks" / "sdg.csv").unlink()
    assert ("crosswalks/sdg.csv", "missing_file") in [(f.file, f.rule) for f in check_pack(pack)]


def test_a_broken_pack_does_not_load(pack):
    (pack / "themes.yaml").write_text("- id: [unclosed\n")
    with pytest.raises(BrokenPack, match=r"themes\.yaml"):
        load_pack(pack)


def test_names_are_translated_and_an_unknown_language_says_which_there_are():
    theme = load_pack().themes[0]
    spanish = load_translator(pack_folder("usg-core"), "es")
    assert spanish(theme.name, f"theme:{theme.id}:name") != theme.name
    assert spanish("no such string") == "no such string"
    with pytest.raises(BrokenPack, match="'tlh'"):
        load_translator(pack_folder("usg-core"), "tlh")


def test_each_part_has_a_json_schema():
    assert pack_schema("indicators")["additionalProperties"] is False
    assert pack_schema("problems")["type"] == "array"
