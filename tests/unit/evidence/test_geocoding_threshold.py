"""Maps need 85 % of the rows located (Ratcliffe 2004): just below there is a warning, at it there is none."""

import pytest

from salus.evidence import read_evidence
from salus.evidence.quality import GEOCODING_NEEDED
from salus.framework import load_pack
from salus.workspace import open_workspace
from tests.unit.small_city import make_city


def test_the_threshold_is_that_of_ratcliffe():
    assert GEOCODING_NEEDED == 0.85


@pytest.mark.parametrize(("located", "severity"), [(849, "warning"), (850, "note")])
def test_a_source_is_warned_about_below_85_percent_and_not_at_it(tmp_path, located, severity):
    spots = ["0.5,0.5"] * located + [","] * (1000 - located)
    rows = [f"Burglary,2019-0{k % 9 + 1}-{k % 27 + 1:02},01:00:00,{spot}" for k, spot in enumerate(spots)]
    quality = read_evidence(open_workspace(make_city(tmp_path, rows=rows)), load_pack()).evidence.quality
    found = {row["check"]: row for row in quality.to_dicts()}["geocoding_below_85"]
    assert (found["severity"], found["count"]) == (severity, 1000 - located)
