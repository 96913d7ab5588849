"""Maps stay readable for everybody: classes apart for colour-blind eyes and in grey, and three kinds of nothing."""

import base64
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
import shapely

from salus.report.maps import SCHEME, choropleth, classes

# What the three kinds of dichromats see of linear red, green and blue (Machado, Oliveira & Fernandes 2009, severity 1).
SEEN = {
    "everybody": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def lab(colour: str, eyes: str) -> np.ndarray:
    """CIE L*a*b* of a colour as these eyes see it."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.asarray(SEEN[eyes]) @ linear, 0, 1)
    t = XYZ @ seen / WHITE
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("eyes", SEEN)
def test_neighbouring_classes_are_told_apart_by_these_eyes_and_grow_darker(eyes):
    found = [lab(colour, eyes) for colour in SCHEME]
    apart = [float(np.linalg.norm(b - a)) for a, b in pairwise(found)]
    darker = [float(a[0] - b[0]) for a, b in pairwise(found)]
    assert min(apart) > 10, apart  # 2.3 is just noticeable
    assert min(darker) > 8, darker  # so a grey print keeps the order


def drawn(**marks: frozenset[str]) -> str:
    boxes = [shapely.to_wkb(shapely.transform(shapely.box(i, 0, i + 1, 1), lambda at: at / 100)) for i in range(6)]
    frame = pl.DataFrame({"area": list("abcdef"), "name": list("ABCDEF"), "wkb": boxes})
    values = {"a": 0.0, "b": 10.0, "c": 20.0, "d": 30.0}
    uri = choropleth(frame, values, legend="rate", hidden=frozenset("e"), **marks)
    return base64.b64decode(uri.partition(",")[2]).decode()


def test_zero_hidden_and_no_evidence_are_three_marks():
    svg = drawn()
    assert svg.count('fill="url(#hidden)"') == 1
    assert svg.count('fill="url(#none)"') == 1
    assert 'id="none"' in svg
    assert 'id="hidden"' in svg
    assert SCHEME[0] in svg  # zero is a value, in the lightest class


def test_what_cannot_be_told_from_the_city_is_pale_and_clusters_have_a_border():
    assert drawn().count('fill-opacity="0.55"') == 0
    assert drawn(unsure=frozenset("bc")).count('fill-opacity="0.55"') == 2
    assert drawn(ringed=frozenset("d")).count('stroke-width="1.6"') == 1


def test_the_same_map_is_the_same_bytes():
    assert drawn(unsure=frozenset("b")) == drawn(unsure=frozenset("b"))


def test_classes_hold_about_as_many_areas_each_and_equal_values_make_fewer():
    limits = classes([float(v) for v in range(100)])
    assert len(limits) == 4
    sizes = np.diff(np.searchsorted(range(100), [0, *limits, 100]))
    assert sizes.min() >= 18
    assert classes([5.0] * 40) == [5.0]
    assert classes([]) == []
