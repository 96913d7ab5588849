"""Known open data sets come in by name, for whichever country a city lies in."""

import polars as pl
import pytest
import yaml

import salus
from salus.errors import UnknownReference
from salus.framework import load_pack, pack_folder
from salus.framework.recipes import country_names, recipes
from salus.model.city import Mapping

WGI = (
    '"","Country/Territory","Code","Year","Estimate","Lower","NumSrc","Rank","StdErr","Upper","Indicator"\n'
    '"1","Kenya","KEN",2018,-0.4,0,9,33,0.15,50,"RuleofLaw"\n'
    '"2","C\xf4te d\'Ivoire","CIV",2018,-0.6,0,9,28,0.16,45,"RuleofLaw"\n'
    '"3","Kenya","KEN",2017,-0.5,0,9,31,0.14,48,"ControlofCorruption"\n'
)


@pytest.fixture
def kenya(tmp_path):
    return salus.new(tmp_path / "city", name="Toy city", country="KEN", start="2015-01-01", end="2018-12-31")


@pytest.mark.parametrize(
    ("alpha3", "m49", "name"),
    [("MEX", "484", "Mexico"), ("KEN", "404", "Kenya"), ("UZB", "860", "Uzbekistan"), ("BRB", "52", "Barbados")],
)
def test_a_country_has_the_codes_and_name_that_open_data_use(alpha3, m49, name):
    found = country_names(alpha3)
    assert (found["m49"], found["country"], found["alpha3_lower"]) == (m49, name, alpha3.lower())


def test_a_country_that_does_not_exist_is_refused():
    with pytest.raises(UnknownReference, match="QQQ"):
        country_names("QQQ")


@pytest.mark.parametrize("name", sorted(recipes(pack_folder("usg-core"))))
def test_every_recipe_is_a_mapping_to_what_the_pack_knows_with_publisher_and_licence(name):
    recipe = recipes(pack_folder("usg-core"))[name]
    assert recipe["id"] == name
    mapping = Mapping.model_validate(recipe["mapping"])
    if mapping.kind == "incidents":
        assert mapping.correspondence in load_pack().correspondences
    else:
        used = {mapping.constants.get("indicator"), *mapping.recode.get("indicator", {}).values()} - {None}
        assert used
        assert used <= {i.id for i in load_pack().indicators}
    assert recipe["origin"]["publisher"]
    assert recipe["origin"]["licence"]


def test_only_the_rows_of_the_citys_country_are_used_with_their_errors_and_row_numbers(kenya, tmp_path):
    file = tmp_path / "wgi.csv"
    file.write_bytes(WGI.encode("latin-1"))
    added = salus.add(kenya, "wgi", file=file, answers="wgi")
    assert (added.rows, added.written) == (2, True)
    run = salus.run(kenya, draws=100)
    rows = run.frame("estimates").filter(pl.col("indicator").is_in(["X05", "X06"])).sort("indicator")
    assert rows["area"].to_list() == ["KEN", "KEN"]
    assert rows["value"].to_list() == [-0.4, -0.5]
    assert rows["p2"].to_list() == [0.15, 0.14]
    assert rows["period_start"].dt.year().to_list() == [2018, 2017]
    assert "rows 3-3" in str(run.frame("lineage").filter(pl.col("key").str.contains("X06"))["from_key"].to_list())


def test_a_file_without_rows_of_the_country_is_refused_and_says_what_was_asked(kenya, tmp_path):
    file = tmp_path / "wgi.csv"
    file.write_text(WGI.replace("KEN", "TZA"), encoding="latin-1")
    added = salus.add(kenya, "wgi", file=file, answers="wgi")
    assert not added.written
    assert [(f.rule, "Code in KEN" in f.message) for f in added.findings] == [("nothing_selected", True)]
    assert not (kenya / "evidence" / "wgi").exists()


def test_a_name_that_is_neither_file_nor_recipe_lists_the_recipes(kenya, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("a\n1\n")
    with pytest.raises(UnknownReference) as raised:
        salus.add(kenya, "x", file=file, answers="wgy")
    assert "wgi" in str(raised.value)


def test_a_new_workspace_lists_whom_to_hear(kenya):
    text = (kenya / "stakeholders.csv").read_text(encoding="utf-8")
    assert "women-and-girls,residents,community,,true,false" in text
    assert yaml.safe_load((kenya / "city.yaml").read_text())["pack"] == "usg-core"
