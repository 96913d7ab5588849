"""Reads all sources of a workspace into `Evidence`; collects every finding on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from salus.evidence import answers as rows_of
from salus.evidence.aggregate import COUNT_COLUMNS, RELOCATED_COLUMNS, monthly_counts, relocated_counts
from salus.evidence.answers import Context
from salus.evidence.gazetteer import Gazetteer
from salus.evidence.geography import Locator, read_geography
from salus.evidence.incidents import INCIDENT_COLUMNS, Places, read_incidents
from salus.evidence.quality import Check, grade_source, incident_checks
from salus.evidence.readers import read_file
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
    locators: dict[str, Locator]
    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    sources: list[dict[str, object]] = field(default_factory=list)
    quality: list[dict[str, object]] = field(default_factory=list)
    findings: list[DataFinding] = field(default_factory=list)

    def keep(self, name: str, frame: pl.DataFrame) -> None:
        self.frames.setdefault(name, []).append(frame)

    def gathered(self, name: str, columns: dict[str, Any]) -> pl.DataFrame:
        parts = [part.select(list(columns)) for part in self.frames.get(name, []) if part.height]
        return pl.concat(parts) if parts else pl.DataFrame(schema=columns)


def read_evidence(workspace: Workspace, pack: Pack, *, seed: int = 1) -> EvidenceReading:
    """All evidence of a workspace: tidy, located, classified, graded. Nothing is changed on disk."""
    geographies, findings = _geographies(workspace)
    locators = {name: Locator(geography) for name, geography in geographies.items() if geography.areas.height}
    desk = _Desk(workspace, pack, geographies, locators, findings=findings)
    for source in workspace.sources:
        _read_source(desk, source, seed)
    evidence = Evidence(
        incidents=desk.gathered("incidents", INCIDENT_COLUMNS),
        relocated=desk.gathered("relocated", RELOCATED_COLUMNS),
        sources=TABLES["sources"].frame(desk.sources),
        quality=TABLES["quality"].frame(desk.quality),
        geographies=geographies,
        crosswalk=_crosswalk(workspace, desk.findings),
        **{name: desk.gathered(name, columns) for name, columns, _ in _READERS.values()},
    )
    return EvidenceReading(evidence, tuple(desk.findings))


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


def _read_source(desk: _Desk, source: Source, seed: int) -> None:
    frames = []
    for path in source.files():
        reading = read_file(path, path.relative_to(desk.workspace.path).as_posix(), source.mapping)
        desk.findings.extend(reading.findings)
        if reading.frame.height:
            frames.append(reading.frame)
    raw = pl.concat(frames) if frames else pl.DataFrame()
    checks: tuple[Check, ...] = ()
    if raw.height and source.mapping.kind == "incidents":
        checks = _keep_incidents(desk, source, raw, seed)
    elif raw.height:
        name, _, reader = _READERS[source.mapping.kind]
        areas = {key: frozenset(geography.areas["area"].to_list()) for key, geography in desk.geographies.items()}
        context = Context(
            source.name, source.mapping, desk.pack, desk.workspace.city, source.origin.illustrative, areas
        )
        typed, findings = reader(raw, context)
        desk.findings.extend(findings)
        desk.keep(name, typed)
    _enter(desk, source, raw, checks)


def _keep_incidents(desk: _Desk, source: Source, raw: pl.DataFrame, seed: int) -> tuple[Check, ...]:
    city, mapping = desk.workspace.city, source.mapping
    model, shown = city.scope.geography, city.scope.shown
    names = {key: Gazetteer(geography) for key, geography in desk.geographies.items() if key in {model, shown}}
    places = Places(desk.locators.get(model), desk.locators.get(shown), names.get(model), names.get(shown))
    incidents, findings = read_incidents(
        raw, source.name, mapping, desk.pack, city, places=places, received=source.origin.obtained_on
    )
    desk.findings.extend(findings)
    checks = incident_checks(incidents, mapping, desk.pack, city)
    used = incidents
    if mapping.identical_rows is not None and mapping.identical_rows.value == "drop":
        used = incidents.filter(~pl.col("identical"))
    desk.keep("incidents", used)
    desk.keep("counts", monthly_counts(used, city))
    desk.keep("relocated", relocated_counts(used, places.model, city, metres=mapping.location_error_m, seed=seed))
    return checks


def _enter(desk: _Desk, source: Source, raw: pl.DataFrame, checks: tuple[Check, ...]) -> None:
    grade = grade_source(source.origin, checks, desk.pack)
    for path in source.files():
        shown = path.relative_to(desk.workspace.path).as_posix()
        count = raw.filter(pl.col("file") == shown).height if raw.height else 0
        desk.sources.append(
            {
                "source": source.name,
                "file": shown,
                "sha256": sha256_of(path),
                "rows": count,
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
