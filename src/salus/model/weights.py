"""How much an event of each class weighs: versioned tables of a jurisdiction, part of a framework pack."""

from pydantic import Field

from salus.model.content import Content, Slug, Verification


class HarmWeight(Content):
    """The weight of one class of offences, and where it is written."""

    iccs: str = Field(
        pattern=r"^[0-9]{2,6}$", description="A code covers all codes that begin with it; the longest wins."
    )
    weight: float = Field(gt=0, description="Of one event, in the unit of its table.")
    source: str = Field(min_length=1, description="Law and article, or table and row, that give the weight.")
    note: str | None = Field(default=None, description="What the class holds besides, or which reading was taken.")
    verification: Verification = Field(description="seen: read in the source; recalled: from memory, not yet checked.")


class HarmWeights(Content):
    """A table of weights: `weights/<id>.yaml` says what it is, `weights/<id>.csv` holds the rows."""

    id: Slug
    version: str = Field(description="Raised with every change of a weight.")
    name: str
    jurisdiction: str = Field(
        description="Country (ISO 3166 alpha-3) or an area in `wider` of city.yaml: where it holds."
    )
    unit: str = Field(description="Of a weight, such as 'days of minimum sentence'.")
    rule: str = Field(description="How a weight follows from its source, in one or two sentences.")
    limits: str = Field(description="What must not be read from it.")
    start: str = Field(description="Since when the source holds, as far as known.")
    weights: tuple[HarmWeight, ...] = Field(default=(), description="Read from the CSV of the same name.")

    def of(self, code: str) -> HarmWeight | None:
        """The weight of an offence class: that of the longest code it begins with; None if there is none."""
        covering = [row for row in self.weights if code.startswith(row.iccs)]
        return max(covering, key=lambda row: len(row.iccs), default=None)
