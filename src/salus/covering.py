"""Which indicators of the framework a city's evidence allows, and what each other one lacks."""

from pathlib import Path
from typing import Final

import polars as pl

from salus.evidence import read_evidence
from salus.framework import load_pack
from salus.indicators import measure
from salus.model.framework import Indicator
from salus.workspace import CITIES, example_cities, open_workspace

_LACKS: Final = {
    "admin": "records of the authority in charge",
    "survey": "a sample survey",
    "health": "health records",
    "expert": "ratings by at least two experts with documents",
    "qualitative": "coded interviews or focus groups",
    "observation": "walks or observation on the ground",
    "geo": "maps of places and services",
    "open": "published country figures",
}


def coverage(city: str | Path) -> pl.DataFrame:
    """One row for each indicator of the city's pack: what its evidence gives.

    `city` is a workspace, or the name of an example city. Columns: indicator, name, status (`computed`, `no
    evidence`, `planned`), areas (below the city, with a value), level (finest: area, city, wider), sources,
    lacks (which kind of source would give it, of what).
    """
    folder = CITIES / str(city) if str(city) in example_cities() else Path(city)
    workspace = open_workspace(folder)
    pack = load_pack(workspace.city.pack)
    evidence = read_evidence(workspace, pack).evidence
    estimates = measure(evidence, pack, workspace.city).tables["estimates"].drop_nulls("value")
    scope = workspace.city.scope
    above = [scope.area, *workspace.city.wider]
    found = estimates.group_by("indicator").agg(
        pl.col("area").filter(~pl.col("area").is_in(above)).n_unique().alias("areas"),
        (pl.col("area") == scope.area).any().alias("here"),
        pl.col("source").unique().sort().str.join(", ").alias("sources"),
    )
    known = {row["indicator"]: row for row in found.to_dicts()}
    return pl.DataFrame(
        [_row(indicator, known.get(indicator.id)) for indicator in pack.indicators], infer_schema_length=None
    )


def _row(indicator: Indicator, found: dict[str, object] | None) -> dict[str, object]:
    about = {"indicator": indicator.id, "name": indicator.name}
    if found is not None:
        level = "area" if found["areas"] else "city" if found["here"] else "wider"
        rest = {"areas": found["areas"], "level": level, "sources": found["sources"], "lacks": ""}
        return about | {"status": "computed"} | rest
    kinds = " or ".join(_LACKS[kind] for kind in indicator.source_types)
    status = "planned" if indicator.measure == "planned" else "no evidence"
    return about | {
        "status": status, "areas": 0, "level": "", "sources": "", "lacks": f"{kinds}: {indicator.numerator}",
    }  # fmt: skip
