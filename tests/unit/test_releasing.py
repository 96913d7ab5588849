"""Releases of a small city: written whole, remembered, and the only thing that exits read."""

import ast
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

import salus
from salus.errors import BadInput, UnknownReference, Withheld
from salus.workspace import earlier_releases, release_ledger
from salus.workspace import releases as folders
from tests.unit.small_city import make_city

WHY = {"reason": "Council meeting of 3 December", "approved_by": ("data protection officer", "head of analysis")}
SOURCE = Path(salus.__file__).parent
AT = {"a": (0.5, 0.5), "b": (0.5, 1.5), "c": (1.5, 0.5), "d": (1.5, 1.5)}  # latitude, longitude


def rows(**counts: int) -> list[str]:
    """Robberies by area, spread over the months of 2019."""
    return [
        f"Street robbery,2019-{i % 12 + 1:02d}-{i % 27 + 1:02d},21:00:00,{AT[area][0]},{AT[area][1]}"
        for area, count in counts.items()
        for i in range(count)
    ]


@pytest.fixture
def city(tmp_path):
    folder = make_city(tmp_path / "toy", rows=rows(a=3, b=60, c=80, d=120))
    salus.run(folder, draws=100)
    return folder


def shown(release: salus.Release) -> dict[str, float]:
    year = release.table("estimates").filter(
        (pl.col("indicator") == "A16") & (pl.col("group") == "") & (pl.col("status") != "hidden")
        & (pl.col("period_start").dt.year() == 2019) & (pl.col("period_end").dt.year() == 2020)
    )  # fmt: skip
    return {area: n for area, n in year.select("area", "numerator").iter_rows() if n is not None}


def test_a_release_is_a_folder_and_a_line_with_reason_roles_and_the_sha256_of_every_file(city):
    made = salus.release(city, **WHY)
    assert made.path == city / "releases" / made.record["id"]
    (entry,) = release_ledger(city)
    assert (entry["reason"], tuple(entry["approved_by"])) == (WHY["reason"], WHY["approved_by"])
    assert {"estimates.parquet", "findings.json", "release.json", "areas/square.parquet"} <= set(entry["files"])
    assert salus.verify_releases(city).faults == ()
    assert "a" not in shown(made)
    assert set(shown(made)) < {"b", "c", "d", "toy"}


def test_what_is_opened_again_is_what_was_released(city):
    made, again = salus.release(city, **WHY), salus.open_release(city)
    assert {n: f.rows() for n, f in made.tables.items()} == {n: f.rows() for n, f in again.tables.items()}
    assert (made.findings, made.plan, made.record) == (again.findings, again.plan, again.record)


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": "because"},
        {"approved_by": ("head of analysis",)},
        {"approved_by": ("Head of analysis", "head of  ANALYSIS")},
        {"approved_by": ()},
    ],
)
def test_without_a_reason_or_two_roles_nothing_is_released(city, changed):
    with pytest.raises(BadInput):
        salus.release(city, **(WHY | changed))
    assert not (city / "releases").exists()


def test_a_later_run_is_held_against_what_was_released(city):
    first = salus.release(city, **WHY)
    hidden_then = {"a", "b", "c", "d"} - set(shown(first))
    assert len(hidden_then) == 2
    # Late records make the area that was hidden beside `a` the largest one; alone, another would be hidden now.
    other = next(iter(hidden_then - {"a"}))
    counts = {"a": 3, "b": 60, "c": 80, "d": 120} | {other: 500}
    make_city(city, rows=rows(**counts))
    run = salus.run(city, draws=100)
    second = salus.draft(run)
    assert {"a", other}.isdisjoint(shown(second))
    assert second.record["earlier"] == [first.record["id"]]


