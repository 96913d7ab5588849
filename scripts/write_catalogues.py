"""Brings the PO files up to date with the strings of the pack and of the report.

`python scripts/write_catalogues.py` keeps every translation whose text is unchanged, adds new strings without
one and drops what is gone; `--check` changes nothing and fails when a file would change or a string lacks its
translation.
"""

import argparse
import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from salus.framework import load_pack
from salus.framework.strings import visible_strings
from salus.report.vocabulary import VOCABULARY

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "salus"
PACK = SOURCE / "packs" / "usg-core"
REPORT = SOURCE / "report"
WIDTH = 118
_METHODS = [("templates/**.j2", "jinja2")]
_MARKS = {"translate", "msg"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if something is out of date")
    check = parser.parse_args().check
    problems = []
    for folder, wanted in ((PACK, _pack_strings()), (REPORT, _report_strings())):
        for path in sorted((folder / "locale").glob("*.po")):
            problems += _bring_up_to_date(path, wanted, check=check)
    for line in problems:
        print(line)
    if check and problems:
        sys.exit(1)


def _pack_strings() -> Catalog:
    catalogue = Catalog()
    for context, text in visible_strings(load_pack("usg-core")).items():
        catalogue.add(text, context=context)
    return catalogue


def _report_strings() -> Catalog:
    catalogue = Catalog()
    for path in sorted(REPORT.glob("*.py")):
        for text in _marked(path):
            catalogue.add(text)
    found = extract_from_dir(str(REPORT), _METHODS)
    for _, _, message, _, context in sorted(found, key=lambda each: each[0]):
        catalogue.add(message, context=context)
    for word in VOCABULARY:
        catalogue.add(word)
    return catalogue


def _marked(path: Path) -> Iterator[str]:
    """Texts that a module marks: `msg("...")` and `translate("...")`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in _MARKS and isinstance(node.args[0].value, str):
                yield node.args[0].value


def _bring_up_to_date(path: Path, wanted: Catalog, *, check: bool) -> list[str]:
    """Rewrites a PO file (or says that it would) and names the strings without translation."""
    old = path.read_bytes()
    known = read_po(io.BytesIO(old), abort_invalid=True)
    said = {(m.context, m.id): m.string for m in known if m.id}
    fresh = Catalog(locale=known.locale)
    for message in wanted:
        if message.id:
            fresh.add(message.id, said.get((message.context, message.id), ""), context=message.context)
    text = _header(old) + _body(fresh)
    name = path.relative_to(ROOT).as_posix()
    problems = []
    if text.encode() != old:
        problems.append(f"{name}: {'out of date: run make catalogues' if check else 'written'}")
        if not check:
            path.write_text(text, encoding="utf-8")
    missing = [m for m in fresh if m.id and not (m.string if isinstance(m.string, str) else all(m.string or ("",)))]
    problems += [f"{name}: no translation of {m.id!r} ({m.context or 'no context'})" for m in missing]
    return problems


def _header(old: bytes) -> str:
    """The header as it stands: it holds no date of generation."""
    return old.decode("utf-8").split("\n\n", 1)[0] + "\n\n"


def _body(catalogue: Catalog) -> str:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=WIDTH, omit_header=True, sort_output=False, no_location=True)
    return buffer.getvalue().decode("utf-8").strip("\n") + "\n"


if __name__ == "__main__":
    main()
