"""Releases: a run through the disclosure gate, with reason and roles, remembered in the ledger.

Every exit (report, trail, tables, maps) reads a `Release`, never a run. A run that was not released is read as
a draft: it has passed the same gate, against all earlier releases, but is not in the ledger.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from salus.approving import approved
from salus.disclosure import (
    CHANGED,
    HELD,
    KEY,
    Preview,
    action_log,
    attack_preview,
    keyed_inputs,
    withhold_in_plan,
    withhold_reasons,
)
from salus.errors import BadInput
from salus.evidence import WORD_FILES
from salus.framework import load_pack
from salus.model.tables import TABLES, UNITS
from salus.results import Run, open_result
from salus.spoken import findings_of, plan_of, quotes_of
from salus.trail import Link, trail
from salus.workspace import (
    ReleaseContent,
    ReleaseFolder,
    open_release_folder,
    release_name,
    sha256_of,
    write_release,
)

_COPIED = ("city", "pack", "seed", "draws", "engine", "versions", "institutions", "inputs", "protected_indicators")


@dataclass(frozen=True)
class Release:
    """What may leave of a run: gated tables, findings and plan made from them, boundaries; `path` if on disk."""

    tables: dict[str, pl.DataFrame]
    log: pl.DataFrame
    record: dict[str, Any]
    findings: list[dict[str, Any]]
    plan: dict[str, Any]
    areas: dict[str, pl.DataFrame] = field(default_factory=dict)
    path: Path | None = None

    def __repr__(self) -> str:
        state = f"release {self.record['id']}" if self.path else "draft"
        return f"<{state} of {self.record['city']['name']}: {len(self.tables)} tables, {self.hidden} rows hidden>"

    @property
    def is_draft(self) -> bool:
        """Whether nobody has released it."""
        return self.path is None

    @property
    def hidden(self) -> int:
        """How many rows the gate hid; those it only changed (a rounded n, an earlier figure) not counted."""
        changed = pl.col("rule").is_in(list(CHANGED)) | pl.col("rule").str.contains("preset")
        return int(self.log.filter(~changed)["hidden"].sum())

    @property
    def at(self) -> dt.datetime:
        """When it was released; for a draft, when its run was made."""
        stamp = str(self.record.get("at") or self.record["run"])[:16]
        return dt.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)

    @property
    def record_sha256(self) -> str:
        """The sha256 of `release.json`, which the release's line in the ledger names; empty for a draft."""
        return sha256_of(self.path / "release.json") if self.path else ""

    def table(self, name: str) -> pl.DataFrame:
        """A gated table: 0, hidden and no data told apart in `status` of `estimates`; empty where none leaves."""
        return self.tables[name] if name in self.tables else TABLES[name].frame()

    def trail(self, ref: str) -> Link:
        """The chain of a result back to files; rows of a file are named where many records are behind it."""
        return trail(self.tables["lineage"], ref)


def release(
    path: str | Path | Run, *, reason: str, approved_by: Sequence[str], now: dt.datetime | None = None
) -> Release:  # fmt: skip
    """Releases the newest run of a workspace (or the run given): `releases/<id>/` and a line in the ledger.

    `reason` says what for; `approved_by` names two different roles, never persons. Everything earlier
    releases showed is part of the attack the new one must survive. Raises `Withheld` where small
    counts cannot be protected or an earlier release is missing, `BadInput` without reason or roles, or where they name
    somebody whom `private/names.txt` lists.
    """
    run = _run_of(path)
    workspace = run.workspace
    if workspace is None:
        raise BadInput("The run lies in no workspace", where=str(run.path), remedy="release it where it was made")
    why, roles = approved(reason, approved_by, run.names_listed or ())
    made = draft(run)
    at = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    after = len(made.record["earlier"])
    said = {
        "id": release_name(at, run.public_hash.removeprefix("keyed:"), after + 1),
        "at": at,
        "reason": why,
        "approved_by": list(roles),
    }
    texts = {"findings.json": json.dumps(made.findings, indent=2, ensure_ascii=False)}
    if made.plan:
        texts["plan.yaml"] = yaml.safe_dump(made.plan, allow_unicode=True, sort_keys=False, width=100)
    record = said | made.record
    content = ReleaseContent(made.tables | {"log": made.log}, made.areas, texts, record, _known(run), run.pieces())
    return _opened(write_release(workspace, content, after=after))


def _run_of(given: str | Path | Run) -> Run:
    return given if isinstance(given, Run) else open_result(given)


