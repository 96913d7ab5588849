"""From sources as received to tidy, located, classified and graded evidence, with quality findings."""

from salus.evidence.engines import known_engine
from salus.evidence.free_text import check_free_text
from salus.evidence.quality import QUALITY_TEXTS
from salus.evidence.quotes import (
    WORD_FILES,
    candidates_of,
    check_quotes,
    place_ladder,
    read_people,
    read_quotes,
    speakers_of,
)
from salus.evidence.read import EvidenceReading, read_evidence
from salus.evidence.readers import geocoding_rate

__all__ = [
    "QUALITY_TEXTS",
    "WORD_FILES",
    "EvidenceReading",
    "candidates_of",
    "check_free_text",
    "check_quotes",
    "geocoding_rate",
    "known_engine",
    "place_ladder",
    "read_evidence",
    "read_people",
    "read_quotes",
    "speakers_of",
]
