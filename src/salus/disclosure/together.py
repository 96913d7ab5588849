"""Quotes of one speaker, judged by all that they state of that person: readers may know that they belong together.

The code of a speaker is read here and goes no further: a row keeps what its speaker's quotes state, never who it is.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_COLUMNS = {"place": "area", "group": "group", "role": "role"}


def described(area: str, group: str | None, role: str | None, attributes: str | None) -> dict[str, str]:
    """What a row says of its speaker, by name; attributes are written `age=34; years=10`.

    What is not written so is kept whole under the name `said`, so that nothing shown goes uncounted.

    >>> described("Centro", "women", "", "age=34; lives alone")
    {'place': 'Centro', 'group': 'women', 'age': '34', 'said': 'lives alone'}
    """
    shown = {"place": area or "", "group": group or "", "role": role or ""}
    for part in filter(None, (each.strip() for each in (attributes or "").split(";"))):
        name, equals, value = part.partition("=")
        key = name.strip().casefold() if equals and value.strip() else "said"
        said = value.strip() if key != "said" else part
        if key in {*shown, "persons"}:
            key, said = "said", f"{shown.get('said', '')} {part}".strip()
        shown[key] = said
    return {key: said for key, said in shown.items() if said}


def stated_together(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """For each row (speaker, area, group, role, attributes, theme) what all rows of its speaker state, as text.

    Rows without a speaker stand alone; two ways to write a code that differ in case or spaces are one.

    >>> rows = [{"speaker": "P7", "area": "a", "attributes": "age=61"}, {"speaker": "p7 ", "role": "vendor"}]
    >>> stated_together(rows)[1]
    '[[{"place": "a", "age": "61"}, ""], [{"role": "vendor"}, ""]]'
    """
    given = list(rows)
    codes = [_code(row.get("speaker", "")) for row in given]
    stated: dict[str, list[tuple[dict[str, str], str]]] = {}
    for code, row in zip(codes, given, strict=True):
        said = described(*(row.get(name, "") for name in ("area", "group", "role", "attributes")))
        stated.setdefault(code, []).append((said, row.get("theme", "")))
    return [json.dumps(stated[code], ensure_ascii=False) if code else "" for code in codes]


def _code(written: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", written or "").casefold().split())


@dataclass(frozen=True)
class Speaker:
    """What readers may know of who said a quote: its description, the themes spoken of, and the columns of `quotes.csv`
    in which quotes of this speaker contradict each other.
    """

    description: dict[str, str]
    themes: frozenset[str]
    contradicted: tuple[str, ...] = ()


def speaker_of(own: dict[str, str], theme: str, together: str, places: Mapping[str, str]) -> Speaker:
    """The speaker of a quote by the union of what its own row and all others of this speaker state.

    `together`: as `stated_together` made it, empty for a quote that stands alone. Of two places, one in the other
    (`places`), the smaller counts. Where quotes contradict each other the description is the row's own.

    >>> kept = '[[{"place": "a", "age": "61"}, ""], [{"place": "city", "role": "vendor"}, ""]]'
    >>> speaker_of({"place": "city", "role": "vendor"}, "", kept, {"a": "city"}).description
    {'place': 'a', 'role': 'vendor', 'age': '61'}
    """
    others = [(dict(said), str(about)) for said, about in json.loads(together or "[]")]
    themes = frozenset({theme, *(about for _, about in others)})
    values: dict[str, set[str]] = {name: {said} for name, said in own.items()}
    for said, _ in others:
        for name, value in said.items():
            values.setdefault(name, set()).add(value)
    values["place"] = _smallest(values["place"], places)
    apart = {_COLUMNS.get(name, "attributes") for name, said in values.items() if len(said) > 1}
    if apart:
        return Speaker(own, themes, tuple(sorted(apart)))
    return Speaker({name: said for name, (said,) in values.items()}, themes)


def _smallest(found: set[str], places: Mapping[str, str]) -> set[str]:
    """The places without those that hold another one of them."""
    larger: set[str] = set()
    for place in found:
        seen, above = {place}, places.get(place)
        while above is not None and above not in seen:
            seen.add(above)
            above = places.get(above)
        larger |= seen - {place}
    return found - larger or found
