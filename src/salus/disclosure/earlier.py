"""What the readers of earlier releases know, so that a new release takes nothing from what was hidden before.

What was shown once counts as known for ever: it cannot be hidden any more to protect something else. A figure
that was revised by less than the threshold is held back, because new less old would count a few late records; so is
one that was revised by more records of fewer new persons than that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from salus.disclosure.counts import Count, Key
from salus.disclosure.units import Units

KEY = ("indicator", "area", "group", "period_start", "period_end", "source")
HELD = "as_released_before"
_SHOWN = ("shown", "zero")


@dataclass(frozen=True)
class Memory:
    """What earlier releases tell of counts, by their position in `counts`.

    `known`: shown before with this figure; `revised`: shown before, changed by the threshold or more;
    `held`: shown before and changed by less, with the earlier figure; `buried`: hidden before and no longer made;
    `counts`: those given and, after them, those that only earlier releases made.
    """

    counts: tuple[Count, ...]
    known: frozenset[int] = frozenset()
    revised: frozenset[int] = frozenset()
    held: Mapping[int, float] = field(default_factory=dict)
    buried: frozenset[int] = frozenset()


def hidden_before(earlier: Sequence[pl.DataFrame], shown: Mapping[Key, Any]) -> list[dict[str, Any]]:
    """Rows that earlier releases hid and none showed, where the frames still hold their counts; the latest of each."""
    found: dict[Key, dict[str, Any]] = {}
    for frame in earlier:
        for row in frame.filter(pl.col("status") == "hidden").drop_nulls("numerator").to_dicts():
            if key_of(row) not in shown:
                found[key_of(row)] = row
    return list(found.values())


def still_few(counts: Iterable[Count], hidden: Iterable[Count]) -> list[Count]:
    """The counts, where nobody says today of whom they speak with what an earlier release knew of their persons.

    `hidden`: counts that earlier releases hid. Events that came since stand for themselves.
    """
    known = {count.key: count for count in hidden if count.units is not None}
    return [_with_persons(count, known.get(count.key)) for count in counts]


def _with_persons(count: Count, before: Count | None) -> Count:
    if before is None or before.units is None or count.units is not None:
        return count
    more = max(count.value - before.value, 0.0)
    old = before.units
    return replace(count, units=Units(old.number + more, old.apart + more, old.most + more))


def shown_before(earlier: Sequence[pl.DataFrame]) -> dict[Key, dict[float, dict[str, Any]]]:
    """By row of `estimates`, the counts that earlier releases showed, each with its whole row; the latest last."""
    found: dict[Key, dict[float, dict[str, Any]]] = {}
    for frame in earlier:
        for row in frame.filter(pl.col("status").is_in(_SHOWN)).drop_nulls("numerator").to_dicts():
            known = found.setdefault(key_of(row), {})
            known.pop(row["numerator"], None)
            known[row["numerator"]] = row
    return found


def key_of(row: Mapping[str, Any]) -> Key:
    """What names a count: its series (indicator and group), area, period and source."""
    series = (str(row["indicator"]), str(row["group"] or ""))
    return series, str(row["area"]), row["period_start"], row["period_end"], str(row["source"])


def remember(
    counts: Sequence[Count], figures: Mapping[Key, Iterable[float]], past: Iterable[Count], hidden: Iterable[Count] = ()
) -> Memory:
    """Sorts counts by what was shown of them before: `figures` by row; `past`: the counts earlier releases
    showed, the latest figure of each last;
    `hidden`: those they hid, which stay to be protected though they are no longer made.

    A past count that is no longer made joins as it was, unless its source was revised meanwhile: then it
    takes the sum of the parts it has today, and the old figure is what a reader holds beside it.
    """
    shown = list(past)
    persons = {(count.key, count.value): count.units for count in shown}
    latest = {count.key: count for count in shown}
    known: set[int] = set()
    revised: set[int] = set()
    held: dict[int, float] = {}
    changed: set[str] = set()
    for position, count in enumerate(counts):
        before = [replace(count, value=n, units=persons.get((count.key, n))) for n in figures.get(count.key, ())]
        if before and count.value not in {old.value for old in before}:
            changed.add(count.key[-1])
        _sort(position, count, before, known=known, revised=revised, held=held)
    made = {count.key for count in counts}
    everything = list(counts)
    for count in latest.values():
        if count.key in made:
            continue
        made.add(count.key)
        today = _today(count, counts) if count.key[-1] in changed else count.value
        if today is not None:
            now = replace(count, value=today, units=count.units if today == count.value else None)
            _sort(len(everything), now, [count], known=known, revised=revised, held=held)
            everything.append(now)
    buried: set[int] = set()
    for count in hidden:
        if count.key in made:
            continue
        made.add(count.key)
        today = _today(count, counts) if count.key[-1] in changed else count.value
        buried.add(len(everything))
        everything.append(count if today is None else replace(count, value=today))
    return Memory(tuple(everything), frozenset(known), frozenset(revised), held, frozenset(buried))


def _sort(
    position: int, count: Count, before: list[Count], *, known: set[int], revised: set[int], held: dict[int, float]
) -> None:
    if not before:
        return
    if count.value in {old.value for old in before}:
        known.add(position)
        return
    near = [old.value for old in before if _is_near(count, old)]
    if near:
        held[position] = near[-1]
    else:
        revised.add(position)


def _is_near(count: Count, old: Count) -> bool:
    """Whether few records, or records of few persons who were not in it, came or went since an earlier figure."""
    if count.units is None or old.units is None:
        return abs(old.value - count.value) < count.threshold
    return min(abs(old.value - count.value), abs(old.units.number - count.units.number)) < count.threshold


def reach(figure: float, today: float, threshold: float) -> tuple[float, float]:
    """Between which counts a reader who knows the rule has to place one that is held back at an earlier figure.

    >>> reach(3.0, 4.0, 5.0), reach(40.0, 50.0, 5.0)
    ((0.0, 7.0), (30.0, 50.0))
    """
    away = max(threshold - 1.0, abs(today - figure))
    return max(figure - away, 0.0), figure + away


def _today(past: Count, counts: Sequence[Count]) -> float | None:
    """The sum of the periods that fill the period of a past count today; None if they do not fill it."""
    series, area, start, end, source = past.key
    if start is None or end is None:
        return None
    inside = [
        (key[2], key[3], count.value)
        for count in counts
        for key in (count.key,)
        if (key[0], key[1], key[4]) == (series, area, source)
        and key[2] is not None and key[3] is not None and start <= key[2] and key[3] <= end
    ]  # fmt: skip
    shortest = [a for a in inside if not any(b is not a and a[0] <= b[0] and b[1] <= a[1] for b in inside)]
    filled = sum((last - first).days + 1 for first, last, _ in shortest) == (end - start).days + 1
    return sum(value for _, _, value in shortest) if filled else None
