"""Every table of offence labels in the core pack, and what the tables of the US, Kenya and UNODC must hold."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import yaml

from salus.framework import load_pack
from salus.model import framework as model

PACK = load_pack()
FOLDER = Path(model.__file__).parent.parent / "packs" / "usg-core" / "crosswalks"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
TABLES = sorted(path.stem for path in (FOLDER / "offences").glob("*.csv"))
CODES = {item.code for item in PACK.iccs}
TAGS = {
    "domestic", "firearm", "gender", "intimacy", "liberty", "minor", "suicide", "traffic", "transport", "vehicle",
    "attempted",
}  # fmt: skip

# The 71 codes of Group A (09C is printed there and is no crime) and the 14 of Group B, those given up included.
GROUP_A = {
    "09A", "09B", "09C", "100", "101", "103", "11A", "11B", "11C", "11D", "120", "13A", "13B", "13C", "200",
    "210", "220", "23A", "23B", "23C", "23D", "23E", "23F", "23G", "23H", "240", "250", "26A", "26B", "26C",
    "26D", "26E", "26F", "26G", "26H", "270", "280", "290", "30A", "30B", "30C", "30D", "35A", "35B", "360",
    "36A", "36B", "370", "39A", "39B", "39C", "39D", "40A", "40B", "40C", "49A", "49B", "49C", "510", "520",
    "521", "522", "526", "58A", "58B", "61A", "61B", "620", "64A", "64B", "720",
}  # fmt: skip
GROUP_B = {f"90{letter}" for letter in "ABCDEFGHIJKLMZ"}

PRIMARY_TYPES = {
    "ARSON", "ASSAULT", "BATTERY", "BURGLARY", "CONCEALED CARRY LICENSE VIOLATION", "CRIM SEXUAL ASSAULT",
    "CRIMINAL DAMAGE", "CRIMINAL SEXUAL ASSAULT", "CRIMINAL TRESPASS", "DECEPTIVE PRACTICE", "DOMESTIC VIOLENCE",
    "GAMBLING", "HOMICIDE", "HUMAN TRAFFICKING", "INTERFERENCE WITH PUBLIC OFFICER", "INTIMIDATION", "KIDNAPPING",
    "LIQUOR LAW VIOLATION", "MOTOR VEHICLE THEFT", "NARCOTICS", "NON - CRIMINAL", "NON-CRIMINAL",
    "NON-CRIMINAL (SUBJECT SPECIFIED)", "OBSCENITY", "OFFENSE INVOLVING CHILDREN", "OTHER NARCOTIC VIOLATION",
    "OTHER OFFENSE", "PROSTITUTION", "PUBLIC INDECENCY", "PUBLIC PEACE VIOLATION", "RITUALISM", "ROBBERY",
    "SEX OFFENSE", "STALKING", "THEFT", "WEAPONS VIOLATION",
}  # fmt: skip

PARTS = {
    "Murder and Nonnegligent Manslaughter", "Manslaughter by Negligence", "Forcible Rape", "Robbery",
    "Aggravated Assault", "Burglary", "Larceny-theft", "Motor Vehicle Theft", "Arson", "Other Assaults",
    "Forgery and Counterfeiting", "Fraud", "Embezzlement", "Stolen Property: Buying, Receiving, Possessing",
    "Vandalism", "Weapons: Carrying, Possessing, Etc.", "Prostitution and Commercialized Vice", "Sex Offenses",
    "Drug Abuse Violations", "Gambling", "Offenses Against the Family and Children", "Driving Under the Influence",
    "Liquor Laws", "Drunkenness", "Disorderly Conduct", "Vagrancy", "All Other Offenses", "Suspicion",
    "Curfew and Loitering Laws (Persons under 18)", "Runaways (Persons under 18)",
}  # fmt: skip

KENYAN_CLASSES = {
    "Homicide", "Offences against morality", "Other offences against persons", "Robbery", "Breakings",
    "Theft of stock", "Stealing", "Theft by servant", "Theft of vehicles and other thefts", "Dangerous drugs",
    "Traffic offences", "Criminal damage", "Economic crimes", "Corruption", "Offences involving police officers",
    "Offences involving tourists", "Other penal code offences",
}  # fmt: skip

# Read by hand against the ICCS text: the labels whose class surprises, or that a wrong class would hurt most.
BY_HAND = {
    ("us_nibrs", "09C"): ("not-an-offence", ""),  # a killing the law justifies
    ("us_nibrs", "13C"): ("02012", ""),
    ("us_nibrs", "23C"): ("050231", ""),
    ("us_nibrs", "23G"): ("050213", "vehicle"),
    ("us_nibrs", "280"): ("07049", ""),
    ("us_nibrs", "36A"): ("08029", "intimacy"),  # ICCS names incest there, not in section 03
    ("us_nibrs", "90H"): ("030129", ""),  # voyeurism
    ("us_ucr", "Criminal Homicide"): ("01", ""),  # intentional and negligent together
    ("us_ucr", "Suspicion"): ("not-an-offence", ""),
    ("us_chicago", "ASSAULT"): ("02012", ""),  # in Illinois a threat; the attack is BATTERY
    ("us_chicago", "BATTERY"): ("02011", ""),
    ("us_chicago", "INTIMIDATION"): ("0205", ""),  # forcing someone to do something
    ("us_chicago", "OFFENSE INVOLVING CHILDREN"): ("unmapped", "minor"),
    ("ke_police", "Defilement"): ("030113", "minor"),
    ("ke_police", "Concealing birth"): ("0106", "gender"),
    ("ke_police", "Suicide"): ("not-an-offence", "suicide"),
    ("ke_police", "Unnatural offences"): ("08029", "intimacy"),
    ("ke_police", "Cattle rustling"): ("04014", ""),
    ("unodc_drugs", "Heroin"): ("0601", ""),
    ("unodc_drugs", "Acetic Anhydride"): ("0601", ""),
    ("unodc_drugs", "Caffeine"): ("06", ""),
    ("unodc_drugs", "Alcohol"): ("0602", ""),
}

# Labels of which a wrong tag would show victims who have to be protected.
HIDDEN = {
    "us_nibrs": {"100", "11A", "11D", "36A", "36B", "370", "40B", "64A", "64B", "90F", "90I"},
    "us_ucr": {"Forcible Rape", "Sex Offenses", "Offenses Against the Family and Children", "Runaways"},
    "us_chicago": {
        "CRIMINAL SEXUAL ASSAULT", "DOMESTIC VIOLENCE", "HUMAN TRAFFICKING", "KIDNAPPING",
        "OFFENSE INVOLVING CHILDREN", "SEX OFFENSE",
    },
    "ke_police": {
        "Abduction", "Concealing birth", "Defilement", "Incest", "Infanticide", "Offences against morality",
        "Procuring abortion", "Rape", "Sodomy", "Suicide", "Unnatural offences",
    },
}  # fmt: skip


def rows(table: str) -> tuple[model.Correspondence, ...]:
    return PACK.correspondences[table]


def labels(table: str) -> set[str]:
    return {row.label for row in rows(table)}


def row(table: str, label: str) -> model.Correspondence:
    (found,) = (each for each in rows(table) if each.label == label)
    return found


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_the_fields_of_the_type_in_order_and_its_source_in_the_readme(table):
    with (FOLDER / "offences" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == list(model.Correspondence.model_fields)
    assert f"offences/{table}.csv" in README


@pytest.mark.parametrize("table", TABLES)
def test_every_class_a_label_is_given_is_in_the_iccs_table(table):
    assert {each.iccs for each in rows(table)} <= CODES | {"not-an-offence", "unmapped"}


@pytest.mark.parametrize("table", TABLES)
def test_no_label_stands_twice_with_a_class_and_its_shares_sum_to_one(table):
    pairs = Counter((each.label, each.iccs) for each in rows(table))
    assert [pair for pair, count in pairs.items() if count > 1] == []
    sums: dict[str, float] = defaultdict(float)
    for each in rows(table):
        sums[each.label] += each.share
    assert [label for label, total in sums.items() if abs(total - 1) > 1e-9] == []


@pytest.mark.parametrize("table", TABLES)
def test_nobody_has_reviewed_a_label_and_tags_are_known_and_in_order(table):
    assert {each.reviewer for each in rows(table)} == {"not reviewed"}
    assert {tag for each in rows(table) for tag in each.tags} <= TAGS
    assert [each.label for each in rows(table) if each.tags != tuple(sorted(set(each.tags)))] == []


@pytest.mark.parametrize("table", TABLES)
def test_a_label_without_a_class_is_never_called_certain(table):
    assert [each.label for each in rows(table) if each.iccs == "unmapped" and each.confidence != "low"] == []


def test_all_71_codes_of_nibrs_group_a_and_14_of_group_b_are_there_by_code_and_by_name():
    assert len(GROUP_A) == 71
    assert len(GROUP_B) == 14
    codes = {label for label in labels("us_nibrs") if len(label) == 3 and label[:2].isdigit()}
    assert codes == GROUP_A | GROUP_B
    assert len(labels("us_nibrs") - codes) >= len(codes)


def test_a_code_of_nibrs_and_its_names_have_one_class():
    current: tuple[object, ...] = ()
    for each in rows("us_nibrs"):
        given = (each.iccs, each.tags, each.confidence)
        if each.label in GROUP_A | GROUP_B:
            current = given
        assert given == current, each.label


def test_all_offences_of_the_summary_system_are_there():
    assert PARTS - labels("us_ucr") == set()


def test_all_primary_types_of_chicago_are_there_with_the_two_older_spellings():
    assert labels("us_chicago") - PRIMARY_TYPES == {"INTERFERE WITH PUBLIC OFFICER", "OFFENSES INVOLVING CHILDREN"}
    assert PRIMARY_TYPES - labels("us_chicago") == set()


def test_a_spelling_that_differs_in_case_only_has_the_same_class():
    seen: dict[str, set[tuple[object, ...]]] = defaultdict(set)
    for each in rows("us_ucr"):
        seen[each.label.casefold()].add((each.iccs, each.tags, each.confidence))
    assert [label for label, given in seen.items() if len(given) > 1] == []


def test_all_17_classes_of_the_kenyan_report_are_there():
    assert len(KENYAN_CLASSES) == 17
    assert KENYAN_CLASSES - labels("ke_police") == set()


def test_all_274_drug_names_of_2011_to_2014_are_there_and_none_says_what_the_seizure_was():
    assert len(labels("unodc_drugs")) == 274
    assert {each.iccs for each in rows("unodc_drugs")} == {"06", "0601", "0602"}


def test_a_seizure_never_counts_as_an_outcome_and_is_driven_by_enforcement_where_it_counts():
    codes = {each.iccs for each in rows("unodc_drugs")}
    selecting = {
        item.id: (item.role, item.enforcement_driven)
        for item in PACK.indicators
        if item.select and any(code.startswith(chosen) for code in codes for chosen in item.select.iccs)
    }
    assert selecting.pop("X00")[0] == "context"  # everything a file holds
    assert selecting == {"B02": ("pressure", True)}


@pytest.mark.parametrize(("table", "label"), BY_HAND)
def test_a_label_read_by_hand_has_this_class_and_these_tags(table, label):
    found = row(table, label)
    assert (found.iccs, ";".join(found.tags)) == BY_HAND[table, label]


@pytest.mark.parametrize("table", HIDDEN)
def test_victims_of_these_labels_are_protected(table):
    rule = model.Protected.model_validate(
        yaml.safe_load((FOLDER.parent / "protected.yaml").read_text(encoding="utf-8"))
    )
    hidden = {each.label for each in rows(table) if rule.covers(each.iccs, each.tags)}
    assert HIDDEN[table] - hidden == set()