def test_a_release_that_was_changed_or_taken_away_stops_the_next(city):
    made = salus.release(city, **WHY)
    file = made.path / "estimates.parquet"
    content = file.read_bytes()
    file.write_bytes(content + b" ")
    assert salus.verify_releases(city).faults == (f"{made.record['id']}: estimates.parquet was changed",)
    with pytest.raises(Withheld, match=r"estimates\.parquet was changed"):
        salus.release(city, **WHY)
    file.write_bytes(content)
    made.path.rename(city / "elsewhere")
    with pytest.raises(Withheld, match="is missing"):
        salus.draft(salus.open_result(city))


def test_a_line_taken_out_of_the_ledger_shows(city):
    head = salus.verify_releases(city).head
    salus.release(city, **WHY)
    noted = salus.verify_releases(city).head
    ledger = city / "releases" / "ledger.jsonl"
    content = ledger.read_text()
    ledger.write_text(content.replace("Council", "Country"))
    assert salus.verify_releases(city).faults
    ledger.write_text("")
    assert salus.verify_releases(city).faults == ()  # a cut end shows only with what was noted elsewhere
    assert salus.verify_releases(city, noted).faults
    assert head != noted


def test_two_people_releasing_at_once_do_not_pass_each_other_unseen(city):
    made = salus.draft(salus.open_result(city))
    content = folders.ReleaseContent(
        made.tables | {"log": made.log}, {}, {"findings.json": "[]"},
        made.record | {"id": "late", "at": "20210101T000000Z", "reason": WHY["reason"], "approved_by": ["a", "b"]},
        made.table("estimates"),
    )  # fmt: skip
    salus.release(city, **WHY)
    with pytest.raises(BadInput, match="Another release was made meanwhile"):
        folders.write_release(city, content, after=0)
    assert len(release_ledger(city)) == 1
    assert not list((city / "releases").glob(".building*"))


