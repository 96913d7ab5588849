"""The table of what people said and may be shown: only a release has it, never a run."""

from typing import Final

from salus.model.table import TEXT, WHOLE, YES, Table

WORD_TABLES: Final = (
    Table(
        "quotes",
        "What somebody said, with what is shown of the speaker; only what passed the gate for words. A release has it"
        " where there is any; a run never has. `attributes`: further things shown, `name=value`, joined by `; `.",
        ("number",),
        {
            "number": WHOLE,
            "quote": TEXT,
            "area": TEXT,
            "group": TEXT,
            "role": TEXT,
            "attributes": TEXT,
            "theme": TEXT,
            "illustrative": YES,
        },
    ),
)
