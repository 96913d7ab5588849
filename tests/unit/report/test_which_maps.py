"""What maps a city's rules let out, and that no exit tells where an event was."""

import base64
import json
import re

import numpy as np
import polars as pl
import pytest
import shapely
import yaml
from typer.testing import CliRunner

import salus
from salus.cli.app import app
from salus.report.document import desk_of
from salus.report.exposure import nexus_map
from salus.report.where import areas, density, without_maps
from tests.unit.small_city import make_city
from tests.unit.test_releasing import WHY

AT = {
    "a": (0.5123719, 0.4879163),
    "b": (0.4912377, 1.5238911),
    "c": (1.5061823, 0.4718291),
    "d": (1.4937127, 1.5183317),
}
ROWS = [
    f"Street robbery,{2019 + i % 2}-{i % 12 + 1:02d}-{i % 27 + 1:02d},21:00:00,{AT[area][0]},{AT[area][1]}"
    for area, count in {"a": 40, "b": 60, "c": 80, "d": 120}.items()
    for i in range(count)
]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = make_city(tmp_path_factory.mktemp("maps") / "toy", rows=ROWS)
    salus.run(folder, draws=100)
    return folder


def under(city, maps: str | None) -> salus.Release:
    """What the city would release if its rules said so of maps."""
    run = salus.open_result(city)
    stated = {"preset": "local", "threshold": 5} | ({"maps": maps} if maps else {})
    run.record["city"]["disclosure"] = stated
    return salus.draft(run)


@pytest.mark.parametrize(("maps", "shaded"), [("none", 0), ("areas", 1), ("anchors", 1), (None, 1)])
def test_the_rules_of_the_city_say_which_maps_a_report_has(city, maps, shaded):
    desk = desk_of(under(city, maps), "en")
    assert len(areas(desk)) == shaded
    assert desk.release.record["preset"]["maps"] == (maps or "anchors")
    said = without_maps(desk, drawn=bool(shaded))
    assert ("let none leave" in said, "shaded areas only" in said) == (maps == "none", maps == "areas")


def test_a_density_is_drawn_only_where_the_rules_allow_it(city, monkeypatch):
    from salus.report import where

    monkeypatch.setattr(where, "maps_withheld", lambda _: False)
    asked = []
    monkeypatch.setattr(where, "first_indicators", lambda _: asked.append(1) or [])
    for maps in ("none", "areas", "anchors"):
        assert density(desk_of(under(city, maps), "en")) == []
    assert len(asked) == 1
    assert nexus_map(desk_of(under(city, "none"), "en")) == []


def test_without_maps_the_whole_report_says_why_in_both_languages_and_the_release_keeps_the_rule(city, tmp_path):
    stated = yaml.safe_load((city / "city.yaml").read_text())
    other = make_city(tmp_path / "toy", rows=ROWS)
    rules = {"disclosure": {"preset": "local", "threshold": 5, "maps": "none"}}
    (other / "city.yaml").write_text(yaml.safe_dump(stated | rules, sort_keys=False))
    salus.run(other, draws=100)
    made = salus.release(other, **WHY)
    assert json.loads((made.path / "release.json").read_text())["preset"]["maps"] == "none"
    for lang, words in (("en", "No map: the disclosure rules"), ("es", "Sin mapa: las reglas")):
        text = salus.report(made.path, lang=lang, out=tmp_path / f"{lang}.html").path.read_text()
        assert words in text
        assert 'id="map-' not in text
        assert 'id="density-' not in text


@pytest.mark.parametrize("preset", ["threshold", "standard", "strict", "noise"])
def test_only_a_local_preset_states_its_maps(preset):
    from pydantic import ValidationError

    from salus.model.city import DisclosureRules

    with pytest.raises(ValidationError, match="own numbers"):
        DisclosureRules.model_validate({"preset": preset, "maps": "none"})


def numbers(frame: pl.DataFrame) -> np.ndarray:
    """All numbers of a table, those of its geometries too."""
    plain = [
        frame[name].cast(pl.Float64).drop_nulls().to_numpy() for name, kind in frame.schema.items() if kind.is_numeric()
    ]
    shapes = (
        [shapely.get_coordinates(shapely.from_wkb(frame["wkb"].to_list())).ravel()] if "wkb" in frame.columns else []
    )
    return np.concatenate([np.empty(0), *plain, *shapes])


def test_no_exit_tells_where_an_event_was(city, tmp_path):
    made = salus.release(city, **WHY)
    page = salus.report(made.path, out=tmp_path / "r.html").path.read_text(encoding="utf-8")
    pictures = [base64.b64decode(code).decode() for code in re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", page)]
    assert pictures
    texts = [f.read_text("utf-8") for f in sorted(made.path.rglob("*")) if f.suffix in {".json", ".yaml"}]
    keys = made.table("lineage").filter(pl.col("table") == "findings")["key"].unique().sort().head(3)
    trails = [CliRunner().invoke(app, ["trail", str(city), key, "--json"]) for key in keys]
    assert [trail.exit_code for trail in trails] == [0] * 3
    texts += [trail.stdout for trail in trails]
    frames = [pl.read_parquet(file) for file in sorted(made.path.rglob("*.parquet"))]
    texts += [page, *pictures, *(str(frame.select(pl.col(pl.String)).rows()) for frame in frames)]
    records = pl.read_csv(city / "evidence/police/2021-01-31/records.csv")
    places = {value for name in ("lat", "lon") for value in records[name].to_list()}
    assert places == {value for pair in AT.values() for value in pair}
    written = {f"{value:.{digits}f}" for value in places for digits in (5, 6, 7)}
    assert any(place in (city / "evidence/police/2021-01-31/records.csv").read_text() for place in written)
    assert [place for place in written if any(place in text for text in texts)] == []
    for frame in frames:
        assert not np.isclose(numbers(frame)[:, None], sorted(places), rtol=0, atol=1e-6).any()
        assert {"lat", "lon", "latitude", "longitude", "x", "y"}.isdisjoint(frame.columns)
