"""Loads, checks, translates and tests a framework pack: the approach itself as content."""

from salus.framework.cases import CaseResult, run_cases
from salus.framework.check import check_pack
from salus.framework.load import load_pack, pack_folder
from salus.framework.locale import Translator, load_translator
from salus.framework.schema import pack_schema

__all__ = [
    "CaseResult",
    "Translator",
    "check_pack",
    "load_pack",
    "load_translator",
    "pack_folder",
    "pack_schema",
    "run_cases",
]
