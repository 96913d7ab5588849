import json
import subprocess
import sys

import pytest

from tests.unit.small_city import ROWS, make_city


def salus(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from salus.cli import main; main()", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_help_names_every_verb_and_costs_no_heavy_import():
    code = "import sys, salus.cli; print([m for m in ('polars', 'scipy', 'duckdb', 'ibis') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert set(json.loads(loaded.replace("'", '"'))) <= {"polars"}
    text = salus("--help").stdout
    assert [
        v
        for v in (
            "demo",
            "new",
            "vintages",
            "add",
            "check",
            "run",
            "report",
            "trail",
            "framework",
            "seal",
            "unseal",
            "synth",
            "doctor",
        )
        if v not in text
    ] == []


def test_a_sound_city_is_exit_0_and_a_broken_one_exit_1_with_every_problem(tmp_path):
    good = make_city(tmp_path / "good")
    assert salus("check", str(good)).returncode == 0
    bad = make_city(tmp_path / "bad", rows=[*ROWS, "Burglary,2019-99-01,01:00:00,0.5,0.5"])
    result = salus("check", str(bad), "--json")
    assert result.returncode == 1
    assert [f["rule"] for f in json.loads(result.stdout)["findings"] if f["severity"] == "error"] == ["bad_date"]
    assert salus("run", str(bad)).returncode == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "nowhere"),
        ("report", "nowhere"),
        ("trail", "nowhere", "x:y"),
        ("demo", "atlantis"),
        ("framework", "show", "--part", "nothing"),
        ("run", "nowhere", "--engine", "abacus"),
    ],
)
def test_misuse_is_one_sentence_and_never_a_traceback(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = salus(*arguments)
    assert result.returncode in {1, 2}
    assert "Traceback" not in result.stderr
    assert "What to do:" in result.stderr


def test_framework_show_gives_the_promised_object():
    shown = json.loads(salus("framework", "show", "--json").stdout)
    assert set(shown) == {"themes", "indicators", "functions", "interventions"}
    assert len(shown["themes"]) == 16
