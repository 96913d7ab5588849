"""The correspondence tables of the shipped pack: ICCS classes, and the labels of Mexico City's prosecutor."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml

from salus.model import framework as model

PACK = Path(model.__file__).parent.parent / "packs" / "usg-core"
LENGTH_OF_LEVEL = {1: 2, 2: 4, 3: 5, 4: 6}
TAGS = {
    "domestic", "firearm", "gender", "minor", "transport", "traffic", "vehicle", "attempted", "intimacy",
    "online", "suicide",
}  # fmt: skip
DIVISIONS = {"01": 8, "02": 12, "03": 3, "04": 2, "05": 5, "06": 3, "07": 5, "08": 9, "09": 8, "10": 5, "11": 3}

# Read by hand, label by label: class and tags a criminologist would give.
BY_HAND = {
    "VIOLENCIA FAMILIAR": ("0201", "domestic"),
    "AMENAZAS": ("02012", ""),
    "FRAUDE": ("0701", ""),
    "ROBO A TRANSEUNTE EN VIA PUBLICA CON VIOLENCIA": ("040111", ""),
    "ROBO A TRANSEUNTE EN VIA PUBLICA SIN VIOLENCIA": ("05022", ""),
    "ROBO A PASAJERO A BORDO DE METRO SIN VIOLENCIA": ("05022", "transport"),
    "ROBO DE VEHICULO DE SERVICIO PARTICULAR CON VIOLENCIA": ("040121", "vehicle"),
    "ROBO DE VEHICULO DE SERVICIO PARTICULAR SIN VIOLENCIA": ("050211", "vehicle"),
    "ROBO DE OBJETOS DEL INTERIOR DE UN VEHICULO": ("050222", "vehicle"),
    "ROBO A CASA HABITACION CON VIOLENCIA": ("040112", ""),
    "ROBO A CASA HABITACION SIN VIOLENCIA": ("05012", ""),
    "ROBO A NEGOCIO CON VIOLENCIA": ("04013", ""),
    "ROBO A SUCURSAL BANCARIA DENTRO DE  TIENDAS DE AUTOSERVICIO CON VIOLENCIA": ("040131", ""),
    "ROBO DE INFANTE": ("02021", "minor"),
    "NARCOMENUDEO POSESION SIMPLE": ("06011", ""),
    "NARCOMENUDEO POSESIÓN CON FINES DE VENTA, COMERCIO Y SUMINISTRO": ("06012", ""),
    "TENTATIVA DE EXTORSION": ("02051", "attempted"),
    "LESIONES INTENCIONALES POR ARMA DE FUEGO": ("020111", "firearm"),
    "LESIONES INTENCIONALES POR ARMA BLANCA": ("020111", ""),
    "LESIONES INTENCIONALES POR GOLPES": ("020112", ""),
    "HOMICIDIO POR ARMA DE FUEGO": ("0101", "firearm"),
    "HOMICIDIO CULPOSO FUERA DEL D.F (ATROPELLADO)": ("010321", "traffic"),
    "HOMICIDIO CULPOSO POR TRÁNSITO VEHICULAR (COLISION)": ("010321", "traffic"),
    "LESIONES CULPOSAS POR TRANSITO VEHICULAR EN COLISION": ("02063", "traffic"),
    "DAÑO EN PROPIEDAD AJENA CULPOSA POR TRÁNSITO VEHICULAR A AUTOMOVIL": ("0907", "traffic"),
    "FEMINICIDIO POR DISPARO DE ARMA DE FUEGO": ("0101", "firearm;gender"),
    "TENTATIVA DE FEMINICIDIO": ("0102", "attempted;gender"),
    "ROBO DE ACCESORIOS DE AUTO": ("050213", "vehicle"),
    "ALLANAMIENTO DE MORADA, DESPACHO, OFICINA O ESTABLECIMIENTO MERCANTIL": ("0509", ""),
    "BIGAMIA": ("08029", ""),
    "INHUMACION, EXHUMACION Y RESPETO A LOS CADAVERES O RESTOS HUMANOS": ("02119", ""),
    "USURPACION DE PROFESION": ("07019", ""),
    "SECUESTRO EXPRESS (PARA COMETER ROBO O EXTORSIÓN)": ("020221", ""),
    "DESAPARICION FORZADA DE PERSONAS": ("020222", ""),
    "CONTRA LA INTIMIDAD SEXUAL": ("030122", "intimacy"),
    "PORTACION DE ARMA DE FUEGO": ("09011", "firearm"),
    "PORTACIÓN, FABRICACIÓN E IMPORTACIÓN DE OBJETOS APTOS PARA AGREDIR": ("0901", ""),
    "OPERACIONES CON RECURSOS DE PROCEDENCIA ILICITA": ("07041", ""),
    "DENUNCIA DE HECHOS": ("not-an-offence", ""),
    "PERDIDA DE LA VIDA POR SUICIDIO": ("not-an-offence", "suicide"),
    "VIOLACION A LOS DERECHOS HUMANOS": ("unmapped", ""),
}


# Classes that were wrong or doubted once, with the name UNODC gives them.
READ_AGAIN = {
    "0203": "Slavery and exploitation",
    "0204": "Trafficking in persons",
    "02044": "Trafficking in persons for other purposes",
    "0205": "Coercion",
    "02051": "Extortion or blackmail",
    "0208": "Acts intended to induce fear or emotional distress",
    "0210": "Discrimination",
    "0501": "Burglary",
    "0502": "Theft",
    "050211": "Theft of a motorized land vehicle",
    "050212": "Illegal use of a motorized land vehicle",
    "050213": "Theft of parts of a motorized land vehicle",
    "0704": "Acts involving the proceeds of crime",
    "0806": "Acts against the justice system",
    "0903": "Acts against computer systems",
    "0905": "Acts related to an organized criminal group",
    "0906": "Terrorism",
    "1004": "Acts that result in the depletion or degradation of natural resources",
}


def _place(code: str) -> list[tuple[bool, int, str]]:
    """Where a code stands: numbers by value, letters after them."""
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in code.split(".")]


def _rows(name: str) -> list[dict[str, str]]:
    with (PACK / "crosswalks" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _correspondence(row: dict[str, str]) -> model.Correspondence:
    tags = tuple(filter(None, row["tags"].split(";")))
    return model.Correspondence.model_validate({**row, "tags": tags})


CLASSES = [model.OffenceClass.model_validate(row) for row in _rows("iccs.csv")]
CODES = {item.code for item in CLASSES}
NAMES = {item.code: item.name for item in CLASSES}
GOALS = [model.Goal.model_validate(row) for row in _rows("sdg.csv")]
LABELS = [_correspondence(row) for row in _rows("offences/mx_fgj.csv")]
BY_LABEL = {item.label: item for item in LABELS}


def test_columns_are_the_fields_of_the_types_in_order():
    assert list(_rows("iccs.csv")[0]) == list(model.OffenceClass.model_fields)
    assert list(_rows("sdg.csv")[0]) == list(model.Goal.model_fields)
    assert list(_rows("offences/mx_fgj.csv")[0]) == list(model.Correspondence.model_fields)


def test_iccs_codes_are_unique_in_order_and_as_long_as_their_level_says():
    codes = [item.code for item in CLASSES]
    assert codes == sorted(set(codes))
    assert [c.code for c in CLASSES if len(c.code) != LENGTH_OF_LEVEL[c.level]] == []


def test_every_iccs_class_stands_under_its_parent_which_is_there_too():
    parents = {4: 2, 5: 4, 6: 5}
    assert [c for c in CODES if len(c) > 2 and c[: parents[len(c)]] not in CODES] == []


def test_iccs_levels_one_and_two_are_complete():
    assert Counter(c.code[:2] for c in CLASSES if c.level == 2) == DIVISIONS
    assert {c.code for c in CLASSES if c.level == 1} == set(DIVISIONS)


def test_iccs_has_as_many_classes_at_each_level_as_the_published_table():
    assert Counter(c.level for c in CLASSES) == {1: 11, 2: 63, 3: 148, 4: 98}


def test_iccs_names_are_unique_within_a_level_and_were_all_found_in_a_source():
    names = Counter((c.level, c.name) for c in CLASSES)
    assert [name for name, count in names.items() if count > 1] == []
    assert {c.verification for c in CLASSES} == {"seen"}


@pytest.mark.parametrize("code", READ_AGAIN)
def test_iccs_classes_that_are_easily_mistaken_have_the_published_name(code):
    assert NAMES[code] == READ_AGAIN[code]


def test_goals_are_listed_once_in_order_of_goal_target_indicator():
    codes = [goal.code for goal in GOALS]
    assert len(codes) == len(set(codes))
    assert codes == sorted(codes, key=_place)


def test_the_kind_of_a_goal_follows_from_its_code():
    kinds = {0: "goal", 1: "target", 2: "indicator"}
    assert [goal.code for goal in GOALS if goal.kind != kinds[goal.code.count(".")]] == []


def test_only_the_goal_whose_code_no_source_gave_is_recalled():
    assert [goal.code for goal in GOALS if goal.verification != "seen"] == ["4.a.2"]


def test_goals_outside_the_global_framework_say_so_in_their_name():
    assert [goal.code for goal in GOALS if "not in the global framework" in goal.name] == ["4.1.4", "4.a.2"]


def test_every_source_of_a_table_is_written_beside_it():
    text = (PACK / "crosswalks" / "README.md").read_text(encoding="utf-8")
    tables = sorted(path.name for path in (PACK / "crosswalks").glob("*.csv"))
    assert [name for name in tables if f"## {name}" not in text] == []


def test_all_314_labels_of_2019_to_2022_are_there_once_for_each_class():
    pairs = [(item.label, item.iccs) for item in LABELS]
    assert len(BY_LABEL) == 314
    assert len(pairs) == len(set(pairs))


def test_labels_keep_the_spaces_and_accents_of_the_publisher():
    assert {"OMISION DE AUXILIO O DE CUIDADO", "OMISION DE AUXILIO O DE CUIDADO "} < set(BY_LABEL)
    assert "PRIVACIÓN DE LA LIBERTAD PERSONAL  ( SI LIBERA DENTRO DE 24 HORAS)" in BY_LABEL
    assert {"ROBO A PASAJERO EN AUTOBUS FORANEO SIN VIOLENCIA", "DIFAMACION", "COHECHO"} < set(BY_LABEL)


def test_every_class_a_label_is_given_is_in_the_iccs_table():
    assert {i.iccs for i in LABELS} - CODES == {"not-an-offence", "unmapped"}


def test_shares_of_a_label_sum_to_one():
    sums: dict[str, float] = defaultdict(float)
    for item in LABELS:
        sums[item.label] += item.share
    assert max(abs(total - 1) for total in sums.values()) < 1e-9


def test_tags_are_known_and_given_in_alphabetical_order_once():
    assert {tag for item in LABELS for tag in item.tags} <= TAGS
    assert [item.label for item in LABELS if item.tags != tuple(sorted(set(item.tags)))] == []


def test_nobody_has_reviewed_a_label_yet():
    assert {item.reviewer for item in LABELS} == {"not reviewed"}


@pytest.mark.parametrize("label", BY_HAND)
def test_a_label_read_by_hand_has_this_class_and_these_tags(label):
    item = BY_LABEL[label]
    assert (item.iccs, ";".join(item.tags)) == BY_HAND[label]


def test_violence_in_a_label_decides_between_robbery_and_theft():
    for item in LABELS:
        if not item.label.startswith("ROBO "):
            continue
        if "CON VIOLENCIA" in item.label or item.label.endswith("C/V"):
            assert item.iccs.startswith("0401"), item.label
        if "SIN VIOLENCIA" in item.label or "S/V" in item.label:
            assert item.iccs.startswith("05"), item.label


def test_words_of_a_label_bring_their_tag():
    words = {"ARMA DE FUEGO": "firearm", "TENTATIVA": "attempted", "FEMINICIDIO": "gender", "PASAJERO": "transport"}
    for word, tag in words.items():
        found = [item for item in LABELS if word in item.label]
        assert found
        assert [item.label for item in found if tag not in item.tags] == []


def test_deaths_and_reports_that_name_no_offence_are_not_offences():
    starts = ("PERDIDA DE LA VIDA", "DENUNCIA DE HECHOS", "DDH", "EXHORTOS")
    found = [item for item in LABELS if item.label.startswith(starts)]
    assert len(found) == 10 + 2 + 1 + 16
    assert {item.iccs for item in found} == {"not-an-offence"}


def test_victims_of_these_labels_are_protected_and_those_of_street_robbery_are_not():
    rule = model.Protected.model_validate(yaml.safe_load((PACK / "protected.yaml").read_text(encoding="utf-8")))
    hidden = {item.label for item in LABELS if rule.covers(item.iccs, item.tags)}
    words = ("VIOLENCIA FAMILIAR", "SEXUAL", "FEMINICIDIO", "SECUESTRO", "MENOR", "INFANTE", "TRATA DE", "SUICIDIO")
    named = {item.label for item in LABELS if any(word in item.label for word in words)}
    assert named - hidden == set()
    assert {"VIOLACION", "VIOLACION TUMULTUARIA", "ESTUPRO", "DESAPARICION FORZADA DE PERSONAS"} < hidden
    assert "ROBO A TRANSEUNTE EN VIA PUBLICA CON VIOLENCIA" not in hidden
