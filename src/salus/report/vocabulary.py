"""Words that come from results and not from the report's own pages, so that catalogues hold them too."""

from typing import Final

from salus.evidence import QUALITY_TEXTS
from salus.governance import ENABLING
from salus.planning import EXPECTED, PROCESS
from salus.priorities import WHY
from salus.report.table_words import COLUMNS, STATUS

LEVELS: Final = ("community", "local", "subnational", "national", "international")
KINDS: Final = ("authority", "capacity", "exercise")
GAPS: Final = (
    "ready", "capacity deficit", "authority deficit", "double deficit", "withheld", "not assessed", "orphan", "overlap",
    "unfunded mandate", "paper mandate", "informal provision", "capacity unknown", "build capacity", "enable",
)  # fmt: skip
CRITERIA: Final = ("burden", "severity", "trend", "inequity", "importance")
VERIFIED: Final = ("seen", "recalled", "proposed", "none", "illustrative", "agreed")
GROUPS: Final = (
    "all crimes", "vehicle theft", "vehicle parts theft", "burglary", "street robbery", "other theft", "fraud",
    "extortion", "threats", "injuries", "other", "fewer than 10", "this theme",
)  # fmt: skip
PEOPLE: Final = ("borough administration", "traders", "women's organisations", "youth groups", "women and girls")
"""Groups that judged in the example city."""
REASONS: Final = (
    "too few periods", "no events", "the periods do not differ within seasons",
    "events in one period only, at an end of the series",
    "events only at one end of the series: the estimate has no limit",
    "fewer than two events or areas", "every draw of units has the same value",
)  # fmt: skip
UNITS: Final = (
    "recorded events a year", "residents", "present", "households", "vehicles", "commuters", "rate ratio",
    "rate ratio per year", "recorded files", "rating 0-100", "events", "per 100,000 a year",
)  # fmt: skip
HIDDEN: Final = (
    "small count", "few persons", "subtraction", "n rounded", "row numbers of few records", "revision held back",
    "given away by earlier releases", "rests on hidden rows", "rests on hidden counts", "few pairs", "figures rounded",
    "smoothed again from shown counts",
    "text points at somebody", "quote refused: no consent", "quote refused: nobody knows how many persons",
    "quote refused: few persons", "quote refused: protected theme in a small place",
    "quote refused: the text points at somebody", "quote refused: not judged",
    "quote refused: quotes of one speaker contradict each other",
)  # fmt: skip
TABLES: Final = (
    "sources", "quality", "estimates", "triangulation", "flows", "nexus", "gaps", "leads", "profile", "judgements",
    "group_ranks", "criteria", "priorities", "options", "portfolio", "steps", "information_value", "lineage",
    "clusters", "near_repeats", "series", "changes", "denominators", "concentration", "harm", "quotes", "plan",
)  # fmt: skip
VOCABULARY: Final = tuple(
    dict.fromkeys(
        (*ENABLING, *WHY, *QUALITY_TEXTS, PROCESS, EXPECTED, *LEVELS, *KINDS, *GAPS, *CRITERIA, *VERIFIED, *GROUPS,
         *PEOPLE, *REASONS, *UNITS, *HIDDEN, *TABLES, *COLUMNS, *STATUS)
    )
)  # fmt: skip
"""Every text that the report says and does not hold itself."""
