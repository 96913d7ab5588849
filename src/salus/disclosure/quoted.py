"""Which quotes of a city may leave, and the log of those that may not; none is altered.

Each is judged by `release_words` against the persons its whole description fits, together with what other quotes of
its speaker state. A quote on a theme with protected offences, or on no theme, is not placed below the city.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from salus.disclosure.ladder import Population
from salus.disclosure.together import Speaker, described, speaker_of
from salus.disclosure.words import Quote, Reason, Verdict, check_text, release_words
from salus.errors import BadInput
from salus.model.tables import TABLES

_LOG = {"table": pl.String(), "rule": pl.String(), "hidden": pl.Int64(), "share": pl.Float64()}
_PLACED = Reason(
    "protected_theme",
    "What is said on protected offences, or on no theme, is not placed below the city",
    "name the city as its area, or give the theme it is about",
)
_CONTRADICTED = Reason(
    "contradiction",
    "Quotes of this speaker state different things ({columns}), so nobody knows how many persons fit them together",
    "state the same in all of them or leave it out; give two persons two codes",
)
_SHOWN = Reason(
    "name", "What is shown of the speaker (group, role, attributes) points at somebody", "say it in broader words"
)
_FITTING = frozenset({"unknown_persons", "single_person", "few_persons"})
_RULES = {
    "no_consent": "quote refused: no consent",
    "unknown_persons": "quote refused: nobody knows how many persons",
    "single_person": "quote refused: few persons",
    "few_persons": "quote refused: few persons",
    "protected_theme": "quote refused: protected theme in a small place",
    "contradiction": "quote refused: quotes of one speaker contradict each other",
}
_POINTS = "quote refused: the text points at somebody"


@dataclass(frozen=True)
class Speakers:
    """Who could have said it: how many persons each description fits, and what quotes are held to.

    `people`: one row a description of a place (area, group, role, attributes, persons), empty where it is not
    stated; `places`: the areas that make up a larger one; `minimum`: how many persons a description must fit;
    `protected`: themes that are about protected offences; `themes`: all themes; `names`: persons who must not be named.
    """

    people: pl.DataFrame
    city: str
    minimum: int
    places: Mapping[str, str] = field(default_factory=dict)
    themes: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()
    names: tuple[str, ...] = field(default=(), repr=False)

    def population(self, description: Mapping[str, str]) -> Population:
        """The rows that state just what a description states, so that nobody is counted twice.

        A description stated twice has the smaller number.
        """
        others = sorted(set(description) - {"place"})
        rows = [
            row | {"persons": persons}
            for *said, persons in self.people.select("area", "group", "role", "attributes", "persons").iter_rows()
            if set(row := described(*said)) == set(description)
        ]
        columns = {"place": pl.String(), **dict.fromkeys(others, pl.String()), "persons": pl.Float64()}
        frame = pl.DataFrame(rows, schema=columns, orient="row").drop_nulls("persons")
        fewest = frame.group_by("place", *others, maintain_order=True).agg(pl.col("persons").min())
        return Population(fewest, places=self.places)


def judge_quotes(quotes: pl.DataFrame, speakers: Speakers) -> list[Verdict]:
    """The verdict on each row of quotes (quote, area, group, role, attributes, consent, theme), in order.

    A column `together` holds what all quotes of the row's speaker state (`stated_together`); without it each quote
    stands alone. Internal: verdicts tell how many persons a description fits.
    """
    return [_judge(row, speakers) for row in quotes.to_dicts()]


def release_quotes(quotes: pl.DataFrame, speakers: Speakers) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table `quotes` of a release and the log of the refused: one row a rule, so two for two reasons.

    Rows are ordered by theme, place and text, so that their order does not tell who spoke after whom.

    >>> from salus.model.tables import TABLES
    >>> said = {"quote": "We close at six.", "area": "city", "group": "", "role": "", "attributes": "",
    ...         "consent": False, "theme": "drugs", "illustrative": False}
    >>> people = pl.DataFrame({"area": ["city"], "group": [""], "role": [""], "attributes": [""], "persons": [900.0]})
    >>> shown, log = release_quotes(pl.DataFrame([said]), Speakers(people, "city", 10))
    >>> shown.height, log["rule"].to_list()
    (0, ['quote refused: no consent'])
    """
    verdicts = judge_quotes(quotes, speakers)
    allowed = quotes.filter(pl.Series([verdict.allowed for verdict in verdicts], dtype=pl.Boolean))
    shown = allowed.sort("theme", "area", "group", "quote", nulls_last=True).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("number")
    )
    counted: dict[str, int] = {}
    for verdict in verdicts:
        for rule in dict.fromkeys(_RULES.get(reason.rule, _POINTS) for reason in verdict.reasons):
            counted[rule] = counted.get(rule, 0) + 1
    log = [("quotes", rule, count, count / quotes.height) for rule, count in sorted(counted.items())]
    return shown.select(list(TABLES["quotes"].columns)), pl.DataFrame(log, schema=_LOG, orient="row")


def without_quotes(
    tables: Mapping[str, pl.DataFrame],
) -> tuple[dict[str, pl.DataFrame], list[tuple[str, str, int, float]]]:
    """Tables of a run without any table of quotes: words leave through `release_quotes` only."""
    kept = {name: frame for name, frame in tables.items() if name != "quotes"}
    held = tables["quotes"].height if "quotes" in tables else 0
    return kept, [("quotes", "quote refused: not judged", held, 1.0)] if held else []


def _judge(row: Mapping[str, object], speakers: Speakers) -> Verdict:
    text, area = str(row["quote"] or ""), str(row["area"] or "")
    if not area:
        raise BadInput("A quote has a place", where="quotes.csv", remedy="name the city if nothing smaller is shown")
    own = described(area, *(str(row[name] or "") for name in ("group", "role", "attributes")))
    speaker = speaker_of(own, str(row["theme"] or ""), str(row.get("together") or ""), speakers.places)
    said = speaker.description
    further = {name: value for name, value in said.items() if name not in {"place", "group", "role"}}
    quote = Quote(
        text, said["place"], said.get("group", ""), said.get("role", ""),
        consent=row["consent"] is True, attributes=further,
    )  # fmt: skip
    released = release_words([quote], speakers.population(said), minimum=speakers.minimum, names=speakers.names)
    verdict = released.refused[0][1] if released.refused else Verdict(())
    reasons = [_together(reason) if said != own else reason for reason in verdict.reasons]
    shown = " / ".join(f"{row[name] or ''}" for name in ("group", "role", "attributes"))
    pointing = [replace(_SHOWN, rule=reason.rule) for reason in check_text(shown, speakers.names).reasons[:1]]
    return replace(verdict, reasons=(*reasons, *pointing, *_further(speaker, speakers)))


def _further(speaker: Speaker, speakers: Speakers) -> Iterator[Reason]:
    if speaker.contradicted:
        message = _CONTRADICTED.message.format(columns=", ".join(speaker.contradicted))
        yield replace(_CONTRADICTED, message=message)
    protected = speaker.themes & speakers.protected or speaker.themes - speakers.themes
    if speaker.description["place"] != speakers.city and protected:
        yield _PLACED


def _together(reason: Reason) -> Reason:
    """A reason on how many persons fit, where the quote alone would say less than the quotes of its speaker do."""
    if reason.rule not in _FITTING:
        return reason
    message = f"All quotes of this speaker together: {reason.message[0].lower()}{reason.message[1:]}"
    return replace(reason, message=message)
