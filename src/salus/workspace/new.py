"""Makes a new city workspace: an empty one to fill, or a copy of a shipped example."""

import shutil
import tempfile
from pathlib import Path

from salus.errors import BadInput, UnknownReference

CITIES = Path(__file__).parent.parent / "cities"

_CITY = """\
# Identity of this workspace. Every field is explained in docs/reference/workspace.md
id: {id}
name: {name}
country: {country}
wider: [{country}]
languages: [en]
time_zone: UTC
pack: usg-core
pack_version: 0.1.0
currency: USD
price_year: 2022
income_group: lower_middle
mode: full
kept_by: folder
scope:
  themes: []
  area: {id}
  geography: ""
  shown: ""
  start: {start}
  end: {end}
"""

_README = """\
This folder is a Salus workspace. Put evidence in with `salus add`, look at all problems at once with
`salus check`, and assess with `salus run`. Files under evidence/ are kept as received and never edited;
what they mean is written in mapping.yaml. private/ is never read by exchange.
"""


def example_cities() -> tuple[str, ...]:
    """The names of the example cities that ship with Salus.

    >>> "iztapalapa" in example_cities()
    True
    """
    return tuple(sorted(p.parent.name for p in CITIES.glob("*/city.yaml")))


def example_city(name: str, target: Path) -> Path:
    """A copy of a shipped example city in a folder of yours (an existing copy is left as it is)."""
    source = CITIES / name
    if not (source / "city.yaml").is_file():
        raise UnknownReference(f"There is no example city '{name}'", remedy=f"one of {', '.join(example_cities())}")
    if (target / "city.yaml").is_file():
        return target
    if target.exists() and any(target.iterdir()):
        raise BadInput(f"{target} holds other files", where=str(target), remedy="name an empty or new folder")
    return _place(target, lambda folder: shutil.copytree(source, folder, dirs_exist_ok=True))


def new_workspace(path: str | Path, *, name: str, country: str, start: str, end: str) -> Path:
    """An empty workspace with the folders and files a city needs. Refuses a folder that is not empty."""
    target = Path(path)
    if target.exists() and any(target.iterdir()):
        raise BadInput(f"{target} is not empty", where=str(target), remedy="name a new or empty folder")
    slug = "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in name.lower()).split())
    if not slug:
        slug = "city"

    def fill(folder: Path) -> None:
        text = _CITY.format(id=slug, name=name, country=country, start=start, end=end)
        (folder / "city.yaml").write_text(text, encoding="utf-8")
        (folder / "README.txt").write_text(_README, encoding="utf-8")
        (folder / "stakeholders.csv").write_text("group,kind,level,people_reached,priority_group,illustrative\n")
        (folder / "institutions.csv").write_text("institution,name,level,role\n")
        (folder / ".gitignore").write_text("private/\nruns/\n")
        for part in ("geography", "evidence", "responses", "cycles", "private"):
            (folder / part).mkdir()

    return _place(target, fill)


def _place(target: Path, fill: object) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".salus-", dir=target.parent))
    try:
        fill(building)  # type: ignore[operator]
        building.chmod(0o755)
        if target.exists():
            target.rmdir()
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return target
