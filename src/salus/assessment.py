"""Runs the stages in their order: the only module that knows it.

`check` says everything that is wrong with a workspace; `run` turns it into a run folder.
"""

import datetime as dt
import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from salus.errors import BrokenWorkspace
from salus.evidence import (
    candidates_of,
    check_free_text,
    check_quotes,
    known_engine,
    read_evidence,
    read_people,
    read_quotes,
)
from salus.findings import state
from salus.framework import load_pack
from salus.governance import assess
from salus.indicators import ALL_FILES, measure, pieces_of
from salus.model.city import Evidence, StageResult
from salus.model.findings import DataFinding, errors
from salus.model.framework import Pack
from salus.model.tables import TABLES
from salus.nexus import cross
from salus.patterns import patterns
from salus.planning import plan
from salus.priorities import prioritise
from salus.profiles import profile
from salus.responses import respond
from salus.stats.draws import DrawSource
from salus.workspace import RunFolder, Workspace, check_layout, open_workspace, write_run
from salus.workspace.runs import RunContent

DEFAULT_SEED = 1
DEFAULT_DRAWS = 1000
_WHOLE = 0.9999
_LIBRARIES = ("polars", "duckdb", "ibis-framework", "numpy", "scipy", "shapely", "pydantic")
Progress = Callable[[str], None]


def silent(_: str) -> None:
    """No progress wanted."""


@dataclass
class Course:
    """A run on its way: results so far, their lineage and draws, and how long each stage took."""

    progress: Progress
    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    lineage: list[pl.DataFrame] = field(default_factory=list)
    draws: dict[str, tuple[pl.DataFrame, Any]] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times a stage and tells what is being done."""
        self.progress(name)
        start = time.perf_counter()
        yield
        self.timings[name] = round(time.perf_counter() - start, 3)

    def take(self, result: StageResult) -> None:
        """Adds what a stage gave."""
        self.tables |= result.tables
        self.draws |= result.draws
        self.lineage.append(result.lineage.select(list(TABLES["lineage"].columns)))


def check(path: str | Path) -> tuple[DataFinding, ...]:
    """Everything that is wrong with a workspace, all at once: its files, then every row of them.

    Nothing is changed. Findings of severity `error` stop a run; warnings and notes do not.
    """
    found = check_layout(path)
    if errors(found):
        return found
    workspace = open_workspace(path)
    pack = load_pack(workspace.city.pack)
    reading = read_evidence(workspace, pack)
    spoken = check_quotes(workspace, pack, reading.evidence, protected_indicators(pack))
    return (*found, *reading.findings, *spoken, *check_free_text(workspace))


def run(
    path: str | Path,
    *,
    seed: int = DEFAULT_SEED,
    draws: int = DEFAULT_DRAWS,
    engine: str = "duckdb",
    now: dt.datetime | None = None,
    progress: Progress = silent,
) -> RunFolder:
    """Assesses a workspace and writes one run folder under `runs/`, whole or not at all.

    The same inputs, seed and versions give byte-equal tables. `now` only names the folder.
    Raises `BrokenWorkspace` with the first error if `check` finds any.
    """
    known_engine(engine)
    course = Course(progress)
    with course.stage("check"):
        _refuse(check_layout(path))
        workspace = open_workspace(path)
        pack = load_pack(workspace.city.pack)
    with course.stage("evidence"):
        reading = read_evidence(workspace, pack, seed=seed, engine=engine)
        _refuse(reading.findings)
        words = _words(workspace, pack, reading.evidence)
    texts = _stages(course, workspace, pack, reading.evidence, DrawSource(seed, draws))
    course.tables["lineage"] = pl.concat(course.lineage).unique(maintain_order=True)
    stamp = (now or dt.datetime.now(dt.UTC)).strftime("%Y%m%dT%H%M%SZ")
    record = _record(workspace, pack, course, {"seed": seed, "draws": draws, "engine": engine})
    record |= {
        "protected_groups": sorted(_protected_groups(reading.evidence, pack)),
        "sums": _sums(reading.evidence, pack),
        "nested": _nested(reading.evidence),
        "stamp": stamp,
        "warnings": [str(f) for f in reading.findings if f.severity == "warning"],
    }
    content = RunContent(
        course.tables,
        course.draws,
        texts,
        record,
        _boundaries(reading.evidence) | {"pieces": pieces_of(reading.evidence, pack, workspace.city)} | words,
    )
    progress("write")
    return write_run(workspace.path / "runs", f"{stamp}-{record['hash'][:8]}", content)


def _refuse(findings: tuple[DataFinding, ...]) -> None:
    wrong = errors(findings)
    if wrong:
        raise BrokenWorkspace(
            f"{len(wrong)} problems stop the run; the first: {wrong[0]}",
            where=wrong[0].file,
            remedy="`salus check PATH` lists them all",
        )


def _stages(course: Course, workspace: Workspace, pack: Pack, evidence: Evidence, draws: DrawSource) -> dict[str, str]:
    city, tables = workspace.city, course.tables
    tables |= {"sources": evidence.sources, "quality": evidence.quality}
    with course.stage("indicators"):
        course.take(measure(evidence, pack, city, seed=draws.seed))
        estimates = tables["estimates"]
    with course.stage("patterns"):
        course.take(patterns(estimates, evidence, pack, city, seed=draws.seed))
    with course.stage("nexus"):
        course.take(cross(estimates, evidence, pack, city, draws))
    with course.stage("governance"):
        course.take(assess(evidence.ratings, pack))
    with course.stage("profiles"):
        course.take(profile(estimates, evidence, pack, city, draws))
    with course.stage("priorities"):
        course.take(prioritise(estimates, evidence.judgements, evidence, pack, city, draws))
    texts = {}
    if workspace.decisions is not None:
        with course.stage("responses"):
            course.take(
                respond(
                    estimates,
                    tables["priorities"],
                    tables["gaps"],
                    tables["leads"],
                    pack,
                    city,
                    workspace.decisions,
                    draws,
                )
            )
        with course.stage("planning"):
            drafted = plan(tables, pack, city, workspace.decisions)
            texts["plan.yaml"] = yaml.safe_dump(drafted, allow_unicode=True, sort_keys=False, width=100)
    with course.stage("findings"):
        found, result = state(tables, pack, city)
        course.take(result)
        texts["findings.json"] = json.dumps([asdict(f) for f in found], indent=2, ensure_ascii=False)
    return texts


def _boundaries(evidence: Evidence) -> dict[str, pl.DataFrame]:
    return {f"areas-{name}": geography.areas for name, geography in evidence.geographies.items()}


def _words(workspace: Workspace, pack: Pack, evidence: Evidence) -> dict[str, pl.DataFrame]:
    """Quotes and the persons that descriptions fit, for a release to decide on; nothing where there is no quote."""
    quotes, found = read_quotes(workspace, pack)
    people, counted = read_people(workspace, evidence)
    _refuse((*found, *counted))
    return {"quotes": candidates_of(quotes), "people": people} if quotes.height else {}


def _record(workspace: Workspace, pack: Pack, course: Course, options: dict[str, Any]) -> dict[str, Any]:
    """What `run.json` says; `hash` is over inputs, pack, options and versions, not over time."""
    stable = {
        "schema_version": "1",
        "city": workspace.city.model_dump(mode="json"),
        "pack": {"id": pack.id, "version": pack.version, "sha256": pack.sha256},
        "inputs": workspace.inputs(),
        **options,
        "versions": {
            "salus": metadata.version("salus-cities"),
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _LIBRARIES},
        },
        "protected_indicators": sorted(protected_indicators(pack)),
        "institutions": _institutions(workspace),
    }
    digest = hashlib.sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()
    return stable | {"hash": digest, "timings": course.timings}


def protected_indicators(pack: Pack) -> frozenset[str]:
    """Indicators that count offences on the pack's protected list: threshold 10 at every exit."""
    return frozenset(
        i.id
        for i in pack.indicators
        if i.select is not None
        and (
            any(pack.protected.covers(code, i.select.with_tags) for code in i.select.iccs)
            or not set(i.select.with_tags).isdisjoint(pack.protected.tags)
        )
    )


