"""The appendix of trails: for every cited key, the files, sha256 and rows it rests on."""

from typing import Any

from salus.report.desk import Desk
from salus.trail import sources_of

_SHORT_HASH = 12


def trails(desk: Desk) -> list[dict[str, Any]]:
    """One entry a cited key, in the order of citing. Call it last: sections cite while they are made."""
    import polars as pl

    ends = sources_of(desk.table("lineage"), pl.Series(list(desk.cited)))
    nothing = [desk.words.translate("Nothing: there is no evidence, and that is the finding.")]
    digests = dict(desk.table("sources").select("file", "sha256").iter_rows())
    return [
        {
            "anchor": anchor,
            "key": key,
            "files": _files(desk, ends.get(key, frozenset()), digests),
            "other": _other(ends.get(key, frozenset())) or nothing * (not _rests(ends.get(key, frozenset()))),
        }
        for key, anchor in desk.cited.items()
    ]


def _files(desk: Desk, keys: frozenset[str], digests: dict[str, str]) -> list[dict[str, Any]]:
    """Places in one file become one line: first to last row, and how many places."""
    grouped: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    unnamed: set[tuple[str, str, str]] = set()
    for key in keys:
        parts = key.split("|")
        if len(parts) == 4 and parts[3].startswith("rows "):
            first, last = parts[3].removeprefix("rows ").split(" ")[0].split("-")
            grouped.setdefault((parts[0], parts[1], digests.get(parts[1], parts[2])), []).append(
                (int(first), int(last))
            )
        elif len(parts) == 3 and parts[2].isdigit():
            grouped.setdefault((parts[0], parts[1], digests.get(parts[1], "")), []).append(
                (int(parts[2]), int(parts[2]))
            )
        elif len(parts) == 3 and "/" in parts[1]:
            unnamed.add((parts[0], parts[1], digests.get(parts[1], parts[2])))
    grouped |= {place: [] for place in unnamed}  # the rows of few records anywhere in a file: none are named
    return [
        {
            "source": source,
            "file": file,
            "sha256": digest[:_SHORT_HASH],
            "places": max(len(spans), 1),
            "rows": _rows(desk, spans),
        }
        for (source, file, digest), spans in sorted(grouped.items())
    ]


def _rows(desk: Desk, spans: list[tuple[int, int]]) -> str:
    if not spans:
        return desk.words.translate("not named: few records")
    used = [span for span in spans if span != (0, 0)]
    if not used:
        return desk.words.translate("all (smoothing)")
    return f"{min(a for a, _ in used):,}–{max(b for _, b in used):,}"


def _rests(keys: frozenset[str]) -> bool:
    return any(key.count("|") in {2, 3} and "/" in key for key in keys)


def _other(keys: frozenset[str]) -> list[str]:
    return sorted(key for key in keys if key.count("|") < 2)
