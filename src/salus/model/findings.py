"""A finding about people's data or content: what is wrong, exactly where, and what to do."""

from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class DataFinding:
    """One problem found in a file. `row` is 1-based in the file's data, `line` 1-based in a text file.

    >>> print(DataFinding("a.csv", "no_such_code", "Unknown area 'X9'", "correct it", row=3, column="area"))
    error a.csv row 3 column area: Unknown area 'X9' -> correct it [no_such_code]
    """

    file: str
    rule: str
    message: str
    remedy: str
    severity: Severity = "error"
    row: int | None = None
    line: int | None = None
    column: str = ""
    value: str = ""

    def __str__(self) -> str:
        place = "".join(
            f" {word} {number}"
            for word, number in (("row", self.row), ("line", self.line), ("column", self.column or None))
            if number is not None
        )
        return f"{self.severity} {self.file}{place}: {self.message} -> {self.remedy} [{self.rule}]"

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return asdict(self)


def errors(findings: tuple[DataFinding, ...]) -> tuple[DataFinding, ...]:
    """Those that stop the work."""
    return tuple(f for f in findings if f.severity == "error")
