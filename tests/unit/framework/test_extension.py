"""A pack can extend another: a country adapts without a fork, and without weakening what protects people."""

from pathlib import Path

import pytest
import yaml

from salus.framework import check_pack, load_pack, load_translator
from salus.framework.load import pack_chain, pack_folder

HEAD = {"id": "toy-land", "version": "0.1.0", "name": "Toyland", "extends": "usg-core"}
CHANGE = {"id": "F06", "adapts": "the national line is 2.5 to a bedroom", "definition": "More than 2.5 to a bedroom."}


def extension(folder: Path, files: dict[str, object], **head: object) -> Path:
    for name, content in ({"pack.yaml": HEAD | head} | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        path.write_text(text, encoding="utf-8")
    return folder


def rules(folder: Path) -> set[str]:
    return {finding.rule for finding in check_pack(folder)}


def test_an_extension_without_changes_is_its_base_under_another_name(tmp_path):
    base, own = load_pack(), load_pack(extension(tmp_path, {}))
    assert check_pack(tmp_path) == ()
    assert (own.id, own.extends, own.adapted) == ("toy-land", "usg-core", {})
    assert own.indicators == base.indicators
    assert own.sha256 != base.sha256


def test_a_changed_indicator_keeps_what_it_does_not_name_and_says_why_it_changed(tmp_path):
    own = load_pack(extension(tmp_path, {"indicators/F/F06.yaml": CHANGE}))
    base = load_pack()
    assert own.indicator("F06").definition == "More than 2.5 to a bedroom."
    assert own.indicator("F06").unit == base.indicator("F06").unit
    assert own.adapted == {"indicators:F06": CHANGE["adapts"]}
    assert [i.id for i in own.indicators] == [i.id for i in base.indicators]


def test_an_extension_of_an_extension_changes_what_the_first_one_left(tmp_path, monkeypatch):
    extension(tmp_path / "first", {"indicators/F/F06.yaml": CHANGE})
    second = {"id": "F06", "adapts": "a city has its own name for it", "name": "Crowding"}
    own = load_pack(
        extension(
            tmp_path / "second", {"indicators/F/F06.yaml": second}, id="toy-town", extends=str(tmp_path / "first")
        )
    )
    assert (own.indicator("F06").name, own.indicator("F06").definition) == ("Crowding", "More than 2.5 to a bedroom.")
    assert [folder.name for folder in pack_chain(tmp_path / "second")] == ["usg-core", "first", "second"]


def test_new_offence_labels_and_institutions_stand_beside_those_of_the_base(tmp_path):
    institution = {"id": "toy-police", "name": "Toy police", "level": "national", "functions": ["community-policing"],
                   "legal_basis": "Toy law, article 1"}  # fmt: skip
    table = "label,iccs,share,tags,confidence,reviewer\nToy theft,0502,1,,high,not reviewed\n"
    files = {"institutions.yaml": [institution], "crosswalks/offences/toy.csv": table}
    own = load_pack(extension(tmp_path, files))
    assert [i.id for i in own.institutions] == ["toy-police"]
    assert set(own.correspondences) == {*load_pack().correspondences, "toy"}


def test_money_and_thresholds_of_a_country_are_added_to_those_of_the_base(tmp_path):
    own = load_pack(extension(tmp_path, {}, currency_per_eur={"TOY-2022": 3.0}, gap_threshold=3.5))
    assert own.currency_per_eur == load_pack().currency_per_eur | {"TOY-2022": 3.0}
    assert own.gap_threshold == 3.5


def test_an_extension_may_protect_more_and_never_less(tmp_path):
    own = load_pack(extension(tmp_path, {"protected.yaml": {"iccs": ["0401"], "tags": []}}))
    assert set(own.protected.iccs) == {*load_pack().protected.iccs, "0401"}
    assert own.protected.tags == load_pack().protected.tags


def test_an_extension_cannot_grade_sources_by_another_rule(tmp_path):
    grading = (pack_folder("usg-core") / "grading.yaml").read_text(encoding="utf-8")
    assert "not_adaptable" in rules(extension(tmp_path, {"grading.yaml": grading}))


@pytest.mark.parametrize(
    ("files", "head", "rule"),
    [
        ({"indicators/F/F06.yaml": CHANGE | {"adapts": ""}}, {}, "adapts_nothing"),
        ({"indicators/F/F99.yaml": CHANGE | {"id": "F99"}}, {}, "adapts_nothing"),
        ({"indicators/F/F06.yaml": CHANGE | {"unit_of": "x"}}, {}, "extra_forbidden"),
        ({}, {"extends": "no-such-pack"}, "unknown_pack"),
        ({}, {"gap_treshold": 3}, "unknown_field"),
    ],
)
def test_a_fault_of_an_extension_is_found(tmp_path, files, head, rule):
    found = [finding for finding in check_pack(extension(tmp_path, files, **head)) if finding.rule == rule]
    assert found
    assert found[0].line is not None


def test_an_entry_that_the_base_has_already_must_say_that_it_adapts(tmp_path):
    whole = yaml.safe_load((pack_folder("usg-core") / "indicators/F/F06.yaml").read_text(encoding="utf-8"))
    found = check_pack(extension(tmp_path, {"indicators/F/F06.yaml": whole}))
    assert [(f.rule, f.file) for f in found] == [("doubled_id", "indicators/F/F06.yaml")]
    assert "usg-core/indicators/F/F06.yaml" in found[0].message


def test_translations_of_the_base_hold_and_the_extension_adds_its_own(tmp_path):
    po = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Toy theft"\nmsgstr "Robo de juguete"\n'
    )
    translate = load_translator(extension(tmp_path, {"locale/es.po": po}), "es")
    assert translate("Toy theft") == "Robo de juguete"
    assert translate("Firearms", "theme:firearms:name") == "Armas de fuego"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"enforcement_driven": False}, "enforcement_freed"),
        ({"enforcement_driven": False, "role": "outcome", "direction": "higher_is_worse"}, "enforcement_freed"),
        ({"role": "outcome", "direction": "higher_is_worse"}, "enforcement_outcome"),
    ],
)
def test_an_extension_cannot_make_what_patrols_find_an_outcome(tmp_path, change, rule):
    smuggled = {"id": "B02", "adapts": "the police asked for it"} | change
    assert rule in rules(extension(tmp_path, {"indicators/B/B02.yaml": smuggled}))


def test_an_extension_cannot_count_drug_files_under_a_new_name(tmp_path):
    base = yaml.safe_load((pack_folder("usg-core") / "indicators/A/A16.yaml").read_text(encoding="utf-8"))
    own = base | {"id": "X90", "name": "Disorder", "iccs": ["0601"], "select": {"iccs": ["06011"]}}
    assert "enforcement_outcome" in rules(extension(tmp_path, {"indicators/X/X90.yaml": own}))
