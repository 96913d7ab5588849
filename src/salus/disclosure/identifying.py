"""Passages of a text that point at a person or a dwelling: names, numbers, addresses, coordinates.

Patterns for English and Spanish; a pattern knows nothing of meaning, so a person reads every text too.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_LEAST_PART = 3
_PARTICLES = frozenset(
    (
        "al",
        "bin",
        "da",
        "das",
        "de",
        "del",
        "den",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "la",
        "las",
        "le",
        "los",
        "san",
    )
)
_NAMED = r"(?:[A-ZÀ-Þ][\w'’.-]*|\d{1,2}|de|del|la|las|los|el|y)"
_NUMBER = r"(?:\#|(?i:no?\.|n[uú]m(?:ero)?\.?|n[º°]\.?))"
_ROADS_ES = (
    r"(?i:calle|c/|avenida|av(?:da)?\.?|calzada|calz\.|callej[oó]n|cj[oó]n\.?|andador|privada|priv\.|cerrada|cda\.?|pasaje|paseo|carrera"
    r"|cra\.?|jir[oó]n|jr\.|transversal|diagonal|prolongaci[oó]n|bulevar|boulevard|blvd\.?|plaza)"
)
_ROADS_EN = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Crescent|Terrace|Way"
    r"|Square|Sq|Place|Pl)"
)
_OLC = "23456789CFGHJMPQRVWX"
_PATTERNS = {
    "email": (
        r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+",
        r"(?i)\b[\w.+-]{1,64}\s*(?:[\[(]\s*(?:at|arroba)\s*[\])]|\s+arroba)\s*[\w-]+\s*(?:\.|\s(?:dot|punto)\s)\s*\w+",
    ),
    "account": (
        r"(?i)\b(?:https?://|www\.|t\.me/|wa\.me/)\S+",
        r"(?<![\w@.])@\w{3,}",
        r"(?i)\b(?:instagram|insta|facebook|fb|tiktok|twitter|telegram|signal)\s*[:=]\s*\S{3,}",
    ),
    "coordinates": (
        r"(?<![\w.])-?\d{1,3}[.]\d{3,}\s*°?\s*[NSns]?\s*[,;/\s]\s*-?\d{1,3}[.]\d{3,}",
        r"(?<![\w.])-?\d{1,3},\d{3,}\s*[;/]\s*-?\d{1,3},\d{3,}",
        r"(?<![\w.])-?\d{1,3}[.,]\d{4,}\s*°?\s*[NSEWO]\b",
        r"(?i)\blat(?:itude|itud)?\.?\s*[:=]?\s*-?\d{1,2}[.,]\d+",
        r"\d{1,3}\s*°\s*\d{1,2}(?:[.,]\d+)?\s*['′’]",
        rf"(?<!\w)[{_OLC}]{{2,8}}\+[{_OLC}]{{2,3}}\b",
        r"(?:///|what3words\s+)\w+\.\w+\.\w+",
        r"\b\d{1,2}[C-X]\s+\d{6}\s+\d{7}\b",
    ),
    "address": (
        rf"\b\d{{1,5}}[A-Za-z]?,?\s+(?:[A-Z0-9][\w'’.-]*\s+){{1,4}}{_ROADS_EN}\b",
        (
            r"(?i)\b(?:house|hse|flat|apartment|apt\.?|unit|plot|shack|door)\s+(?:no\.?|number|nr\.?|\#)?\s*\d+[a-z]?\b"
            r"(?!\s+(?:people|men|women|children|of|\w+s)\b)"
        ),
        rf"\b(?i:number|no\.)\s*\d+\s+(?:on|in|at|of)\s+(?:[A-Z][\w'’.-]*\s+){{1,4}}{_ROADS_EN}\b",
        r"(?i)\b(?:p\.?\s?o\.?\s?box|apartado\s+postal)\s+\d+",
        r"\b(?i:corner\s+of)\s+[A-Z0-9]\w+[\w\s]{0,40}?\s(?:and|&)\s+[A-Z0-9]\w+",
        rf"(?<!\w){_ROADS_ES}\s+(?:{_NAMED}[,\s]+){{1,6}}?(?:{_NUMBER}\s*)?(?:\d{{1,5}}|s/n)\b",
        rf"(?<!\w){_ROADS_ES}\s+\d{{1,3}}\w?,?\s+(?i:casa|interior|lote|depto\.?)\s*\d+",
        rf"(?<!\w){_ROADS_ES}\s+\d{{1,3}}\w?\s*{_NUMBER}\s*\d+",
        r"(?i)\b(?:manzana|mza?\.?)\s*\w{1,4},?\s*(?:lote|lt\.?)\s*\d+",
        r"(?i)\b(?:departamento|depto\.?|dpto\.?|interior|int\.)\s+(?:no?\.|n[uú]mero|n[º°]|\#)?\s*\d+[a-z]?\b",
        rf"\b(?i:casa|piso|vivienda|lote|edificio)\s+{_NUMBER}\s*\d+",
        r"\b(?i:esquina\s+(?:de|con))\s+(?:(?:la|las|el|calle|avenida)\s+)*[A-ZÀ-Þ]\w+",
    ),
    "phone": (r"(?<![\w.,])(?:\+\s?)?\(?\d(?:[ \t\u00a0().-]{0,2}\d){6,14}(?!\w)",),
}
_NO_PHONE = (
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[.-]\d{1,2}[.-]\d{4}\b",
    r"\b(?:19|20)\d\d(?:\s*[ -]\s*(?:19|20)\d\d)+\b",
    r"\b\d{1,2}(?:\.\d{3})+\b",
    r"(?:[$€£]|\b(?:MXN|USD|EUR|COP)\b)\s?\d[\d., ]*",
    r"\b\d[\d. ]*(?=\s*(?:pesos|d[oó]lares|dollars|euros|personas|people|residents|habitantes)\b)",
)


@dataclass(frozen=True)
class Passage:
    """Where a text points at somebody: characters `start` to `end` of it, in Unicode form NFC."""

    kind: str
    start: int
    end: int


def identifying_passages(text: str, names: Iterable[str] = ()) -> tuple[Passage, ...]:
    """Names, phone numbers, e-mail and other accounts, exact addresses and coordinates in a text, in order.

    `names` are the persons who must not be named: participants, victims, officials, offenders. A full name
    is found in any case and with or without accents; a part of it, from three letters, where it is
    written as a name. `kind` is name, phone, email, account, address or coordinates. English and
    Spanish only. It does not find numbers in words, nicknames, misspellings, or who "my neighbour" is.

    >>> [p.kind for p in identifying_passages("Llame a Ana al 55 1234 5678", names=["Ana Ruiz"])]
    ['name', 'phone']
    >>> identifying_passages("In 2019-2020 we counted 1,500,000 people on the street")
    ()
    """
    plain = unicodedata.normalize("NFC", text)
    found = list(_named(plain, names))
    left = plain
    for kind, patterns in _PATTERNS.items():
        for pattern in _NO_PHONE if kind == "phone" else ():
            left = re.sub(pattern, _blank, left)
        for pattern in patterns:
            found += [Passage(kind, match.start(), match.end()) for match in re.finditer(pattern, left)]
            left = re.sub(pattern, _blank, left)
    return tuple(sorted(set(found), key=lambda p: (p.start, p.end, p.kind)))


def _blank(match: re.Match[str]) -> str:
    """Marks what is explained already, so that it is not found again as something else."""
    return "|" * len(match.group())


def _named(text: str, names: Iterable[str]) -> Iterator[Passage]:
    bare = "".join(_bare(letter) for letter in text)
    there, taken = set(re.findall(r"\w+", bare)), set[int]()
    for words in _words_of(frozenset(names)):
        if there.isdisjoint(words):
            continue
        whole = r"(?<!\w)" + r"[\W_]+".join(map(re.escape, words)) + r"(?!\w)"
        parts = [re.escape(w) for w in words if len(w) >= _LEAST_PART and w not in _PARTICLES]
        for match in re.finditer(whole, bare):
            yield from _new(match, taken)
        for match in re.finditer(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", bare) if parts else ():
            first = text[match.start()]
            if first.isupper() or first.lower() == first.upper():
                yield from _new(match, taken)


@lru_cache(maxsize=4)
def _words_of(names: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """The words of each name, the longest names first."""
    bare = ("".join(_bare(c) for c in unicodedata.normalize("NFC", name)) for name in sorted(names, key=_length))
    return tuple(filter(None, (tuple(re.findall(r"\w+", name)) for name in bare)))


def _length(name: str) -> tuple[int, str]:
    return -len(name), name


def _new(match: re.Match[str], taken: set[int]) -> Iterator[Passage]:
    place = range(match.start(), match.end())
    if not taken.issuperset(place):
        taken.update(place)
        yield Passage("name", match.start(), match.end())


def _bare(letter: str) -> str:
    """A letter without accent and case; always one character, so that positions stay."""
    base = unicodedata.normalize("NFKD", letter)[0].lower()
    return base if len(base) == 1 else letter
