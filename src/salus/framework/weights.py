"""Tables of harm weights of a pack: read with their rows, and checked."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from salus.framework.draft import Draft
from salus.framework.source import Content, read_csv, read_yaml
from salus.model.findings import DataFinding
from salus.model.framework import Pack
from salus.model.weights import HarmWeight, HarmWeights

Reader = Callable[[Path, str], Content]
ReadMany = Callable[[Draft, str, str, type[BaseModel], Reader], Iterable[Any]]


def read_weights(draft: Draft, read_many: ReadMany) -> tuple[HarmWeights, ...]:
    """The tables under `weights/`: what each is, with its rows; a file without its twin is a fault."""
    heads = {
        path.stem: head
        for path in sorted((draft.folder / "weights").glob("*.yaml"))
        for head in read_many(draft, "weights", f"weights/{path.name}", HarmWeights, read_yaml)
    }
    rows = {path.stem: path for path in sorted((draft.folder / "weights").glob("*.csv"))}
    for name in sorted(set(heads) ^ set(rows)):
        have, lack = ("yaml", "csv") if name in heads else ("csv", "yaml")
        text = f"weights/{name}.{have} has no weights/{name}.{lack} beside it"
        remedy = "a table of weights is two files: what it is (.yaml, named after its id), and its rows (.csv)"
        draft.findings.append(DataFinding(f"weights/{name}.{have}", "missing_file", text, remedy, line=1))
    return tuple(
        head.model_copy(
            update={"weights": tuple(read_many(draft, f"weights/{name}", f"weights/{name}.csv", HarmWeight, read_csv))}
        )
        for name, head in heads.items()
        if name in rows
    )


def weights(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    """Classes that do not exist or stand twice, and activity of authorities weighed as if it were harm."""
    known = {row.code for row in pack.iccs}
    driven = {code: i.id for i in pack.indicators if i.enforcement_driven and i.select for code in i.select.iccs}
    for table in pack.weights:
        seen: set[str] = set()
        for line, row in enumerate(table.weights, start=2):
            if row.iccs not in known:
                text = f"{row.iccs} is no class of crosswalks/iccs.csv"
                yield _fault(table, line, "unknown_iccs", text, "correct the code", row.iccs)
            if row.iccs in seen:
                text = f"{row.iccs} has two weights in this table"
                yield _fault(table, line, "doubled_id", text, "keep one", row.iccs)
            seen.add(row.iccs)
            for code, owner in driven.items():
                if row.iccs.startswith(code) or code.startswith(row.iccs):
                    text = f"{row.iccs} is recorded activity of authorities ({owner}), which is no harm counted"
                    yield _fault(table, line, "enforcement_weight", text, "leave the class out", row.iccs)
                    break


def _fault(table: HarmWeights, line: int, check: str, text: str, remedy: str, value: str) -> DataFinding:
    return DataFinding(f"weights/{table.id}.csv", check, text, remedy, line=line, column="iccs", value=value)
