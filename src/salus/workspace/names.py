"""The persons who must not be named (`private/names.txt`): read where words are judged, and repeated nowhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from salus.errors import BrokenWorkspace
from salus.model.findings import DataFinding

NAMES: Final = Path("private") / "names.txt"


def listed_names(workspace: Path) -> tuple[str, ...] | None:
    """The persons listed, one a line without what follows a `#`; None where there is no list.

    Raises `BrokenWorkspace` for a file that is not UTF-8: a name that cannot be read would not be found.
    """
    file = workspace / NAMES
    if not file.is_file():
        return None
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BrokenWorkspace(
            "The list of names is not readable as UTF-8", where=str(file), remedy="save it as text in UTF-8"
        ) from None  # the cause would repeat the line
    said = (line.partition("#")[0].strip() for line in lines)
    return tuple(dict.fromkeys(filter(None, said)))


def check_names(workspace: Path) -> Iterator[DataFinding]:
    """What is wrong with the list of names; a finding names the line and never what stands in it."""
    try:
        names = listed_names(workspace)
    except BrokenWorkspace as problem:
        yield DataFinding(NAMES.as_posix(), "unreadable", problem.what, problem.remedy)
        return
    if names == ():
        yield DataFinding(
            NAMES.as_posix(), "no_names", "The list of names is empty", "list a person a line, or delete the file",
            severity="warning",
        )  # fmt: skip
    for number, name in enumerate(names or (), start=1):
        if not any(letter.isalpha() for letter in name):
            yield DataFinding(
                NAMES.as_posix(), "no_name", f"Entry {number} holds no letters, so it finds nothing",
                "write a name, or # before a comment", severity="warning",
            )  # fmt: skip
