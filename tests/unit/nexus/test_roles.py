"""No series is pressure and outcome in one run."""

import pytest

from salus.errors import BrokenPack
from salus.model.framework import Flow, Indicator, Selection
from salus.nexus import check_roles
from tests.unit import builders


def counted(code: str, role: str, *iccs: str) -> Indicator:
    return builders.indicator(code, role=role, select=Selection(iccs=iccs))


def test_pressure_and_outcome_that_share_no_class_are_accepted() -> None:
    pack = builders.pack(indicators=(counted("A16", "outcome", "0401"), counted("B02", "pressure", "0601")))
    assert check_roles(pack) is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize("code", ["0601", "06", "060101"])
def test_a_class_counted_as_pressure_and_as_outcome_is_refused(code: str) -> None:
    pack = builders.pack(indicators=(counted("A16", "outcome", code), counted("B02", "pressure", "0601")))
    with pytest.raises(BrokenPack, match=r"ICCS 0601 is counted as pressure \(B02\) and as outcome \(A16\)"):
        check_roles(pack)


def test_a_flow_that_names_an_outcome_as_its_pressure_is_refused() -> None:
    flow = Flow(id="firearms", name="Firearms", pressure=("A16",), themes=(), pitfalls=())
    pack = builders.pack(indicators=(counted("A16", "outcome", "0401"),), flows=(flow,))
    with pytest.raises(BrokenPack, match="flow firearms is counted as pressure"):
        check_roles(pack)


def test_a_published_pressure_is_held_to_the_classes_it_states() -> None:
    seized = builders.share("B05", role="pressure", iccs=("0101",))
    pack = builders.pack(indicators=(counted("A01", "outcome", "0101"), seized))
    with pytest.raises(BrokenPack, match="B05"):
        check_roles(pack)


def test_context_and_outcome_may_share_a_class() -> None:
    everything = counted("X00", "context", "04")
    pack = builders.pack(indicators=(counted("A16", "outcome", "0401"), everything), flows=())
    assert check_roles(pack) is None  # type: ignore[func-returns-value]
