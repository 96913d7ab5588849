"""Reads all sources of a workspace into `Evidence`; collects every finding on the way."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from salus.evidence import answers as rows_of
from salus.evidence.aggregate import (
    COUNT_COLUMNS,
    HOUR_COLUMNS,
    PIECE_COLUMNS,
    RELOCATED_COLUMNS,
    hourly_counts,
    monthly_counts,
    piece_counts,
    relocated_counts,
)
from salus.evidence.answers import Context
from salus.evidence.classify import UNMAPPED, label_classes, relabelled
from salus.evidence.cube import Places, count_incidents
from salus.evidence.dates import MONTH
from salus.evidence.denominators import denominators
from salus.evidence.engines import Engine, open_engine
from salus.evidence.gazetteer import Gazetteer
from salus.evidence.geography import Locator, read_geography
from salus.evidence.incidents import INCIDENT_COLUMNS, cube_findings, incidents_of, row_findings, without_repeats
from salus.evidence.quality import Check, Counted, drops_repeats, grade_source, incident_checks
from salus.evidence.readers import read_file
from salus.evidence.store import write_store
from salus.evidence.tallies import tally
from salus.model.city import Evidence, Geography
from salus.model.findings import DataFinding
from salus.model.framework import Pack
from salus.model.tables import TABLES
from salus.workspace.folder import Source, Workspace, sha256_of

CROSSWALK_COLUMNS = {"area": pl.String, "shown_area": pl.String, "share": pl.Float64}
_READERS: dict[str, tuple[str, dict[str, Any], Callable[..., tuple[pl.DataFrame, list[DataFinding]]]]] = {
    "counts": ("counts", COUNT_COLUMNS, rows_of.read_counts),
    "figures": ("figures", rows_of.FIGURE_COLUMNS, rows_of.read_figures),
    "population": ("population", rows_of.POPULATION_COLUMNS, rows_of.read_population),
    "ratings": ("ratings", rows_of.RATING_COLUMNS, rows_of.read_ratings),
    "judgements": ("judgements", rows_of.JUDGEMENT_COLUMNS, rows_of.read_judgements),
}


@dataclass(frozen=True)
class EvidenceReading:
    """The evidence of a workspace and every finding about its files and rows."""

    evidence: Evidence
    findings: tuple[DataFinding, ...]


@dataclass
class _Desk:
    """What is gathered while the sources are read, one after the other."""

    workspace: Workspace
    pack: Pack
    geographies: dict[str, Geography]
    places: dict[str, Places]
    scratch: Path
    incidents: list[pl.LazyFrame] = field(default_factory=list)
    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    sources: list[dict[str, object]] = field(default_factory=list)
    quality: list[dict[str, object]] = field(default_factory=list)
    findings: list[DataFinding] = field(default_factory=list)

    def keep(self, name: str, frame: pl.DataFrame) -> None:
        self.frames.setdefault(name, []).append(frame)

    def gathered(self, name: str, columns: dict[str, Any]) -> pl.DataFrame:
        parts = [part.select(list(columns)) for part in self.frames.get(name, []) if part.height]
        return pl.concat(parts) if parts else pl.DataFrame(schema=columns)


def read_evidence(workspace: Workspace, pack: Pack, *, seed: int = 1, engine: str = "duckdb") -> EvidenceReading:
    """All evidence of a workspace: tidy, located, classified, graded. Nothing in the workspace is changed on disk.

    The rows of incidents are kept as Parquet in a temporary folder that is removed with the evidence. `engine`:
    `duckdb`, `spark` or `spark:MASTER`.
    """
    geographies, findings = _geographies(workspace)
    places = {
        name: Places(Locator(geography), Gazetteer(geography))
        for name, geography in geographies.items()
        if geography.areas.height
    }
    scratch = tempfile.TemporaryDirectory(prefix="salus-evidence-")
    desk = _Desk(workspace, pack, geographies, places, Path(scratch.name), findings=findings)
    with ExitStack() as stack:
        opened = stack.enter_context(open_engine(engine)) if _has_incidents(workspace) else None
        for source in workspace.sources:
            _read_source(desk, source, seed, opened)
    findings += denominators(desk.frames.get("population", []), geographies, workspace.city)
    evidence = Evidence(
        incidents=pl.concat(desk.incidents) if desk.incidents else pl.LazyFrame(schema=INCIDENT_COLUMNS),
        hours=desk.gathered("hours", HOUR_COLUMNS),
        pieces=desk.gathered("pieces", PIECE_COLUMNS),
        relocated=desk.gathered("relocated", RELOCATED_COLUMNS),
        sources=TABLES["sources"].frame(desk.sources),
        quality=TABLES["quality"].frame(desk.quality),
        geographies=geographies,
        crosswalk=_crosswalk(workspace, desk.findings),
        scratch=scratch,
        **{name: desk.gathered(name, columns) for name, columns, _ in _READERS.values()},
    )
    return EvidenceReading(evidence, tuple(desk.findings))


def _has_incidents(workspace: Workspace) -> bool:
    return any(source.mapping.kind == "incidents" for source in workspace.sources)


def _geographies(workspace: Workspace) -> tuple[dict[str, Geography], list[DataFinding]]:
    found: dict[str, Geography] = {}
    findings: list[DataFinding] = []
    scope = workspace.city.scope
    for vintage in dict.fromkeys(filter(None, (scope.geography, scope.shown))):
        path = workspace.geography_file(vintage)
        if not path.is_file():
            continue  # `check_layout` reports it with a remedy
        shown = path.relative_to(workspace.path).as_posix()
        found[vintage], wrong = read_geography(path, vintage, shown=shown, sha256=sha256_of(path))
        findings.extend(wrong)
    return found, findings


def _crosswalk(workspace: Workspace, findings: list[DataFinding]) -> pl.DataFrame:
    path = workspace.path / "geography" / "crosswalk.csv"
    if not path.is_file():
        return pl.DataFrame(schema=CROSSWALK_COLUMNS)
    frame = pl.read_csv(path, infer_schema=False)
    missing = [name for name in CROSSWALK_COLUMNS if name not in frame.columns]
    if missing:
        findings.append(
            DataFinding(
                "geography/crosswalk.csv",
                "missing_column",
                f"There is no column {missing}",
                "the columns are area, shown_area, share",
            )
        )
        return pl.DataFrame(schema=CROSSWALK_COLUMNS)
    return frame.select(pl.col(name).cast(kind) for name, kind in CROSSWALK_COLUMNS.items())


def _read_source(desk: _Desk, source: Source, seed: int, engine: Engine | None) -> None:
    files = {path.relative_to(desk.workspace.path).as_posix(): path for path in source.files()}
    desk.findings.extend(relabelled(source.mapping, desk.pack, f"evidence/{source.name}/mapping.yaml"))
    if source.mapping.kind == "incidents" and engine is not None:
        rows, checks = _keep_incidents(desk, source, files, engine, seed)
        _enter(desk, source, files, rows, checks)
        return
    frames = []
    for shown, path in files.items():
        reading = read_file(path, shown, source.mapping)
        desk.findings.extend(reading.findings)
        if reading.frame.height:
            frames.append(reading.frame)
    raw = pl.concat(frames) if frames else pl.DataFrame()
    if raw.height:
        name, _, reader = _READERS[source.mapping.kind]
        areas = {key: frozenset(geography.areas["area"].to_list()) for key, geography in desk.geographies.items()}
        context = Context(
            source.name, source.mapping, desk.pack, desk.workspace.city, source.origin.illustrative, areas
        )
        typed, findings = reader(raw, context)
        desk.findings.extend(findings)
        desk.keep(name, typed)
    counts = dict(raw.group_by("file").len().iter_rows()) if raw.height else {}
    _enter(desk, source, files, counts, ())


def _keep_incidents(
    desk: _Desk, source: Source, files: dict[str, Path], engine: Engine, seed: int
) -> tuple[dict[str, int], tuple[Check, ...]]:  # fmt: skip
    city, mapping, pack = desk.workspace.city, source.mapping, desk.pack
    store = write_store(desk.scratch / source.name, files, mapping, city)
    desk.findings.extend(store.findings)
    if store.height == 0:
        return {}, ()
    model, shown = desk.places.get(city.scope.geography), desk.places.get(city.scope.shown)
    drop = drops_repeats(mapping)
    cube = count_incidents(store, engine, city, model=model, shown=shown, drop=drop)
    classes = label_classes(cube["label"], mapping, pack)
    desk.findings.extend(row_findings(store, files, mapping, source.origin.obtained_on))
    desk.findings.extend(cube_findings(cube, store, mapping, pack, city, model))
    counted = tally(store, engine, city, months_only=mapping.date_forms == (MONTH,), drop=drop)
    coded = cube.join(classes, on="label", how="left").with_columns(pl.col("iccs").fill_null(UNMAPPED))
    checks = incident_checks(Counted(coded, counted, mapping, city, source.origin.obtained_on), pack)
    rows = incidents_of(store, source.name, classes, model=model, shown=shown)
    rows = rows if not drop else without_repeats(rows, store)
    desk.incidents.append(rows)
    desk.keep("counts", monthly_counts(cube, classes, store, source.name, city, drop=drop))
    desk.keep("hours", hourly_counts(counted.hours, classes, store, source.name, drop=drop))
    if city.scope.geography != city.scope.shown:
        desk.keep("pieces", piece_counts(cube, classes, source.name, drop=drop))
    index = None if model is None else model.index
    desk.keep(
        "relocated",
        relocated_counts(store, classes, index, city, metres=mapping.location_error_m, seed=seed, drop=drop),
    )
    return dict(zip(store.files, store.rows, strict=True)), checks


def _enter(
    desk: _Desk, source: Source, files: dict[str, Path], rows: dict[str, int], checks: tuple[Check, ...]
) -> None:  # fmt: skip
    grade = grade_source(source.origin, checks, desk.pack)
    for shown, path in files.items():
        desk.sources.append(
            {
                "source": source.name,
                "file": shown,
                "sha256": sha256_of(path),
                "rows": rows.get(shown, 0),
                "period": source.origin.period,
                "publisher": source.origin.publisher,
                "licence": source.origin.licence,
                "tier": source.origin.tier,
                "grade": grade,
                "illustrative": source.origin.illustrative,
            }
        )
    for check in checks:
        desk.quality.append(
            {
                "source": source.name,
                "check": check.check,
                "severity": check.severity,
                "count": check.count,
                "share": check.share,
                "message": check.message,
                "remedy": check.remedy,
                "phrase": check.said.packed,
            }
        )
