"""Projected coordinates in degrees: against published figures, and what is said where a system cannot be right."""

import sys

import numpy as np
import polars as pl
import pytest

from salus.errors import BadInput, MissingExtra
from salus.evidence import projection
from salus.evidence.projection import crs_fault, degrees, in_wgs84, same_crs, to_wgs84, transformed

# crs, x, y, longitude, latitude, how near: published figures, not what the library says
PUBLISHED = {
    # Ordnance Survey, Transformations and OSGM15 user guide, annexe A: Caister water tower. Without OSTN15 within 5 m.
    "british grid": ("EPSG:27700", 651409.804, 313177.450, 1.716073973, 52.658007833, 1e-4),
    # City of Chicago, Crimes 2001 to present, record 10224738: X, Y (US survey feet), longitude, latitude.
    "illinois feet": ("EPSG:3435", 1165074, 1875917, -87.669999562, 41.815117282, 1e-6),
    # The false origin of UTM zone 14 north: its central meridian on the equator, by definition.
    "utm 14": ("EPSG:32614", 500000, 0, -99.0, 0.0, 1e-9),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_points_lie_where_their_publisher_says(name):
    crs, x, y, longitude, latitude, near = PUBLISHED[name]
    lon, lat = to_wgs84(np.array([x], dtype=float), np.array([y], dtype=float), crs)
    assert lon[0] == pytest.approx(longitude, abs=near)
    assert lat[0] == pytest.approx(latitude, abs=near)


def test_a_point_in_central_london_lies_in_central_london():
    # TQ 300 800, beside Charing Cross, whose published position is 51.507 N, 0.128 W (TQ 300 804).
    lon, lat = to_wgs84(np.array([530000.0]), np.array([180000.0]), "EPSG:27700")
    assert (lon[0], lat[0]) == (pytest.approx(-0.1278, abs=1e-3), pytest.approx(51.5036, abs=1e-3))


def test_degrees_in_wgs84_stay_as_they_are_even_those_that_are_wrong():
    x, y = np.array([200.0, np.nan]), np.array([95.0, 1.0])
    for crs in ("", "EPSG:4326", "epsg:4326", "OGC:CRS84"):
        assert to_wgs84(x, y, crs) == (x, y)
        assert in_wgs84(crs)


def test_what_is_no_number_stays_so_and_moves_nothing_else():
    x, y = np.array([np.nan, 500000.0, 500000.0, np.inf]), np.array([0.0, np.nan, 0.0, 0.0])
    lon, lat = to_wgs84(x, y, "EPSG:32614")
    assert np.isnan(lon).tolist() == np.isnan(lat).tolist() == [True, True, False, True]
    assert np.isnan(x).tolist() == [True, False, False, False]


def test_a_point_the_system_cannot_hold_is_lost_and_the_others_are_not():
    lon, lat = to_wgs84(np.array([500000.0, 1e30]), np.array([0.0, 1e30]), "EPSG:32614")
    assert np.isnan(lon).tolist() == np.isnan(lat).tolist() == [False, True]


@pytest.mark.parametrize("crs", ["EPSG:999999", "UTM zone Mexico", "/vsicurl/http://example.org/a.prj", "EPSG:5703"])
def test_a_system_that_nobody_knows_or_that_holds_no_places_says_what_to_write(crs):
    with pytest.raises(BadInput, match="write `crs: EPSG:`"):
        to_wgs84(np.array([1.0]), np.array([2.0]), crs)


def test_a_system_in_which_no_point_can_lie_is_refused():
    with pytest.raises(BadInput, match=r"No point can lie in 'EPSG:32614'.*eastings"):
        to_wgs84(np.array([1e30, 1e31]), np.array([1e30, 1e31]), "EPSG:32614")


def test_no_points_at_all_are_no_fault():
    lon, lat = to_wgs84(np.array([]), np.array([]), "EPSG:32614")
    assert (lon.size, lat.size) == (0, 0)


def test_two_names_of_one_system_are_the_same_system():
    assert same_crs("EPSG:4326", "OGC:CRS84")
    assert same_crs("EPSG:32614", "epsg:32614")
    assert not same_crs("EPSG:32614", "EPSG:32613")
    assert not same_crs("EPSG:32614", "")


def test_columns_come_back_with_null_where_there_is_no_point():
    lon, lat = degrees(pl.Series("lon", [500000.0, None]), pl.Series("lat", [0.0, 1.0]), "EPSG:32614")
    assert (lon.name, lat.name) == ("lon", "lat")
    assert (lon.null_count(), lat.null_count()) == (1, 1)


def test_a_batch_of_points_that_lie_nowhere_is_not_the_fault_of_the_system():
    longitude, _ = transformed(np.array([1e30, np.nan]), np.array([1e30, 0.0]), "EPSG:32614")
    assert np.isnan(longitude).all()


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyproj", None)
    projection._transformer.cache_clear()
    with pytest.raises(MissingExtra, match=r"pip install 'salus-cities\[geo\]'"):
        to_wgs84(np.array([1.0]), np.array([2.0]), "EPSG:32614")
    (finding,) = crs_fault("EPSG:32614", "f.csv")
    assert "salus-cities[geo]" in finding.remedy


def test_no_grid_is_fetched_even_where_the_environment_asks_for_it():
    import pyproj.network

    pyproj.network.set_network_enabled(True)
    projection._transformer.cache_clear()
    to_wgs84(np.array([530000.0]), np.array([180000.0]), "EPSG:27700")
    assert not pyproj.network.is_network_enabled()
