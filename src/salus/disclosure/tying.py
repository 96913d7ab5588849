"""How counts are tied: sources, areas and the city, periods, classes and groups, shares and what they are shares of."""

import datetime as dt
from collections import defaultdict

from salus.disclosure.counts import OF, Count, Key, Nesting, Series, whole_key
from salus.disclosure.drafting import JOINED, Draft


def relate_sources(draft: Draft) -> None:
    """What is counted from several sources is the count from some of them and the rest."""
    rows: dict[Key, dict[frozenset[str], int]] = defaultdict(dict)
    for (series, area, start, end, source), cell in draft.index.items():
        rows[series, area, start, end, draft.family[source]][frozenset(source.split(JOINED))] = cell
    for cells in rows.values():
        for sources, whole in cells.items() if len(cells) > 1 else ():
            inside = [other for other in cells if other < sources]
            for part in inside:
                draft.relate(whole, [cells[part]], rest_known=False)
            if sum(len(part) for part in inside) == len(sources) and frozenset().union(*inside) == sources:
                draft.relate(whole, [cells[part] for part in inside], rest_known=False)


def relate_areas(draft: Draft, nesting: Nesting) -> None:
    """Areas that others make up, and each geography and the city."""
    places: dict[tuple[object, ...], dict[str, int]] = defaultdict(dict)
    for (series, area, start, end, source), cell in draft.joint.items():
        places[series, start, end, source][area] = cell
    for cells in places.values():
        for whole, parts in nesting.nested.items():
            if whole in cells:
                draft.relate(cells[whole], [cells[part] for part in parts if part in cells], rest_known=False)
        if nesting.city not in cells:
            continue
        for members in nesting.geographies.values():
            inside = [cell for area, cell in cells.items() if area in members and area != nesting.city]
            draft.relate(cells[nesting.city], inside, rest_known=True)


def relate_periods(draft: Draft) -> None:
    """Periods and the shorter ones in them."""
    spans: dict[tuple[object, ...], list[tuple[dt.date, dt.date, int]]] = defaultdict(list)
    for (series, area, start, end, source), cell in draft.joint.items():
        if start is not None and end is not None:
            spans[series, area, source].append((start, end, cell))
    for periods in spans.values():
        for period in periods:
            _relate_period(draft, period, [other for other in periods if _inside(other, period)])


def _relate_period(
    draft: Draft, period: tuple[dt.date, dt.date, int], inside: list[tuple[dt.date, dt.date, int]]
) -> None:
    """A period is the sum of the shortest ones in it if they fill it, and any one of them plus the rest."""
    shortest = [p for p in inside if not any(_inside(other, p) for other in inside)]
    filled = sum(_days(p) for p in shortest) == _days(period)
    if filled:
        draft.relate(period[2], (p[2] for p in shortest), rest_known=False)
    for other in inside:
        if not filled or other not in shortest:
            draft.relate(period[2], [other[2]], rest_known=False)


def _inside(inner: tuple[dt.date, dt.date, int], outer: tuple[dt.date, dt.date, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1] and inner[:2] != outer[:2]


def _days(period: tuple[dt.date, dt.date, int]) -> int:
    return (period[1] - period[0]).days + 1


def relate_groups(draft: Draft, nesting: Nesting) -> None:
    """Classes and the finer ones in them, hours, and the sums that `nesting` names."""
    slices: dict[tuple[object, ...], dict[Series, int]] = defaultdict(dict)
    for (series, area, start, end, source), cell in draft.joint.items():
        slices[area, start, end, source][series] = cell
    for cells in slices.values():
        by_indicator: dict[str, dict[str, int]] = defaultdict(dict)
        for (indicator, group), cell in cells.items():
            by_indicator[indicator][group] = cell
        for groups in by_indicator.values():
            _relate_group(draft, groups)
        for whole, parts in nesting.sums:
            if whole in cells:
                draft.relate(cells[whole], (cells[p] for p in parts if p in cells), rest_known=False)


def _relate_group(draft: Draft, groups: dict[str, int]) -> None:
    children: dict[tuple[str, str], list[int]] = defaultdict(list)
    for group, cell in groups.items():
        kind, _, code = group.removesuffix(OF).partition(":")
        suffix = OF if group.endswith(OF) else ""
        if code:
            shorter = range(len(code) - 1, 0, -1) if kind == "iccs" else range(0)
            above = (f"{kind}:{code[:length]}{suffix}" for length in shorter)
            children[next((g for g in above if g in groups), suffix), kind].append(cell)
    for (parent, kind), parts in children.items():
        if parent in groups:
            # Files without an hour tell of no group of people, so their number may be derived.
            draft.relate(groups[parent], parts, rest_known=kind == "hour")


def relate_shares(draft: Draft, counts: list[Count]) -> None:
    """Shares and what they are shares of."""
    for count in counts:
        if count.whole is not None:
            draft.relate(draft.index[whole_key(count.key)], [draft.index[count.key]], rest_known=False)
