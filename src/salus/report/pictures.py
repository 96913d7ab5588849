"""Charts and maps as SVG pictures inside the page; each has a table twin made from the same rows."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from salus.errors import MissingExtra

INK, ACCENT, SOFT, GRID, SAND = "#1f2933", "#0b5563", "#8aa6ad", "#e4e7eb", "#d9a441"
_NUMBERED = re.compile(r"\b(?:gradient|clip)_\d+\b")


@dataclass(frozen=True)
class Picture:
    """A picture with its words: `title`, `alt` for those who do not see it, and the table beside it."""

    id: str
    title: str
    alt: str
    source: str
    uri: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def altair() -> Any:
    """The drawing library, or what to install."""
    try:
        import altair as library
    except ImportError as problem:
        raise MissingExtra(
            "Reports need the extra [report]", where="altair", remedy="pip install 'salus-cities[report]'"
        ) from problem
    library.data_transformers.disable_max_rows()
    return library


def as_uri(chart: Any, finish: Callable[[str], str] = str) -> str:
    """A chart as a picture inside the page; `finish` has the last word on its SVG."""
    import vl_convert

    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    # The renderer numbers gradients and clips through the life of a process; the same chart has to be the same bytes.
    names = list(dict.fromkeys(_NUMBERED.findall(svg)))
    svg = _NUMBERED.sub(lambda found: f"{found[0].rpartition('_')[0]}_{names.index(found[0])}", svg)
    return "data:image/svg+xml;base64," + base64.b64encode(finish(svg).encode()).decode()


def styled(chart: Any) -> Any:
    """The same letters and lines in all charts."""
    return (
        chart.configure(font="Noto Sans, Helvetica, Arial, sans-serif", background="white")
        .configure_axis(
            labelColor=INK,
            titleColor=INK,
            gridColor=GRID,
            domainColor=SOFT,
            labelFontSize=12,
            titleFontSize=12,
            labelLimit=260,
        )
        .configure_view(stroke=None)
        .configure_legend(labelColor=INK, titleColor=INK, labelFontSize=12, titleFontSize=12)
    )


def intervals(
    rows: list[dict[str, Any]], *, x: str, low: str, high: str, label: str, x_title: str, at: float | None = None
) -> str:
    """Dots with intervals, one row a label, in the order given; `at`: where a dashed line stands."""
    alt = altair()
    data = alt.Data(values=rows)
    order = [row[label] for row in rows]
    y = alt.Y(f"{label}:N", sort=order, title=None)
    scale = alt.Scale(zero=False, nice=True)
    rule = (
        alt.Chart(data)
        .mark_rule(color=SOFT, strokeWidth=5, strokeCap="round")
        .encode(y=y, x=alt.X(f"{low}:Q", title=x_title, scale=scale), x2=f"{high}:Q")
    )
    dot = alt.Chart(data).mark_circle(color=ACCENT, size=90, opacity=1).encode(y=y, x=f"{x}:Q")
    if at is not None:
        line = alt.Chart(alt.Data(values=[{"at": at}])).mark_rule(color=INK, strokeDash=[4, 3]).encode(x="at:Q")
        rule = line + rule
    return as_uri(styled((rule + dot).properties(width=430, height=alt.Step(26))))


def against_chance(rows: list[dict[str, Any]], *, kinds: tuple[str, str, str], x_title: str) -> str:
    """What was found as a dot with its interval, and under it what each of two nulls gives, as bars.

    Rows hold `label`, `kind`, `low`, `high`, and `value` for the first of `kinds`; `kinds` are found, null, null.
    """
    alt = altair()
    data = alt.Data(values=rows)
    order = list(dict.fromkeys(row["label"] for row in rows))
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(kinds), range=[ACCENT, SOFT, SAND]),
        legend=alt.Legend(title=None, orient="bottom", direction="vertical", labelLimit=460, symbolType="square"),
    )
    y = alt.Y("label:N", sort=order, title=None)
    lane = alt.YOffset("kind:N", sort=list(kinds), scale=alt.Scale(paddingOuter=0.2))
    scale = alt.Scale(zero=True, nice=True)
    bar = (
        alt.Chart(data)
        .mark_rule(strokeWidth=5, strokeCap="round")
        .encode(y=y, yOffset=lane, x=alt.X("low:Q", title=x_title, scale=scale), x2="high:Q", color=colour)
    )
    dot = (
        alt.Chart(data)
        .mark_circle(size=80, opacity=1, stroke="white", strokeWidth=1)
        .encode(y=y, yOffset=lane, x="value:Q", color=colour)
        .transform_filter("isValid(datum.value)")
    )
    return as_uri(styled((bar + dot).properties(width=430, height=alt.Step(12, **{"for": "offset"}))))


def series(
    rows: list[dict[str, Any]],
    *,
    y_title: str,
    ahead: list[dict[str, Any]] | None = None,
    breaks: list[str] | None = None,
) -> str:
    """Months as open dots with their intervals as thin lines, the trend as a thick line in its band.

    Rows hold `date`, `value`, `low`, `high` and, where there is a trend, `trend`, `trend_low`, `trend_high`. `ahead`:
    months to come (`date`, `value`, `low`, `high`), dashed. `breaks`: dates at which the level changes, dotted.
    """
    alt = altair()
    data = alt.Data(values=rows)
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount="year"))
    rule = (
        alt.Chart(data)
        .mark_rule(color=SOFT, strokeWidth=1)
        .encode(x=x, y=alt.Y("low:Q", title=y_title, scale=alt.Scale(zero=True)), y2="high:Q")
    )
    dot = alt.Chart(data).mark_point(color=INK, size=18, filled=False, strokeWidth=1).encode(x=x, y="value:Q")
    layers = []
    trend = [row for row in rows if row.get("trend") is not None]
    if trend:
        of_trend = alt.Data(values=trend)
        layers.append(
            alt.Chart(of_trend).mark_area(color=SOFT, opacity=0.45).encode(x=x, y="trend_low:Q", y2="trend_high:Q")
        )
        dot += alt.Chart(of_trend).mark_line(color=ACCENT, strokeWidth=2.5).encode(x=x, y="trend:Q")
    if ahead:
        coming = alt.Data(values=ahead)
        layers.append(alt.Chart(coming).mark_area(color=GRID).encode(x=x, y="low:Q", y2="high:Q"))
        dashed = alt.Chart(coming).mark_line(color=ACCENT, strokeWidth=2, strokeDash=[6, 4])
        dot += dashed.encode(x=x, y="value:Q")
    if breaks:
        changes = alt.Data(values=[{"date": date} for date in breaks])
        layers.append(alt.Chart(changes).mark_rule(color=INK, strokeDash=[2, 3]).encode(x=x))
    return as_uri(styled(alt.layer(*layers, rule, dot).properties(width=560, height=190)))


def expected(rows: list[dict[str, Any]], *, y_title: str) -> str:
    """Weeks as bars, the count to expect as a line, the most that chance explains as ticks; weeks above it are dark.

    Rows hold `date`, `value`, `expected`, `most` and `above` (bool).
    """
    alt = altair()
    data = alt.Data(values=rows)
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%m/%y", tickCount="month", labelOverlap=True))
    y = alt.Y("value:Q", title=y_title)
    bar = alt.Chart(data).mark_bar(size=6).encode(
        x=x, y=y, color=alt.condition("datum.above", alt.value(INK), alt.value(SOFT))
    )  # fmt: skip
    line = alt.Chart(data).mark_line(color=ACCENT, strokeWidth=2).encode(x=x, y="expected:Q")
    most = alt.Chart(data).mark_tick(color=INK, size=8, thickness=1.5).encode(x=x, y="most:Q")
    return as_uri(styled((bar + line + most).properties(width=560, height=170)))


def bars(rows: list[dict[str, Any]], *, x: str, y: str, x_title: str, y_title: str) -> str:
    """Bars, with the interval as a thin line where rows hold `low` and `high`."""
    alt = altair()
    data = alt.Data(values=rows)
    bar = (
        alt.Chart(data)
        .mark_bar(color=SOFT)
        .encode(
            x=alt.X(f"{x}:O", title=x_title, sort=None, axis=alt.Axis(labelAngle=0)), y=alt.Y(f"{y}:Q", title=y_title)
        )
    )
    line = alt.Chart(data).mark_rule(color=INK).encode(x=alt.X(f"{x}:O", sort=None), y="low:Q", y2="high:Q")
    return as_uri(styled((bar + line).properties(width=560, height=190)))