def _known(run: Run) -> pl.DataFrame:
    """What readers are told of each count, and what is hidden from them: for the attack on the next release.

    With the persons behind it: what was hidden for few of them stays so."""
    gated = run.protected.tables["estimates"]
    counts = run.frame("estimates").select(
        *KEY, *UNITS, pl.col("numerator").alias("counted"), pl.col("denominator").alias("of")
    )
    joined = gated.join(counts, on=list(KEY), how="left", nulls_equal=True, maintain_order="left")
    filled = joined.with_columns(
        pl.coalesce("numerator", "counted").alias("numerator"), pl.coalesce("denominator", "of")
    )
    return _with_persons_then(filled.drop("counted", "of"), [folder.known() for folder in run.earlier])


def _with_persons_then(known: pl.DataFrame, earlier: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows held back at an earlier figure with the persons that figure spoke of, not those of today."""
    before = [frame.select(*KEY, "numerator", *UNITS) for frame in earlier if set(UNITS) <= set(frame.columns)]
    held = pl.col("flags").fill_null("").str.split(";").list.contains(HELD)
    if not before or not known.select(held.any()).item():
        return known
    on = [*KEY, "numerator"]
    then = pl.concat(before).unique(on, keep="last", maintain_order=True)
    joined = known.join(then, on=on, how="left", suffix="_then", nulls_equal=True, maintain_order="left")
    persons = [pl.when(held).then(f"{name}_then").otherwise(name).alias(name) for name in UNITS]
    return joined.with_columns(persons).select(known.columns)


def draft(run: Run) -> Release:
    """What of a run would be released, gated against all earlier releases.

    Nothing is written, but for the workspace's secret where there is none yet.
    """
    gated, names = run.gate, run.names_listed or ()
    pack = load_pack(run.record["pack"]["id"])
    findings, triangulation = findings_of(run, gated, pack)
    quotes, refused = quotes_of(run, pack)
    plan, withheld = withhold_in_plan(plan_of(run, gated), names)
    quality, more = withhold_reasons(gated.tables["quality"], names)
    tables = gated.tables | {"triangulation": triangulation, "quality": quality} | quotes
    log = pl.concat([gated.log, refused, action_log(withheld + more)])
    record = {name: run.record[name] for name in _COPIED if name in run.record}
    named = {file: digest for file, digest in record["inputs"].items() if file not in WORD_FILES}
    record["inputs"] = keyed_inputs(named, run.frame("sources"), run.secret)
    record |= {
        "schema_version": "1",
        "run": run.public_name,
        "run_hash": run.public_hash,
        "preset": asdict(run.preset),
        "changed": run.preset.changes,
        "earlier": [folder.path.name for folder in run.earlier],
    }
    return Release(tables, log, record, findings, plan, run.areas())


def preview(path: str | Path | Run) -> Preview:
    """Attacks what would be released of a run (a workspace's newest one), by all that strangers could read.

    For the analyst: it holds the hidden counts. Takes about as long as the gate itself.
    """
    run = _run_of(path)
    earlier = [folder.known() for folder in run.earlier]
    shown = run.protected.tables["estimates"]
    found = attack_preview(run.frame("estimates"), shown, run.nesting, earlier, run.limits)
    names = {area: name for frame in run.areas().values() for area, name in frame.select("area", "name").iter_rows()}
    pack = load_pack(run.record["pack"]["id"])
    return replace(found, names=names | {indicator.id: indicator.name for indicator in pack.indicators})


def open_release(path: str | Path) -> Release:
    """A release by its folder, or the newest one of a workspace."""
    return _opened(open_release_folder(path))


def released_or_draft(path: str | Path) -> Release:
    """What an exit shows: a release folder as it is, the release of a run if it was released, else a draft of it."""
    if (Path(path) / "release.json").is_file():
        return open_release(path)
    run = open_result(path)
    names = {run.path.name, run.public_name}  # releases of older versions name the run's folder
    own = [folder for folder in run.earlier if folder.record()["run"] in names]
    return _opened(own[-1]) if own else draft(run)


def _opened(folder: ReleaseFolder) -> Release:
    tables = folder.tables()
    log = tables.pop("log")
    findings = json.loads(folder.text("findings.json"))
    plan = yaml.safe_load(folder.text("plan.yaml")) or {}
    return Release(tables, log, folder.record(), findings, plan, folder.areas(), folder.path)
