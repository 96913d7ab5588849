"""Gives each local offence label its ICCS class, tags and protection; what is unknown says so."""

import polars as pl

from salus.model.city import Mapping
from salus.model.findings import DataFinding
from salus.model.framework import Pack

UNMAPPED = "unmapped"
CLASS_COLUMNS = {"label": pl.String, "iccs": pl.String, "tags": pl.String, "protected": pl.Boolean}


def label_classes(labels: pl.Series, mapping: Mapping, pack: Pack) -> pl.DataFrame:
    """One row a label: `label, iccs, tags, protected`. Labels in no table are `unmapped`.

    A label whose correspondence splits over classes goes to its largest share; the split itself is
    content of the table and is stated in the source's quality findings.
    """
    rows = sorted(pack.correspondences.get(mapping.correspondence, ()), key=lambda row: row.share)
    table = {row.label: (row.iccs, row.tags) for row in rows}
    table |= {label: (code, ()) for label, code in mapping.codes.items()}
    out = []
    for label in labels.unique().drop_nulls().sort().to_list():
        iccs, tags = table.get(label, (UNMAPPED, ()))
        out.append((label, iccs, ";".join(tags), pack.protected.covers(iccs, tuple(tags))))
    return pl.DataFrame(out, schema=CLASS_COLUMNS, orient="row")


def relabelled(mapping: Mapping, pack: Pack, file: str) -> list[DataFinding]:
    """Labels that a table knows as what authorities find, and that the mapping calls something people report.

    Otherwise drug files, or searches, would become an outcome by a line in a mapping.
    """
    known = {row.label: row.iccs for table in pack.correspondences.values() for row in table}
    return [
        DataFinding(
            file,
            "enforcement_as_outcome",
            f"'{label}' is counted by what authorities find ({known[label]}), and mapped to {code} here",
            "map it to its own class: more patrols give more files, so it never becomes an outcome",
            severity="error",
            column="codes",
            value=label,
        )
        for label, code in mapping.codes.items()
        if code[:1].isdigit() and pack.is_enforcement(known.get(label, "")) and not pack.is_enforcement(code)
    ]


def split_labels(mapping: Mapping, pack: Pack) -> tuple[str, ...]:
    """Labels of the table that stand for more than one ICCS class."""
    rows = pack.correspondences.get(mapping.correspondence, ())
    return tuple(sorted({row.label for row in rows if row.share < 1}))
