"""Invented answers that show the mechanism: capacity ratings and judgements, all marked illustrative."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

import yaml

from iztapalapa.received import REVIEWED, Ledger, write_csv

RATINGS = (
    "function",
    "level",
    "institution",
    "dimension",
    "score",
    "rater",
    "basis",
    "verification",
    "illustrative",
)
JUDGEMENTS = ("group", "problem", "criterion", "weight", "people", "represented", "illustrative")
RATERS = ("city safety office", "university observatory")
LAW = f"evidence/mexican_law/{REVIEWED}/authority.csv"

_SUB_SCORES = ("people", "budget", "data", "procedure", "coordination", "leadership")
_WORTH_RATING = 2
# Sector -> usual capacity (0-5) of the borough, the city's bodies and the Federation. Invented.
_USUAL = {
    "policing": (2, 3, 3),
    "justice": (2, 3, 3),
    "prevention": (3, 3, 2),
    "health": (2, 3, 3),
    "education": (2, 3, 3),
    "urban": (3, 3, 2),
    "economy": (3, 3, 3),
    "flows": (1, 2, 3),
    "integrity": (2, 2, 3),
    "data": (2, 3, 4),
}
_UNUSUAL = {
    ("street-lighting", "local"): 4,
    ("public-space-upkeep", "local"): 4,
    ("youth-programmes", "local"): 3,
    ("informal-economy", "local"): 2,
    ("shelters", "local"): 2,
    ("budget-autonomy", "local"): 2,
    ("emergency-dispatch", "subnational"): 4,
    ("transport-safety", "subnational"): 4,
    ("criminal-investigation", "subnational"): 2,
    ("detention-conditions", "subnational"): 2,
    ("drug-treatment", "subnational"): 2,
    ("cybercrime-response", "subnational"): 3,
}
# Cells in which the two raters differ by two on one part, so that the rule for dissent can be seen.
_DISPUTED = {
    ("informal-economy", "local", "iztapalapa-borough", "leadership"),
    ("alcohol-licensing", "subnational", "cdmx-government", "data"),
    ("hate-crime-response", "subnational", "fgj-cdmx", "exercise"),
    ("counterfeit-control", "national", "federal-government", "coordination"),
}
_STEPS = (-1, *(0,) * 12, 1, 1, 1)
_LEVELS = ("local", "subnational", "national")
_CRITERIA = ("burden", "severity", "trend", "inequity", "importance")
# Group -> people who took part, people represented, points for the criteria (sum 100). Invented.
_GROUPS = {
    "women's organisations": (18, 1200, (15, 35, 10, 25, 15)),
    "youth groups": (24, 900, (15, 25, 15, 30, 15)),
    "traders": (20, 2500, (40, 15, 20, 5, 20)),
    "borough administration": (12, 400, (30, 25, 20, 15, 10)),
}
# Problem -> importance (0-100) in the order of the groups. Invented.
_IMPORTANCE = {
    "robbery": (70, 75, 95, 85),
    "vehicle-theft": (30, 25, 60, 65),
    "burglary": (45, 30, 70, 55),
    "homicide": (85, 90, 70, 90),
    "serious-assault": (75, 70, 50, 65),
    "theft": (40, 40, 75, 50),
    "property-damage": (20, 20, 55, 35),
    "family-violence": (100, 75, 40, 85),
    "sexual-violence": (100, 85, 45, 80),
    "kidnapping": (75, 70, 65, 70),
    "extortion": (40, 35, 100, 75),
    "threats": (65, 55, 60, 50),
    "fraud": (30, 30, 65, 40),
    "drug-markets": (60, 70, 55, 75),
    "trafficking": (85, 60, 25, 55),
    "illegal-firearms": (65, 70, 50, 65),
    "illicit-funds": (15, 15, 20, 40),
    "corruption": (60, 65, 80, 45),
    "road-deaths": (40, 50, 35, 55),
    "crowded-housing": (50, 55, 15, 50),
    "no-health-cover": (60, 50, 40, 45),
    "school-exclusion": (65, 85, 25, 60),
    "services-lacking": (55, 45, 35, 60),
}


def build(ledger: Ledger) -> None:
    """Writes the two questionnaires under responses/."""
    sectors = _sectors(ledger.root)
    write_csv(ledger.city / "responses/governance/1.csv", RATINGS, ratings(ledger.city / LAW, sectors))
    write_csv(ledger.city / "responses/judgements/1.csv", JUDGEMENTS, judgements())
    _describe(ledger)


def ratings(law: Path, sectors: dict[str, str]) -> Iterator[tuple[object, ...]]:
    """Two raters' scores of each part, for every cell in which the law gives some authority (2 or more)."""
    with law.open(encoding="utf-8") as file:
        cells = [r for r in csv.DictReader(file) if int(r["score"]) >= _WORTH_RATING]
    for cell in cells:
        place = (cell["function"], cell["level"], cell["institution"])
        usual = _USUAL[sectors[place[0]]][_LEVELS.index(place[1])]
        usual = _UNUSUAL.get(place[:2], usual)
        for part in (*_SUB_SCORES, "exercise"):
            for rater, score in zip(RATERS, _pair(place, part, usual), strict=True):
                yield (*place, part, score, rater, "invented for the example", "proposed", "true")


def _pair(place: tuple[str, str, str], part: str, usual: int) -> tuple[int, int]:
    """Scores near the usual one, the same at every build: a hash stands in for opinion."""
    digest = hashlib.sha256("|".join((*place, part)).encode()).digest()
    first = usual + _STEPS[digest[0] % len(_STEPS)]
    if (*place, part) in _DISPUTED:
        return first, first + 2 if first <= 3 else first - 2
    return first, max(0, min(5, first + _STEPS[digest[1] % len(_STEPS)]))


def judgements() -> Iterator[tuple[object, ...]]:
    """What each group gives points to, and how it rates each problem."""
    for number, (group, (people, represented, points)) in enumerate(_GROUPS.items()):
        for criterion, weight in zip(_CRITERIA, points, strict=True):
            yield (group, "*", criterion, weight, people, represented, "true")
        for problem, ratings_of in _IMPORTANCE.items():
            yield (group, problem, "importance", ratings_of[number], people, represented, "true")


def _sectors(root: Path) -> dict[str, str]:
    path = root / "src/salus/packs/usg-core/functions.yaml"
    return {item["id"]: item["sector"] for item in yaml.safe_load(path.read_text(encoding="utf-8"))}


def _describe(ledger: Ledger) -> None:
    invented = {
        "publisher": "Salus project",
        "obtained_from": "scripts/iztapalapa/illustrative.py",
        "obtained_on": REVIEWED,
        "licence": "Apache-2.0",
        "licence_verified": True,
        "period": "2022",
        "illustrative": True,
        "permission": "own work of the project",
    }
    told = "Invented to show the mechanism. No institution was assessed, nobody was asked."
    ledger.receive(
        "responses/governance",
        invented | {"title": "Capacity and exercise, invented ratings", "source_type": "expert", "notes": told},
        changed="invented",
    )
    ledger.receive(
        "responses/judgements",
        invented | {"title": "Weights and judgements, invented", "source_type": "qualitative", "notes": told},
        changed="invented",
    )
    for name, kind, columns in (("governance", "ratings", RATINGS), ("judgements", "judgements", JUDGEMENTS)):
        mapping = {"kind": kind, "files": "1.csv", "columns": {column: column for column in columns}}
        ledger.map(f"responses/{name}", mapping)
