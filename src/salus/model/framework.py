"""The framework as content: themes, indicators, functions, problems, interventions.

These are the types a framework pack is checked against; their field descriptions become the
reference documentation and the JSON Schema that an editor can use.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from salus.model.actors import Institution, ResilienceFactor, StakeholderGroup
from salus.model.content import Content, IndicatorId, Level, Slug, Verification
from salus.model.weights import HarmWeights

Direction = Literal["higher_is_worse", "higher_is_better", "ambiguous", "context"]
SourceType = Literal["admin", "survey", "health", "expert", "qualitative", "observation", "geo", "open"]
CostBand = Literal["€", "€€", "€€€", "€€€€"]
Dimension = Literal["risk", "vulnerability", "capacity"]

SdgCode = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{1,2}(\.([0-9]{1,2}|[a-d])(\.[0-9]{1,2})?)?$",
        description="Goal 16, target 16.a or indicator 16.1.1.",
    ),
]
IccsCode = Annotated[str, Field(pattern=r"^[0-9]{2,6}$", description="ICCS code, 2 to 6 digits.")]


class Threshold(Content):
    """A dated value against which an indicator is read."""

    value: float = Field(description="In the indicator's unit.")
    start: dt.date = Field(description="The day from which it holds.")
    meaning: str
    reference: str


class Selection(Content):
    """Which recorded offences an indicator counts."""

    iccs: tuple[IccsCode, ...] = Field(description="Codes; a code covers all codes that begin with it.")
    with_tags: tuple[str, ...] = Field(default=(), description="Only labels that carry all these tags.")
    without_tags: tuple[str, ...] = Field(default=(), description="Not labels that carry any of these tags.")


class Indicator(Content):
    """One measure of the framework: what it counts, against what, and how it is estimated."""

    id: IndicatorId
    name: str
    definition: str = Field(description="One or two sentences a criminologist would accept.")
    numerator: str
    denominator: str
    unit: str = Field(description="Such as 'per 100,000 residents', '%', '0-5'.")
    per: float = Field(default=1.0, gt=0, description="Multiplier of numerator / denominator: 100000, 100 or 1.")
    direction: Direction
    disaggregation: tuple[str, ...] = ()
    source_types: tuple[SourceType, ...]
    levels: tuple[Level, ...]
    sdg: tuple[SdgCode, ...] = ()
    iccs: tuple[IccsCode, ...] = ()
    estimator: str = Field(
        description="The function that computes it ('salus.stats.rates.poisson_interval'), or"
        " 'planned: issue N' while there is none."
    )
    measure: Literal["recorded_rate", "recorded_share", "concentration", "published", "rating", "planned"] = Field(
        description="How the evidence becomes the numerator: counted files, a share of counted files, the share of"
        " files in the busiest areas, a published or census figure, a rating of governance, or not yet."
    )
    select: Selection | None = Field(default=None, description="For recorded measures: the offences counted.")
    of: Selection | None = Field(default=None, description="For recorded_share: the offences it is a share of.")
    role: Literal["outcome", "pressure", "condition", "context", "governance"] = Field(
        description="What it stands for in a run; a series is pressure or outcome, never both."
    )
    enforcement_driven: bool = Field(default=False, description="Counts activity of authorities: grade D at best.")
    rapid: bool = Field(default=False, description="In the rapid set of 25.")
    thresholds: tuple[Threshold, ...] = ()
    pitfalls: tuple[str, ...]
    reference: str
    verification: Verification = "proposed"

    @model_validator(mode="after")
    def _parts_fit(self) -> "Indicator":
        planned = self.estimator.startswith("planned:")
        if planned != (self.measure == "planned"):
            raise ValueError("estimator 'planned: ...' and measure 'planned' go together")
        if self.measure.startswith("recorded") and self.select is None:
            raise ValueError("a recorded measure needs `select`: which offences are counted")
        if self.measure == "recorded_share" and self.of is None:
            raise ValueError("a recorded_share needs `of`: the offences it is a share of")
        return self


class Theme(Content):
    """A thematic area of an assessment: its questions and what is looked at."""

    id: Slug
    name: str
    questions: tuple[str, ...]
    risk: tuple[IndicatorId, ...] = ()
    vulnerability: tuple[IndicatorId, ...] = ()
    capacity: tuple[IndicatorId, ...] = Field(default=(), description="Resilience and capacity indicators.")
    functions: tuple[Slug, ...] = Field(default=(), description="Governance functions it rests on.")


class GovernanceFunction(Content):
    """Something that must be doable for a city to be safe, at one or more levels of government."""

    id: Slug
    name: str
    sector: str
    question: str = Field(description="What a rater answers.")
    anchors: dict[int, str] = Field(default={}, description="What 1, 3 and 5 look like for this function.")


class Anchor(Content):
    """One step of a 0-5 scale."""

    value: int = Field(ge=0, le=5)
    name: str
    meaning: str


class Scale(Content):
    """A 0-5 scale with its anchors."""

    id: Slug
    name: str
    anchors: tuple[Anchor, ...] = Field(min_length=6, max_length=6)


class Problem(Content):
    """A problem a city can set priorities over: theme x offence or condition; its areas come from evidence."""

    id: Slug
    name: str
    statement: str = Field(description="One sentence in plain words; no figure in it.")
    theme: Slug
    indicators: tuple[IndicatorId, ...] = Field(description="Outcomes or conditions it is measured by; first is main.")
    severity: float = Field(ge=1, le=5, description="Harm of one event, 1 (minor) to 5 (death).")
    severity_low: float = Field(ge=1, le=5)
    severity_high: float = Field(ge=1, le=5)
    reporting: str = Field(
        default="",
        description="Group of indicator A28 that tells how much is reported; 'complete' where practically every"
        " event is recorded (a death); empty where no survey group fits.",
    )
    base: tuple[float, float] = Field(
        default=(1.0, 1.0),
        description="For a condition in percent: the share of residents its percentage speaks of, as a range.",
    )
    functions: tuple[Slug, ...] = Field(description="Governance functions that answer it; the first leads.")
    flows: tuple[str, ...] = Field(default=(), description="Illicit flows it may be tied to (hypothesis).")
    verification: Verification = "proposed"


class Intervention(Content):
    """Something that can be done about a problem, with what it needs and what it must not do."""

    id: Slug
    number: str = Field(description="Its number in the evidence base (domain section 5).")
    name: str
    summary: str
    problems: tuple[Slug, ...] = Field(description="Problems it addresses.")
    functions: tuple[Slug, ...] = Field(description="Governance functions it needs; the first one leads.")
    min_capacity: int = Field(ge=0, le=5)
    levels: tuple[Level, ...]
    sectors: tuple[str, ...]
    kind: Literal["direct", "structural", "enabling", "harmful"] = Field(
        description="harmful: refused, never chosen; enabling: makes others possible."
    )
    cost_band: CostBand | None = Field(description="Yearly cost for 100,000 residents covered.")
    strength: int = Field(ge=0, le=4, description="Stars of the evidence base; 0 for harmful or none.")
    reach_low: float = Field(ge=0, le=1, description="Least share of the problem's events it can reach.")
    reach_high: float = Field(ge=0, le=1)
    horizon: Literal["short", "structural"]
    prerequisites: tuple[str, ...] = ()
    safeguards: tuple[str, ...]
    evidence: str = Field(description="What is known, in prose; never computed on.")
    reference: str
    verification: Verification


class Effect(Content):
    """One published estimate of an intervention's effect, as published and as a rate ratio."""

    intervention: Slug
    outcome: str
    problems: tuple[Slug, ...] = Field(description="The problems whose events this outcome speaks of.")
    metric: Literal["rate_ratio", "odds_ratio", "relative_effect_size", "percent_change", "mean_difference"]
    value: float
    low: float | None
    high: float | None
    rate_ratio: float | None = Field(description="Below 1 helps; null where there is no honest conversion.")
    rate_ratio_low: float | None
    rate_ratio_high: float | None
    conversion: str = Field(description="How the published figure became a rate ratio, or why it did not.")
    studies: int | None
    countries: str
    income_group: Literal["high", "upper_middle", "lower_middle", "low", "mixed"]
    source: str
    verification: Verification

    @property
    def quantified(self) -> bool:
        """Whether it may enter a portfolio: a rate ratio with an interval that the source states."""
        return None not in (self.low, self.high, self.rate_ratio, self.rate_ratio_low, self.rate_ratio_high)


