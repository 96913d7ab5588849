"""Makes the crosswalk between two vintages of a workspace's areas: first said, then written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from salus.errors import BadInput, UnknownReference
from salus.evidence.crosswalk import POINTS, Crosswalk, area_weighted, population_weighted
from salus.evidence.geography import read_geography
from salus.model.city import Geography
from salus.model.findings import DataFinding, errors
from salus.workspace import Workspace, open_workspace, sha256_of

_DECIMALS = 12


@dataclass(frozen=True)
class Vintages:
    """The crosswalk between two vintages, what it does to people, and whether it was written."""

    crosswalk: Crosswalk
    file: Path
    written: bool
    people: float
    """Persons of the vintage that is divided; 0 where they are not known."""
    moved: float
    """Share of these persons (of the ground, where they are not known) who are counted elsewhere than where most of
    their area is."""
    outside: float
    """Share of these persons (or of the ground) who are in no area of the other vintage."""
    findings: tuple[DataFinding, ...]

    def sentence(self) -> str:
        """What was found and done, in words."""
        areas = self.crosswalk.outside
        of = f"{self.people:,.0f} persons" if self.people else "the ground (persons are not known)"
        by_ground = areas.filter(pl.col("weighted_by") != self.crosswalk.weighted_by).height
        kind = "ground" if self.crosswalk.weighted_by == "area" else "people"
        said = (
            f"{len(self.crosswalk.split):,} of {areas.height:,} areas of {self.crosswalk.from_} lie in more than one"
            f" area of {self.crosswalk.to}; {self.moved:.1%} of {of} are counted elsewhere than most of their area,"
            f" {self.outside:.1%} are in no area. Shares are of {kind}"
        )
        said += f", of ground in {by_ground:,} areas without persons." if by_ground else "."
        if errors(self.findings):
            return f"Refused: {len(errors(self.findings))} errors. Nothing was written."
        return f"{said} {f'Written to {self.file}.' if self.written else 'Dry run: nothing was written.'}"


def vintages(
    path: str | Path,
    *,
    from_: str,
    to: str,
    population: str | Path | None = None,
    blocks: str | None = None,
    replace: bool = False,
    dry_run: bool = False,
) -> Vintages:
    """Writes geography/crosswalk.csv: the share of each area of one vintage in the areas of another.

    By ground, or by people: `population` is a CSV with longitude, latitude and persons, `blocks` a vintage of smaller
    areas with populations. What it rests on stands beside it in geography/crosswalk.yaml. A crosswalk that is there is
    only overwritten with `replace`. Raises `BadInput` for arguments that
    contradict each other, `UnknownReference` for a vintage that is not there.
    """
    workspace = open_workspace(path)
    if population is not None and blocks is not None:
        raise BadInput("Both points and blocks were given", where="--blocks", remedy="give one of them")
    if from_ == to:
        raise BadInput(f"'{to}' cannot be crossed with itself", where="--to", remedy="name two vintages")
    file = workspace.path / "geography" / "crosswalk.csv"
    if file.exists() and not (replace or dry_run):
        raise BadInput("There is a crosswalk already", where=str(file), remedy="look at it, then add --replace")
    findings: list[DataFinding] = []
    old, new = _read(workspace, from_, findings), _read(workspace, to, findings)
    layer: pl.DataFrame | Geography | None = _points(Path(population)) if population is not None else None
    layer = _read(workspace, blocks, findings) if blocks is not None else layer
    made = area_weighted(old, new) if layer is None else population_weighted(old, new, layer)
    findings += _looked_at(workspace, made, old, layer if isinstance(layer, Geography) else None)
    write = not (errors(tuple(findings)) or dry_run)
    if write:
        given = {"population": sha256_of(Path(population))} if population is not None else {}
        given |= {f"geography/{g.id}": g.sha256 for g in (old, new, layer) if isinstance(g, Geography)}
        _placed({file.with_suffix(".yaml"): _statement(made, given), file: _table(made)})
    return Vintages(made, file, write, *_figures(made, old), tuple(findings))


def _read(workspace: Workspace, vintage: str, findings: list[DataFinding]) -> Geography:
    file = workspace.geography_file(vintage)
    if not file.is_file():
        there = sorted(p.name for p in (workspace.path / "geography").glob("*") if p.is_dir())
        known = ", ".join(there) or "no vintage at all"
        raise UnknownReference(f"There is no vintage '{vintage}'", where=str(file.parent), remedy=f"there is {known}")
    shown = file.relative_to(workspace.path).as_posix()
    geography, wrong = read_geography(file, vintage, shown=shown, sha256=sha256_of(file))
    findings += wrong
    return geography


def _points(file: Path) -> pl.DataFrame:
    try:
        points = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as problem:
        reason = str(problem).splitlines()[0][:160]
        remedy = f"give a CSV with the columns {', '.join(POINTS)}"
        raise BadInput(f"Not readable as CSV: {reason}", where=str(file), remedy=remedy) from problem
    missing = [name for name in POINTS if name not in points.columns]
    if missing:
        text = f"The points have no column {', '.join(missing)}"
        raise BadInput(text, where=str(file), remedy=f"the columns are {', '.join(POINTS)}")
    numbers = points.select(pl.col(POINTS).str.strip_chars().cast(pl.Float64, strict=False))
    for name in POINTS:
        wrong = points.with_row_index("row", offset=1).filter(numbers[name].is_null())
        if wrong.height:
            text = f"Row {wrong['row'][0]} has no number as {name}, as have {wrong.height - 1:,} others"
            raise BadInput(text, where=str(file), remedy="correct these rows, or leave them out")
    return numbers


def _looked_at(
    workspace: Workspace, made: Crosswalk, old: Geography, layer: Geography | None
) -> Iterator[DataFinding]:  # fmt: skip
    scope, shown = workspace.city.scope, "geography/crosswalk.csv"
    if old.areas.height and made.links.height == 0:
        text = f"No area of {made.from_} lies in any area of {made.to}"
        yield DataFinding(shown, "no_overlap", text, "check that both are of this city, and in WGS84")
    if (scope.geography, scope.shown) != (made.from_, made.to):
        text = f"city.yaml models on '{scope.geography}' and shows '{scope.shown}', not {made.from_} and {made.to}"
        yield DataFinding(shown, "other_scope", text, "a run uses the crosswalk of its scope only", severity="warning")
    unknown = layer.areas["population"].null_count() if layer is not None else 0
    if layer is not None and unknown:
        text = f"{unknown:,} of {layer.areas.height:,} blocks have no population, and count for no one"
        yield DataFinding(layer.file, "blocks_without_population", text, "give it, if it is known", severity="warning")


def _figures(made: Crosswalk, old: Geography) -> tuple[float, float, float]:
    """Persons of the old areas, and the shares of them that move and that are outside."""
    persons = old.areas.select("area", pl.col("population").fill_null(0.0).alias("weight"))
    people = float(persons["weight"].sum())
    if people == 0:
        persons = old.areas.select("area", pl.col("km2").alias("weight"))
    total = float(persons["weight"].sum())
    if total == 0:
        return 0.0, 0.0, 0.0
    lost = made.outside.join(persons, on="area").select((pl.col("outside") * pl.col("weight")).sum()).item()
    minor = made.links.group_by("area").agg((pl.col("share").sum() - pl.col("share").max()).alias("minor"))
    moved = minor.join(persons, on="area").select((pl.col("minor") * pl.col("weight")).sum()).item()
    return people, float(moved) / total, float(lost) / total


def _table(made: Crosswalk) -> str:
    return made.links.with_columns(pl.col("share", "outside").round(_DECIMALS)).write_csv()


def _statement(made: Crosswalk, given: dict[str, str]) -> str:
    """What the crosswalk is and rests on, with the areas that the table cannot hold because they lie nowhere."""
    nowhere = made.outside.join(made.links, on="area", how="anti")["area"].to_list()
    statement: dict[str, Any] = {
        "from": made.from_, "to": made.to, "weighted_by": made.weighted_by, "sliver": made.sliver,
        "sha256": given, "wholly_outside": nowhere,
    }  # fmt: skip
    heading = "# Written by `salus vintages` beside crosswalk.csv: what its shares rest on.\n"
    return heading + yaml.safe_dump(json.loads(json.dumps(statement)), sort_keys=False, allow_unicode=True)


def _placed(texts: dict[Path, str]) -> None:
    """Writes several files, all or none: what was there comes back if one cannot be put in place."""
    before = {path: path.read_bytes() if path.exists() else None for path in texts}
    made: dict[Path, Path] = {}
    try:
        for path, text in texts.items():
            handle, name = tempfile.mkstemp(prefix=".vintages-", dir=path.parent)
            made[path] = Path(name)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            made[path].chmod(0o644)
        for path, building in made.items():
            building.replace(path)
    except BaseException:
        for path, old in before.items():
            if old is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(old)
        for building in made.values():
            building.unlink(missing_ok=True)
        raise
