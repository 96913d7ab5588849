"""From sources as received to tidy, located, classified and graded evidence, with quality findings."""

from salus.evidence.read import EvidenceReading, read_evidence
from salus.evidence.readers import geocoding_rate

__all__ = ["EvidenceReading", "geocoding_rate", "read_evidence"]
