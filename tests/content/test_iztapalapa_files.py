"""The files of the example city: complete, unchanged, licensed, and without rows of protected offences."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest
import shapely
import yaml

from salus.model.city import City, Decisions, Mapping, Origin
from salus.model.framework import Protected
from salus.workspace.folder import sha256_of

ROOT = Path(__file__).parents[2]
PACK = ROOT / "src/salus/packs/usg-core"
CITY = ROOT / "src/salus/cities/iztapalapa"
FILES_OF_THE_BOROUGH = 130_823
SIX_MEGABYTES = 6_000_000
LEAST = 10


def table(path: Path) -> list[dict[str, str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(data.decode("utf-8").splitlines()))


def newest(source: str, name: str) -> Path:
    return sorted((CITY / "evidence" / source).glob(f"*/{name}"))[-1]


def features(vintage: str) -> list[dict[str, object]]:
    path = CITY / "geography" / vintage / "areas.geojson"
    found = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert isinstance(found, list)
    return found


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    return [row for path in sorted((CITY / "evidence/fgj").glob("*/fgj_*.csv.gz")) for row in table(path)]


@pytest.fixture(scope="module")
def protected_labels() -> set[str]:
    rule = Protected.model_validate(yaml.safe_load((PACK / "protected.yaml").read_text(encoding="utf-8")))
    return {
        row["label"].strip()
        for row in table(PACK / "crosswalks/offences/mx_fgj.csv")
        if rule.covers(row["iccs"], tuple(filter(None, row["tags"].split(";"))))
    }


@pytest.fixture(scope="module")
def borough() -> list[dict[str, str]]:
    return table(newest("fgj_protected", "borough_quarter.csv"))


@pytest.fixture(scope="module")
def by_area() -> list[dict[str, str]]:
    return table(newest("fgj_protected_areas", "area_four_years.csv"))


def test_rows_and_protected_counts_add_up_to_all_files_of_the_borough(rows, borough):
    assert len(rows) + sum(int(row["count"]) for row in borough) == FILES_OF_THE_BOROUGH


def test_no_shipped_row_has_a_protected_label(rows, protected_labels):
    assert {row["delito"].strip() for row in rows} & protected_labels == set()
    assert "VIOLENCIA FAMILIAR" in protected_labels


def test_every_shipped_label_is_in_the_table_of_the_pack(rows):
    known = {row["label"].strip() for row in table(PACK / "crosswalks/offences/mx_fgj.csv")}
    assert {row["delito"].strip() for row in rows} - known == set()


def test_rows_are_of_the_borough_and_of_the_year_in_the_file_name():
    for path in (CITY / "evidence/fgj").glob("*/fgj_*.csv.gz"):
        found = table(path)
        assert {row["alcaldia"] for row in found} == {"IZTAPALAPA"}
        assert {row["fecha_hecho"][:4] for row in found} == {path.name[4:8]}


def test_repeated_rows_are_kept_and_stated_in_the_origin(rows):
    repeated = sum(count - 1 for count in Counter(tuple(row.values()) for row in rows).values())
    notes = Origin.model_validate(yaml.safe_load(newest("fgj", "origin.yaml").read_text())).notes
    assert f"26 rows of all repeat an earlier row in every column, {repeated} of those shipped" in notes


def test_no_count_of_a_protected_class_is_below_ten(borough, by_area):
    assert min(int(row["count"]) for row in (*borough, *by_area)) >= LEAST


def test_periods_of_a_protected_class_cover_the_four_years_once(borough):
    periods = defaultdict(list)
    for row in borough:
        days = date.fromisoformat(row["period_start"]), date.fromisoformat(row["period_end"])
        periods[row["offence"]].append(days)
    for spans in periods.values():
        assert sum((end - start).days + 1 for start, end in spans) == 1461
        assert (min(spans)[0], max(spans)[1]) == (date(2019, 1, 1), date(2022, 12, 31))


def test_files_outside_the_listed_areas_cannot_be_singled_out(borough, by_area):
    for label in {row["offence"] for row in by_area}:
        total = sum(int(row["count"]) for row in borough if row["offence"] == label)
        listed = [row for row in by_area if row["offence"] == label]
        rest = total - sum(int(row["count"]) for row in listed)
        assert rest == 0 or rest >= LEAST
        assert len({row["area"] for row in listed}) == len(listed) <= 458 - 3 or rest == 0


def test_classes_of_protected_counts_are_protected_by_the_pack(borough):
    rule = Protected.model_validate(yaml.safe_load((PACK / "protected.yaml").read_text(encoding="utf-8")))
    classes = {(row["offence"], row["iccs"], row["tags"]) for row in borough}
    unprotected = {c for c in classes if not rule.covers(c[1], tuple(filter(None, c[2].split(";"))))}
    assert {label for label, _, _ in unprotected} <= {"other-protected"}


def test_sha256_in_each_origin_is_that_of_the_file_and_every_file_is_listed():
    origins = sorted(CITY.rglob("origin.yaml"))
    assert len(origins) == 15
    for path in origins:
        stated = Origin.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))).files
        beside = (p for p in path.parent.iterdir() if p.is_file() and p.suffix != ".yaml")
        assert stated == {p.name: sha256_of(p) for p in beside}


def test_all_yaml_files_are_valid():
    kinds = {"city.yaml": City, "origin.yaml": Origin, "mapping.yaml": Mapping, "decisions.yaml": Decisions}
    found = Counter()
    for path in CITY.rglob("*.yaml"):
        kinds[path.name].model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        found[path.name] += 1
    assert found == {"city.yaml": 1, "origin.yaml": 15, "mapping.yaml": 12, "decisions.yaml": 1}


def test_every_file_of_the_example_cities_is_in_the_list_of_licences():
    listed = {
        line.split("|")[1].strip()
        for line in (ROOT / "LICENSES-DATA.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| src/salus/cities/")
    }
    there = (p for p in CITY.parent.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    assert listed == {p.relative_to(ROOT).as_posix() for p in there}


def test_ageb_are_458_and_452_of_them_have_a_population():
    populations = [f["properties"]["population"] for f in features("ageb-2020")]
    known = [persons for persons in populations if persons is not None]
    assert (len(populations), len(known), sum(known)) == (458, 452, 1_835_240)


@pytest.mark.parametrize(("vintage", "count"), [("ageb-2020", 458), ("colonia", 293)])
def test_boundaries_are_valid_polygons_with_their_own_ids(vintage, count):
    found = features(vintage)
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in found]
    assert len({f["properties"]["area"] for f in found}) == len(found) == count
    assert all(shape.is_valid and shape.geom_type in {"Polygon", "MultiPolygon"} for shape in shapes)
    assert all(shape.bounds[0] > -99.2 and shape.bounds[3] < 19.5 for shape in shapes)


def test_shares_of_the_crosswalk_sum_to_one_for_every_ageb():
    sums: dict[str, float] = defaultdict(float)
    rows = table(CITY / "geography/crosswalk.csv")
    for row in rows:
        sums[row["area"]] += float(row["share"])
    assert set(sums) == {f["properties"]["area"] for f in features("ageb-2020")}
    assert {row["shown_area"] for row in rows} <= {f["properties"]["area"] for f in features("colonia")}
    assert max(abs(total - 1) for total in sums.values()) < 1e-9


def test_legal_authority_covers_all_functions_and_gives_the_borough_no_police():
    law = table(newest("mexican_law", "authority.csv"))
    functions = {item["id"] for item in yaml.safe_load((PACK / "functions.yaml").read_text(encoding="utf-8"))}
    score = {(row["function"], row["institution"]): int(row["score"]) for row in law}
    assert {row["function"] for row in law} == functions
    assert {(row["dimension"], row["verification"], row["illustrative"]) for row in law} == {
        ("authority", "recalled", "false")
    }
    assert all(0 <= value <= 5 for value in score.values())
    assert score["criminal-investigation", "iztapalapa-borough"] == 0
    assert score["community-policing", "iztapalapa-borough"] < 3 <= score["community-policing", "cdmx-police"]


def test_raters_and_groups_are_roles_never_persons():
    raters = {row["rater"] for row in table(newest("mexican_law", "authority.csv"))}
    raters |= {row["rater"] for row in table(CITY / "responses/governance/1.csv")}
    groups = {row["group"] for row in table(CITY / "responses/judgements/1.csv")}
    assert raters == {"legal desk review", "city safety office", "university observatory"}
    assert groups == {"women's organisations", "youth groups", "traders", "borough administration"}


def test_invented_answers_are_marked_in_every_row_and_in_their_origin():
    for name in ("governance", "judgements"):
        origin = yaml.safe_load((CITY / "responses" / name / "origin.yaml").read_text(encoding="utf-8"))
        assert origin["illustrative"] is True
        assert {row["illustrative"] for row in table(CITY / "responses" / name / "1.csv")} == {"true"}


def test_two_raters_score_all_seven_parts_and_few_cells_are_disputed():
    scores = defaultdict(list)
    for row in table(CITY / "responses/governance/1.csv"):
        cell = (row["function"], row["level"], row["institution"])
        scores[(*cell, row["dimension"])].append(int(row["score"]))
    parts = Counter(key[:3] for key in scores)
    disputed = [abs(a - b) for a, b in scores.values() if abs(a - b) > 1]
    assert set(parts.values()) == {7}
    assert disputed == [2, 2, 2, 2]


def test_points_of_each_group_sum_to_one_hundred_and_it_rates_every_problem():
    problems = {item["id"] for item in yaml.safe_load((PACK / "problems.yaml").read_text(encoding="utf-8"))}
    points: dict[str, int] = defaultdict(int)
    rated = defaultdict(set)
    for row in table(CITY / "responses/judgements/1.csv"):
        if row["problem"] == "*":
            points[row["group"]] += int(row["weight"])
        else:
            assert row["criterion"] == "importance"
            rated[row["group"]].add(row["problem"])
    assert set(points.values()) == {100}
    assert list(rated.values()) == [problems] * 4


def test_published_figures_are_those_of_their_sources():
    envipe = table(newest("envipe", "investigation_opened.csv"))
    found = {(r["area"], r["group"], r["period_start"][:4]): float(r["value"]) for r in envipe}
    assert len(envipe) == len(found) == 48
    assert found["MEX", "vehicle-theft", "2018"] == pytest.approx(100 - 38.0793209830691, abs=1e-5)
    assert found["MX-CMX", "all", "2021"] == pytest.approx(100 - 92.2030406228708, abs=1e-5)
    sdg = table(newest("sdg16", "sdg_mexico.csv"))
    homicide = {r["period_start"][:4]: float(r["value"]) for r in sdg if r["indicator"] == "A01"}
    assert homicide["2018"] == pytest.approx(29.07, abs=0.01)
    wgi = table(newest("wgi", "wgi_mexico.csv"))
    law = next(r for r in wgi if (r["indicator"], r["period_start"][:4]) == ("X05", "2019"))
    assert (float(law["value"]), float(law["se"])) == pytest.approx((-0.6581036, 0.1410157))


def test_residents_of_the_borough_are_those_of_the_census():
    residents = table(newest("census_population", "population.csv"))
    city = {r["year"]: int(r["persons"]) for r in residents if r["area"] == "iztapalapa"}
    colonias = sum(int(r["persons"]) for r in residents if r["geography"] == "colonia")
    assert city == {"2010": 1_815_786, "2020": 1_835_486}
    assert colonias == 1_844_597


def test_marginalisation_tables_hold_no_index_and_no_grade():
    for year in (2010, 2020):
        found = table(newest(f"conapo_imu_{year}", "indicators.csv"))
        assert len(found) == 452
        assert not [name for name in found[0] if name.startswith(("IM_", "IMN_", "GM_"))]


def test_the_example_city_is_not_larger_than_six_megabytes():
    assert sum(p.stat().st_size for p in CITY.rglob("*") if p.is_file()) <= SIX_MEGABYTES
