"""A sentence that can be said in several languages: a template and the values that fill it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Value = float | str | tuple[str, ...]
"""A number; plain text; `kind:id` for something that has a name; or several of these names."""

NAMED: Final = (
    "area", "flow", "function", "indicator", "institution", "intervention", "level", "problem", "theme", "unit",
    "words",
)  # fmt: skip
"""What a value may name; `words` and `unit` are themselves the English text."""

Namer = Callable[[str, str], str]
"""(kind, id) -> the name in the language spoken."""


@dataclass(frozen=True)
class Phrase:
    """An English template with {placeholders}, and what fills them.

    >>> phrase = Phrase("{what}: {value} in {year}", {"what": "indicator:A01", "value": 7.523, "year": "2022"})
    >>> phrase.say(number=lambda x: f"{x:.1f}", name=lambda kind, id: {"A01": "Homicide"}[id])
    'Homicide: 7.5 in 2022'
    """

    text: str
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        """In English, with ids for names: what a table holds."""
        return self.say(number=lambda value: f"{value:g}", name=lambda _, wanted: wanted)

    @property
    def packed(self) -> str:
        """As one cell of a table, from which `unpacked` makes it again."""
        return json.dumps({"text": self.text, "values": self.values}, ensure_ascii=False)

    @classmethod
    def unpacked(cls, cell: str) -> "Phrase":
        """A phrase from what `packed` gave.

        >>> Phrase.unpacked(Phrase("{n} of {total}", {"n": 2, "total": 5}).packed).plain
        '2 of 5'
        """
        held = json.loads(cell)
        values = {key: tuple(v) if isinstance(v, list) else v for key, v in held["values"].items()}
        return cls(held["text"], values)

    def say(
        self, *, number: Callable[[float], str], name: Namer, translate: Callable[[str], str] = lambda text: text
    ) -> str:
        """The sentence: its template translated first, then filled with numbers and names as that language has them."""
        filled = {key: _said(value, number, name) for key, value in self.values.items()}
        return translate(self.text).format(**filled)


def _said(value: Value, number: Callable[[float], str], name: Namer) -> str:
    if isinstance(value, str):
        kind, _, rest = value.partition(":")
        return name(kind, rest) if kind in NAMED and rest else value
    if isinstance(value, (int, float)):
        return number(value)
    return "; ".join(_said(part, number, name) for part in value)
