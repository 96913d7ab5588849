"""A series is pressure or outcome in one run, never both; the two share no ICCS class."""

from salus.errors import BrokenPack
from salus.model.framework import Indicator, Pack


def check_roles(pack: Pack) -> None:
    """Raises `BrokenPack` where a series is both a pressure and an outcome (`design.md`, rule 8).

    That is so where a flow names an outcome as its pressure, or where an indicator of either kind counts
    an ICCS class that one of the other kind counts too; a class covers all classes that begin with it.
    Otherwise what the police do would be read once as a cause and once as its own effect.
    """
    outcomes = [i for i in pack.indicators if i.role == "outcome"]
    for flow in pack.flows:
        named = next((o for o in outcomes if o.id in flow.pressure), None)
        if named is not None:
            raise _both(named, named, f"flow {flow.id}")
    for pressure in (i for i in pack.indicators if i.role == "pressure"):
        for code in _classes(pressure):
            clash = next((o for o in outcomes if _counts(o, code)), None)
            if clash is not None:
                raise _both(pressure, clash, f"ICCS {code}")


def _classes(indicator: Indicator) -> tuple[str, ...]:
    return indicator.select.iccs if indicator.select is not None else indicator.iccs


def _counts(indicator: Indicator, code: str) -> bool:
    return any(code.startswith(own) or own.startswith(code) for own in _classes(indicator))


def _both(pressure: Indicator, outcome: Indicator, what: str) -> BrokenPack:
    return BrokenPack(
        f"{what} is counted as pressure ({pressure.id}) and as outcome ({outcome.id})",
        where=f"indicators/{pressure.id[0]}/{pressure.id}.yaml",
        remedy="give the indicator one role, or select classes that the other does not count",
    )
