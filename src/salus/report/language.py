"""The language of a document: its strings, plurals, and how numbers are written where it is read."""

from dataclasses import dataclass, field
from functools import cached_property
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from salus.errors import BadInput
from salus.framework.locale import Translator

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FOLDER: Final = Path(__file__).parent / "locale"
SOURCE: Final = "en"
RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


def languages() -> tuple[str, ...]:
    """The languages a report can be written in: English, and each one with a catalogue.

    >>> languages()[:2]
    ('en', 'es')
    """
    return (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po")))


@dataclass
class Language:
    """Strings of the report and of the framework pack in one language, and the place it is read in.

    `missed` gathers the texts that were asked for and have no translation: nothing falls back unseen.
    """

    code: str
    pack: Translator
    country: str = ""
    """ISO 3166 alpha-3 of the city: Spanish in Mexico writes 1,234.5 and in Spain 1.234,5."""
    missed: set[str] = field(default_factory=set)

    @cached_property
    def _catalogue(self) -> "Catalog":
        path = FOLDER / f"{self.code}.po"
        if not path.is_file():
            raise BadInput(
                f"There is no report in '{self.code}'",
                where="--lang",
                remedy=f"use one of {', '.join(languages())}",
            )
        from babel.messages.pofile import read_po

        with path.open("rb") as file:
            return read_po(file, abort_invalid=True)

    @cached_property
    def _own(self) -> frozenset[str]:
        """The report's texts that have a translation, those that read the same in both languages included."""
        translated = (m.id for m in self._catalogue if m.id and m.string and not m.fuzzy)
        return frozenset(text if isinstance(text, str) else text[0] for text in translated)

    @cached_property
    def _report(self) -> NullTranslations:
        if self.code == SOURCE:
            return NullTranslations()
        from babel.messages.mofile import write_mo

        compiled = BytesIO()
        write_mo(compiled, self._catalogue)
        return GNUTranslations(BytesIO(compiled.getvalue()))

    @cached_property
    def locale(self) -> str:
        """The locale by which numbers are written, such as `es_MX`; the bare language where there is none."""
        from babel import Locale, UnknownLocaleError
        from babel.core import get_global

        territory = get_global("territory_aliases").get(self.country, [""])[0]
        try:
            return str(Locale.parse(f"{self.code}_{territory}")) if territory else self.code
        except (UnknownLocaleError, ValueError):
            return self.code

    @property
    def direction(self) -> str:
        """The direction of writing: `ltr` or `rtl`."""
        return "rtl" if self.code in RIGHT_TO_LEFT else "ltr"

    def __call__(self, text: str) -> str:
        """The text in this language: the report's own strings first, then the pack's."""
        if self.code == SOURCE or not text:
            return text
        if text in self._own:
            return self._report.gettext(text)
        if not self.pack.knows(text) and any(letter.isalpha() for letter in text):
            self.missed.add(text)
        return self.pack(text)

    def plural(self, one: str, many: str, count: int) -> str:
        """The form that goes with a count."""
        if self.code != SOURCE and one not in self._own:
            self.missed.add(one)
        return self._report.ngettext(one, many, count)
