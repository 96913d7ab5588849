"""Files with geometry: every format gives the same rows and the same areas; hostile ones are refused in a sentence."""

import io
import json
import sqlite3
import sys
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import shapely
import yaml

from salus.errors import BadInput, BrokenWorkspace
from salus.evidence import read_evidence
from salus.evidence.files import open_table
from salus.evidence.geography import read_geography
from salus.evidence.guessing import guess
from salus.evidence.projection import to_wgs84
from salus.framework import load_pack
from salus.model.city import Mapping
from salus.preparing import prepare
from salus.workspace import check_layout, open_workspace
from tests.unit.evidence.geo_samples import kml, kmz, shapefile_zip, write_gdal, write_geoparquet
from tests.unit.small_city import ROWS, add_records, make_city

UTM = "EPSG:32614"
COLUMNS = {"delito": ["Robo", "Lesión"], "fecha": ["2019-03-01", "2019-03-02"]}
DEGREES = [(-99.05, 19.35), (-99.06, 19.36)]
KNOWN = [shapely.Point(*at) for at in DEGREES]
SQUARE = shapely.box(-99.1, 19.3, -99.0, 19.4)


def mapping(**changes) -> Mapping:
    columns = {"offence": "delito", "date": "fecha", "longitude": "longitude", "latitude": "latitude"}
    return Mapping.model_validate({"kind": "incidents", "files": "*", "columns": columns} | changes)


def projected(shapes: list, crs: str) -> list:
    """The shapes in another system."""
    from pyproj import Transformer

    there = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [shapely.transform(s, lambda at: np.column_stack(there.transform(at[:, 0], at[:, 1]))) for s in shapes]


def write(path: Path, shapes: list, columns: dict, crs: str = "EPSG:4326") -> Path:
    moved = shapes if crs == "EPSG:4326" else projected(shapes, crs)
    if path.suffix == ".gpkg":
        write_gdal(path, moved, columns, crs)
    elif path.suffix == ".zip":
        shapefile_zip(path, moved, columns, crs)
    elif path.suffix == ".parquet":
        about = {} if crs == "EPSG:4326" else {"crs": {"id": {"authority": "EPSG", "code": 4326}}}
        write_geoparquet(path, shapes, columns, **about)
    elif path.suffix == ".kmz":
        kmz(path, kml(shapes, columns))
    else:
        path.write_text(kml(shapes, columns), encoding="utf-8")
    return path


@pytest.mark.parametrize("crs", ["EPSG:4326", UTM])
@pytest.mark.parametrize("name", ["r.gpkg", "r.zip", "r.kml", "r.kmz", "r.parquet"])
def test_every_format_gives_the_same_rows_and_points_in_degrees(tmp_path, name, crs):
    frame, findings = open_table(write(tmp_path / name, KNOWN, COLUMNS, crs), name, mapping())
    assert findings == ()
    assert frame.columns == ["delito", "fecha", "longitude", "latitude"]
    assert set(frame.schema.values()) == {pl.String}
    assert frame.select("delito", "fecha").to_dict(as_series=False) == COLUMNS
    points = frame.select(pl.col("longitude", "latitude").cast(pl.Float64)).to_numpy()
    assert points == pytest.approx(np.array(DEGREES), abs=1e-9)


def test_numbers_and_dates_read_as_they_would_in_a_csv(tmp_path):
    days = np.array(["2019-03-01", "NaT"], dtype="datetime64[D]")
    times = np.array(["2019-03-01T21:10:00", "2019-03-02T00:00:00"], dtype="datetime64[ms]")
    columns = {"n": np.array([3, 4]), "w": np.array([1.0, 2.5]), "gap": np.array([7.0, np.nan]), "d": days, "t": times}
    write_gdal(tmp_path / "r.gpkg", [KNOWN[0], None], columns, "EPSG:4326")
    frame, findings = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping())
    assert findings == ()
    assert frame.rows() == [
        ("3", "1", "7", "2019-03-01", "2019-03-01 21:10:00", "-99.05", "19.35"),
        ("4", "2.5", None, None, "2019-03-02 00:00:00", None, None),
    ]


