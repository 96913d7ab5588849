"""Checks a pack as a whole: references that lead nowhere, estimators that do not exist, roles that clash."""

import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from salus.framework.check_parts import cases, effects, findings, ranges, recipes, translations
from salus.framework.draft import Draft
from salus.framework.load import build, pack_folder, read_draft
from salus.framework.weights import weights
from salus.model.findings import DataFinding
from salus.model.framework import Goal, OffenceClass, Pack

RAPID_SET = 25


def check_pack(name_or_path: str | Path = "usg-core") -> tuple[DataFinding, ...]:
    """Every fault of a pack, with file and line; empty when it is sound.

    >>> check_pack("usg-core")
    ()
    """
    draft = read_draft(pack_folder(name_or_path))
    if draft.findings:
        return tuple(draft.findings)
    try:
        pack = build(draft)
    except ValidationError as problem:
        return tuple(
            DataFinding(
                "pack.yaml",
                fault["type"],
                f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}",
                "see the pack reference",
                line=1,
            )
            for fault in problem.errors()
        )
    checks = (
        _references, _estimators, _classifications, _roles, _enforcement, _shares, _file_names, _rapid, ranges, effects,
        findings, recipes, cases, translations, weights,
    )  # fmt: skip
    return tuple(finding for check in checks for finding in check(draft, pack))


