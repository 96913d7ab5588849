"""Why something is not known, as phrases: what would have to be found out."""

from typing import Final

from salus.model.framework import Indicator
from salus.model.phrases import Phrase

ACTIVITY: Final = "{indicator} counts what authorities do, not how often it happens"
NO_FIGURE: Final = "no figure for {indicator}"
NOT_COUNTED: Final = "{indicator} does not count events or persons"
NO_SURVEY: Final = "no survey says what share of {indicator} is reported"
EITHER_WAY: Final = "a rise of {indicator} may be good or bad"
NO_YEARS: Final = "no yearly counts for {indicator}"
NO_TREND: Final = "the yearly counts of {indicator} give no trend ({reason})"
NO_AREAS: Final = "no figures for {indicator} by area"
NO_CONDITIONS: Final = "no conditions by area"
NOT_RATED: Final = "no group rated it"
RAPID: Final = "{indicator}: no evidence on this indicator of the rapid set"
WHY: Final = (
    ACTIVITY, NO_FIGURE, NOT_COUNTED, NO_SURVEY, EITHER_WAY, NO_YEARS, NO_TREND, NO_AREAS, NO_CONDITIONS, NOT_RATED,
    RAPID,
)  # fmt: skip
"""Every template, so that documents can translate them."""


def why(template: str, indicator: Indicator, **values: str) -> Phrase:
    """A template about an indicator.

    >>> from salus.framework import load_pack
    >>> why(NO_FIGURE, load_pack("usg-core").indicator("A01")).plain
    'no figure for A01'
    """
    return Phrase(template, {"indicator": f"indicator:{indicator.id}", **values})