def test_a_column_called_longitude_does_not_hide_the_geometry(tmp_path):
    write_gdal(tmp_path / "r.gpkg", KNOWN, {**COLUMNS, "longitude": ["x", "y"]}, "EPSG:4326")
    frame, _ = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping())
    assert frame["longitude"].to_list() == ["-99.05", "-99.06"]
    assert frame["longitude (2)"].to_list() == ["x", "y"]


def test_a_decimal_comma_elsewhere_in_the_mapping_does_not_spoil_the_points(tmp_path):
    write_gdal(tmp_path / "r.gpkg", KNOWN, COLUMNS, "EPSG:4326")
    frame, _ = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping(decimal=","))
    assert frame["longitude"].to_list() == ["-99,05", "-99,06"]


def test_a_multipoint_of_one_point_is_that_point(tmp_path):
    write_gdal(tmp_path / "r.gpkg", [shapely.MultiPoint([p]) for p in KNOWN], COLUMNS, "EPSG:4326")
    frame, findings = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping())
    assert findings == ()
    assert frame["latitude"].to_list() == ["19.35", "19.36"]


def test_a_shapefile_without_its_cpg_is_read_in_the_encoding_of_the_mapping(tmp_path):
    path = shapefile_zip(tmp_path / "r.zip", KNOWN, COLUMNS, UTM, without=(".cpg",), encoding="ISO-8859-1")
    _, (finding,) = open_table(path, "r.zip", mapping())
    assert (finding.rule, "encoding: latin-1" in finding.remedy) == ("encoding", True)
    frame, findings = open_table(path, "r.zip", mapping(encoding="latin-1"))
    assert findings == ()
    assert frame["delito"].to_list() == COLUMNS["delito"]
    assert open_table(path, "r.zip", mapping(encoding="klingon"))[1][0].rule == "encoding"


def test_of_several_tables_in_a_geopackage_sheet_names_the_one_to_read(tmp_path):
    for layer in ("robberies", "streets"):
        write_gdal(tmp_path / "r.gpkg", KNOWN, COLUMNS, "EPSG:4326", layer=layer, append=layer == "streets")
    _, (finding,) = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping())
    assert (finding.rule, "robberies, streets" in finding.message) == ("not_one_table", True)
    frame, findings = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping(sheet="robberies"))
    assert (findings, frame.height) == ((), 2)


def test_texts_of_a_kml_are_its_name_its_time_and_its_extended_data(tmp_path):
    (tmp_path / "r.kml").write_text(
        "<kml><Document><name>Map</name><Placemark><name>A</name><TimeStamp><when>2019-03-01</when></TimeStamp>"
        '<ExtendedData><SchemaData><SimpleData name="delito">Robo</SimpleData></SchemaData></ExtendedData>'
        "<Point><coordinates> -99.05,19.35,0 </coordinates></Point></Placemark></Document></kml>"
    )
    frame, findings = open_table(tmp_path / "r.kml", "r.kml", mapping())
    assert findings == ()
    assert frame.to_dicts() == [
        {"name": "A", "when": "2019-03-01", "delito": "Robo", "longitude": "-99.05", "latitude": "19.35"}
    ]


# --- systems that are missing, or other than declared


@pytest.mark.parametrize("name", ["r.zip", "r.parquet"])
def test_a_file_that_does_not_say_its_system_is_refused_until_the_mapping_does(tmp_path, name):
    moved = projected(KNOWN, UTM)
    if name == "r.zip":
        shapefile_zip(tmp_path / name, moved, COLUMNS, None)
    else:
        write_geoparquet(tmp_path / name, moved, COLUMNS, crs=None)
    _, (finding,) = open_table(tmp_path / name, name, mapping())
    assert (finding.rule, "`crs` in mapping.yaml" in finding.remedy) == ("no_crs", True)
    frame, findings = open_table(tmp_path / name, name, mapping(crs=UTM))
    assert findings == ()
    x, y = (frame[n].cast(pl.Float64).to_numpy() for n in ("longitude", "latitude"))
    assert np.column_stack(to_wgs84(x, y, UTM)) == pytest.approx(np.array(DEGREES), abs=1e-9)


