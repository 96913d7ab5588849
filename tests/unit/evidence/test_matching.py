"""Labels that no table knows get candidates in the pilots' languages; a person decides."""

import pytest

from salus.evidence.matching import LEAST, Matcher
from salus.framework import load_pack

PACK = load_pack()
MATCHER = Matcher(PACK)


@pytest.mark.parametrize(
    ("label", "iccs"),
    [
        ("Кража из квартиры", "0501"), ("ГРАБЕЖ", "0401"), ("Rapina in banca", "0401"), ("Truffa online", "0701"),
        ("Wizi wa mabavu", "0401"), ("Mauaji", "0101"), ("Robbery (armed)", "0401"), ("Stolen vehicle theft", "050211"),
        ("SECUESTRO EXTORSIVO", "020221"), ("Homicidio calificado", "0101"),
    ],
)  # fmt: skip
def test_the_right_class_is_among_the_candidates(label, iccs):
    found = MATCHER.candidates(label)
    assert any(c.iccs.startswith(iccs) or iccs.startswith(c.iccs) for c in found), found
    assert len(found) <= 3
    assert [c.similarity for c in found] == sorted((c.similarity for c in found), reverse=True)


@pytest.mark.parametrize("label", ["Qwerty", "", "12345", "???"])
def test_a_label_like_nothing_has_no_candidate(label):
    assert MATCHER.candidates(label) == ()


def test_most_labels_of_a_known_table_find_their_class_when_the_table_is_taken_away():
    table = PACK.correspondences["uk_police"]
    others = {name: rows for name, rows in PACK.correspondences.items() if name != "uk_police"}
    matcher = Matcher(PACK.model_copy(update={"correspondences": others}))
    asked = [row for row in table if row.iccs[0].isdigit() and row.confidence == "high"]
    right = [row.label for row in asked if any(c.iccs[:4] == row.iccs[:4] for c in matcher.candidates(row.label))]
    assert len(right) >= 0.8 * len(asked), {row.label for row in asked} - set(right)


def test_every_candidate_resembles_the_label_at_least_a_little():
    found = [c for label in ("robo", "furto", "theft") for c in MATCHER.candidates(label, most=20)]
    assert found
    assert all(LEAST <= c.similarity <= 1 for c in found)
