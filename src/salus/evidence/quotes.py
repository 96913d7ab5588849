"""Reads what people said (`responses/quotes.csv`) and how many persons a description fits (`responses/people.csv`)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import polars as pl

from salus.disclosure import Speakers, judge_quotes, preset_of, stated_together
from salus.evidence.answers import BASES
from salus.model.city import City, Evidence
from salus.model.findings import DataFinding
from salus.model.framework import Pack
from salus.workspace.folder import Workspace
from salus.workspace.names import listed_names

QUOTES: Final = "responses/quotes.csv"
PEOPLE: Final = "responses/people.csv"
WORD_FILES: Final = (QUOTES, PEOPLE)
"""So short that their sha256 would let a reader try what stands in them; a release does not name it."""
QUOTE_COLUMNS: Final = {
    "row": pl.Int64(), "quote": pl.String(), "area": pl.String(), "group": pl.String(), "role": pl.String(),
    "attributes": pl.String(), "consent": pl.Boolean(), "theme": pl.String(), "illustrative": pl.Boolean(),
    "release": pl.Boolean(), "together": pl.String(),
}  # fmt: skip
PEOPLE_COLUMNS: Final = {
    "area": pl.String(), "group": pl.String(), "role": pl.String(), "attributes": pl.String(), "persons": pl.Float64(),
}  # fmt: skip
_WANTED: Final = ("quote", "area", "group", "role", "attributes", "consent", "theme", "illustrative")
_YES: Final = {"yes": True, "true": True, "no": False, "false": False, "": False}


def read_quotes(workspace: Workspace, pack: Pack) -> tuple[pl.DataFrame, tuple[DataFinding, ...]]:
    """The quotes of a workspace (`QUOTE_COLUMNS`) and what is wrong with them; empty where there is no file.

    `release` is null where the file has no such column: then every quote with consent is a candidate. `together` is
    what all rows of the same `speaker` state of that person, those kept back too, since they may have left earlier;
    the code itself goes no further. A finding names row and rule and never repeats what was said.
    """
    raw, found = _raw(workspace.path / QUOTES, QUOTES, _WANTED)
    if raw.is_empty():
        return pl.DataFrame(schema=QUOTE_COLUMNS), tuple(found)
    themes = {theme.id for theme in pack.themes}
    rows, given = [], raw.to_dicts()
    for number, (row, together) in enumerate(zip(given, stated_together(given), strict=True), start=1):
        found += _row_findings(number, row, themes)
        marked = _YES.get(row["release"].lower(), False) if row.get("release") else None
        rows.append({name: row[name] for name in ("quote", "area", "group", "role", "attributes")} | {
            "row": number, "consent": _YES.get(row["consent"].lower(), False),
            "theme": row["theme"] if row["theme"] in themes else "",
            "illustrative": _YES.get(row["illustrative"].lower(), False), "release": marked,
            "together": together,
        })  # fmt: skip
    return pl.DataFrame(rows, schema=QUOTE_COLUMNS), tuple(found)


def read_people(workspace: Workspace, evidence: Evidence) -> tuple[pl.DataFrame, tuple[DataFinding, ...]]:
    """How many persons each description fits (`PEOPLE_COLUMNS`): residents of the areas, and what people.csv states."""
    city = workspace.city
    raw, found = _raw(workspace.path / PEOPLE, PEOPLE, ("area", "group", "persons"))
    stated = []
    for number, row in enumerate(raw.to_dicts(), start=1):
        try:
            persons = float(row["persons"])
        except ValueError:
            persons = -1.0
        if not 0 <= persons < float("inf"):
            found.append(
                DataFinding(
                    PEOPLE, "bad_cell", "Not a number of persons", "correct the cell", row=number, column="persons"
                )
            )
            continue
        stated.append({name: row.get(name, "") for name in PEOPLE_COLUMNS if name != "persons"} | {"persons": persons})
    own = pl.DataFrame(stated, schema=PEOPLE_COLUMNS)
    return pl.concat([_residents(evidence, city), own]), tuple(found)


def check_quotes(
    workspace: Workspace, pack: Pack, evidence: Evidence, protected: frozenset[str]
) -> tuple[DataFinding, ...]:
    """All that is wrong with the quotes: their cells, and, as warnings, why each would not be released.

    `protected`: indicators that count protected offences.
    """
    quotes, found = read_quotes(workspace, pack)
    people, counted = read_people(workspace, evidence)
    shown = evidence.geographies.get(workspace.city.scope.shown)
    places = place_ladder(shown.areas if shown else None, workspace.city)
    speakers = speakers_of(
        workspace.city, pack, people, places, protected,
        names=listed_names(workspace.path) or (),
    )  # fmt: skip
    candidates = candidates_of(quotes)
    return (*found, *counted, *_refusals(candidates, speakers))


def candidates_of(quotes: pl.DataFrame) -> pl.DataFrame:
    """The quotes that may be asked for: not marked as kept back. Of one without consent only the fact is kept."""
    kept = quotes.filter(pl.col("release").fill_null(value=True) & (pl.col("area") != "") & (pl.col("quote") != ""))
    return kept.with_columns(pl.when("consent").then("quote").otherwise(pl.lit("")).alias("quote"))


def speakers_of(
    city: City, pack: Pack, people: pl.DataFrame, places: Mapping[str, str], protected: frozenset[str], *,
    names: tuple[str, ...] = (),
) -> Speakers:  # fmt: skip
    """What quotes of a city are held to: its threshold for protected offences, the pack's protected themes, and the
    `names` of persons that none may hold.
    """
    return Speakers(
        people,
        city.scope.area,
        preset_of(city.disclosure).protected_threshold,
        places,
        themes=frozenset(theme.id for theme in pack.themes),
        protected=frozenset(theme.id for theme in pack.themes if not protected.isdisjoint(theme.risk)),
        names=names,
    )


def _refusals(candidates: pl.DataFrame, speakers: Speakers) -> tuple[DataFinding, ...]:
    return tuple(
        DataFinding(
            QUOTES, reason.rule, reason.message, reason.remedy, severity="warning", row=int(row), column="quote"
        )
        for row, verdict in zip(candidates["row"], judge_quotes(candidates, speakers), strict=True)
        for reason in verdict.reasons
        if reason.rule != "no_consent"
    )


def place_ladder(areas: pl.DataFrame | None, city: City) -> dict[str, str]:
    """Leads from each area that people recognise to the city, which may be the only one."""
    names = areas["area"].to_list() if areas is not None else []
    return {area: city.scope.area for area in names if area != city.scope.area}


def _raw(path: Path, shown: str, wanted: tuple[str, ...]) -> tuple[pl.DataFrame, list[DataFinding]]:
    if not path.is_file():
        return pl.DataFrame(), []
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        problem = DataFinding(shown, "unreadable", "Not readable as CSV in UTF-8", "save it as CSV with commas, UTF-8")
        return pl.DataFrame(), [problem]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        columns = f"its columns are {', '.join(wanted)}"
        return pl.DataFrame(), [
            DataFinding(shown, "missing_column", f"Column missing: {', '.join(missing)}", columns, column=missing[0])
        ]
    return frame.with_columns(pl.all().fill_null("").str.strip_chars()), []


def _row_findings(number: int, row: dict[str, str], themes: set[str]) -> Iterator[DataFinding]:
    marked = row.get("release", "").lower()
    consent = _YES.get(row["consent"].lower(), False)
    for column in ("consent", "illustrative", "release"):
        if row.get(column, "").lower() not in _YES:
            yield DataFinding(QUOTES, "not_yes_or_no", f"{column} is neither yes nor no; it is read as no",
                              "write yes or no", severity="warning", row=number, column=column)  # fmt: skip
    if not consent:
        yield DataFinding(
            QUOTES, "no_consent", "The speaker has not agreed to being quoted",
            "ask the speaker, showing the quote as it would appear, or leave it out",
            severity="error" if _YES.get(marked, False) else "warning", row=number, column="consent",
        )  # fmt: skip
    for column in ("quote", "area"):
        if not row[column]:
            remedy = "fill it; the city is the area if nothing smaller is shown"
            yield DataFinding(
                QUOTES, "missing_value", f"A quote needs a cell `{column}`", remedy, row=number, column=column
            )
    if row["theme"] not in themes:
        yield DataFinding(
            QUOTES, "unknown_theme", "The theme is none of the pack; the quote has no theme",
            "use an id of a theme of the pack", severity="warning", row=number, column="theme",
        )  # fmt: skip


def _residents(evidence: Evidence, city: City) -> pl.DataFrame:
    """Residents of the city and its areas; where two sources of the newest year differ, the smaller number."""
    known = [
        geography.areas.select("area", pl.col("population").cast(pl.Float64).alias("persons"))
        for geography in evidence.geographies.values()
    ]
    counted = evidence.population.filter(pl.col("basis") == BASES[0]).drop_nulls("persons")
    newest = counted.filter(pl.col("year") == pl.col("year").max().over("area"))
    known.append(newest.select("area", pl.col("persons").cast(pl.Float64)))
    inside = {city.scope.area, *(area for g in evidence.geographies.values() for area in g.areas["area"])}
    frame = pl.concat(known).drop_nulls("persons").filter(pl.col("area").is_in(list(inside)))
    fewest = frame.group_by("area").agg(pl.col("persons").min()).sort("area")
    return fewest.with_columns(pl.lit("").alias(name) for name in ("group", "role", "attributes")).select(
        list(PEOPLE_COLUMNS)
    )
