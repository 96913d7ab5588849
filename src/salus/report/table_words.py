"""What the sheets of a workbook and their columns are called, in plain words."""

from typing import Final

from salus.model.tables import TABLES, UNITS
from salus.report.words import msg

SHEETS: Final = {
    "priorities": (msg("Priorities"), msg("Each problem: its expected rank and how sure that is.")),
    "criteria": (msg("Criteria"), msg("Each problem on each criterion, 0-100, higher is worse.")),
    "estimates": (
        msg("Figures"),
        msg("Each indicator by area, group and period: value with 95 % interval, and the n behind it."),
    ),
    "changes": (msg("Changes"), msg("Each rate beside an earlier one, and whether chance could explain it.")),
    "series": (msg("Over time"), msg("Months and weeks of the city's records, and what was to be expected.")),
    "denominators": (msg("Divided by"), msg("A rate by each figure there is of what it is divided by.")),
    "concentration": (msg("Few places"), msg("How few areas hold the recorded events, beside chance.")),
    "clusters": (msg("Clusters"), msg("Whether high or low rates gather around an area.")),
    "near_repeats": (msg("Repeats"), msg("Pairs of events near in place and time, beside chance.")),
    "harm": (msg("Harm"), msg("Recorded events times the weight of their class.")),
    "profile": (msg("Areas by theme"), msg("Risk, vulnerability and capacity of each area, 0-100.")),
    "flows": (msg("Flows"), msg("What is recorded of illicit flows.")),
    "nexus": (
        msg("Exposure"),
        msg("Where illicit flows may meet vulnerability, 0-100. A hypothesis, never proof of cause."),
    ),
    "gaps": (msg("Who may and can"), msg("Legal authority, capacity and exercise (0-5) of each institution.")),
    "leads": (msg("Who leads"), msg("Who leads each function, and what has to happen first.")),
    "options": (msg("Options"), msg("Each intervention for each problem: effect, harm averted, cost band.")),
    "portfolio": (msg("Plan by year"), msg("Which options were chosen in which year, and why.")),
    "steps": (msg("Steps"), msg("What raises capacity or authority, and what that unlocks.")),
    "judgements": (msg("Opinions"), msg("The weights and ratings that groups of people gave.")),
    "group_ranks": (msg("Group ranks"), msg("The order of problems under each group's weights.")),
    "triangulation": (msg("Compared"), msg("What several sources say on one question.")),
    "quotes": (msg("Quotes"), msg("What people said and agreed to see published.")),
    "information_value": (msg("Unknown"), msg("What is missing, and what knowing it could change.")),
    "sources": (msg("Sources"), msg("Every file the figures rest on.")),
    "quality": (msg("Checks"), msg("What was found in the sources, and what to do about it.")),
    "lineage": (msg("Trails"), msg("Which row rests on which, back to the files.")),
    "log": (msg("Hidden rows"), msg("How many rows of each table were hidden or changed, and by which rule.")),
}
"""Tables in the order of the sheets: a name that fits a tab with the table's id beside it, and what they hold."""
NAMED: Final = {
    "indicator": "indicator", "question": "indicator", "area": "area", "problem": "problem", "theme": "theme",
    "function": "function", "intervention": "intervention", "institution": "institution", "lead": "institution",
    "flow": "flow", "commodity": "flow",
}  # fmt: skip
"""Columns of ids that get a column of names beside them, and what the ids stand for."""
MACHINE: Final = ("phrase", "phrases")
"""Columns that hold a sentence for machines; the sentence itself stands in the column beside it."""
_PLAIN: Final = {
    "withheld": "hidden figures",
    "n": "events or answers behind it",
    "low": "low end of the interval",
    "high": "high end of the interval",
    "p1": "parameter 1",
    "p2": "parameter 2",
    "p3": "parameter 3",
    "by": "figure by",
    "q_value": "q value (many tests)",
    "top_k_share": "share of draws among the first five",
    "first_rank_acceptability": "share of draws in first place",
    "iccs": "class of offence (ICCS)",
    "key": "row",
    "from_key": "rests on row",
    "from_table": "rests on table",
    "from": "from level",
    "to": "to level",
}


def column_words(column: str) -> str:
    """A column in plain words, to be translated.

    >>> column_words("rank_low"), column_words("indicator_name")
    ('rank low', 'indicator name')
    """
    return _PLAIN.get(column, column.replace("_", " "))


COLUMNS: Final = tuple(
    dict.fromkeys(
        column_words(column)
        for column in (
            *(name for table in TABLES.values() for name in table.columns),
            *(f"{name}_name" for name in NAMED),
            "status",
            "withheld",
            "table",
            "rule",
            "hidden",
        )
        if column not in (*UNITS, *MACHINE)
    )
)
"""Every column in words: a new one has to be translated before catalogues are up to date."""
STATUS: Final = ("shown", "zero", "hidden", "no data", "hypothesis")
STATES: Final = {
    "not_told": msg("cannot be told from chance"),
    "within": msg("within what chance explains"),
    "above": msg("above what chance explains"),
    "not_assessed": msg("not assessed"),
    "forecast": msg("forecast"),
    "observed": msg("observed"),
    "more": msg("more"),
    "fewer": msg("fewer"),
    "hidden": msg("hidden"),
}
"""The column `state` of changes and series, in words."""
