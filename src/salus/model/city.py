"""A city's workspace in types: who it is, where its evidence comes from, what was decided."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

Tier = Literal["public", "restricted", "sensitive"]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scope(_File):
    """What an assessment covers."""

    themes: tuple[str, ...] = Field(description="Theme ids; empty means all.")
    area: str = Field(description="Id of the assessed city as an area.")
    geography: str = Field(description="Vintage the estimates are modelled on, such as ageb-2020.")
    shown: str = Field(description="Vintage that people recognise, such as colonia; may be the same.")
    start: dt.date
    end: dt.date


class DisclosureRules(_File):
    """What may leave the city's workspace (section `disclosure` of `city.yaml`)."""

    preset: Literal["threshold", "standard", "strict", "noise", "local"] = "threshold"
    threshold: int | None = Field(
        default=None, ge=5, description="With `local`: counts from 1 to one less are hidden; never below 5."
    )
    protected_threshold: int | None = Field(
        default=None, ge=10, description="With `local`: the same for protected offences; never below 10."
    )
    round_to: Literal[0, 3, 5, 10] = Field(default=0, description="With `local`: shown counts are multiples of it.")
    maps: Literal["areas", "anchors", "none"] | None = Field(
        default=None, description="With `local`: shaded areas only, the density made of them too (anchors), or no map."
    )

    @model_validator(mode="after")
    def _own_numbers_only_with_local(self) -> "DisclosureRules":
        if self.preset == "local":
            if self.threshold is None:
                raise ValueError("the preset local needs a threshold; state the city's own, 5 or more")
            if self.protected_threshold is not None and self.protected_threshold < self.threshold:
                raise ValueError("protected_threshold is below threshold; protected offences need at least as much")
        elif self.threshold is not None or self.protected_threshold is not None or self.round_to or self.maps:
            raise ValueError(f"the preset {self.preset} has its own numbers; leave them out or use the preset local")
        return self


class City(_File):
    """Identity of a city workspace (`city.yaml`)."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    name: str
    country: str = Field(description="ISO 3166 alpha-3.")
    wider: tuple[str, ...] = Field(description="Areas it lies in, nearest first: state, country.")
    names: dict[str, str] = Field(default={}, description="How people call the areas in `wider`: id -> name.")
    languages: tuple[str, ...]
    time_zone: str
    pack: str
    pack_version: str
    currency: str
    price_year: int
    income_group: Literal["high", "upper_middle", "lower_middle", "low"]
    mode: Literal["full", "rapid"] = "full"
    kept_by: Literal["folder", "web"] = "folder"
    scope: Scope
    disclosure: DisclosureRules | None = Field(
        default=None, description="Preset for what may leave; without it counts below 5 (protected: 10) are hidden."
    )

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the section `disclosure` where the city states none."""
        return {name: value for name, value in write(self).items() if name != "disclosure" or value is not None}

    def place(self, area: str) -> str:
        """How people call the city, or one of the areas it lies in."""
        return self.name if area == self.scope.area else self.names.get(area, area)


class Database(_File):
    """Where and when the rows of a source were taken from a database; never how to get in."""

    host: str = Field(description="Address of the server as it states it itself; 'local socket' on its own machine.")
    name: str
    query: str
    taken_at: str = Field(description="Time of the server in UTC.")
    rows: int = Field(ge=1)


