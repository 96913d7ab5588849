"""Translates a pack's visible strings by its PO files; what has no translation stays English."""

from dataclasses import dataclass
from pathlib import Path

from salus.errors import BrokenPack
from salus.framework.load import pack_chain


@dataclass(frozen=True)
class Translator:
    """Visible strings in one language."""

    language: str
    strings: dict[tuple[str, str], str]

    def knows(self, text: str) -> bool:
        """Whether the text has a translation, which may read the same."""
        return ("", text) in self.strings

    def __call__(self, text: str, context: str = "") -> str:
        """The text in this language, by its context first; the text itself if it is not translated."""
        return self.strings.get((context, text)) or self.strings.get(("", text)) or text


def load_translator(folder: Path, language: str) -> Translator:
    """The pack's strings in a language: `en` needs no file, any other needs `locale/<language>.po`.

    A pack that extends another adds its own file, if it has one, to that of the other.
    """
    if language == "en":
        return Translator("en", {})
    paths = [part / "locale" / f"{language}.po" for part in pack_chain(folder)]
    if not paths[0].is_file():
        there = sorted(p.stem for p in paths[0].parent.glob("*.po"))
        raise BrokenPack(
            f"The pack is not translated into '{language}'",
            where=paths[0].name,
            remedy=f"use one of en, {', '.join(there)}, or add locale/{language}.po",
        )
    strings: dict[tuple[str, str], str] = {}
    for path in paths:
        if path.is_file():
            strings |= _read(path)
    return Translator(language, strings)


def _read(path: Path) -> dict[tuple[str, str], str]:
    from babel.messages.pofile import PoFileError, read_po

    try:
        with path.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except PoFileError as problem:
        raise BrokenPack(f"The PO file cannot be read: {problem}", where=path.name, remedy="correct it") from problem
    strings: dict[tuple[str, str], str] = {}
    for message in catalogue:
        if message.id and isinstance(message.id, str) and message.string and not message.fuzzy:
            strings[(message.context or "", message.id)] = str(message.string)
            strings.setdefault(("", message.id), str(message.string))
    return strings
