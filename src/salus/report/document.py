"""Writes a release as one self-contained HTML file, a Word document, or its tables as a workbook."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from salus.errors import BadInput, MissingExtra
from salus.framework import load_pack, load_translator, pack_folder
from salus.releasing import Release, released_or_draft
from salus.report.desk import Desk
from salus.report.docx import docx_of
from salus.report.language import Language, languages
from salus.report.sections import sections
from salus.report.words import Words
from salus.report.xlsx import write_workbook

FORMATS = ("html", "docx", "xlsx")


@dataclass(frozen=True)
class Report:
    """A written report, how many rows the disclosure gate hid from it, and the release it shows; None for a draft."""

    path: Path
    hidden: int
    release: str | None = None


def report(
    path: str | Path,
    *,
    lang: str = "en",
    format: str = "html",  # noqa: A002 - the name of the option in design.md
    out: str | Path | None = None,
) -> Report:
    """The report of a release, or of a run (a workspace's newest one): a draft, marked so, unless it was released.

    The file replaces an earlier one at once.

    Languages are English and each one with a catalogue in `report/locale`; formats are in `FORMATS`.
    """
    if lang not in languages() or format not in FORMATS:
        raise BadInput(
            f"This version writes {', '.join(FORMATS)} in {', '.join(languages())}, not {format} in {lang}",
            where="--lang, --format",
            remedy="choose one of these; a language is added by a PO file (docs/howto/translate.md)",
        )
    release = released_or_draft(path)
    target = Path(out) if out is not None else _home(Path(path)) / f"report-{lang}.{format}"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".report-") as folder:
        made = Path(folder) / target.name
        _write(desk_of(release, lang), format, made)
        made.chmod(0o644)
        made.replace(target)
    return Report(target, release.hidden, None if release.is_draft else str(release.record["id"]))


def _home(path: Path) -> Path:
    """The workspace of a release or run folder, or the workspace itself."""
    return path.parent.parent if (path / "release.json").is_file() or (path / "run.json").is_file() else path


def _write(desk: Desk, format: str, file: Path) -> None:  # noqa: A002 - as in `report`
    if format == "xlsx":
        write_workbook(desk, file)
        return
    page = render(desk)
    file.write_bytes(page.encode() if format == "html" else _document(page, desk))


def _document(page: str, desk: Desk) -> bytes:
    return docx_of(page, desk.words.language, title=desk.city.name, illustrated=desk.has_illustration)


def render(desk: Desk) -> str:
    """The report's HTML."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as problem:
        raise MissingExtra(
            "Reports need the extra [report]", where="jinja2", remedy="pip install 'salus-cities[report]'"
        ) from problem
    environment = Environment(
        loader=PackageLoader("salus.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    language = desk.words.language
    environment.globals["_"] = environment.globals["gettext"] = language
    environment.globals["ngettext"] = language.plural
    page = environment.get_template("report.html.j2")
    return str(page.render(**sections(desk), words=desk.words, lang=language.code, direction=language.direction))


def desk_of(release: Release, lang: str) -> Desk:
    """What the documents of a release draw on, in one language."""
    city, pack_id = release.record["city"], release.record["pack"]["id"]
    language = Language(lang, load_translator(pack_folder(pack_id), lang), city["country"])
    return Desk(release, load_pack(pack_id), Words(language, f"{city['currency']} ({city['price_year']})"))
