"""The log of every opening of sealed evidence (`salus.workspace.chain` says what such a log can show)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from salus.errors import BadInput
from salus.workspace.chain import Chain, append_line, verify_chain
from salus.workspace.writer import alone

LOG = Path("private") / "openings.log"


def verify_openings(path: str | Path, head: str = "") -> Chain:
    """Whether the log of openings of a workspace is as it was written.

    Finds a line that was edited, taken out, put in or moved. With the `head` noted at an earlier opening it also
    finds that the log was cut short, deleted or written anew since; without it, it cannot. A workspace
    without a log has no openings and no faults. Raises `BadInput` where there is no folder.
    """
    if not Path(path).is_dir():
        raise BadInput(f"There is no folder {path}", where=str(path), remedy="check the path")
    return verify_chain(Path(path) / LOG, head)


def append_opening(path: Path, entry: Mapping[str, Any]) -> str:
    """Adds a line to the log, safe on disk before this returns; the sha256 of the line.

    Raises `Withheld` if the log is not as it was written: then nothing is opened.
    """
    with alone(path / LOG):
        return append_line(path / LOG, entry)
