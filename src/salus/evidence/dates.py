"""Reads days and hours from the ways in which people write them; the form is stated, never guessed row by row."""

import datetime as dt
from typing import Final

import polars as pl

from salus.model.city import Mapping

EXCEL: Final = {"excel": dt.date(1899, 12, 30), "excel-1904": dt.date(1904, 1, 1)}
"""Forms for the serial days of spreadsheets -> the day that has number 0."""
MONTH: Final = "%Y-%m"
_WIDTHS: Final = {"Y": 4, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "p": 2}
_SWAPPED: Final = {"%d/%m": "%m/%d", "%m/%d": "%d/%m", "%d-%m": "%m-%d", "%m-%d": "%d-%m", "%d.%m": "%m.%d"}


def moment(text: pl.Expr, mapping: Mapping, city_zone: str) -> pl.Expr:
    """The local date and time of a text, by the first of the mapping's forms that reads it; null where none does.

    Texts with an offset (`%z`), and all texts where the mapping states a `time_zone`, become the city's local time.
    """
    return pl.coalesce([_by_form(text, form, mapping.time_zone, city_zone) for form in mapping.date_forms])


def _by_form(text: pl.Expr, form: str, zone: str, city_zone: str) -> pl.Expr:
    if form in EXCEL:
        serial = text.cast(pl.Float64, strict=False)
        usable = pl.when(serial.is_between(1, 2_958_465)).then(serial)
        seconds = (usable * 86400).round().cast(pl.Int64)
        return pl.lit(EXCEL[form]).cast(pl.Datetime("us")) + pl.duration(seconds=seconds)
    if form == MONTH:
        return (text + "-01").str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    if not has_time(form):
        return text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    if "%z" in form or "%Z" in form:
        return _local(text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC"), city_zone)
    naive = text.str.to_datetime(form, strict=False, time_unit="us")
    if not zone:
        return naive
    return _local(naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null"), city_zone)


def _local(moment: pl.Expr, zone: str) -> pl.Expr:
    return moment.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def quick(text: pl.Expr, mapping: Mapping, *, timed: bool) -> tuple[pl.Expr, pl.Expr] | None:
    """The day and the hour by position, for one form in which every part has a fixed width; None for other forms.

    A text of another length, or one whose parts are out of range, gives null: the full reader then has the last word.
    Minutes and seconds are not looked at. `timed`: the mapping has a column for the time of day.
    """
    form, forms = mapping.date_forms[0], mapping.date_forms
    places = _positions(form)
    if len(forms) > 1 or mapping.time_zone or places is None or not {"Y", "m", "d"} <= set(places):
        return None
    end = 1 + max(places[part][1] for part in "Ymd")
    if any(start < end for part, (start, _) in places.items() if part not in "Ymd"):
        return None
    width = 1 + max(last for _, last in places.values())
    whole = text.str.len_chars() == width
    day_form = form[: 1 + max(form.index(f"%{part}") for part in "Ymd") + 1]
    day = pl.when(whole).then(text.str.head(end)).str.to_date(day_form, strict=False)
    known = {part: text.str.slice(places[part][0], 2) for part in "HI" if part in places}
    if timed or not {"H", "I"} & set(known):
        return day, pl.lit(None, pl.Int64)
    if "H" in known:
        hour = known["H"].cast(pl.Int64, strict=False)
        sound = hour.is_between(0, 23)
    else:
        twelve = known["I"].cast(pl.Int64, strict=False)
        half = text.str.slice(places["p"][0], 1)  # A or P: of am and pm the first letter tells
        afternoon = (half == "P") | (half == "p")
        hour = twelve % 12 + pl.when(afternoon).then(12).otherwise(0)
        sound = twelve.is_between(1, 12) & (afternoon | (half == "A") | (half == "a"))
    return pl.when(sound).then(day), pl.when(day.is_not_null()).then(hour)


def _positions(form: str) -> dict[str, tuple[int, int]] | None:
    """Where each part of a form stands, first and last letter; None where a part has no fixed width."""
    places, at, i = {}, 0, 0
    while i < len(form):
        if form[i] != "%":
            at, i = at + 1, i + 1
            continue
        part = form[i + 1]
        if part not in _WIDTHS or (part == "I" and "%p" not in form):
            return None
        places[part] = (at, at + _WIDTHS[part] - 1)
        at, i = at + _WIDTHS[part], i + 2
    return places


def has_time(form: str) -> bool:
    """Whether a form holds a time of day."""
    return form in EXCEL or any(mark in form for mark in ("%H", "%I", "%T", "%R"))


def hour(time_text: pl.Expr | None, moment: pl.Expr, mapping: Mapping) -> pl.Expr:
    """The hour of day, 0 to 23: from the `time` column, or from a date that holds it; null where unknown."""
    if time_text is not None:
        return time_text.str.to_time(mapping.time_format, strict=False).dt.hour().cast(pl.Int64)
    if any(has_time(form) for form in mapping.date_forms):
        return moment.dt.hour().cast(pl.Int64)
    return pl.lit(None, pl.Int64)


def exchanged(form: str) -> str:
    """The form with day and month the other way round; empty where the form leaves no doubt.

    >>> exchanged("%d/%m/%Y"), exchanged("%Y-%m-%d")
    ('%m/%d/%Y', '')
    """
    for own, other in _SWAPPED.items():
        if form.startswith(own):
            return other + form[len(own) :]
    return ""
