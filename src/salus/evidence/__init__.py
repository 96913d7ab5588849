"""From sources as received to tidy, located, classified and graded evidence, with quality findings."""

from salus.evidence.engines import known_engine
from salus.evidence.quality import QUALITY_TEXTS
from salus.evidence.read import EvidenceReading, read_evidence
from salus.evidence.readers import geocoding_rate

__all__ = ["QUALITY_TEXTS", "EvidenceReading", "geocoding_rate", "known_engine", "read_evidence"]
