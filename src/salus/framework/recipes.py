"""Ready answers for known open data sets: how their columns are read, for whichever country a city lies in."""

from pathlib import Path
from typing import Any

import yaml

from salus.errors import UnknownReference
from salus.framework.load import pack_chain
from salus.model.city import City


def recipes(folder: Path) -> dict[str, dict[str, Any]]:
    """The recipes of a pack and of those it extends, by id: `about`, `file`, `mapping` and `origin`.

    >>> from salus.framework import pack_folder
    >>> "wgi" in recipes(pack_folder("usg-core"))
    True
    """
    files = (path for part in pack_chain(folder) for path in sorted((part / "sources").glob("*.yaml")))
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}


def answers(folder: Path, name: str, city: City) -> dict[str, Any]:
    """The sections `mapping` and `origin` of a recipe, filled in for the country of a city.

    {alpha3}, {alpha3_lower}, {m49} and {country} stand for the country's codes and English name.
    """
    known = recipes(folder)
    if name not in known:
        raise UnknownReference(
            f"There is no file '{name}' and no recipe of that name",
            where="--answers",
            remedy=f"give a YAML file, or one of {', '.join(sorted(known))}",
        )
    names = country_names(city.country)
    return {part: _filled(known[name][part], names) for part in ("mapping", "origin")}


def country_names(alpha3: str) -> dict[str, str]:
    """A country's codes and English name, as open data sets write them.

    >>> country_names("BRB")
    {'alpha3': 'BRB', 'alpha3_lower': 'brb', 'm49': '52', 'country': 'Barbados'}
    """
    from babel import Locale
    from babel.core import get_global

    aliases = get_global("territory_aliases")
    alpha2 = aliases.get(alpha3, [""])[0]
    m49 = next((code for code, to in aliases.items() if code.isdigit() and len(code) == 3 and to == [alpha2]), "")
    name = Locale("en").territories.get(alpha2, "")
    if not (alpha2 and m49 and name):
        raise UnknownReference(
            f"'{alpha3}' is no country code of ISO 3166",
            where="city.yaml, country",
            remedy="three letters, such as MEX",
        )
    return {"alpha3": alpha3, "alpha3_lower": alpha3.lower(), "m49": str(int(m49)), "country": name}


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        for key, name in names.items():
            value = value.replace("{" + key + "}", name)
        return value
    if isinstance(value, dict):
        return {key: _filled(each, names) for key, each in value.items()}
    return [_filled(each, names) for each in value] if isinstance(value, list) else value
