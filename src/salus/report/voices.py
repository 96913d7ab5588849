"""The section "In their words": released quotes by theme, each with its place and what is shown of the speaker."""

from typing import Any

from salus.disclosure import WITHHELD
from salus.report.desk import Desk
from salus.report.words import msg

_WITHHELD = msg("withheld: it may identify somebody")


def voices(desk: Desk) -> list[dict[str, Any]]:
    """What was said, and apart from it what was invented, by theme; empty where a release has no quotes."""
    views = [{"illustrative": view, "themes": _themes(desk, illustrative=view)} for view in (False, True)]
    return [view for view in views if view["themes"]]


def _themes(desk: Desk, *, illustrative: bool) -> list[dict[str, Any]]:
    """One entry a theme, in the order of the pack, with its quotes."""
    rows = desk.view("quotes", illustrative=illustrative).sort("number").to_dicts()
    order = [*desk.themes, ""]
    return [
        {
            "theme": desk.themes.get(theme) or desk.words.translate("No theme"),
            "quotes": [
                {"text": row["quote"], "speaker": speaker(desk, row)} for row in rows if (row["theme"] or "") == theme
            ],
        }
        for theme in order
        if any((row["theme"] or "") == theme for row in rows)
    ]


def speaker(desk: Desk, row: dict[str, Any]) -> str:
    """Who said it, as far as that is shown: group, role, further things, place."""
    words = desk.words
    place = desk.area_names.get(row["area"]) or desk.city.place(row["area"])
    shown = [words.translate(row[name]) for name in ("group", "role") if row[name]]
    return ", ".join((*shown, *filter(None, [row["attributes"]]), place))


def stated(desk: Desk, vision: dict[str, Any]) -> dict[str, Any]:
    """The vision as it is shown; what the gate withheld is said in the language of the document."""
    return vision | {"text": desk.words.translate(_WITHHELD)} if vision["text"] == WITHHELD else vision