def _protected_groups(evidence: Evidence, pack: Pack) -> frozenset[str]:
    """What else counts protected offences: classes and labels, and the problems and flows measured by them."""
    rows = evidence.counts.filter(pl.col("protected")).select("iccs", "label").unique().rows()
    indicators = protected_indicators(pack)
    problems = {p.id for p in pack.problems if not indicators.isdisjoint(p.indicators)}
    flows = {f.id for f in pack.flows if not indicators.isdisjoint(f.pressure)}
    return frozenset({f"iccs:{iccs}" for iccs, _ in rows} | {f"label:{label}" for _, label in rows} | problems | flows)


def _sums(evidence: Evidence, pack: Pack) -> list[Any]:
    """Series of the estimates that add up to another: labels to their class, classes to an indicator."""
    pairs = evidence.counts.select("iccs", "label", "tags").unique().sort("iccs", "label").rows()
    classes: dict[str, list[str]] = {}
    for iccs, label, _ in pairs:
        classes.setdefault(iccs, []).append(label)
    found: list[Any] = [
        [[ALL_FILES, f"iccs:{iccs}"], [[ALL_FILES, f"label:{label}"] for label in dict.fromkeys(labels)]]
        for iccs, labels in classes.items()
    ]
    for indicator in pack.indicators:
        if indicator.measure != "recorded_rate" or indicator.select is None or indicator.id == ALL_FILES:
            continue
        if indicator.select.with_tags or indicator.select.without_tags:
            continue
        parts = [[ALL_FILES, f"iccs:{iccs}"] for iccs in classes if iccs.startswith(indicator.select.iccs)]
        if parts:
            found.append([[indicator.id, ""], parts])
    return found


def _nested(evidence: Evidence) -> dict[str, list[str]]:
    """Shown areas that whole modelled areas make up: their counts add up, and an attacker knows it."""
    links = evidence.crosswalk
    split = links.group_by("area").agg(pl.col("share").max().alias("most")).filter(pl.col("most") < _WHOLE)["area"]
    torn = links.filter(pl.col("area").is_in(split.implode()) & (pl.col("share") > 1 - _WHOLE))["shown_area"]
    whole = links.filter((pl.col("share") >= _WHOLE) & ~pl.col("shown_area").is_in(torn.implode()))
    found = whole.sort("shown_area", "area").group_by("shown_area", maintain_order=True).agg("area")
    return {shown: parts for shown, parts in found.iter_rows() if parts != [shown]}


def _institutions(workspace: Workspace) -> dict[str, str]:
    """Names of institutions by id, from institutions.csv if there is one."""
    path = workspace.path / "institutions.csv"
    if not path.is_file():
        return {}
    frame = pl.read_csv(path, infer_schema=False)
    if not {"institution", "name"} <= set(frame.columns):
        raise BrokenWorkspace(
            "institutions.csv lacks a column `institution` or `name`",
            where="institutions.csv",
            remedy="its columns are institution, name, level, role",
        )
    return dict(frame.select("institution", "name").iter_rows())
