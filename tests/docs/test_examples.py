"""Every example runs: in docstrings, in the method pages, and the commands and code of tutorial and how-tos."""

import doctest
import importlib
import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import salus
from salus.model.city import Mapping

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("docs/**/*.md"))
MODULES = sorted(m.name for m in pkgutil.walk_packages(salus.__path__, "salus.") if "locale" not in m.name)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page: Path, language: str) -> list[str]:
    return [code for kind, code in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_docstrings_give_what_they_say(name):
    result = doctest.testmod(importlib.import_module(name), optionflags=OPTIONS)
    assert result.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_give_what_they_say(page):
    result = doctest.testfile(str(page), module_relative=False, optionflags=OPTIONS, encoding="utf-8")
    assert result.failed == 0


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "yaml")], ids=lambda page: page.name)
def test_answers_shown_in_a_page_are_answers_that_fit(page):
    for text in blocks(page, "yaml"):
        shown = yaml.safe_load(text)
        if isinstance(shown, dict) and "mapping" in shown:
            assert Mapping.model_validate(shown["mapping"]).kind


@pytest.mark.slow
def test_the_tutorial_works_from_the_first_command_to_the_last_line(tmp_path):
    page = ROOT / "docs/tutorial/iztapalapa.md"
    program = shutil.which("salus") or str(Path(sys.executable).parent / "salus")
    for block in blocks(page, "sh"):
        for line in block.splitlines():
            command = line.replace("salus ", f"{program} ", 1)
            done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert done.returncode == 0, (line, done.stderr)
    code = "\n".join(blocks(page, "python"))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
