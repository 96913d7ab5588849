"""Grades of evidence: A (strong) to E (weak), and `none` where there is no evidence."""

from typing import Final, Literal

Grade = Literal["A", "B", "C", "D", "E", "none"]

GRADES: Final[tuple[Grade, ...]] = ("A", "B", "C", "D", "E", "none")


def worst(*grades: Grade) -> Grade:
    """The weakest of several grades: a chain is as strong as its weakest link.

    >>> worst("B", "D", "A")
    'D'
    """
    return max(grades, key=GRADES.index) if grades else "none"


def capped(grade: Grade, best: Grade) -> Grade:
    """The grade, but never better than `best` (recorded activity is capped at D, for instance).

    >>> capped("B", "D")
    'D'
    """
    return worst(grade, best)