def _references(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    known = {
        "themes": {t.id for t in pack.themes},
        "indicators": {i.id for i in pack.indicators},
        "functions": {f.id for f in pack.functions},
        "problems": {p.id for p in pack.problems},
        "flows": {f.id for f in pack.flows},
    }
    for theme in pack.themes:
        yield from _missing(
            draft,
            ("themes", theme.id),
            known["indicators"],
            (*theme.risk, *theme.vulnerability, *theme.capacity),
        )
        yield from _missing(draft, ("themes", theme.id), known["functions"], theme.functions)
    for problem in pack.problems:
        yield from _missing(draft, ("problems", problem.id), known["themes"], (problem.theme,))
        yield from _missing(draft, ("problems", problem.id), known["indicators"], problem.indicators)
        yield from _missing(draft, ("problems", problem.id), known["functions"], problem.functions)
        yield from _missing(draft, ("problems", problem.id), known["flows"], problem.flows)
    for item in pack.interventions:
        yield from _missing(draft, ("interventions", item.id), known["problems"], item.problems)
        yield from _missing(draft, ("interventions", item.id), known["functions"], item.functions)
    for flow in pack.flows:
        yield from _missing(draft, ("flows", flow.id), known["indicators"], flow.pressure)
        yield from _missing(draft, ("flows", flow.id), known["themes"], flow.themes)
    for institution in pack.institutions:
        yield from _missing(draft, ("institutions", institution.id), known["functions"], institution.functions)
    for factor in pack.resilience:
        yield from _missing(draft, ("resilience", factor.id), known["indicators"], factor.indicators)
        yield from _missing(draft, ("resilience", factor.id), known["functions"], factor.functions)
    interventions = {i.id for i in pack.interventions}
    rows = [key for key in draft.places if key[0] == "effects"]
    for effect, owner in zip(pack.effects, rows, strict=False):
        yield from _missing(draft, owner, interventions, (effect.intervention,))
        yield from _missing(draft, owner, known["problems"], effect.problems)


def _missing(draft: Draft, owner: tuple[str, str], known: set[str], used: Iterable[str]) -> Iterator[DataFinding]:
    file, line = draft.places.get(owner, (f"{owner[0]}.csv", 1))
    for name in used:
        if name not in known:
            yield DataFinding(
                file,
                "unknown_id",
                f"{owner[1]} refers to '{name}', which is not in the pack",
                "correct the id or add what it names",
                line=line,
                value=name,
            )


def _estimators(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    for indicator in pack.indicators:
        if indicator.estimator.startswith("planned:") or estimator_exists(indicator.estimator):
            continue
        file, line = draft.places[("indicators", indicator.id)]
        yield DataFinding(
            file,
            "unknown_estimator",
            f"There is no estimator '{indicator.estimator}'",
            "name a public function of salus.stats, or 'planned: issue N'",
            line=line,
            column="estimator",
            value=indicator.estimator,
        )


def estimator_exists(name: str) -> bool:
    """Whether a dotted name is a function of `salus.stats`.

    >>> estimator_exists("salus.stats.rates.poisson_interval")
    True
    """
    module, _, function = name.rpartition(".")
    if not module.startswith("salus.stats."):
        return False
    try:
        return callable(getattr(importlib.import_module(module), function, None))
    except ModuleNotFoundError:
        return False


def _classifications(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    for item in pack.indicators:
        owner = ("indicators", item.id)
        yield from _unlisted(draft, owner, "sdg", item.sdg, pack.sdg)
        yield from _unlisted(draft, owner, "iccs", item.iccs, pack.iccs)
        for column, selection in (("select", item.select), ("of", item.of)):
            yield from _unlisted(draft, owner, column, selection.iccs if selection else (), pack.iccs)
    codes = {row.code for row in pack.iccs}
    lines = [place for key, place in draft.places.items() if key[0] == "words"]
    for word, (file, line) in zip(pack.words, lines, strict=False):
        if word.iccs not in codes:
            text = f"'{word.word}' leads to {word.iccs}, which crosswalks/iccs.csv does not list"
            yield DataFinding(file, "unknown_iccs", text, "correct the code", line=line, value=word.iccs)
    owner = next(place for place in draft.places if place[0] == "protected")
    yield from _unlisted(draft, owner, "iccs", pack.protected.iccs, pack.iccs)


def _unlisted(
    draft: Draft, owner: tuple[str, str], column: str, used: Iterable[str], table: Iterable[Goal | OffenceClass]
) -> Iterator[DataFinding]:
    known = {row.code for row in table}
    name = "sdg" if column == "sdg" else "iccs"
    file, start = draft.places[owner]
    for code in used:
        if code not in known:
            yield DataFinding(
                file,
                f"unknown_{name}",
                f"'{column}' uses {code}, which crosswalks/{name}.csv does not list",
                "correct the code, or add it to the table with the official wording",
                line=draft.lines[owner].get(column, start),
                column=column,
                value=code,
            )


def _roles(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    outcomes = {c: i.id for i in pack.indicators if i.role == "outcome" and i.select for c in i.select.iccs}
    for indicator in pack.indicators:
        if indicator.role != "pressure" or indicator.select is None:
            continue
        for code in indicator.select.iccs:
            for other, owner in outcomes.items():
                if code.startswith(other) or other.startswith(code):
                    file, line = draft.places[("indicators", indicator.id)]
                    yield DataFinding(
                        file,
                        "pressure_and_outcome",
                        f"ICCS {code} is pressure here and outcome in {owner} ({other})",
                        "a series is pressure or outcome, never both",
                        line=line,
                        value=code,
                    )


def _enforcement(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    """What patrols and investigators find is never an outcome, under whichever name or pack."""
    found = pack.enforcement
    freed = {i.id for i in draft.base.parts["indicators"] if i.enforcement_driven} if draft.base else set()
    for indicator in pack.indicators:
        owner = ("indicators", indicator.id)
        file, line = draft.places[owner]
        lines = draft.lines.get(owner, {})
        if indicator.id in freed and not indicator.enforcement_driven:
            yield DataFinding(
                file,
                "enforcement_freed",
                f"{indicator.id} counts what authorities find in the pack extended, and no longer here",
                "leave `enforcement_driven` as it is; describe another measure under another id",
                line=lines.get("enforcement_driven", line),
                column="enforcement_driven",
            )
        if indicator.role != "outcome":
            continue
        if indicator.enforcement_driven:
            yield DataFinding(
                file,
                "enforcement_outcome",
                f"{indicator.id} counts what authorities find and is called an outcome",
                "make its role pressure or context: more patrols give more files",
                line=lines.get("role", line),
                column="role",
            )
        for code in indicator.select.iccs if indicator.select else ():
            for other, source in found.items():
                if source != indicator.id and (code.startswith(other) or other.startswith(code)):
                    yield DataFinding(
                        file,
                        "enforcement_outcome",
                        f"ICCS {code} is counted as an outcome, and {source} says that authorities find it ({other})",
                        "leave that class out of the outcome",
                        line=lines.get("select", line),
                        column="select",
                        value=code,
                    )


def _shares(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    classes = {c.code for c in pack.iccs}
    for table, rows in pack.correspondences.items():
        sums: dict[str, float] = {}
        for row in rows:
            sums[row.label] = sums.get(row.label, 0.0) + row.share
            if row.iccs[0].isdigit() and row.iccs not in classes:
                file, line = draft.places[(f"correspondences/{table}", row.label)]
                yield DataFinding(
                    file,
                    "unknown_iccs",
                    f"'{row.label}' is mapped to {row.iccs}, not an ICCS class",
                    "use a code of crosswalks/iccs.csv",
                    line=line,
                    column="iccs",
                    value=row.iccs,
                )
        for label, total in sums.items():
            if abs(total - 1) > 1e-9:
                file, line = draft.places[(f"correspondences/{table}", label)]
                yield DataFinding(
                    file,
                    "shares",
                    f"The shares of '{label}' add up to {total:g}",
                    "make them add up to 1",
                    line=line,
                    column="share",
                    value=f"{total:g}",
                )


def _file_names(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    for part in ("indicators", "interventions", "findings", "scales", "weights"):
        for item in getattr(pack, part):
            file, line = draft.places[(part, item.id)]
            if Path(file).stem != item.id:
                yield DataFinding(
                    file, "file_name", f"The file holds '{item.id}'", f"name it {item.id}.yaml", line=line
                )


def _rapid(draft: Draft, pack: Pack) -> Iterator[DataFinding]:
    rapid = [i.id for i in pack.indicators if i.rapid]
    if len(rapid) > RAPID_SET:
        for name in rapid:
            file, line = draft.places[("indicators", name)]
            yield DataFinding(
                file,
                "rapid_set",
                f"{len(rapid)} indicators are in the rapid set, this one among them",
                f"keep it at {RAPID_SET} or fewer",
                line=draft.lines[("indicators", name)].get("rapid", line),
                column="rapid",
            )
