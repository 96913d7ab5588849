"""Proposes ICCS classes for labels that no table knows. It proposes; a person decides."""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from salus.model.framework import Pack

CANDIDATES: Final = 3
LEAST: Final = 0.35
_DIGITS: Final = ("", "not-an-offence", "unmapped")


@dataclass(frozen=True)
class Candidate:
    """A class that a label may belong to, the text that resembles it, and how much (0 to 1)."""

    iccs: str
    like: str
    similarity: float


class Matcher:
    """All texts a pack knows for classes: names, words in several languages, labels of other tables.

    >>> from salus.framework import load_pack
    >>> [c.iccs for c in Matcher(load_pack()).candidates("Кража из квартиры")][:1]
    ['0501']
    """

    def __init__(self, pack: Pack) -> None:
        texts = [(row.name, row.code) for row in pack.iccs]
        texts += [(word.word, word.iccs) for word in pack.words]
        for table in pack.correspondences.values():
            texts += [(row.label, row.iccs) for row in table if row.iccs not in _DIGITS and row.confidence == "high"]
        self._known = [(text, iccs, _parts(text)) for text, iccs in texts]

    def candidates(self, label: str, most: int = CANDIDATES) -> tuple[Candidate, ...]:
        """The classes most like a label, the likest first, each once; none where nothing resembles it."""
        own = _parts(label)
        scored = ((_likeness(own, parts), text, iccs) for text, iccs, parts in self._known)
        found: dict[str, Candidate] = {}
        for similarity, text, iccs in sorted(scored, key=lambda each: (-each[0], each[2], each[1])):
            if similarity < LEAST or len(found) == most:
                break
            found.setdefault(iccs, Candidate(iccs, text, round(similarity, 2)))
        return tuple(found.values())


@lru_cache(maxsize=20_000)
def _parts(text: str) -> tuple[frozenset[str], tuple[tuple[str, int], ...]]:
    """The words of a text, cut to their stems, and its three-letter pieces."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ё", "е"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = "".join(c if c.isalpha() else " " for c in plain).split()
    pieces = Counter(word[i : i + 3] for word in (f" {w} " for w in words if len(w) > 2) for i in range(len(word) - 2))
    return frozenset(word[:5] for word in words if len(word) > 3), tuple(sorted(pieces.items()))


def _likeness(
    one: tuple[frozenset[str], tuple[tuple[str, int], ...]], other: tuple[frozenset[str], tuple[tuple[str, int], ...]]
) -> float:
    """Half of what the words share, half of what the pieces share (both Dice, 0 to 1)."""
    words = 2 * len(one[0] & other[0]) / max(len(one[0]) + len(other[0]), 1)
    mine, theirs = Counter(dict(one[1])), Counter(dict(other[1]))
    pieces = 2 * sum((mine & theirs).values()) / max(mine.total() + theirs.total(), 1)
    return (words + pieces) / 2
