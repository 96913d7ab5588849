"""Writes docs/reference from the code: commands from their help, tables from the model. `--check` only compares."""

import sys
from pathlib import Path

from typer.testing import CliRunner

from salus.cli.app import app
from salus.model.tables import TABLES

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"
VERBS = (
    "demo",
    "new",
    "vintages",
    "add",
    "check",
    "run",
    "release",
    "report",
    "trail",
    "prepare",
    "seal",
    "unseal",
    "synth",
    "doctor",
)


def commands() -> str:
    runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
    parts = ["# Commands\n\nWritten from `--help` by `make docs`. Exit codes: 0 done, 1 findings, 2 misuse.\n"]
    calls = [[verb] for verb in VERBS] + [["framework", part] for part in ("check", "show", "test")]
    for call in calls:
        text = runner.invoke(app, [*call, "--help"], prog_name="salus").stdout
        body = "\n".join(line.rstrip() for line in text.strip().splitlines())
        parts.append(f"## salus {' '.join(call)}\n\n```text\n{body}\n```\n")
    return "\n".join(parts)


def tables() -> str:
    parts = [
        "# Tables of a run\n\nWritten from `salus.model.tables` by `make docs`. Scores are 0-100, higher is worse.\n"
    ]
    for table in TABLES.values():
        columns = ", ".join(f"`{name}` {kind}" for name, kind in table.columns.items())
        parts.append(f"## {table.name}\n\n{table.meaning}\n\nKey: {', '.join(table.key)}. Columns: {columns}.\n")
    return "\n".join(parts)


def main() -> int:
    wrong = 0
    for name, text in (("commands.md", commands()), ("tables.md", tables())):
        file = REFERENCE / name
        if "--check" not in sys.argv:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            print(f"docs/reference/{name} is out of date: run `make docs` and commit it")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
