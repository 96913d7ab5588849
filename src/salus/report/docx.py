"""The report as a document people can edit: the same page as the HTML, with styles, tables and pictures."""

import base64
import io
import zipfile
from typing import Any, Final

from salus.errors import MissingExtra
from salus.report.language import Language
from salus.report.words import msg

MOST_ROWS: Final = 48
_PICTURE_CM: Final = 16.0
_SMALL_FROM: Final = 5
_INK, _ACCENT, _BAND = "1F2933", "0B5563", "FFE3B3"
_BLOCKS: Final = ("p", "ul", "table", "figure", "section", "div", "details", "h2", "h3", "h4", "summary")
_LEVELS: Final = {"h1": 0, "h2": 1, "h3": 2, "h4": 3}
_STAMP: Final = (2000, 1, 1, 0, 0, 0)
CUT = msg("%(shown)s of %(rows)s rows; the HTML report holds all of them.")
MARK = msg("Parts marked as illustrative use invented answers: no decision may rest on them.")


def docx_of(html: str, language: Language, *, title: str, illustrated: bool) -> bytes:
    """The bytes of a Word document with what a report page says, in its order.

    Tables of more than 48 rows are cut, and say so. Pictures carry their alternative text. The same page gives the
    same bytes.
    """
    try:
        import docx
        from lxml import html as parser
    except ImportError as problem:
        raise MissingExtra(
            "Documents need the extra [report]", where="python-docx", remedy="pip install 'salus-cities[report]'"
        ) from problem
    page = parser.document_fromstring(html)
    writer = _Writer(docx.Document(), language)
    writer.prepare(title, illustrated=illustrated)
    for part in (*page.find("body/header"), *page.find("body/main")):
        writer.block(part)
    buffer = io.BytesIO()
    writer.document.save(buffer)
    return _dated_the_same(buffer.getvalue())


