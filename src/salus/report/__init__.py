"""Turns the released tables of a run into documents for people; computes nothing."""

from salus.report.document import Report, report

__all__ = ["Report", "report"]
