"""The priorities stage: estimates and judgements in; problems ranked with intervals and lineage out."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from salus.errors import BadInput
from salus.model.city import City, Evidence, StageResult
from salus.model.framework import Pack, Problem
from salus.model.tables import TABLES, lineage
from salus.priorities.criteria import REPORTING, Criterion, burden, severity, trend
from salus.priorities.groups import check, groups_of, judgement_lineage, judgement_table
from salus.priorities.inequity import inequity
from salus.priorities.information import gains, rapid_lineage, rapid_without_evidence
from salus.priorities.outcome import Outcome, information_lineage, outcome_lineage, ranked
from salus.priorities.rows import View
from salus.stats.draws import DrawSource


def prioritise(
    estimates: pl.DataFrame,
    judgements: pl.DataFrame,
    evidence: Evidence,
    pack: Pack,
    city: City,
    draws: DrawSource,
) -> StageResult:
    """Ranks the problems of the pack for this city, from evidence and from what groups of people judge.

    Scores are 0-100, higher is worse, with 95 % intervals; rank intervals hold 90 % of the draws. One view
    rests on real evidence and judgements; if any are illustrative there is a second view with those added.
    `draws["priorities"]` holds the ranks: (problem, illustrative) × draws.
    """
    check(judgements, pack)
    problems = _problems(pack, city)
    areas = _areas(evidence, city)
    invented = estimates.filter(pl.col("indicator").is_in(_used(pack, problems)) & pl.col("illustrative"))
    real = View(_known(estimates.filter(~pl.col("illustrative"))), areas, pack, city, draws)
    criteria = [_criteria(real, problem) for problem in problems]
    table = judgement_table(judgements)
    asked = judgement_table(judgements.filter(~pl.col("illustrative")))
    outcomes = [ranked(real, problems, criteria, groups_of(asked), illustrative=False)]
    if invented.height or judgements["illustrative"].any():
        full = View(_known(estimates), areas, pack, city, draws)
        # The two views share their criteria unless invented estimates change them: half the work.
        added = [_criteria(full, problem) for problem in problems] if invented.height else criteria
        outcomes.append(ranked(full, problems, added, groups_of(table), illustrative=True))
    return _result(outcomes, table, judgements, pack)


def _result(outcomes: Sequence[Outcome], table: pl.DataFrame, judgements: pl.DataFrame, pack: Pack) -> StageResult:
    real = outcomes[0]
    missing = gains(real.problems, real.criteria, real.weights)
    measured = set(real.view.estimates.drop_nulls("value")["indicator"])
    without = rapid_without_evidence(pack, real.problems, missing, measured)
    group_rows = {(row["group"], row["problem"]): row for outcome in outcomes for row in outcome.group_rows()}
    tables = {
        "criteria": TABLES["criteria"].frame([row for each in outcomes for row in each.criteria_rows()]),
        "judgements": table,
        "group_ranks": TABLES["group_ranks"].frame(list(group_rows.values())),
        "priorities": TABLES["priorities"].frame([row for each in outcomes for row in each.priority_rows()]),
        "information_value": TABLES["information_value"].frame([gain.row() for gain in missing] + without),
    }
    pairs = [pair for outcome in outcomes for pair in outcome_lineage(outcome, table)]
    pairs += judgement_lineage(judgements) + information_lineage(missing) + rapid_lineage(without)
    return StageResult(tables, lineage(pairs), {"priorities": _rank_draws(outcomes)})


def _rank_draws(outcomes: Sequence[Outcome]) -> tuple[pl.DataFrame, object]:
    keys = pl.DataFrame(
        [(problem.id, outcome.illustrative) for outcome in outcomes for problem in outcome.problems],
        schema={"problem": pl.String, "illustrative": pl.Boolean},
        orient="row",
    )
    return keys, np.concatenate([outcome.ranking.ranks for outcome in outcomes]).astype(np.float32)


def _criteria(view: View, problem: Problem) -> list[Criterion]:
    return [measure(view, problem) for measure in (burden, severity, trend, inequity)]


def _problems(pack: Pack, city: City) -> list[Problem]:
    wanted = city.scope.themes or tuple(theme.id for theme in pack.themes)
    problems = [problem for problem in pack.problems if problem.theme in wanted]
    if len(problems) < 2:
        raise BadInput(
            f"The themes of the scope hold {len(problems)} problems, and a ranking needs two",
            where=f"city.yaml of {city.id}, scope.themes",
            remedy="add themes, or leave the list empty for all",
        )
    return problems


def _used(pack: Pack, problems: Sequence[Problem]) -> list[str]:
    main = {problem.indicators[0] for problem in problems}
    return sorted(main | {REPORTING} | {item.id for item in pack.indicators if item.role == "condition"})


def _known(estimates: pl.DataFrame) -> pl.DataFrame:
    stated = pl.col("value").is_not_null() & (pl.col("family") != "none") & (pl.col("grade") != "none")
    return estimates.filter(stated)


def _areas(evidence: Evidence, city: City) -> pl.DataFrame:
    """Populations of the modelled areas; where the geography has none, the latest population figures."""
    vintage = city.scope.geography
    figures = (
        evidence.population.filter(pl.col("geography") == vintage)
        .sort("year", "source", "row")
        .unique("area", keep="last", maintain_order=True)
        .select("area", pl.col("persons").cast(pl.Float64))
    )
    if vintage not in evidence.geographies:  # a city without areas
        return figures.rename({"persons": "population"}).filter(pl.col("population") > 0).sort("area")
    known = evidence.geographies[vintage].areas.select("area", "population")
    areas = known.join(figures, on="area", how="left")
    people = pl.coalesce("population", "persons").alias("population")
    return areas.select("area", people).filter(pl.col("population") > 0).sort("area")