class _Writer:
    """Puts the blocks of a page into a document, one after the other."""

    def __init__(self, document: Any, language: Language) -> None:
        self.document, self.language = document, language

    def prepare(self, title: str, *, illustrated: bool) -> None:
        """Language, fonts, margins, and a header that marks invented answers on every page."""
        import datetime as dt

        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Cm, Pt, RGBColor

        core = self.document.core_properties
        core.title, core.language, core.author = title, self.language.locale.replace("_", "-"), "Salus"
        core.created = core.modified = dt.datetime(*_STAMP[:3], tzinfo=dt.UTC)
        normal = self.document.styles["Normal"]
        normal.font.name, normal.font.size = "Noto Sans", Pt(10)
        spoken = OxmlElement("w:lang")
        spoken.set(qn("w:val"), self.language.locale.replace("_", "-"))
        normal.element.get_or_add_rPr().append(spoken)
        for level in range(4):
            style = self.document.styles["Title" if level == 0 else f"Heading {level}"]
            style.font.name, style.font.color.rgb = "Noto Sans", RGBColor.from_string(_INK if level else _ACCENT)
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.2)
        if illustrated:
            section.header.paragraphs[0].text = self.language(MARK)
        number = OxmlElement("w:fldSimple")
        number.set(qn("w:instr"), "PAGE")
        section.footer.paragraphs[0]._p.append(number)

    def block(self, node: Any) -> None:
        """One element of the page with all that is in it."""
        if not isinstance(node.tag, str):
            return
        kind = node.tag
        if kind in _LEVELS:
            self._runs(self.document.add_heading(level=_LEVELS[kind]), node)
        elif kind == "p":
            self._paragraph(node)
        elif kind == "ul":
            for item in node.findall("li"):
                self._runs(self.document.add_paragraph(style="List Bullet"), item)
        elif kind == "table":
            self._table(node)
        elif kind == "figure":
            self._figure(node)
        elif kind == "summary":
            self._runs(self.document.add_paragraph(style="Heading 4"), node)
        elif kind == "details" and (node.get("id") or "").startswith("t"):
            self._trail(node)
        else:
            for part in node:
                self.block(part)

    def _trail(self, node: Any) -> None:
        """A trail in one small paragraph that begins with the mark its statements carry."""
        paragraph = self.document.add_paragraph()
        self._run(paragraph, f"[{node.get('id')}] ", bold=True, small=True, code=False)
        for part in (node.find("summary"), *node.iterfind("ul/li")):
            self._runs(paragraph, part, small=True)
            self._run(paragraph, "; ", bold=False, small=True, code=False)

    def _paragraph(self, node: Any) -> None:
        paragraph = self.document.add_paragraph()
        self._runs(paragraph, node, small="note" in (node.get("class") or ""))
        if "band" in (node.get("class") or ""):
            _shade(paragraph._p.get_or_add_pPr(), _BAND)
            for run in paragraph.runs:
                run.bold = True

    def _figure(self, node: Any) -> None:
        from docx.shared import Cm

        self._runs(self.document.add_paragraph(style="Caption"), node.find("figcaption"))
        image = node.find("img")
        shape = self.document.add_picture(io.BytesIO(_png(image.get("src"))), width=Cm(_PICTURE_CM))
        shape._inline.docPr.set("descr", image.get("alt", ""))
        for part in node:
            if part.tag not in {"figcaption", "img"}:
                self.block(part)

    def _table(self, node: Any) -> None:
        from docx.shared import Cm

        caption = node.find("caption")
        if caption is not None:
            self._runs(self.document.add_paragraph(style="Caption"), caption)
        rows = node.findall(".//tr")
        width = max((len(row) for row in rows), default=0)
        if not width:
            return
        shown = rows[: MOST_ROWS + 1]
        table = self.document.add_table(rows=len(shown), cols=width, style="Light Grid Accent 1")
        table.autofit = False
        widths = _widths([[" ".join(cell.itertext()) for cell in row] for row in shown], width)
        for column, room in zip(table.columns, widths, strict=True):
            column.width = Cm(room)
        for line, row in zip(table.rows, shown, strict=True):
            for cell, content, room in zip(line.cells, row, widths, strict=False):
                cell.width = Cm(room)
                self._runs(cell.paragraphs[0], content, small=width > _SMALL_FROM)
        _repeat_header(table.rows[0])
        if len(rows) > len(shown):
            text = self.language(CUT) % {"shown": MOST_ROWS, "rows": len(rows) - 1}
            self.document.add_paragraph(text)

    def _runs(self, paragraph: Any, node: Any, *, bold: bool = False, small: bool = False, code: bool = False) -> None:
        """The words of an element, with what is bold, small or code in it; a link to a trail becomes its mark."""
        self._run(paragraph, node.text, bold=bold, small=small, code=code)
        for part in node:
            if part.tag == "br":
                self._run(paragraph, "\n", bold=bold, small=small, code=code)
            elif part.tag == "a" and "trail" in (part.get("class") or ""):
                self._run(paragraph, f" [{part.get('href', '').lstrip('#')}]", bold=False, small=True, code=False)
            elif part.tag in _BLOCKS:
                self.block(part)
            else:
                own = {"bold": bold or part.tag == "strong", "small": small or part.tag == "small"}
                self._runs(paragraph, part, **own, code=code or part.tag == "code")
            self._run(paragraph, part.tail, bold=bold, small=small, code=code)

    def _run(self, paragraph: Any, text: str | None, *, bold: bool, small: bool, code: bool) -> None:
        from docx.shared import Pt

        words = text if text == "\n" else " ".join((text or "").split())
        if not words:
            return
        lead = " " if text and text[0].isspace() and text != "\n" and paragraph.runs else ""
        tail = " " if text and text[-1].isspace() and text != "\n" else ""
        run = paragraph.add_run(lead + words + tail)
        run.bold = bold or None
        if small:
            run.font.size = Pt(8)
        if code:
            run.font.name = "Noto Sans Mono"


def _widths(rows: list[list[str]], columns: int) -> list[float]:
    """Column widths in cm: room for the longest word first, then by how much there is to read."""
    wanted = []
    for column in range(columns):
        texts = [row[column] for row in rows if column < len(row)]
        word = max((len(word) for text in texts for word in text.split()), default=1)
        mean = sum(map(len, texts)) / max(len(texts), 1)
        wanted.append(max(word + 2.0, 3.0 * mean**0.5))
    return [_PICTURE_CM * each / sum(wanted) for each in wanted]


def _png(uri: str) -> bytes:
    """The picture of a page as PNG, which every word processor shows."""
    import vl_convert

    svg = base64.b64decode(uri.partition("base64,")[2]).decode()
    return bytes(vl_convert.svg_to_png(svg, scale=2.0))


def _shade(properties: Any, colour: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        shading.set(qn(f"w:{name}"), value)
    properties.append(shading)


def _repeat_header(row: Any) -> None:
    """Marks a row as the head of its table: it is repeated on every page, and screen readers know it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(head)


def _dated_the_same(document: bytes) -> bytes:
    """The document with one date on all its parts, so that the same page gives the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(zipfile.ZipInfo(item.filename, _STAMP), old.read(item), zipfile.ZIP_DEFLATED)
    return out.getvalue()
