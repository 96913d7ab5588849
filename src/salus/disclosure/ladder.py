"""How many persons a description fits, and which broader descriptions fit enough of them.

A ladder leads from a place to a larger one and from a group to a broader one. It only suggests: what a
speaker is called is decided by people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

import polars as pl

from salus.errors import BadInput

Description = Mapping[str, str]


@dataclass(frozen=True)
class Broader:
    """A broader description that fits `persons`; `steps` says in words what was changed to get there."""

    description: Description
    persons: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Population:
    """Who lives where: `persons` has a row for each kind of person in a place, with the columns place and persons.

    Further columns (group, role, age, ...) are what can be said of somebody. Each person is in one row of
    a place. `places` and `groups` lead from a narrower to the next broader one. A place or group without
    rows of its own has the persons of those below it.
    """

    persons: pl.DataFrame
    places: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not {"place", "persons"} <= set(self.persons.columns):
            raise BadInput(
                "A population table has the columns place and persons", where="Population", remedy="rename its columns"
            )
        for above in (self.places, self.groups):
            for rung in above:
                _climb(rung, above)

    def fits(self, description: Description) -> int | None:
        """How many persons a description fits, as far as the table tells; None where it does not tell.

        >>> table = pl.DataFrame({"place": ["Centro", "Sur"], "group": ["women", "women"], "persons": [30, 900]})
        >>> people = Population(table, places={"Centro": "city", "Sur": "city"})
        >>> people.fits({"place": "Centro", "group": "women"}), people.fits({"place": "city"})
        (30, 930)
        >>> people.fits({"place": "Centro", "role": "head teacher"}) is None
        True
        """
        if "place" not in description or not set(description) <= set(self.persons.columns) - {"persons"}:
            return None
        others = [pl.col(k) == v for k, v in description.items() if k not in {"place", "group"}]
        rows = self.persons.filter(others) if others else self.persons
        if "group" not in description:
            return _of_place(rows, description["place"], self.places)
        return self._of_group(rows, description["place"], description["group"])

    def _of_group(self, rows: pl.DataFrame, place: str, group: str) -> int | None:
        own = rows.filter(pl.col("group") == group)
        found = _of_place(own, place, self.places)
        if found is not None:
            return found
        below = [self._of_group(rows, place, g) for g, broader in self.groups.items() if broader == group]
        return _sum(below)

    def broader(self, description: Description, least: int) -> tuple[Broader, ...]:
        """The descriptions with the fewest changes that fit at least `least` persons; none if nothing does.

        A change is a step up to a larger place or a broader group, or leaving something else out.

        >>> table = pl.DataFrame({"place": ["Centro", "Sur"], "group": ["women", "women"], "persons": [3, 900]})
        >>> people = Population(table, places={"Centro": "city", "Sur": "city"})
        >>> people.broader({"place": "Centro", "group": "women"}, least=50)[0].steps
        ('say city instead of Centro',)
        """
        enough: list[Broader] = []
        for steps, candidate in sorted(self._rungs(description), key=lambda rung: len(rung[0])):
            if enough and len(steps) > len(enough[0].steps):
                break
            persons = self.fits(candidate)
            if steps and persons is not None and persons >= least:
                enough.append(Broader(candidate, persons, steps))
        return tuple(enough)

    def _rungs(self, description: Description) -> Iterator[tuple[tuple[str, ...], Description]]:
        places = _climb(description["place"], self.places)
        groups = _climb(description["group"], self.groups) if "group" in description else [""]
        others = [name for name in description if name not in {"place", "group"}]
        drops = [gone for size in range(len(others) + 1) for gone in combinations(others, size)]
        for (i, place), (j, group), gone in product(enumerate(places), enumerate(groups), drops):
            kept = {name: description[name] for name in others if name not in gone}
            steps = [f"say {places[s + 1]} instead of {places[s]}" for s in range(i)]
            steps += [f"say {groups[s + 1]} instead of {groups[s]}" for s in range(j)]
            steps += [f"leave out the {name}" for name in gone]
            yield tuple(steps), {"place": place, **({"group": group} if group else {}), **kept}
        if "group" in description:
            without = {name: said for name, said in description.items() if name != "group"}
            yield from ((("leave out the group", *steps), rung) for steps, rung in self._rungs(without))


def _climb(start: str, above: Mapping[str, str]) -> list[str]:
    rungs = [start]
    while rungs[-1] in above:
        rungs.append(above[rungs[-1]])
        if len(rungs) != len(set(rungs)):
            raise BadInput(f"The ladder of '{start}' leads in a circle", where="Population", remedy="correct it")
    return rungs


def _of_place(rows: pl.DataFrame, place: str, places: Mapping[str, str]) -> int | None:
    own = rows.filter(pl.col("place") == place)
    if own.height:
        return int(own["persons"].sum())
    return _sum([_of_place(rows, part, places) for part, larger in places.items() if larger == place])


def _sum(parts: list[int | None]) -> int | None:
    """Parts that nobody knows add nothing, so the sum is never too large; all unknown stays unknown."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
