"""What a table of a run is: its columns, their types, and which of them name a row."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from salus.errors import BadInput

ROUND_DIGITS: Final = 10

TEXT, NUMBER, WHOLE, YES, DAY = pl.String(), pl.Float64(), pl.Int64(), pl.Boolean(), pl.Date()


@dataclass(frozen=True)
class Table:
    """One table: `columns` in order, `key` naming a row, `meaning` for the documentation."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: dict[str, pl.DataType]

    def frame(self, rows: list[dict[str, object]] | None = None) -> pl.DataFrame:
        """A frame of this shape from rows (missing columns become null), sorted by key."""
        frame = pl.DataFrame(rows or [], schema=self.columns, strict=False)
        return self.check(frame)

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame in this table's column order, types and key order; refuses what does not fit."""
        missing = [name for name in self.columns if name not in frame.columns]
        if missing:
            raise BadInput(
                f"Table {self.name} lacks the columns {missing}",
                where="salus.model.tables",
                remedy="give every documented column, null where there is no value",
            )
        ordered = frame.select(pl.col(name).cast(kind) for name, kind in self.columns.items())
        doubled = ordered.select(pl.struct(self.key).is_duplicated().sum()).item() if ordered.height else 0
        if doubled:
            raise BadInput(
                f"Table {self.name} has {doubled} rows that share a key {self.key}",
                where="salus.model.tables",
                remedy="a key names one row; aggregate or extend the key first",
            )
        return ordered.sort(list(self.key), nulls_last=False, maintain_order=True)

    def rounded(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Floats at 10 significant digits, so that the last bits of a machine do not show."""
        floats = [name for name, kind in self.columns.items() if kind == NUMBER]
        return frame.with_columns(pl.col(name).round_sig_figs(ROUND_DIGITS) for name in floats)