class OffenceClass(Content):
    """One class of the International Classification of Crime for Statistical Purposes."""

    code: IccsCode
    name: str
    level: int = Field(ge=1, le=4)
    verification: Verification


class Goal(Content):
    """One goal, target or indicator of the Sustainable Development Goals, in the UN's wording."""

    code: SdgCode
    name: str
    kind: Literal["goal", "target", "indicator"]
    verification: Verification


class Word(Content):
    """What people call an offence in a language, and the ICCS class that is most often meant."""

    word: str
    language: str = Field(pattern=r"^[a-z]{2}$")
    iccs: IccsCode
    verification: Verification


class Correspondence(Content):
    """One local offence label and the ICCS class it belongs to."""

    label: str
    iccs: str = Field(pattern=r"^([0-9]{2,6}|unmapped|not-an-offence)$")
    share: float = Field(gt=0, le=1)
    tags: tuple[str, ...] = Field(default=(), description="domestic, firearm, gender, minor, transport, ...")
    confidence: Literal["high", "medium", "low"]
    reviewer: str = Field(description="Role of the person who checked it, or 'not reviewed'.")


class Protected(Content):
    """Offences whose victims are protected first: by ICCS code or by tag, threshold 10."""

    iccs: tuple[IccsCode, ...]
    tags: tuple[str, ...]

    def covers(self, iccs: str, tags: tuple[str, ...]) -> bool:
        """Whether an offence of this class and these tags is protected."""
        return any(iccs.startswith(code) for code in self.iccs) or not set(tags).isdisjoint(self.tags)


