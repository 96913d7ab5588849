"""Quotes: who could be recognised by place, group and role. A city of two boroughs, small enough to count by hand."""

import polars as pl
import pytest

from salus.disclosure import Population, Quote, check_quote, check_text, release_words
from salus.errors import BadInput

PEOPLE = Population(
    pl.DataFrame(
        [
            ("Centro", "mujeres jóvenes", "comerciante", 12),
            ("Centro", "mujeres mayores", "comerciante", 45),
            ("Centro", "mujeres mayores", "directora de escuela", 1),
            ("La Loma", "mujeres jóvenes", "comerciante", 60),
            ("La Loma", "mujeres mayores", "directora de escuela", 1),
            ("Puerto", "mujeres jóvenes", "comerciante", 300),
            ("Puerto", "mujeres jóvenes", "estudiante", 900),
        ],
        schema=["place", "group", "role", "persons"],
        orient="row",
    ),
    places={"Centro": "Norte", "La Loma": "Norte", "Norte": "la ciudad", "Puerto": "la ciudad"},
    groups={"mujeres jóvenes": "mujeres", "mujeres mayores": "mujeres"},
)
SAID = "Después de las nueve ya nadie abre la puerta."


def rules(quote: Quote, minimum: int = 50) -> list[str]:
    return [reason.rule for reason in check_quote(quote, PEOPLE, minimum=minimum).reasons]


@pytest.mark.parametrize(
    ("description", "persons"),
    [
        ({"place": "Centro", "group": "mujeres jóvenes"}, 12),
        ({"place": "Centro", "group": "mujeres"}, 58),
        ({"place": "Norte", "group": "mujeres jóvenes", "role": "comerciante"}, 72),
        ({"place": "la ciudad", "group": "mujeres"}, 1319),
        ({"place": "Norte", "role": "directora de escuela"}, 2),
        ({"place": "Atlantis"}, None),
        ({"place": "Centro", "age": "40"}, None),
        ({"place": "Puerto", "group": "hombres"}, None),
    ],
)
def test_a_description_fits_as_many_as_the_table_counts(description: dict[str, str], persons: int | None) -> None:
    assert PEOPLE.fits(description) == persons


def test_a_quote_with_consent_that_fits_many_is_released_as_it_was_given() -> None:
    quote = Quote(SAID, "Puerto", "mujeres jóvenes", "comerciante", consent=True)
    released = release_words([quote], PEOPLE, minimum=50)
    assert released.allowed == (quote,)
    assert released.refused == ()


def test_a_quote_without_consent_is_refused_however_many_it_fits() -> None:
    assert rules(Quote(SAID, "Puerto", "mujeres jóvenes")) == ["no_consent"]


def test_a_single_person_of_that_kind_is_refused_with_consent_too() -> None:
    quote = Quote(SAID, "Centro", "mujeres mayores", "directora de escuela", consent=True)
    assert rules(quote) == ["single_person"]


def test_two_heads_of_school_in_the_borough_are_still_few() -> None:
    assert rules(Quote(SAID, "Norte", role="directora de escuela", consent=True)) == ["few_persons"]


def test_exactly_the_minimum_is_enough_and_one_less_is_not() -> None:
    quote = Quote(SAID, "Centro", "mujeres jóvenes", consent=True)
    assert rules(quote, minimum=12) == []
    assert rules(quote, minimum=13) == ["few_persons"]


def test_a_description_nobody_can_count_is_refused_and_not_taken_for_common() -> None:
    quote = Quote(SAID, "Puerto", consent=True, attributes={"age": "83"})
    assert rules(quote) == ["unknown_persons"]
    assert check_quote(quote, PEOPLE, minimum=50).suggestions[0].steps == ("leave out the age",)


def test_the_suggestions_are_the_fewest_changes_that_fit_enough() -> None:
    verdict = check_quote(Quote(SAID, "Centro", "mujeres jóvenes", consent=True), PEOPLE, minimum=50)
    assert {way.steps for way in verdict.suggestions} == {
        ("say Norte instead of Centro",),
        ("say mujeres instead of mujeres jóvenes",),
        ("leave out the group",),
    }
    assert [PEOPLE.fits(way.description) for way in verdict.suggestions] == [w.persons for w in verdict.suggestions]
    assert all(way.persons >= 50 for way in verdict.suggestions)
    assert "say Norte instead of Centro" in verdict.reasons[0].remedy


def test_a_role_only_two_persons_hold_takes_leaving_it_out() -> None:
    verdict = check_quote(
        Quote(SAID, "La Loma", "mujeres mayores", "directora de escuela", consent=True), PEOPLE, minimum=50
    )
    assert all("leave out the role" in way.steps for way in verdict.suggestions)
    assert {len(way.steps) for way in verdict.suggestions} == {2}


def test_a_minimum_nothing_reaches_says_to_leave_the_quote_out() -> None:
    verdict = check_quote(Quote(SAID, "Centro", consent=True), PEOPLE, minimum=10_000)
    assert verdict.suggestions == ()
    assert "leave the quote out" in verdict.reasons[0].remedy


def test_every_reason_is_given_at_once() -> None:
    quote = Quote("Soy la única; llame al 55 1234 5678, calle Madero 45.", "Centro", role="directora de escuela")
    assert rules(quote) == ["single_person", "no_consent", "phone", "address"]


def test_reasons_never_repeat_the_name_or_the_number() -> None:
    quote = Quote("John Otieno, +254 712 345 678, told me.", "Puerto", consent=True)
    verdict = check_quote(quote, PEOPLE, minimum=50, names=["John Otieno"])
    said = " ".join(r.message + r.remedy for r in verdict.reasons)
    assert [r.rule for r in verdict.reasons] == ["name", "phone"]
    assert "Otieno" not in said
    assert "712" not in said


def test_nothing_is_altered_and_what_is_refused_is_not_among_the_allowed() -> None:
    good = Quote(SAID, "Puerto", "mujeres jóvenes", consent=True)
    bad = Quote("Pregunten por Lupe.", "Puerto", "mujeres jóvenes", consent=True)
    released = release_words([good, bad], PEOPLE, minimum=50, names=iter(["Lupe Ríos"]))
    assert released.allowed == (good,)
    assert [quote for quote, _ in released.refused] == [bad]


def test_a_text_without_speaker_is_judged_by_its_words_alone() -> None:
    assert check_text("The lamps on the main road are broken.").allowed
    assert [r.rule for r in check_text("Ask at 45 Kilimani Road.").reasons] == ["address"]


def test_a_minimum_that_hides_nobody_is_refused() -> None:
    with pytest.raises(BadInput, match="hides nobody"):
        check_quote(Quote(SAID, "Centro"), PEOPLE, minimum=2)


def test_a_quote_without_place_is_refused() -> None:
    with pytest.raises(BadInput, match="place"):
        check_quote(Quote(SAID, ""), PEOPLE, minimum=50)


def test_a_ladder_that_leads_in_a_circle_is_refused() -> None:
    with pytest.raises(BadInput, match="circle"):
        Population(PEOPLE.persons, places={"a": "b", "b": "a"})


def test_a_population_without_persons_is_refused() -> None:
    with pytest.raises(BadInput, match="columns"):
        Population(pl.DataFrame({"place": ["x"]}))
