"""The gate for quotes and free text: who could be recognised by what is said, and by whom it is said.

A quote is released with a place, a group, perhaps a role. It is refused where few persons fit that, where
nobody agreed to it, or where its text points at somebody. It says what to change and changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from salus.disclosure.identifying import identifying_passages
from salus.disclosure.ladder import Broader, Population
from salus.errors import BadInput

_LEAST_MINIMUM = 5
_REMEDIES = {
    "name": "write the role or 'a neighbour' instead",
    "phone": "leave the number out",
    "email": "leave the address out",
    "account": "leave the account or link out",
    "address": "name the neighbourhood instead",
    "coordinates": "name the neighbourhood instead",
}


@dataclass(frozen=True)
class Quote:
    """What somebody said, and what is shown of the speaker; an empty `role` or `group` is not shown.

    `attributes` are further things shown (age, years in the place). `consent` is whether the speaker agreed to
    being quoted with exactly these.
    """

    text: str
    place: str
    group: str = ""
    role: str = ""
    consent: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)

    def description(self) -> dict[str, str]:
        """What the quote says of its speaker."""
        shown = {"place": self.place, "group": self.group, "role": self.role, **self.attributes}
        return {name: said for name, said in shown.items() if said}


@dataclass(frozen=True)
class Reason:
    """Why a text cannot be released as it is, and what to change. `start` and `end` where it is in the text.

    The passage itself is not repeated, so that a log of reasons gives nobody away.
    """

    rule: str
    message: str
    remedy: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Verdict:
    """All reasons against a text at once, and broader descriptions of the speaker that would do.

    `persons`: how many the description fits; None where nobody knows. Internal: it tells small counts.
    """

    reasons: tuple[Reason, ...]
    persons: int | None = None
    suggestions: tuple[Broader, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether nothing speaks against releasing it."""
        return not self.reasons


@dataclass(frozen=True)
class ReleasedWords:
    """The quotes that may be shown, as they were given, and the others with what speaks against them."""

    allowed: tuple[Quote, ...]
    refused: tuple[tuple[Quote, Verdict], ...]


def check_text(text: str, names: Iterable[str] = ()) -> Verdict:
    """Whether a text without a speaker (a note, a finding in someone's words) points at a person or a dwelling.

    `names` are persons who must not be named. Patterns for English and Spanish; see `identifying_passages`
    for what it does not find.

    >>> [reason.rule for reason in check_text("They meet at 45 Kilimani Road.").reasons]
    ['address']
    """
    found = identifying_passages(text, names)
    kinds = {"phone": "phone number", "email": "e-mail address", "account": "account or link"}
    return Verdict(
        tuple(
            Reason(
                p.kind,
                f"The text holds {_article(kinds.get(p.kind, p.kind))} at characters {p.start} to {p.end}",
                _REMEDIES[p.kind],
                p.start,
                p.end,
            )
            for p in found
        )
    )


def check_quote(quote: Quote, population: Population, *, minimum: int, names: Iterable[str] = ()) -> Verdict:
    """Whether a quote may be shown with its place, group, role and attributes; if not, every reason and what to change.

    Refused without consent; where the description fits fewer than `minimum` persons of the population, or
    nobody knows how many; and for what `check_text` finds. The suggestions are the fewest changes that fit enough
    persons; none is applied. Raises `BadInput` for a minimum below 5 and for a quote without a place.

    >>> import polars as pl
    >>> table = pl.DataFrame(
    ...     {"place": ["Centro", "Centro", "Sur"], "role": ["teacher", "trader", "trader"], "persons": [1, 80, 400]}
    ... )
    >>> people = Population(table, places={"Centro": "the borough", "Sur": "the borough"})
    >>> verdict = check_quote(
    ...     Quote("We close at six now.", "Centro", role="teacher", consent=True), people, minimum=50
    ... )
    >>> verdict.reasons[0].message
    'Only one person fits this description'
    >>> verdict.suggestions[0].steps
    ('leave out the role',)
    """
    if minimum < _LEAST_MINIMUM:
        raise BadInput(f"A minimum of {minimum} persons hides nobody", where="check_quote", remedy="use 5 or more")
    if not quote.place:
        raise BadInput("A quote has a place", where="check_quote", remedy="name the city if nothing smaller is shown")
    description = quote.description()
    persons = population.fits(description)
    reasons = list(check_text(quote.text, names).reasons)
    if not quote.consent:
        ask = "ask the speaker, showing the quote as it would appear, or leave it out"
        reasons.insert(0, Reason("no_consent", "The speaker has not agreed to being quoted", ask))
    if persons is not None and persons >= minimum:
        return Verdict(tuple(reasons), persons)
    suggestions = population.broader(description, minimum)
    return Verdict((_too_few(persons, minimum, suggestions), *reasons), persons, suggestions)


def release_words(
    quotes: Iterable[Quote], population: Population, *, minimum: int, names: Iterable[str] = ()
) -> ReleasedWords:
    """The quotes that may be shown and those that may not, with their reasons; no text is altered.

    Arguments as for `check_quote`, which judges each.
    """
    given, listed = tuple(quotes), tuple(names)
    verdicts = [(quote, check_quote(quote, population, minimum=minimum, names=listed)) for quote in given]
    return ReleasedWords(
        tuple(q for q, v in verdicts if v.allowed), tuple((q, v) for q, v in verdicts if not v.allowed)
    )


def _too_few(persons: int | None, minimum: int, suggestions: tuple[Broader, ...]) -> Reason:
    ways = "; or ".join(", ".join(way.steps) for way in suggestions)
    remedy = ways or "leave the quote out: no broader description of the ladder fits enough persons"
    if persons is None:
        return Reason("unknown_persons", "Nobody knows how many persons fit this description", remedy)
    if persons == 1:
        return Reason("single_person", "Only one person fits this description", remedy)
    return Reason("few_persons", f"Fewer than {minimum} persons fit this description", remedy)


def _article(thing: str) -> str:
    if thing == "coordinates":
        return thing
    return f"an {thing}" if thing[0] in "ae" else f"a {thing}"
