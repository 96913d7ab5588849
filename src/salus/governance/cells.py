"""One cell of the governance matrix: function × level × institution, from the ratings of its raters.

Scores are 0-5 with the anchors of domain section 4.3; a part that nobody rated stays unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from salus.model.grades import Grade, worst

Rating = dict[str, object]
"""One row of the frame `ratings` (docs/method/architecture.md, section Evidence)."""

SUB_SCORES: Final = ("people", "budget", "data", "procedure", "coordination", "leadership")
DIMENSIONS: Final = ("authority", "exercise", *SUB_SCORES)
LEVELS: Final = ("community", "local", "subnational", "national", "international")
VERIFICATIONS: Final = ("seen", "recalled", "proposed")
MOST_DISAGREEMENT: Final = 1.0
SCALE: Final = 5.0

_LAW_GRADE: Final[dict[str, Grade]] = {"seen": "B", "recalled": "C"}


@dataclass(frozen=True)
class Cell:
    """What is known of one institution's part in one function. Scores are 0-5, None where not assessed.

    `difference` is the largest difference between raters on any dimension, None with one rater.

    >>> Cell("street-lighting", "local", "city-hall", authority=4.0, capacity=2.0).withheld
    False
    """

    function: str
    level: str
    institution: str
    authority: float | None = None
    capacity: float | None = None
    capacity_mean: float | None = None
    capacity_min: float | None = None
    budget: float | None = None
    coordination: float | None = None
    exercise: float | None = None
    difference: float | None = None
    raters: int = 0
    legal_basis: str = ""
    verification: str = ""
    grade: Grade = "none"
    withheld: bool = False


def capacity_of(sub_scores: Sequence[float]) -> float:
    """Capacity 0-5 from the six sub-scores: 0.7 × mean + 0.3 × lowest, so that the weakest link counts.

    >>> capacity_of([3, 3, 3, 3, 3, 0])
    1.75
    """
    # Rounded so that six threes are 3, not a hair below the threshold.
    return round(0.7 * fmean(sub_scores) + 0.3 * min(sub_scores), 10)


def cell_of(rows: Sequence[Rating]) -> Cell:
    """The cell that these ratings describe; all rows share function, level and institution.

    Each dimension is the median over its ratings. Where raters differ by more than 1 the cell is
    withheld: its scores stay unknown until they are reconciled.
    """
    scores = _scores(rows)
    spread = max((max(given) - min(given) for given in scores.values()), default=0.0)
    several = any(_raters(rows, dimension) > 1 for dimension in scores)
    withheld = spread > MOST_DISAGREEMENT
    middle = {} if withheld else {dimension: float(median(given)) for dimension, given in scores.items()}
    six = [middle[name] for name in SUB_SCORES if name in middle]
    complete = len(six) == len(SUB_SCORES)
    law = [row for row in rows if row["dimension"] == "authority"]
    return Cell(
        function=str(rows[0]["function"]),
        level=str(rows[0]["level"]),
        institution=str(rows[0]["institution"]),
        authority=middle.get("authority"),
        capacity=capacity_of(six) if complete else None,
        capacity_mean=fmean(six) if complete else None,
        capacity_min=min(six) if complete else None,
        budget=middle.get("budget"),
        coordination=middle.get("coordination"),
        exercise=middle.get("exercise"),
        difference=spread if several else None,
        raters=len({row["rater"] for row in rows}),
        legal_basis="; ".join(dict.fromkeys(str(row["basis"]) for row in law if row["basis"])),
        verification=_verification(law),
        grade=_grade(rows),
        withheld=withheld,
    )


def _scores(rows: Sequence[Rating]) -> dict[str, list[float]]:
    scores: dict[str, list[float]] = {}
    for row in rows:
        if row["score"] is not None:
            scores.setdefault(str(row["dimension"]), []).append(float(str(row["score"])))
    return scores


def _raters(rows: Sequence[Rating], dimension: str) -> int:
    return len({row["rater"] for row in rows if row["dimension"] == dimension and row["score"] is not None})


def _verification(law: Sequence[Rating]) -> str:
    given = {str(row["verification"] or "proposed") for row in law}
    return max(given, key=VERIFICATIONS.index, default="")


def _grade(rows: Sequence[Rating]) -> Grade:
    """The weakest part: law by its verification; ratings by their raters; invented answers E."""
    given = [row for row in rows if row["score"] is not None]
    dimensions = dict.fromkeys(row["dimension"] for row in given)
    return worst(*(_part_grade(given, dimension) for dimension in dimensions))


def _part_grade(rows: Sequence[Rating], dimension: object) -> Grade:
    part = [row for row in rows if row["dimension"] == dimension]
    if any(row["illustrative"] for row in part):
        return "E"
    if dimension == "authority":
        return _LAW_GRADE.get(_verification(part), "D")
    return "C" if len({row["rater"] for row in part}) > 1 else "D"
