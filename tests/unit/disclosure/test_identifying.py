"""What points at a person or a dwelling, and what only looks like it: hand-made texts in English and Spanish."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.disclosure import identifying_passages

NAMES = ("María Guadalupe López García", "John Otieno", "Li Na", "فاطمة حسن")

FOUND = [
    ("name", "I saw John Otieno at the gate."),
    ("name", "I saw JOHN OTIENO at the gate."),
    ("name", "Otieno, John was there."),
    ("name", "Le pasó a Lupita y a la señora López."),
    ("name", "le paso a maria guadalupe lopez garcia en la noche"),
    ("name", "Guadalupe no quiso denunciar."),
    ("name", "María dijo que no."),  # the accent as a letter of its own
    ("name", "li na told us"),
    ("name", "قالت فاطمة إنها خائفة"),
    ("phone", "Call me on +254 712 345 678."),
    ("phone", "My number is (555) 010-0199"),
    ("phone", "Ring 555-0199 after six"),
    ("phone", "Márquele al 55 1234 5678 por favor"),
    ("phone", "Mi cel. 5512345678"),
    ("phone", "tel: 612.345.678"),
    ("phone", "el número es ٥٥١٢٣٤٥٦٧٨"),
    ("email", "write to ana.perez+x@example.org"),
    ("email", "ana arroba example punto org"),
    ("email", "ana (at) example.org"),
    ("account", "soy @lupita_centro en redes"),
    ("account", "see https://example.org/people/7"),
    ("account", "t.me/juana"),
    ("address", "They live at 45 Kilimani Road."),
    ("address", "the yellow gate, 12B Old Mill Lane"),
    ("address", "He hides in flat 12, second floor"),
    ("address", "it was house no. 7"),
    ("address", "on the corner of Moi Avenue and Kenyatta"),
    ("address", "on the corner of 5th Avenue and Main"),
    ("address", "Vive en la calle Madero 45"),
    ("address", "Fue en Calle de los Mártires núm. 12, interior 3"),
    ("address", "av. 5 de Mayo #1203"),
    ("address", "Carrera 7 # 12-40"),
    ("address", "manzana 4, lote 12"),
    ("address", "en el departamento 302"),
    ("address", "la casa número 8"),
    ("address", "en la esquina de Juárez y Madero"),
    ("address", "number 17 on Juja Road"),
    ("address", "Hse No 45, behind the school"),
    ("address", "P.O. Box 1234"),
    ("address", "Calle Niños Héroes s/n"),
    ("address", "Cda. de las Flores 8"),
    ("address", "Andador 5, casa 12"),
    ("coordinates", "lat 19.36 lon -99.05"),
    ("account", "insta: juan.perez"),
    ("coordinates", "It is at 19.35791, -99.06712"),
    ("coordinates", "It is at -1.26310 36.85520"),
    ("coordinates", "en 19,35791; -99,06712"),
    ("coordinates", "19°21'28\" N 99°04'01\" W"),
    ("coordinates", "the code is 76F295M8+2C"),
    ("coordinates", "at ///filled.count.soap"),
    ("coordinates", "14Q 486000 2141000"),
]

SOUND = [
    "Since 2019 nobody goes out after nine.",
    "Between 2019-2020 it got worse, and on 2020-05-12 they closed the road.",
    "El 12-05-2020 cerraron la calle.",
    "There were 1,500,000 people and they spent $2 500 000 on cameras.",
    "Gastaron 12.500.000 pesos en cámaras.",
    "En la calle hay 20 personas y ninguna lámpara.",
    "Somos 30 familias en la calle Madero.",
    "The road has 3 lamps, 2 of them broken; 911 never answers.",
    "There were twelve to a house 10 years ago.",
    "In my house 4 people sleep in one room.",
    "Mi colonia está cerca del mercado, y la rosa de los vientos también.",
    "The rate rose from 12.5 to 13.25 per 1,000.",
    "The mall, the market and the bus stop are dark.",
    "Nos asaltan 3 o 4 veces al año; los de la noche son 5.",
    "",
]


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_what_points_at_somebody_is_found(kind: str, text: str) -> None:
    assert {p.kind for p in identifying_passages(text, NAMES)} == {kind}


@pytest.mark.parametrize("text", SOUND)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert identifying_passages(text, NAMES) == ()


def test_a_passage_says_where_it_is() -> None:
    text = "Ask Otieno, 555-0199."
    assert [text[p.start : p.end] for p in identifying_passages(text, NAMES)] == ["Otieno", "555-0199"]


def test_a_name_that_is_also_a_word_is_a_name_only_where_it_is_written_as_one() -> None:
    assert identifying_passages("la rosa roja", ["Rosa Flores"]) == ()
    assert len(identifying_passages("la señora Rosa", ["Rosa Flores"])) == 1


def test_particles_of_a_name_are_not_names() -> None:
    assert identifying_passages("De los vecinos, La Merced", ["Ana de los Santos"]) == ()


def test_without_a_list_no_names_are_looked_for() -> None:
    assert identifying_passages("John Otieno was there") == ()


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=3))
def test_any_text_and_any_list_of_names_can_be_read(text: str, names: list[str]) -> None:
    for passage in identifying_passages(text, names):
        assert 0 <= passage.start < passage.end


def test_thousands_of_names_are_looked_for_in_hundreds_of_texts_without_a_wait():
    names = [f"Nombre{n} Apellido{n}" for n in range(5_000)]
    found = [identifying_passages(f"It is dark at the market, said number {n}.", names) for n in range(300)]
    assert not any(found)
    assert [p.kind for p in identifying_passages("Ask Nombre77 about it.", names)] == ["name"]