def test_a_process_killed_between_line_and_folder_loses_no_release(city, monkeypatch):
    moved: list[Path] = []
    rename = Path.rename

    def stop_at_the_last_step(self, target):
        if moved:
            raise KeyboardInterrupt
        moved.append(Path(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stop_at_the_last_step)
    with pytest.raises(KeyboardInterrupt):
        salus.release(city, **WHY)
    monkeypatch.undo()
    (entry,) = release_ledger(city)
    assert [folder.path.name for folder in earlier_releases(city)] == [entry["id"]]
    assert salus.verify_releases(city).faults == ()


@pytest.mark.slow
def test_killed_at_any_moment_a_release_is_whole_or_not_there(city):
    code = (
        "import salus, sys; salus.release(sys.argv[1], reason='Council meeting of 3 December',"
        " approved_by=('data protection officer', 'head of analysis'))"
    )
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", code, str(city)], check=True)
    whole = time.perf_counter() - begun
    for part in range(1, 13):
        process = subprocess.Popen([sys.executable, "-c", code, str(city)])
        time.sleep(whole * part / 12)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(earlier_releases(city)) == len(release_ledger(city))
        assert salus.verify_releases(city).faults == ()
    subprocess.run([sys.executable, "-c", code, str(city)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["before", "after"])
def test_killed_while_it_holds_the_ledger_the_next_release_goes_through_without_help(city, step):
    code = (
        "import salus, sys, time\n"
        "from salus.workspace import releases\n"
        "write = releases.append_line\n"
        "def stop(*given):\n"
        "    if sys.argv[2] == 'after': write(*given)\n"
        "    print('holds', flush=True)\n"
        "    time.sleep(600)\n"
        "releases.append_line = stop\n"
        "salus.release(sys.argv[1], reason='Council meeting of 3 December', approved_by=('one office', 'another'))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(city), step], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "holds\n"
    assert (city / "releases" / "ledger.lock").is_file()
    with pytest.raises(BadInput, match=f"Process {process.pid} on this host is writing"):
        salus.release(city, **WHY)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    made = salus.release(city, **WHY)
    assert len(release_ledger(city)) == len(made.record["earlier"]) + 1 == (1 if step == "before" else 2)
    assert salus.verify_releases(city).faults == ()
    assert not (city / "releases" / "ledger.lock").exists()


def test_the_report_says_what_was_released_by_whom_and_a_draft_says_it_is_one(city, tmp_path):
    out = tmp_path / "report.html"
    assert salus.report(city, out=out).release is None
    assert "Not released." in out.read_text()
    made = salus.release(city, **WHY)
    assert salus.report(city, out=out).release == made.record["id"]
    text = out.read_text()
    assert "Not released." not in text
    assert WHY["reason"] in text
    assert "data protection officer, head of analysis" in text
    assert salus.report(made.path, out=tmp_path / "again.html").path.read_bytes() == out.read_bytes()


def test_without_any_release_there_is_none_to_open(city):
    with pytest.raises(UnknownReference, match="no release"):
        salus.open_release(city)


def test_the_command_says_what_to_do_next_and_a_dry_run_writes_nothing(city):
    def command(*words: str) -> subprocess.CompletedProcess[str]:
        call = [sys.executable, "-c", "from salus.cli import main; main()", "release", str(city), *words]
        return subprocess.run(call, capture_output=True, text=True, check=False, env={**os.environ})

    dry = command("--dry-run")
    assert (dry.returncode, "Dry run" in dry.stdout) == (0, True)
    assert not (city / "releases").exists()
    refused = command("--reason", WHY["reason"], "--approved-by", "mayor")
    assert (refused.returncode, "two different roles" in refused.stderr) == (2, True)
    roles = [word for role in WHY["approved_by"] for word in ("--approved-by", role)]
    said = json.loads(command("--reason", WHY["reason"], *roles, "--json").stdout)
    assert Path(said["release"]).is_dir()
    assert said["earlier"] == []


# Every exit reads a release: the modules that show anything to people outside the analysts' team.
EXITS = sorted([*(SOURCE / "report").glob("*.py"), *(SOURCE / "cli").glob("*.py")])
# What only a run, its folder or its inner tables offer.
INNER = frozenset(
    {"frame", "gate", "open_run", "latest_run", "RunFolder", "folder", "read_parquet", "scan_parquet", "open_result"}
)
# `salus release` hands a run to the gate, and `salus check --release` attacks it, for the analyst only;
# the frames of a framework and the folders of other commands are no runs.
ALLOWED = {
    ("release.py", "open_result"),
    ("check.py", "open_result"),
    ("framework.py", "frame"),
    ("add.py", "folder"),
    ("prepare.py", "folder"),
}


def read_from_runs(source: str) -> set[str]:
    used: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            used.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            used |= {alias.name for alias in node.names} | ({"salus.results"} & {node.module or ""})
    return used & (INNER | {"salus.results"})


@pytest.mark.parametrize("module", EXITS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_no_exit_reads_a_run(module):
    found = {n for n in read_from_runs(module.read_text(encoding="utf-8")) if (module.name, n) not in ALLOWED}
    assert found == set(), f"{module} reads a run by {sorted(found)}; it has to read a salus.Release"


@pytest.mark.parametrize(
    "line",
    ["desk.run.frame('estimates')", "result.gate.tables", "from salus.results import Run", "pl.read_parquet(file)"],
)
def test_the_search_for_exits_that_read_a_run_finds_one(line):
    assert read_from_runs(line)


def test_the_attack_preview_names_the_planted_single_case_and_how_near_a_stranger_comes(tmp_path):
    folder = make_city(tmp_path / "toy", rows=rows(a=1, b=60, c=80, d=120))
    salus.run(folder, draws=100)
    call = [sys.executable, "-c", "from salus.cli import main; main()", "check", str(folder), "--release"]
    said = subprocess.run(call, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    assert "could tell 0 small counts exactly" in said.stdout
    assert "in A (a)" in said.stdout
    assert "one case; a stranger can only tell that it is between 1 and" in said.stdout
    assert "No list of names was given" in said.stdout
    (folder / "private").mkdir(exist_ok=True)
    (folder / "private" / "names.txt").write_text("Ana Ruiz\n", encoding="utf-8")
    again = json.loads(subprocess.run([*call, "--json"], capture_output=True, text=True, check=True).stdout)
    assert again["names_listed"] == 1