def test_a_declared_system_that_contradicts_the_file_is_refused(tmp_path):
    write(tmp_path / "r.gpkg", KNOWN, COLUMNS, UTM)
    assert open_table(tmp_path / "r.gpkg", "r.gpkg", mapping(crs="epsg:32614"))[1] == ()
    for crs, rule in (("EPSG:27700", "other_crs"), ("EPSG:4326", "other_crs"), ("EPSG:999999", "bad_crs")):
        _, (finding,) = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping(crs=crs))
        assert (finding.rule, bool(finding.remedy)) == (rule, True)


def test_a_declared_system_in_which_no_point_can_lie_is_a_finding(tmp_path):
    city = make_city(tmp_path / "toy", rows=["Burglary,2020-06-02,03:00:00,1e30,1e30"], mapping=_mapped(crs=UTM))
    rules = {f.rule for f in read_evidence(open_workspace(city), load_pack("usg-core")).findings}
    assert "bad_crs" in rules


# --- hostile and broken files


def _two_shapes(path: Path) -> None:
    shapefile_zip(path, KNOWN, COLUMNS, UTM)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("other.shp", b"")


def _with(name: str, content: bytes = b"x", link: bool = False):
    def make(path: Path) -> None:
        if path.suffix == ".kmz":
            kmz(path, kml(KNOWN, COLUMNS))
        else:
            shapefile_zip(path, KNOWN, COLUMNS, UTM)
        with zipfile.ZipFile(path, "a") as archive:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16 if link else 0o644 << 16
            archive.writestr(info, content)

    return make


def _with_a_view(path: Path) -> None:
    """A table with geometry that is a view without end."""
    write_gdal(path, KNOWN, COLUMNS, "EPSG:4326", layer="real")
    endless = "WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n) SELECT fid, x'' AS geom FROM n"
    base = sqlite3.connect(path)
    base.execute(f"CREATE VIEW endless AS {endless}")
    base.execute("UPDATE gpkg_contents SET table_name = 'endless', identifier = 'endless'")
    base.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless'")
    base.commit()
    base.close()


def _cut(path: Path) -> None:
    write_gdal(path, KNOWN, COLUMNS, "EPSG:4326")
    path.write_bytes(path.read_bytes()[:5000])


def _encrypted(path: Path) -> None:
    shapefile_zip(path, KNOWN, COLUMNS, UTM)
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place >= 0:
            data[place + at] |= 1
            place = data.find(mark, place + 4)
    path.write_bytes(bytes(data))


def _remote(path: Path) -> None:
    path.write_text("<OGRVRTDataSource><SrcDataSource>/vsicurl/http://example.org/a</SrcDataSource></OGRVRTDataSource>")


