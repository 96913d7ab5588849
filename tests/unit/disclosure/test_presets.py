"""Presets on estimates: hand-worked figures, and an attacker who divides what is shown by known denominators."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.stats import gamma

from salus.disclosure import PRESETS, Preset, apply_preset, information_loss, preset_of, preset_tables, strictest
from salus.errors import BadInput
from salus.model.city import DisclosureRules
from salus.model.tables import TABLES
from salus.workspace.check import check_layout

SECRET = b"sixteen bytes or more, kept apart"


def _gated(counts: list[float], preset: Preset, unit: str = "per 100,000 residents a year") -> pl.DataFrame:
    rows = [
        {
            "indicator": "A16",
            "area": f"a{i}",
            "group": "",
            "value": (count + 0.37) * 10,
            "low": 1.0,
            "high": 999.0,
            "n": count,
            "numerator": count,
            "denominator": 10_000.0,
            "unit": unit,
            "grade": "C",
            "p1": count + 0.5,
            "p2": 2.0,
            "source": "police",
            "flags": "",
        }
        for i, count in enumerate(counts)
    ]
    frame = TABLES["estimates"].frame(rows)
    small = (pl.col("numerator") > 0) & (pl.col("numerator") < preset.threshold)
    status = pl.when(small).then(pl.lit("hidden")).when(pl.col("numerator") == 0).then(pl.lit("zero"))
    frame = frame.with_columns(status.otherwise(pl.lit("shown")).alias("status"))
    blank = ("value", "low", "high", "n", "numerator", "p1", "p2", "p3")
    hidden = pl.col("status") == "hidden"
    return frame.with_columns(pl.when(~hidden).then(pl.col(name)).alias(name) for name in blank)


def test_standard_rounds_the_count_and_makes_the_rate_again_from_it() -> None:
    shown, _ = apply_preset(_gated([13], PRESETS["standard"]), PRESETS["standard"])
    row = shown.row(0, named=True)
    assert (row["numerator"], row["n"], row["value"]) == (15.0, 15.0, 150.0)
    assert row["low"] == pytest.approx(gamma.ppf(0.025, 12.5) * 10)
    assert row["high"] == pytest.approx(gamma.ppf(0.975, 18.5) * 10)
    assert (row["p1"], row["p2"], row["p3"]) == (None, None, None)


def test_zero_loses_the_smoothing_that_tells_the_rate_of_others() -> None:
    shown, _ = apply_preset(_gated([0], PRESETS["standard"]), PRESETS["standard"])
    row = shown.row(0, named=True)
    assert (row["status"], row["numerator"], row["value"], row["p1"]) == ("zero", 0.0, 0.0, None)


def test_hidden_rows_stay_hidden_and_public_sources_as_they_are() -> None:
    gated = _gated([3, 33], PRESETS["standard"])
    shown, log = apply_preset(gated, PRESETS["standard"], public=frozenset({"police"}))
    assert shown.equals(gated)
    assert log["hidden"].to_list() == [0]
    assert apply_preset(gated, PRESETS["standard"])[0].row(0) == gated.row(0)


def test_a_share_is_made_of_two_changed_counts() -> None:
    gated = _gated([12], PRESETS["standard"], unit="%").with_columns(denominator=pl.lit(48.0), n=pl.lit(48.0))
    row = apply_preset(gated, PRESETS["standard"])[0].row(0, named=True)
    assert (row["numerator"], row["denominator"], row["n"], row["value"]) == (10.0, 50.0, 50.0, 20.0)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=8), st.sampled_from(["standard", "strict", "noise"]))
def test_nothing_shown_depends_on_more_than_the_changed_count(counts: list[int], name: str) -> None:
    preset = PRESETS[name]
    shown, _ = apply_preset(_gated([float(c) for c in counts], preset), preset, secret=SECRET)
    for truth, row in zip(counts, shown.iter_rows(named=True), strict=True):
        if 0 < truth < preset.threshold:
            assert [row[k] for k in ("value", "low", "high", "n", "numerator", "p1")] == [None] * 6
            continue
        back = row["value"] * row["denominator"] / 100_000
        assert back == pytest.approx(row["numerator"], rel=1e-3)
        assert (row["n"], row["p1"], row["p2"]) == (row["numerator"], None, None) or name == "noise"
        if name == "standard":
            assert row["numerator"] % 5 == 0
            assert abs(row["numerator"] - truth) <= 2.5
            assert not 0 < row["numerator"] < 5


@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.integers(8, 300))
def test_equal_counts_are_always_rounded_alike(count: int) -> None:
    shown, _ = apply_preset(_gated([count, 77, count], PRESETS["standard"]), PRESETS["standard"])
    figures = shown.select("numerator", "value", "low", "high").rows()
    assert figures[0] == figures[2]


def test_noise_of_a_row_is_the_same_each_time_and_moves_with_the_secret() -> None:
    gated = _gated([float(c) for c in range(20, 60)], PRESETS["noise"])
    one = apply_preset(gated, PRESETS["noise"], secret=SECRET)[0]["numerator"]
    again = apply_preset(gated.reverse(), PRESETS["noise"], secret=SECRET)[0].reverse()["numerator"]
    other = apply_preset(gated, PRESETS["noise"], secret=SECRET[::-1])[0]["numerator"]
    assert one.to_list() == again.to_list()
    assert one.to_list() != other.to_list()
    assert (one - gated["numerator"]).abs().max() == 2.0


def test_noise_without_a_secret_and_ungated_estimates_are_refused() -> None:
    gated = _gated([20], PRESETS["noise"])
    with pytest.raises(BadInput, match="secret"):
        apply_preset(gated, PRESETS["noise"])
    with pytest.raises(BadInput, match="gate"):
        apply_preset(gated.drop("status"), PRESETS["standard"])


def test_a_unit_without_a_scale_is_refused() -> None:
    with pytest.raises(BadInput, match="cannot be made again"):
        apply_preset(_gated([20], PRESETS["standard"], unit="ratio"), PRESETS["standard"])


def test_tables_with_exact_counts_do_not_leave_under_rounding() -> None:
    profile = TABLES["profile"].frame([{"area": "a", "theme": "t", "dimension": "risk", "n": 13.0}])
    tables = {"changes": TABLES["changes"].frame(), "profile": profile}
    kept, log = preset_tables(tables, PRESETS["standard"])
    assert list(kept) == ["profile"]
    assert kept["profile"]["n"].to_list() == [15.0]
    assert log["table"].to_list() == ["changes", "profile"]
    assert list(preset_tables(tables, PRESETS["threshold"])[0]) == ["changes", "profile"]


def test_stricter_wins_in_each_field() -> None:
    both = strictest(PRESETS["standard"], Preset("local", 6, 20, round_to=10, maps="none"))
    assert (both.threshold, both.protected_threshold, both.round_to, both.maps) == (8, 20, 10, "none")
    assert strictest(PRESETS["noise"], PRESETS["noise"]) == PRESETS["noise"]


@pytest.mark.parametrize(
    "stated",
    [
        {"preset": "local"},
        {"preset": "local", "threshold": 4},
        {"preset": "local", "threshold": 12, "protected_threshold": 10},
        {"preset": "standard", "threshold": 6},
        {"preset": "lax"},
    ],
)
def test_a_city_cannot_state_less_than_the_floor(stated: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DisclosureRules.model_validate(stated)


def test_local_takes_the_numbers_of_the_city() -> None:
    preset = preset_of(DisclosureRules(preset="local", threshold=12, round_to=3))
    assert (preset.threshold, preset.protected_threshold, preset.round_to) == (12, 12, 3)


def test_information_loss_counts_rows_and_says_where_too_much_is_hidden() -> None:
    before = _gated([2, 40, 50, 60, 70, 13], PRESETS["threshold"]).drop("status")
    before = before.with_columns(pl.Series("numerator", [2.0, 40, 50, 60, 70, 13]))
    status = ["hidden", "hidden", "hidden", "hidden", "hidden", "shown"]
    after = before.with_columns(pl.Series("status", status), pl.Series("numerator", [None] * 5 + [15.0]))
    row = information_loss(before, after).row(0, named=True)
    assert (row["rows"], row["hidden"], row["primary"], row["secondary"]) == (6, 5, 1, 4)
    assert row["counts_hidden"] == pytest.approx(222 / 235)
    assert row["median_error"] == 2.0
    assert row["over_suppressed"] is True
    with pytest.raises(BadInput, match="same rows"):
        information_loss(before.head(2), after)


def test_check_names_the_field_of_a_threshold_below_the_floor(tmp_path: Path) -> None:
    (tmp_path / "city.yaml").write_text("disclosure: {preset: local, threshold: 4}\n", encoding="utf-8")
    found = [f for f in check_layout(tmp_path) if "disclosure" in str(f)]
    assert len(found) == 1
    assert "disclosure.threshold" in str(found[0])
