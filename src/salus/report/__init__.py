"""Turns the released tables of a run into documents for people; computes nothing.

`salus.report` is a package and a verb: the package can be called, so that the order of imports does
not decide what `salus.report(path)` means.
"""

import sys
from types import ModuleType
from typing import Any

from salus.report.document import Report, report

__all__ = ["Report", "report"]


class _Verb(ModuleType):
    """This package, callable as `salus.report(path, lang=…, format=…, out=…)`."""

    def __call__(self, *args: Any, **options: Any) -> Report:
        return report(*args, **options)


sys.modules[__name__].__class__ = _Verb
