"""A corpus of broken packs: the checker finds each planted fault, in its file and on its line."""

import shutil
from pathlib import Path

import pytest
import yaml

from salus.findings.rules import RULES
from salus.framework import check_pack, pack_folder
from salus.model.finding_rules import FILLED

CORPUS = yaml.safe_load((Path(__file__).parent / "broken_packs.yaml").read_text(encoding="utf-8"))
NEAR = 4


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "usg-core"
    shutil.copytree(pack_folder("usg-core"), folder)
    return folder


@pytest.fixture
def broken(whole, request):
    """The pack with one fault; the file is put back afterwards."""
    fault = request.param
    path = whole / fault["file"]
    before = path.read_bytes()
    plant(path, fault)
    yield fault, path, whole
    path.write_bytes(before)


def plant(path: Path, fault: dict) -> None:
    if fault.get("delete"):
        path.unlink()
    elif "whole" in fault:
        path.write_text(fault["whole"], encoding="utf-8")
    elif "latin" in fault:
        path.write_bytes(fault["latin"].encode("latin-1") + path.read_bytes())
    else:
        text = path.read_text(encoding="utf-8")
        old, new = fault.get("replace", ("", ""))
        assert old in text, f"nothing to replace in {fault['file']}"
        changed = text.replace(old, new, 1) + fault.get("append", "")
        assert changed != text
        path.write_text(changed, encoding="utf-8")


def expected_lines(fault: dict, text: str) -> range | None:
    """The line a fault must be reported at; a few lines around it where a parser sees it late."""
    lines = text.splitlines()
    if "line" in fault:
        return range(fault["line"], fault["line"] + 1)
    if fault.get("last"):
        return range(len(lines), len(lines) + 1)
    for key, room in (("at", 0), ("near", NEAR), ("second", 0)):
        if key in fault:
            hits = [n for n, line in enumerate(lines, start=1) if fault[key] in line]
            hit = hits[1 if key == "second" else 0]
            return range(hit - room, hit + room + 1)
    return None  # anywhere in the file, with a line


@pytest.mark.parametrize("broken", CORPUS, indirect=True, ids=lambda fault: fault["name"])
def test_the_planted_fault_is_found_in_its_file_and_on_its_line(broken):
    fault, path, folder = broken
    found = [f for f in check_pack(folder) if f.rule == fault["rule"] and f.file == fault["file"]]
    assert found, [str(f) for f in check_pack(folder)][:3]
    assert all(f.message and f.remedy for f in found)
    if fault.get("no_line"):
        return
    assert all(f.line is not None for f in found)
    wanted = expected_lines(fault, path.read_text(encoding="latin-1" if "latin" in fault else "utf-8"))
    if wanted is not None:
        assert any(f.line in wanted for f in found), [(f.line, list(wanted)) for f in found]


def test_the_corpus_holds_at_least_forty_faults_with_different_names():
    assert len({fault["name"] for fault in CORPUS}) == len(CORPUS) >= 40


def test_the_pack_itself_has_none_of_them(whole):
    assert check_pack(whole) == ()


def test_the_rules_of_findings_are_those_the_checker_knows():
    assert set(RULES) == set(FILLED)
