"""Every exception Salus raises: what happened, where, and what to do next.

Problems in people's data are not exceptions but findings (`salus.model.findings`); these are for
what makes going on impossible.
"""


class SalusError(Exception):
    """Something stops the work: says what, where and what to do next."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" What to do: {self.remedy}" if self.remedy else ""
        return f"{self.what}{place}.{advice}"


class BadInput(SalusError):  # noqa: N818 - reads as the field says it
    """An argument cannot mean anything: negative counts, shapes that differ, an unknown option."""


class BrokenPack(SalusError):  # noqa: N818
    """The framework pack cannot be read; `salus framework check` lists every fault."""


class BrokenWorkspace(SalusError):  # noqa: N818
    """The city folder cannot be read; `salus check` lists every fault."""


class UnknownReference(SalusError):  # noqa: N818
    """A key, area, indicator or run that is not there was asked for."""


class MissingExtra(SalusError):  # noqa: N818
    """A part of Salus that is installed separately is needed for this."""


class Withheld(SalusError):  # noqa: N818
    """The disclosure gate refuses to let this out."""