class Origin(_File):
    """Where a source comes from (`origin.yaml` beside the files as received)."""

    title: str
    publisher: str
    obtained_from: str
    obtained_on: dt.date
    licence: str = Field(description="As stated by the publisher or re-publisher; 'none stated' if so.")
    licence_verified: bool
    redistribution: Literal["yes", "aggregates", "no"]
    source_type: str
    tier: Tier
    period: str
    permission: str = Field(default="", description="Who allowed the use, and where that is recorded.")
    illustrative: bool = False
    notes: str = ""
    database: Database | None = Field(default=None, description="Of rows taken from a database.")
    files: dict[str, str] = Field(description="File name -> sha256 of the file as received.")

    @model_serializer(mode="wrap")
    def _written(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the section `database` where there is none."""
        return {name: value for name, value in write(self).items() if name != "database" or value is not None}


class Choice(_File):
    """A decision that changes numbers: what, why, by which role, when."""

    value: str
    why: str
    who: str = Field(description="A role, never a person.")
    when: dt.date


class Mapping(_File):
    """How one source becomes evidence (`mapping.yaml`): the only place where harmonising happens."""

    kind: Literal["incidents", "counts", "figures", "population", "ratings", "judgements"]
    files: str = Field(description="Glob inside the dated folder.")
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: Literal[".", ","] = Field(default=".", description="With `,` a point separates thousands: 1.234,5.")
    sheet: str = Field(default="", description="Of a spreadsheet; empty means the first one.")
    header_row: int = Field(default=1, ge=1, description="Row of a spreadsheet that holds the column names.")
    columns: dict[str, str] = Field(description="Salus field -> column of the file.")
    constants: dict[str, str] = Field(default={}, description="Salus field -> one value for all rows.")
    indicators: dict[str, str] = Field(
        default={}, description="Wide tables: column -> indicator id, '100-' before the id for a complement."
    )
    where: dict[str, tuple[str, ...]] = Field(
        default={}, description="Column of the file -> values of the rows that are used; all others are left out."
    )
    recode: dict[str, dict[str, str]] = Field(
        default={}, description="Salus field -> value in the file -> value used; a value not listed stays as it is."
    )
    date_format: str | tuple[str, ...] = Field(
        default="%Y-%m-%d", description="Form of dates, or several tried in order; `excel` for serial days."
    )
    time_format: str = "%H:%M:%S"
    time_zone: str = Field(default="", description="Of timestamps that are not in the city's own time, such as UTC.")
    crs: str = Field(
        default="",
        description="System of the coordinates, such as EPSG:32614: `longitude` is then the easting, `latitude` the"
        " northing. Empty means what a file with geometry says itself, and degrees in WGS84 for all others.",
    )
    geography: str = Field(default="", description="Vintage of an `area` column, empty for the city as a whole.")
    correspondence: str = Field(default="", description="Table of the pack that maps labels to ICCS.")
    codes: dict[str, str] = Field(default={}, description="Local label -> ICCS code; overrides the table.")
    row_id: str = Field(default="", description="Column that identifies a record, if there is one.")
    stated_area: str = Field(default="", description="Value the `stated_area` column must hold.")
    location_error_m: float = Field(
        default=0.0, ge=0, description="Radius in metres within which the publisher moved the points."
    )
    identical_rows: Choice | None = Field(
        default=None, description="value keep (default) or drop; dropping must say why, who and when."
    )

    unusable_dates: Choice | None = Field(
        default=None,
        description="value set_aside: rows whose date is no date or lies in the future are kept out of all figures,"
        " counted and named, instead of refusing the file; must say why, who and when.",
    )

    @property
    def date_forms(self) -> tuple[str, ...]:
        """The forms of dates, in the order in which they are tried."""
        return (self.date_format,) if isinstance(self.date_format, str) else self.date_format


class Boundaries(_File):
    """What the properties of a boundary file are called (`columns.yaml` beside it); all others are read as they are."""

    area: str = Field(default="area", description="Property that holds the id of an area.")
    name: str = Field(default="name", description="Property that holds its name.")
    population: str = Field(default="population", description="Property that holds how many persons live there.")


@dataclass(frozen=True)
class Geography:
    """One vintage of areas: ids, names, populations (persons, null if unknown), polygons."""

    id: str
    areas: pl.DataFrame
    """Columns: area, name, population (Float64), km2 (Float64), wkb (Binary, WGS84), names (spellings, joined by |)."""
    file: str
    sha256: str


@dataclass(frozen=True)
class Evidence:
    """What was read from a workspace: tidy, located, classified, graded. Frames are described in
    `docs/method/architecture.md`, section Evidence."""

    incidents: pl.LazyFrame
    """Rows with class, time, point and area, read from disk when they are asked for."""
    counts: pl.DataFrame
    figures: pl.DataFrame
    population: pl.DataFrame
    ratings: pl.DataFrame
    judgements: pl.DataFrame
    sources: pl.DataFrame
    quality: pl.DataFrame
    geographies: dict[str, Geography]
    crosswalk: pl.DataFrame
    """Columns: area, shown_area, share (of the area's population that lives in the shown area)."""
    relocated: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Pooled counts after moving each point within its stated error: geography, area, label, iccs, tags,
    replicate, count. Empty where the points carry no stated error."""
    hours: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Counts of the assessed period by source, file, label and hour of day."""
    pieces: pl.DataFrame = field(default_factory=pl.DataFrame)
    """Counts where a modelling area and a shown area (`other`) overlap, by source, class and month; no figure is
    made of them. Empty where the two vintages are one."""
    scratch: object = None
    """Keeps the folder of `incidents` for as long as the evidence is used."""


class Decisions(_File):
    """What was decided for a cycle (`cycles/<year>/decisions.yaml`); every value says who and why."""

    cycle: int
    years: int = Field(default=3, ge=1, le=6, description="Length of the plan.")
    budget: tuple[float, ...] = Field(description="Money for each year of the plan, in the city's currency.")
    budget_status: Choice
    budget_illustrative: bool = True
    top: int = Field(default=5, ge=1)
    vision: str = ""
    vision_status: Choice | None = None


@dataclass(frozen=True)
class StageResult:
    """What a stage gives: its tables by name, their lineage, and draws a later stage needs.

    `draws`: name -> (key frame, array of shape rows x draws, float32).
    """

    tables: dict[str, pl.DataFrame]
    lineage: pl.DataFrame
    draws: dict[str, tuple[pl.DataFrame, object]] = field(default_factory=dict)