class Flow(Content):
    """An illicit flow the framework looks for, and the recorded activity that hints at it."""

    id: Slug
    name: str
    pressure: tuple[IndicatorId, ...] = Field(description="Indicators of its pressure; enforcement-driven as a rule.")
    themes: tuple[Slug, ...]
    pitfalls: tuple[str, ...]


class GradingRule(Content):
    """How a source's grade follows from what was checked."""

    start: dict[SourceType, str] = Field(description="Grade a source of this type starts with.")
    lower_by_one: tuple[str, ...] = Field(description="Checks that, when found, lower it by one step.")
    cap: dict[str, str] = Field(description="Checks that cap it: check -> best grade still possible.")


class FindingRule(Content):
    """When a finding may be stated, and in which words."""

    id: Slug
    theme: Slug
    when: str = Field(description="Name of a rule known to Salus; no expression.")
    statement: str = Field(description="With {placeholders} the rule fills.")
    limits: str


class Pack(Content):
    """A whole framework pack, checked."""

    id: Slug
    version: str
    name: str
    languages: tuple[str, ...]
    gap_threshold: float = Field(ge=0, le=5)
    reporting_range: tuple[float, float] = Field(
        description="Share of events that reach a record where no survey says: the range used instead."
    )
    unstated_error: float = Field(
        gt=0, description="Log standard deviation of a published figure whose source states no interval."
    )
    transfer_mean: float = Field(gt=0, le=1, description="Share of a log effect that is expected to travel.")
    flow_events: int = Field(description="Below so many recorded events a flow is stated for the city only.")
    currency_per_eur: dict[str, float] = Field(
        description="Conversion of cost bands: 'MXN-2022' -> units of that currency and price year per EUR."
    )
    cost_bands: dict[CostBand, tuple[float, float]] = Field(description="EUR a year for 100,000 residents.")
    themes: tuple[Theme, ...]
    indicators: tuple[Indicator, ...]
    functions: tuple[GovernanceFunction, ...]
    scales: tuple[Scale, ...]
    problems: tuple[Problem, ...]
    interventions: tuple[Intervention, ...]
    effects: tuple[Effect, ...]
    flows: tuple[Flow, ...]
    iccs: tuple[OffenceClass, ...]
    sdg: tuple[Goal, ...]
    correspondences: dict[str, tuple[Correspondence, ...]] = Field(description="By table name, such as mx_fgj.")
    protected: Protected
    grading: GradingRule
    findings: tuple[FindingRule, ...]
    words: tuple[Word, ...] = Field(default=(), description="What offences are called, for proposing classes.")
    institutions: tuple[Institution, ...] = Field(default=(), description="Of a country; empty in the core.")
    stakeholders: tuple[StakeholderGroup, ...] = ()
    resilience: tuple[ResilienceFactor, ...] = ()
    weights: tuple[HarmWeights, ...] = Field(default=(), description="Of harm, by jurisdiction; may be empty.")
    extends: str = Field(default="", description="The pack this one adapts; empty for a pack that stands alone.")
    adapted: dict[str, str] = Field(default={}, description="What an extension changes ('indicators:F06') -> why.")
    sha256: str = Field(description="Of all files of the pack together.")

    def indicator(self, wanted: str) -> Indicator:
        """The indicator of that id; KeyError if there is none."""
        return {item.id: item for item in self.indicators}[wanted]

    @property
    def enforcement(self) -> dict[str, str]:
        """ICCS classes that authorities find rather than people report -> the indicator that says so."""
        driven = (item for item in self.indicators if item.enforcement_driven)
        return {code: item.id for item in driven for code in (item.select.iccs if item.select else item.iccs)}

    def is_enforcement(self, iccs: str) -> bool:
        """Whether a class is one of those, or inside one."""
        return any(iccs.startswith(code) for code in self.enforcement)
