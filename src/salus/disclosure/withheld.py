"""Free text of a city in what leaves: a text that points at somebody is withheld whole, never mended."""

from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from salus.disclosure.actions import Action
from salus.disclosure.words import check_text
from salus.model.phrases import Phrase

WITHHELD: Final = "withheld: it may identify somebody"
_STATED = ("text", "basis")
_REASONS = ("why", "who")
_LOG = {"table": pl.String(), "rule": pl.String(), "hidden": pl.Int64(), "share": pl.Float64()}


def withhold_in_plan(plan: dict[str, Any], names: Iterable[str] = ()) -> tuple[dict[str, Any], list[Action]]:
    """A plan whose vision and budget say nothing that points at somebody, and the log of it. The plan given stays.

    `names`: persons who must not be named.

    >>> plan, log = withhold_in_plan({"vision": {"text": "Nobody fears 45 Kilimani Road.", "basis": "council"}})
    >>> plan["vision"], log
    ({'text': 'withheld: it may identify somebody', 'basis': 'council'}, [('plan', 'text points at somebody', 1, 1.0)])
    """
    made, count, listed = dict(plan), 0, tuple(names)
    for part in ("vision", "budget"):
        if isinstance(plan.get(part), dict):
            pointing = [key for key in _STATED if check_text(str(plan[part].get(key) or ""), listed).reasons]
            made[part] = plan[part] | dict.fromkeys(pointing, WITHHELD)
            count += len(pointing)
    return made, [("plan", "text points at somebody", count, 1.0)] if count else []


def withhold_reasons(quality: pl.DataFrame, names: Iterable[str] = ()) -> tuple[pl.DataFrame, list[Action]]:
    """The table `quality` with the reasons given (why, who) withheld where they point at somebody, and the log."""
    rows, count, listed = quality.to_dicts(), 0, tuple(names)
    for row in rows:
        if not row["phrase"]:
            continue
        phrase = Phrase.unpacked(row["phrase"])
        given = {key: phrase.values[key] for key in _REASONS if key in phrase.values}
        pointing = [key for key, value in given.items() if check_text(str(value), listed).reasons]
        if pointing:
            values = phrase.values | dict.fromkeys(pointing, f"words:{WITHHELD}")
            shown = Phrase(phrase.text, values)
            row |= {"phrase": shown.packed, "message": shown.plain}
            count += 1
    if not count:
        return quality, []
    action = ("quality", "text points at somebody", count, count / len(rows))
    return pl.DataFrame(rows, schema=quality.schema), [action]


def action_log(actions: list[Action]) -> pl.DataFrame:
    """Actions of the gate as rows of its log."""
    return pl.DataFrame(actions, schema=_LOG, orient="row")
