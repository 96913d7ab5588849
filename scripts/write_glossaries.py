"""Writes docs/glossary/<lang>.md from GLOSSARY.md: the terms of a language in its own order, with the English term.

`--check` changes nothing and fails when a file is out of date, or when a catalogue says a term otherwise.
"""

import argparse
import re
import sys
from pathlib import Path

from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
CATALOGUES = (ROOT / "src/salus/report/locale", ROOT / "src/salus/packs/usg-core/locale")
_HEAD = {
    "es": "# Glosario\n\nUna palabra, un significado: los textos en español de Salus siguen estos términos. El significado de"
    " cada uno está en\n[GLOSSARY.md](../../GLOSSARY.md).\n\n| término | en inglés |\n|---|---|\n"
}
# Terms that mean only one thing, so that a catalogue can be held to them: English word -> stem it must contain.
FIRM = {
    "es": {
        "disclosure gate": "control de divulgación", "legal authority": "atribuci", "capacity": "capacidad",
        "draws": "sorteo", "severity": "gravedad", "burden": "carga",
        "inequity": "inequidad", "portfolio": "cartera", "illustrative": "ilustrativ",
    }
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if something is out of date")
    check = parser.parse_args().check
    problems = []
    for language, head in _HEAD.items():
        path = ROOT / "docs" / "glossary" / f"{language}.md"
        rows = sorted((said.lower(), term) for term, said in terms())
        text = head + "".join(f"| {said} | {term} |\n" for said, term in rows)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            problems.append(f"{path.relative_to(ROOT)} is out of date: run make catalogues")
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
        problems += unfaithful(language)
    for line in problems:
        print(line)
    if check and problems:
        sys.exit(1)


def terms() -> list[tuple[str, str]]:
    """Each term of the glossary with its Spanish word."""
    lines = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [(row[0], row[1]) for row in cells if row[0] != "term"]


def unfaithful(language: str) -> list[str]:
    """Translations that say a firm term in another word."""
    found = []
    for folder in CATALOGUES:
        with (folder / f"{language}.po").open("rb") as file:
            messages = [m for m in read_po(file) if m.id and isinstance(m.id, str) and m.string]
        for message in messages:
            for word, stem in FIRM[language].items():
                if re.search(rf"\b{word}\b", message.id, re.IGNORECASE) and stem not in message.string.lower():
                    found.append(f"{language}.po: '{word}' is '{stem}…' in the glossary, not so in {message.string!r}")
    return found


if __name__ == "__main__":
    main()
