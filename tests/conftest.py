"""One way to run the tests: random examples are the same on every machine and in every run; the longest file first."""

import pytest
from hypothesis import settings

settings.register_profile("salus", derandomize=True, deadline=None)
settings.load_profile("salus")
LONGEST = "tests/unit/test_chain.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever gets the longest file begins with it, so that no core waits for it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
