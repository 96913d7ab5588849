"""Looks whether this installation has what Salus needs, and says what to do if not."""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from salus.framework import check_pack
from salus.workspace import example_cities

_NEEDED = ("polars", "duckdb", "ibis", "numpy", "scipy", "shapely", "pydantic", "yaml", "babel")
_FOR_REPORTS = ("jinja2", "altair", "vl_convert")
_SPACE_MB = 500
_MEMORY_MB = 1500


@dataclass(frozen=True)
class Condition:
    """One thing that was looked at."""

    what: str
    ok: bool
    says: str
    remedy: str = ""


def doctor() -> tuple[Condition, ...]:
    """Everything Salus needs, each with whether it is there.

    >>> all(condition.what for condition in doctor())
    True
    """
    return tuple(_conditions())


def _conditions() -> Iterator[Condition]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Condition("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    for name in (*_NEEDED, *_FOR_REPORTS):
        extra = "[report]" if name in _FOR_REPORTS else ""
        yield _library(name, extra)
    faults = check_pack()
    yield Condition("framework pack", not faults, f"{len(faults)} faults", "`salus framework check` lists them")
    cities = example_cities()
    yield Condition("example cities", bool(cities), ", ".join(cities) or "none", "install Salus again")
    free = shutil.disk_usage(Path.cwd()).free // 2**20
    yield Condition("free space here", free > _SPACE_MB, f"{free:,} MB", f"a run needs up to {_SPACE_MB} MB")
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        yield Condition("memory", memory > _MEMORY_MB, f"{memory:,} MB", f"the example needs up to {_MEMORY_MB} MB")


def _library(name: str, extra: str) -> Condition:
    try:
        module = importlib.import_module(name)
    except ImportError as problem:
        return Condition(name, ok=False, says=str(problem), remedy=f"pip install 'salus-cities{extra}'")
    return Condition(name, ok=True, says=str(getattr(module, "__version__", "installed")))
