"""JSON Schema of each kind of pack file, so that an editor can complete and check while one writes."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from salus.errors import UnknownReference
from salus.framework.load import _CSV_PARTS, _SINGLE_PARTS, _YAML_PARTS
from salus.model.weights import HarmWeights

_LIST_FILES = {"themes", "functions", "problems", "flows"}


def pack_schema(part: str) -> dict[str, Any]:
    """The JSON Schema of a part of a pack, such as `indicators` (one file) or `themes` (a list).

    >>> pack_schema("indicators")["title"]
    'Indicator'
    """
    kinds: dict[str, type[BaseModel]] = {
        name: kind for group in (_YAML_PARTS, _SINGLE_PARTS, _CSV_PARTS) for name, (_, kind) in group.items()
    } | {"weights": HarmWeights}
    if part not in kinds:
        raise UnknownReference(f"A pack has no part '{part}'", remedy=f"one of {', '.join(sorted(kinds))}")
    if part in _LIST_FILES:
        return TypeAdapter(list[kinds[part]]).json_schema()  # type: ignore[valid-type]
    return kinds[part].model_json_schema()
