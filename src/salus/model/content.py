"""What all content of a framework pack shares: strict objects, ids and levels."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Verification = Literal["seen", "recalled", "proposed"]
Level = Literal["community", "local", "subnational", "national", "international"]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="Permanent id, lower case.")]
IndicatorId = Annotated[str, Field(pattern=r"^[A-JX][0-9]{2}$", description="Permanent indicator id.")]


class Content(BaseModel):
    """An object of a pack: no field is ignored, none is changed after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
