"""Who is involved: public institutions of a country, groups of people, and what makes places resilient."""

from typing import Literal

from pydantic import Field

from salus.model.content import Content, IndicatorId, Level, Slug, Verification


class Institution(Content):
    """A kind of public institution that a city of a country meets, and the functions it holds by law."""

    id: Slug
    name: str = Field(description="In the national language.")
    level: Level
    functions: tuple[Slug, ...] = Field(description="Governance functions it mainly holds.")
    legal_basis: str = Field(description="Law and article.")
    verification: Verification = "recalled"


class StakeholderGroup(Content):
    """A group of people an assessment has to hear: why, how to reach them, and what protects them."""

    id: Slug
    name: str
    kind: Literal["residents", "civil society", "public body", "private sector", "academia", "international"]
    priority: bool = Field(description="Most at risk or least heard: I06 counts how many of these took part.")
    why: str
    reach: tuple[str, ...] = Field(description="Ways to hear them.")
    safeguards: tuple[str, ...]
    verification: Verification = "proposed"


class ResilienceFactor(Content):
    """Something that protects people or places, at one level of their lives."""

    id: Slug
    name: str
    level: Literal["individual", "relationship", "community", "institution", "place"]
    meaning: str
    indicators: tuple[IndicatorId, ...] = Field(description="Indicators that show it.")
    functions: tuple[Slug, ...] = Field(default=(), description="Governance functions that strengthen it.")
    reference: str
    verification: Verification = "proposed"