_ENTITY = '<!DOCTYPE kml [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><kml><name>&b;</name></kml>'
_HIDDEN = b'<?xml version="1.0" encoding="cp037"?>' + _ENTITY.encode("cp037")
HOSTILE = {
    "two.zip": (_two_shapes, "not_one_table"),
    "no_dbf.zip": (lambda p: shapefile_zip(p, KNOWN, COLUMNS, UTM, without=(".dbf",)), "incomplete_shapefile"),
    "no_shx.zip": (lambda p: shapefile_zip(p, KNOWN, COLUMNS, UTM, without=(".shx",)), "incomplete_shapefile"),
    "alone.shp": (lambda p: p.write_bytes(b"\x00\x00\x27\x0a" + bytes(96)), "incomplete_shapefile"),
    "slip.zip": (_with("../../etc/passwd"), "unsafe_archive"),
    "absolute.zip": (_with("/etc/passwd"), "unsafe_archive"),
    "windows.zip": (_with("..\\..\\boot.ini"), "unsafe_archive"),
    "link.zip": (_with("records.qix", b"/etc/passwd", link=True), "unsafe_archive"),
    "nested.zip": (_with("more.zip"), "nested_archive"),
    "slip.kmz": (_with("../x.png"), "unsafe_archive"),
    "nested.kmz": (_with("more.kmz"), "nested_archive"),
    "locked.zip": (_encrypted, "encrypted_archive"),
    "entity.kml": (lambda p: p.write_text(_ENTITY), "unsafe_xml"),
    "hidden.kml": (lambda p: p.write_bytes(_HIDDEN), "encoding"),
    "wide.kml": (lambda p: p.write_text(_ENTITY, encoding="utf-16"), "encoding"),
    "cut.kml": (lambda p: p.write_text(kml(KNOWN, COLUMNS)[:-20]), "not_a_table"),
    "page.kml": (lambda p: p.write_text("<html/>"), "not_a_table"),
    "remote.kml": (_remote, "not_a_table"),
    "remote.gpkg": (_remote, "not_a_table"),
    "cut.gpkg": (_cut, "not_a_table"),
    "view.gpkg": (_with_a_view, "not_one_table"),
    "no.gpkg": (lambda p: sqlite3.connect(p).execute("CREATE TABLE a (b)").connection.close(), "not_a_table"),
    "bare.kml": (lambda p: write(p, KNOWN, {}), "not_a_table"),
    "none.kml": (lambda p: p.write_text("<kml/>"), "not_a_table"),
    "areas.gpkg": (lambda p: write(p, [SQUARE], {"delito": ["Robo"]}), "not_points"),
    "areas.kml": (lambda p: write(p, [SQUARE], {"delito": ["Robo"]}), "not_points"),
    "lines.zip": (lambda p: write(p, [shapely.LineString(DEGREES)], {"delito": ["Robo"]}), "not_points"),
    "areas.parquet": (lambda p: write(p, [SQUARE], {"delito": ["Robo"]}), "not_points"),
    "other.parquet": (lambda p: write_geoparquet(p, KNOWN, COLUMNS, encoding="point"), "not_a_table"),
    "broken.parquet": (lambda p: pl.DataFrame({"g": [b"x"]}).write_parquet(p, metadata={"geo": "{"}), "not_a_table"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_file_is_one_finding_with_a_remedy_and_leaves_nothing(tmp_path, name):
    make, rule = HOSTILE[name]
    make(tmp_path / name)
    frame, findings = open_table(tmp_path / name, name, mapping())
    assert frame.height == 0
    assert [f.rule for f in findings] == [rule]
    assert findings[0].remedy
    assert str(tmp_path) not in findings[0].message
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_part_that_hides_its_size_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "r.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for suffix in (".shp", ".shx", ".dbf"):
            archive.writestr(f"r{suffix}", bytes(5_000_000))
    _, (finding,) = open_table(tmp_path / "r.zip", "r.zip", mapping())
    assert finding.rule == "too_large"


def test_a_file_without_rows_is_an_empty_table(tmp_path):
    write_gdal(tmp_path / "r.gpkg", KNOWN, COLUMNS, "EPSG:4326")
    base = sqlite3.connect(tmp_path / "r.gpkg")
    for (trigger,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        base.execute(f'DROP TRIGGER "{trigger}"')
    base.execute("DELETE FROM r")
    base.commit()
    base.close()
    frame, findings = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping())
    assert (findings, frame.height, frame.columns) == ((), 0, ["delito", "fecha", "longitude", "latitude"])


def test_areas_are_rows_like_others_where_no_incident_is_meant(tmp_path):
    write(tmp_path / "r.gpkg", [SQUARE], {"area": ["a"], "persons": ["1000"]})
    frame, findings = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping(kind="population", columns={"area": "area"}))
    assert findings == ()
    assert frame.to_dicts() == [{"area": "a", "persons": "1000"}]


def test_without_the_extra_the_finding_says_what_to_install(tmp_path, monkeypatch):
    write(tmp_path / "r.gpkg", KNOWN, COLUMNS)
    write(tmp_path / "r.kml", KNOWN, COLUMNS)
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    _, (finding,) = open_table(tmp_path / "r.gpkg", "r.gpkg", mapping())
    assert (finding.rule, finding.remedy) == ("missing_extra", "pip install 'salus-cities[geo]'")
    assert open_table(tmp_path / "r.kml", "r.kml", mapping())[1] == ()


# --- boundaries

_AREAS = {"area": ["a", "b"], "name": ["Norte", "Sur"], "name_ru": ["Север", "Юг"], "population": [1000.0, 2000.0]}
_HOLED = shapely.Polygon(SQUARE.exterior, [shapely.box(-99.06, 19.34, -99.04, 19.36).exterior])
_PARTED = shapely.MultiPolygon([shapely.box(-99.0, 19.3, -98.9, 19.4), shapely.box(-98.8, 19.3, -98.7, 19.4)])


@pytest.mark.parametrize("crs", ["EPSG:4326", UTM])
@pytest.mark.parametrize("name", ["areas.gpkg", "areas.shp.zip", "areas.kml", "areas.parquet"])
def test_boundaries_of_every_format_are_those_of_the_geojson(tmp_path, name, crs):
    shapes = [_HOLED, _PARTED]
    features = [
        {"properties": {k: v[i] for k, v in _AREAS.items()}, "geometry": json.loads(shapely.to_geojson(s))}
        for i, s in enumerate(shapes)
    ]
    (tmp_path / "areas.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    expected, _ = read_geography(tmp_path / "areas.geojson", "v", shown="areas.geojson", sha256="")
    in_gdal = name in {"areas.gpkg", "areas.shp.zip"}
    held = [shapely.MultiPolygon([_HOLED]), _PARTED] if in_gdal else shapes
    write(tmp_path / name, held, _AREAS, crs)
    made, findings = read_geography(tmp_path / name, "v", shown=name, sha256="")
    assert findings == ()
    text = ["area", "name", "population", "names"]
    assert made.areas.select(text).to_dicts() == expected.areas.select(text).to_dicts()
    assert made.areas["km2"].to_list() == pytest.approx(expected.areas["km2"].to_list(), rel=1e-6)
    for mine, theirs in zip(*(shapely.from_wkb(g.areas["wkb"].to_list()) for g in (made, expected)), strict=True):
        assert mine.symmetric_difference(theirs).area == pytest.approx(0, abs=1e-9)


def test_boundaries_that_do_not_say_their_system_are_refused(tmp_path):
    shapefile_zip(tmp_path / "areas.shp.zip", projected([SQUARE], UTM), {"area": ["a"]}, None)
    made, (finding,) = read_geography(tmp_path / "areas.shp.zip", "v", shown="areas.shp.zip", sha256="")
    assert (made.areas.height, finding.rule, ".prj" in finding.remedy) == (0, "no_crs", True)


@pytest.mark.parametrize("name", ["areas.gpkg", "areas.shp.zip", "areas.kml", "areas.parquet"])
def test_boundaries_that_are_something_else_are_one_finding(tmp_path, name):
    (tmp_path / name).write_bytes(b"<html>login</html>")
    made, findings = read_geography(tmp_path / name, "v", shown=name, sha256="")
    assert (made.areas.height, len(findings)) == (0, 1)
    assert findings[0].remedy


def test_two_files_of_boundaries_are_an_error_that_names_both(tmp_path):
    city = make_city(tmp_path / "toy")
    assert open_workspace(city).geography_file("square").name == "areas.geojson"
    write(city / "geography/square/areas.kml", [SQUARE], {"area": ["a"]})
    assert "two_boundaries" in {f.rule for f in check_layout(city)}
    with pytest.raises(BrokenWorkspace, match=r"areas\.geojson, areas\.kml"):
        open_workspace(city).geography_file("square")
    (city / "geography/square/areas.geojson").unlink()
    assert open_workspace(city).geography_file("square").name == "areas.kml"
    assert "missing_boundaries" not in {f.rule for f in check_layout(city)}


# --- the whole way


def _mapped(**changes) -> dict:
    columns = {"offence": "offence", "date": "day", "time": "hour", "latitude": "lat", "longitude": "lon"}
    codes = {"Street robbery": "040111", "Burglary": "05012"}
    return {"kind": "incidents", "files": "*.csv", "columns": columns, "codes": codes} | changes


def _rows() -> tuple[list, dict]:
    """The rows of the small city as shapes and columns."""
    cells = [row.split(",") for row in ROWS]
    points = [shapely.Point(float(c[4]), float(c[3])) for c in cells]
    return points, {"offence": [c[0] for c in cells], "day": [c[1] for c in cells], "hour": [c[2] for c in cells]}


def _areas_of(city: Path) -> list:
    reading = read_evidence(open_workspace(city), load_pack("usg-core"))
    assert [f for f in reading.findings if f.severity == "error"] == []
    return reading.evidence.incidents.collect().sort("row").select("label", "date", "hour", "area", "shown_area").rows()


def test_the_same_incidents_as_csv_in_degrees_and_as_geopackage_in_metres_get_the_same_areas(tmp_path):
    city = make_city(tmp_path / "csv")
    expected = _areas_of(city)
    assert [row[3] for row in expected] == ["a", "a", "b", "c"]
    points, columns = _rows()
    write(tmp_path / "r.gpkg", points, columns, "EPSG:32631")
    there = {"latitude": "latitude", "longitude": "longitude"}
    for crs in ("", "EPSG:32631"):
        other = make_city(tmp_path / f"gpkg{crs[-5:]}", rows=[])
        (other / "evidence/police/2021-01-31/records.csv").unlink()
        mapped = _mapped(crs=crs, files="*.gpkg")
        mapped["columns"] = mapped["columns"] | there
        add_records(other, "police", (tmp_path / "r.gpkg").read_bytes(), mapped, name="r.gpkg")
        assert _areas_of(other) == expected


def test_a_csv_in_metres_gets_the_same_areas_and_its_findings_show_the_file_as_it_is(tmp_path):
    expected = _areas_of(make_city(tmp_path / "degrees"))
    points, columns = _rows()
    moved = projected(points, "EPSG:32631")
    rows = [",".join([*cells, repr(p.y), repr(p.x)]) for *cells, p in zip(*columns.values(), moved, strict=True)]
    city = make_city(tmp_path / "metres", rows=rows, mapping=_mapped(crs="EPSG:32631"))
    assert _areas_of(city) == expected
    rows[0] = rows[0].replace(repr(moved[0].y), "north")
    city = make_city(tmp_path / "broken", rows=rows, mapping=_mapped(crs="EPSG:32631"))
    findings = read_evidence(open_workspace(city), load_pack("usg-core")).findings
    assert [(f.value, f.row) for f in findings if f.rule == "bad_coordinate"] == [("north", 1)]


def test_a_draft_for_a_file_with_geometry_takes_its_points(tmp_path):
    write(tmp_path / "r.gpkg", KNOWN, COLUMNS, UTM)
    made = guess(tmp_path / "r.gpkg")
    assert made.columns == ("delito", "fecha", "longitude", "latitude")
    assert (made.mapping["columns"]["longitude"], made.mapping["columns"]["latitude"]) == ("longitude", "latitude")
    assert made.mapping["files"] == "*.gpkg"
    assert not [note for note in made.notes if "projected" in note]


def test_a_draft_for_a_shapefile_without_a_system_says_what_is_missing(tmp_path):
    shapefile_zip(tmp_path / "r.zip", projected(KNOWN, UTM), COLUMNS, None)
    with pytest.raises(BadInput, match="does not say in which system"):
        guess(tmp_path / "r.zip")


def test_a_draft_for_projected_columns_says_so(tmp_path):
    (tmp_path / "r.csv").write_text("delito,fecha,x,y\nRobo,2019-03-01,494750.1,2139500.2\n")
    assert "coordinates are projected: write `crs`" in guess(tmp_path / "r.csv").notes


def test_an_export_in_metres_leaves_snapped_to_the_grid_in_degrees(tmp_path):
    moved = projected([KNOWN[0]] * 12, UTM)
    lines = [f"Robo,2019-03-01,{p.x!r},{p.y!r}" for p in moved]
    (tmp_path / "r.csv").write_text("\n".join(["delito,fecha,x,y", *lines]))
    columns = {"offence": "delito", "date": "fecha", "longitude": "x", "latitude": "y"}
    answers = {
        "mapping": {"kind": "incidents", "files": "*", "columns": columns, "codes": {"Robo": "05012"}, "crs": UTM}
    }
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(answers))
    rows = prepare(tmp_path / "r.csv", answers=tmp_path / "a.yaml", snap=500).rows
    assert rows["latitude"][0] == pytest.approx(19.35, abs=0.0025)
    assert rows["latitude"][0] != pytest.approx(19.35, abs=1e-6)
    assert rows["longitude"][0] == pytest.approx(-99.05, abs=0.0025)
    assert io.StringIO(rows.write_csv()).read().count("494") == 0
