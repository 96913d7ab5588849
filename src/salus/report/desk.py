"""Everything a document may show of a run: released tables, names, words; and the keys it cites."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from salus.model.city import City
from salus.model.framework import Pack
from salus.model.phrases import Phrase
from salus.model.tables import key_column, row_key
from salus.releasing import Release
from salus.report.words import Words

MAIN_PROBLEMS = 5


@dataclass
class Desk:
    """What the sections of a document draw on. `cited` gathers the keys that need a trail."""

    release: Release
    pack: Pack
    words: Words
    cited: dict[str, str] = field(default_factory=dict)

    @cached_property
    def city(self) -> City:
        """The city assessed."""
        return City.model_validate(self.release.record["city"])

    @property
    def maps(self) -> str:
        """What maps the disclosure rules of the city let out: `anchors` (all), `areas` or `none`."""
        return str(self.release.record["preset"].get("maps", "anchors"))

    def table(self, name: str) -> pl.DataFrame:
        """A released table."""
        return self.release.table(name)

    def view(self, name: str, *, illustrative: bool) -> pl.DataFrame:
        """The rows of a released table from real evidence alone, or with the illustrative answers."""
        return self.table(name).filter(pl.col("illustrative") == illustrative)

    @cached_property
    def has_illustration(self) -> bool:
        """Whether anything in the run rests on illustrative answers."""
        return bool(self.table("priorities")["illustrative"].any())

    def cite(self, table: str, row: dict[str, Any]) -> str:
        """Notes that a row is cited and gives the anchor of its trail."""
        return self.cite_key(row_key(table, row))

    def cite_key(self, key: str) -> str:
        """The anchor of a key's trail."""
        return self.cited.setdefault(key, f"t{len(self.cited) + 1}")

    def released_row(self, table: str, key: str) -> dict[str, Any] | None:
        """The released row of that key, if there is one."""
        rows = self.table(table).filter(key_column(table) == key).to_dicts()
        return rows[0] if rows else None

    @cached_property
    def problems(self) -> dict[str, str]:
        """Problem names by id."""
        return {p.id: self.words.translate(p.name) for p in self.pack.problems}

    @cached_property
    def functions(self) -> dict[str, str]:
        """Function names by id."""
        return {f.id: self.words.translate(f.name) for f in self.pack.functions}

    @cached_property
    def themes(self) -> dict[str, str]:
        """Theme names by id."""
        return {t.id: self.words.translate(t.name) for t in self.pack.themes}

    @cached_property
    def interventions(self) -> dict[str, str]:
        """Intervention names by id."""
        return {i.id: self.words.translate(i.name) for i in self.pack.interventions}

    def institution(self, name: str | None) -> str:
        """An institution's name; several ids joined by `;` become a list."""
        known: dict[str, str] = self.release.record.get("institutions", {})
        return ", ".join(known.get(part, part) for part in (name or "").split(";") if part)

    @cached_property
    def indicators(self) -> dict[str, str]:
        """Indicator names by id."""
        return {i.id: self.words.translate(i.name) for i in self.pack.indicators}

    @cached_property
    def flows(self) -> dict[str, str]:
        """Names of the illicit flows by id."""
        return {f.id: self.words.translate(f.name) for f in self.pack.flows}

    def lead(self, institution: str | None, level: str | None) -> str:
        """Who leads, with the level; said plainly where nobody does yet."""
        if not institution:
            return self.words.translate("nobody yet")
        return f"{self.institution(institution)} ({self.words.translate(level or '')})"

    def name(self, kind: str, wanted: str) -> str:
        """The name of what a phrase names, in the language of the document."""
        if kind == "institution":
            return self.institution(wanted)
        if kind == "area":
            return self.city.place(wanted)
        known = {
            "flow": self.flows, "function": self.functions, "indicator": self.indicators,
            "intervention": self.interventions, "problem": self.problems, "theme": self.themes,
        }.get(kind, {})  # fmt: skip
        return known.get(wanted) or self.words.translate(wanted)

    def say(self, phrase: Phrase) -> str:
        """A phrase of a result in the language of the document."""
        return phrase.say(number=self.words.number, name=self.name, translate=self.words.translate)

    def enabling(self, lead: dict[str, Any]) -> str:
        """What has to happen before the lead of a function can act, from a row of `leads`."""
        return " ".join(self.say(Phrase.unpacked(cell)) for cell in json.loads(lead["phrases"] or "[]"))

    @cached_property
    def area_names(self) -> dict[str, str]:
        """Names of the areas people recognise."""
        frame = self.boundaries(self.city.scope.shown)
        return dict(frame.select("area", "name").iter_rows()) if frame is not None else {}

    def boundaries(self, vintage: str) -> pl.DataFrame | None:
        """Polygons of a vintage; None for a city without areas."""
        return self.release.areas.get(vintage)
