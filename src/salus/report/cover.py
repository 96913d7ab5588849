"""The first sheet of a workbook: what it is, who released it, what is hidden, and how many rows each sheet has."""

from typing import Final

from salus.report.desk import Desk
from salus.report.docx import MARK
from salus.report.words import msg

DRAFT: Final = msg("DRAFT – not released by anybody")
COMPLETE: Final = msg("Rows expected and rows written are the same on every sheet: nothing was cut off.")
HEADER: Final = (
    msg("Sheet"), msg("What it holds"), msg("Rows expected"), msg("Rows written"), msg("Illustrative rows"),
)  # fmt: skip
_READ: Final = (
    ("0", msg("Nothing was recorded.")),
    (msg("hidden"), msg("There is a figure and it is protected: it is small, or would give a small one away.")),
    (msg("no data"), msg("Nobody knows: there is no evidence, or the figure does not apply to the row.")),
    (msg("hidden or no data"), msg("One of the two: the release was made before tables told them apart.")),
    (
        msg("Codes"),
        msg(
            "The second row of each sheet names the columns as the documentation does. Codes in cells (A01,"
            " higher_is_worse) are the same in every language; methods, reasons, laws and licences stand as they were"
            " written."
        ),
    ),
    (msg("Grade"), msg("From A (strong) to E (very weak); none: no evidence.")),
)


def cover(desk: Desk, *, illustrated: bool) -> list[tuple[str, str]]:
    """What the first sheet says above its list of sheets: a label and a text a line."""
    record, translate, city = desk.release.record, desk.words.translate, desk.city
    said = [(translate(msg("City")), city.name), *_approval(desk)]
    if illustrated:
        said.append((translate(msg("Mark")), translate(MARK)))
    said += [
        (
            translate(msg("Period")),
            translate(msg("%(low)s to %(high)s"))
            % {"low": city.scope.start.isoformat(), "high": city.scope.end.isoformat()},
        ),
        (translate(msg("Disclosure preset")), str(record["preset"]["id"])),
        (translate(msg("What is hidden")), " ".join(rules(desk))),
        (translate(msg("Run")), str(record["run"])),
    ]
    return said + [(translate(label) if label != "0" else label, translate(text)) for label, text in _READ]


def _approval(desk: Desk) -> list[tuple[str, str]]:
    """Which release this is, of which day, for what and by which roles; or that it is a draft."""
    release, translate = desk.release, desk.words.translate
    if release.is_draft:
        warning = msg(
            "For the team that assesses: it has passed the disclosure gate, but nobody has approved it for others."
        )
        return [(translate(msg("Release")), translate(DRAFT)), ("", translate(warning))]
    return [
        (translate(msg("Release")), str(release.record["id"])),
        (translate(msg("Released on")), release.at.date().isoformat()),
        (translate(msg("Reason")), str(release.record["reason"])),
        (translate(msg("Approved by")), ", ".join(release.record["approved_by"])),
        (translate(msg("sha256 of release.json")), release.record_sha256),
    ]


def rules(desk: Desk) -> list[str]:
    """The thresholds of the release, and what else its preset does to figures, in words."""
    preset, words = desk.release.record["preset"], desk.words
    counts = msg(
        "Counts from 1 to %(most)s are hidden, of protected offences from 1 to %(protected)s, and what gives them away."
    )
    said = [
        words.translate(counts)
        % {
            "most": words.number(preset["threshold"] - 1),
            "protected": words.number(preset["protected_threshold"] - 1),
        }
    ]
    if preset["round_to"]:
        said.append(words.translate(msg("Shown counts are multiples of %s.")) % words.number(preset["round_to"]))
    if preset["significant"]:
        said.append(words.translate(msg("Shown figures keep %s digits.")) % words.number(preset["significant"]))
    if preset["noise"]:
        said.append(words.translate(msg("Shown counts were changed by up to 2 at random.")))
    return said
