"""A sentence is kept as a template and values, so that any language can say it."""

import pytest

from salus.model.phrases import NAMED, Phrase

NAMES = {("indicator", "A01"): "Homicide", ("indicator", "A16"): "Robbery", ("area", "x"): "Northside"}


def say(phrase: Phrase) -> str:
    return phrase.say(number=lambda value: f"{value:.1f}", name=lambda kind, wanted: NAMES[kind, wanted])


def test_numbers_and_names_are_filled_in_and_plain_text_stays() -> None:
    values = {"what": "indicator:A01", "area": "area:x", "value": 7.523, "year": "2022"}
    assert say(Phrase("{what}, {area}: {value} in {year}", values)) == "Homicide, Northside: 7.5 in 2022"


def test_several_names_become_a_list() -> None:
    assert say(Phrase("{all}", {"all": ("indicator:A01", "indicator:A16")})) == "Homicide; Robbery"


def test_a_text_with_a_colon_is_no_name() -> None:
    assert say(Phrase("{hour}", {"hour": "10:00"})) == "10:00"
    assert "10" not in NAMED


def test_the_template_is_translated_before_it_is_filled() -> None:
    spanish = {"{n} of {total}": "{n} de {total}"}
    phrase = Phrase("{n} of {total}", {"n": 2.0, "total": 5.0})
    said = phrase.say(number=lambda value: f"{value:g}", name=lambda _, wanted: wanted, translate=spanish.__getitem__)
    assert said == "2 de 5"


@pytest.mark.parametrize("values", [{}, {"a": 1.5}, {"a": "indicator:A01"}, {"a": ("area:x", "area:y")}])
def test_a_packed_phrase_comes_back_as_it_was(values) -> None:
    phrase = Phrase("text {a}" if values else "text", values)
    assert Phrase.unpacked(phrase.packed) == phrase
