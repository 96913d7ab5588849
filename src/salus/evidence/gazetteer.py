"""Finds the area of a row that only names a place: with accents, abbreviations and in other scripts.

Only whole names count, after what they share with every other place is taken off. A name that two areas bear is
given to neither: likeness is not a location.
"""

import unicodedata
from typing import Final

import polars as pl

from salus.model.city import Geography

# Words for "neighbourhood", "district" and the like, in the languages of the pilots, and their short forms.
_KINDS: Final = frozenset(
    {
        "colonia", "col", "barrio", "barr", "bo", "pueblo", "pblo", "fraccionamiento", "fracc", "unidad",
        "habitacional", "u", "hab", "uh", "ejido", "ejto", "ampliacion", "ampl", "district", "dist", "ward", "location",
        "neighbourhood", "neighborhood", "parish", "tuman", "tumani", "raion", "rayon", "район", "раион", "района",
        "туман", "тумани", "quartiere", "rione", "frazione", "comune", "mtaa", "kata",
    }
)  # fmt: skip
_NUMERALS: Final = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "1a": "1", "2a": "2", "3a": "3"}


def plain(name: str) -> str:
    """A place's name without accents, case, punctuation and words for its kind.

    >>> plain("Col. Santa María Aztahuacán"), plain("Чиланзарский район")
    ('santa maria aztahuacan', 'чиланзарскии')
    """
    letters = unicodedata.normalize("NFKD", name.casefold().replace("ё", "е").replace("’", "").replace("'", ""))
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    words = "".join(c if c.isalnum() else " " for c in kept).split()
    own = [_NUMERALS.get(word, word) for word in words if word not in _KINDS]
    return " ".join(own or words)


class Gazetteer:
    """The names of a geography's areas, in every spelling its boundary file gives."""

    def __init__(self, geography: Geography) -> None:
        names = "names" if "names" in geography.areas.columns else "name"
        found: dict[str, set[str]] = {}
        for area, given in geography.areas.select("area", names).iter_rows():
            for name in (area, *str(given or "").split("|")):
                found.setdefault(plain(name), set()).add(area)
        self._areas = {name: next(iter(areas)) for name, areas in found.items() if name and len(areas) == 1}

    def areas(self, places: pl.Series) -> pl.Series:
        """The area each place names; null where none or more than one bears the name."""
        known = {place: self._areas.get(plain(place)) for place in places.unique().drop_nulls()}
        return pl.Series("area", [known.get(place) for place in places], dtype=pl.String)
