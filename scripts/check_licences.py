"""Fails when a data file ships without an entry in LICENSES-DATA.md, or an entry has no file."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LISTED = ROOT / "LICENSES-DATA.md"
DATA = (".csv", ".gz", ".geojson", ".json", ".parquet", ".xlsx", ".gpkg")
PLACES = ("src", "tests", "docs", "benchmarks")


def shipped() -> set[str]:
    """Every data file that git knows or would add, by its path from the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PLACES]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\n")
    return {name for name in names if name.endswith(DATA) and (ROOT / name).is_file()}


def listed() -> set[str]:
    """Every path the table names, in its first column; a path that ends in / covers what is below it."""
    return set(
        re.findall(r"^\| ((?:src|tests|docs|benchmarks)/\S+) \|", LISTED.read_text(encoding="utf-8"), re.MULTILINE)
    )


def main() -> int:
    entries = listed()
    folders = tuple(entry for entry in entries if entry.endswith("/"))
    files = shipped()
    without = sorted(f for f in files if f not in entries and not f.startswith(folders))
    gone = sorted(e for e in entries if not (ROOT / e).exists())
    for name in without:
        print(f"{name} ships without an entry in LICENSES-DATA.md: add publisher and licence as stated")
    for name in gone:
        print(f"LICENSES-DATA.md names {name}, which is not there: remove the entry")
    print(f"{len(files)} data files, {len(without)} without a licence entry, {len(gone)} entries without a file")
    return 1 if without or gone else 0


if __name__ == "__main__":
    sys.exit(main())
