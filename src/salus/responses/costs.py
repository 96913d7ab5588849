"""What an intervention would cost a year: the pack's bands for the residents it covers, always proposed."""

from dataclasses import dataclass

from salus.errors import BadInput
from salus.model.city import City
from salus.model.framework import CostBand, Pack

PER_RESIDENTS = 100_000
Range = tuple[float, float]
STEP_BAND: CostBand = "€"
AUTHORITY_SHARE = 0.5


@dataclass(frozen=True)
class CostBasis:
    """How the pack's bands become this city's money: bands in EUR a year for 100,000 residents.

    `rate` is units of the city's currency, at its price year, for one EUR.
    """

    bands: dict[CostBand, Range]
    persons: float
    rate: float


def cost_basis(pack: Pack, city: City, persons: float) -> CostBasis:
    """The basis for a city; refuses a currency and price year the pack cannot convert."""
    wanted = f"{city.currency}-{city.price_year}"
    if wanted not in pack.currency_per_eur:
        raise BadInput(
            f"The pack cannot convert its cost bands to {city.currency} of {city.price_year}",
            where=f"pack.yaml of {pack.id}, currency_per_eur",
            remedy=f"add '{wanted}: units for one EUR', or set currency and price_year in city.yaml to one"
            f" of {', '.join(sorted(pack.currency_per_eur))}",
        )
    return CostBasis(dict(pack.cost_bands), persons, pack.currency_per_eur[wanted])


def cost_range(basis: CostBasis, band: CostBand, reach: float) -> Range:
    """Yearly cost, low and high, in the city's currency, when a share `reach` of residents is covered.

    >>> cost_range(CostBasis({"€": (10_000, 50_000)}, 200_000, 2.0), "€", 0.5)
    (20000.0, 100000.0)
    """
    low, high = basis.bands[band]
    scale = basis.persons / PER_RESIDENTS * reach * basis.rate
    return low * scale, high * scale


def step_cost(basis: CostBasis, kind: str) -> Range:
    """What a capacity step costs, once: one € band for all residents; an authority step half of that.

    >>> step_cost(CostBasis({"€": (10_000, 50_000)}, 100_000, 1.0), "authority")
    (5000.0, 25000.0)
    """
    low, high = cost_range(basis, STEP_BAND, 1.0)
    return (low, high) if kind == "capacity" else (low * AUTHORITY_SHARE, high * AUTHORITY_SHARE)
