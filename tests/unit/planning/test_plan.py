"""The draft plan: what it holds, what it claims, and that every statement leads back to a row."""

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
import pytest
import yaml

from salus.model.framework import Pack
from salus.model.tables import TABLES, key_column
from salus.planning import plan
from salus.responses import respond
from salus.stats.draws import DrawSource
from tests.unit import builders as make
from tests.unit import response_builders as given

NEEDED = [make.percent("A28", 20, group="robbery")]
UNKNOWN = [{"what": f"datum {i}", "changes": "rank of robbery", "value": float(i), "cost_band": "€"} for i in range(8)]
CELLS = [
    given.cell("community-policing", "local", "city-hall"),
    given.cell("community-policing", "subnational", "state-police", authority=2.0),
    given.cell("firearms-control", "national", "army"),
    given.cell("firearms-control", "international", "un", authority=0.0),
]


def drafted(
    pack: Pack, *, leads: Sequence[dict[str, Any]] = (), budget: Sequence[float] = (1e6, 1e6, 1e6),
    rows: Sequence[dict[str, Any]] = (), ranked: Sequence[dict[str, Any]] = (), **changes: Any,
) -> tuple[dict[str, Any], dict[str, pl.DataFrame]]:  # fmt: skip
    """The plan of the test city, and the tables it was made from (with their lineage)."""
    priorities, gaps, led = given.tables(leads or [given.lead()], ranked or given.ranks("robbery", "burglary"), CELLS)
    estimates = make.estimates([*(rows or given.counted()), *NEEDED])
    decisions = given.decisions(*budget, **changes)
    result = respond(estimates, priorities, gaps, led, pack, make.city(), decisions, DrawSource(3, 500))
    tables = {
        "estimates": estimates, "priorities": priorities, "gaps": gaps, "leads": led,
        "information_value": TABLES["information_value"].frame(UNKNOWN), **result.tables,
    }  # fmt: skip
    return plan(tables, pack, make.city(), decisions), tables


def varied() -> Pack:
    """Robbery: a quantified direct and a structural option. Burglary: only an enabling one. And harm."""
    return make.pack(
        interventions=(
            given.intervention("patrols"),
            given.intervention("upgrading", kind="structural", horizon="structural", strength=2),
            given.intervention("coalition", ["burglary"], kind="enabling", horizon="structural"),
            given.harmful(problems=["robbery", "burglary"]),
        ),
        effects=(given.effect("patrols"), given.effect("upgrading", 0.5, 0.4, 0.6)),
    )


def action(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(a for a in made["actions"] if a["id"] == name)


def entries(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from entries(part)
    if isinstance(value, list):
        for part in value:
            yield from entries(part)


def test_a_funded_direct_action_claims_the_range_of_the_option_and_sets_a_target_from_it() -> None:
    made, tables = drafted(varied())
    own, option = action(made, "patrols"), tables["options"].filter(intervention="patrols").row(0, named=True)
    claim = own["claimed_harm_averted"][0]
    assert claim["value"] == pytest.approx(100, rel=0.02)
    assert claim["low"] == pytest.approx(option["harm_low"], rel=1e-3)
    # 1,000 robberies are a rate of 1,000 per 100,000 here, so harm averted is the change of the rate.
    assert own["baseline"]["value"] == 1000
    assert own["target"]["low"] == pytest.approx(1000 - option["harm_high"], rel=1e-3)
    assert own["target"]["high"] == pytest.approx(1000 - option["harm_low"], rel=1e-3)
    assert own["target"]["year"] == 2025
    assert (own["chosen"], own["start"], own["evidence_status"]) == (True, 2023, "seen")


def test_structural_and_enabling_actions_claim_no_harm_averted() -> None:
    made, _ = drafted(varied())
    for name in ("upgrading", "coalition"):
        own = action(made, name)
        assert own["claimed_harm_averted"] is None
        assert (own["target"]["low"], own["target"]["high"]) == (None, None)
        assert own["target"]["basis"].startswith("process target")
    assert action(made, "upgrading")["chosen"]
    assert action(made, "coalition")["evidence_status"] == "none"


def test_without_money_the_plan_still_has_structural_and_short_actions_that_claim_nothing() -> None:
    made, _ = drafted(varied(), budget=(0.0,))
    own = {a["intervention"]: a for a in made["actions"]}
    assert set(own) == {"patrols", "upgrading", "coalition"}
    assert all(a["claimed_harm_averted"] is None and not a["chosen"] for a in own.values())
    assert own["patrols"]["why"].startswith("not funded in this plan")
    assert own["patrols"]["why"].endswith("(portfolio: over budget)")


def test_each_top_problem_has_a_structural_and_a_short_action_where_options_exist() -> None:
    made, _ = drafted(varied(), budget=(0.0,))
    terms = {(p, a["horizon"]) for a in made["actions"] for p in a["problems"]}
    assert terms == {("robbery", "short"), ("robbery", "structural"), ("burglary", "structural")}


def test_harmful_programmes_never_become_actions() -> None:
    made, tables = drafted(varied())
    assert "refused" in set(tables["options"]["rule"])
    assert "scared-straight" not in {a["intervention"] for a in made["actions"]}


def test_of_equal_options_for_a_problem_the_one_that_can_start_is_taken() -> None:
    pack = make.pack(
        interventions=(
            given.intervention("blocked", functions=("firearms-control",), strength=4, kind="enabling"),
            given.intervention("open", strength=1, kind="enabling"),
        )
    )
    leads = [given.lead(), given.lead("firearms-control", "enable")]
    made, _ = drafted(pack, leads=leads)
    assert [a["intervention"] for a in made["actions"]] == ["open"]


def test_a_problem_with_nothing_quantified_gets_an_enabling_action_beside_its_direct_one() -> None:
    pack = make.pack(
        interventions=(
            given.intervention("patrols", strength=4),
            given.intervention("coalition", kind="enabling", strength=1),
        )
    )
    made, _ = drafted(pack)
    assert {a["intervention"] for a in made["actions"]} == {"patrols", "coalition"}


def test_an_action_names_lead_law_and_support_by_local_national_and_global_level() -> None:
    made, _ = drafted(varied())
    own = action(made, "patrols")
    assert (own["lead"], own["lead_level"]) == ("city-hall", "local")
    assert own["legal_basis"]["text"] == "Law on community-policing, art. 1"
    assert own["legal_basis"]["trail"] == "gaps:community-policing|local|city-hall|false"
    assert own["support"] == {"local": [], "national": ["state-police"], "global": ["un"]}
    assert own["safeguards"] == ["complaint channel"]
    assert own["enabling_action_first"] is None


def test_an_action_that_lacks_capacity_names_the_step_that_comes_first() -> None:
    made, tables = drafted(varied(), leads=[given.lead(rule="build_capacity")])
    own, step = action(made, "patrols"), made["enabling_actions"][0]
    assert own["capacity_step_first"] == [step["trail"]]
    assert step["text"] == "Raise the capacity of city-hall for: community policing, from 2.0 to 3 of 5."
    assert own["enabling_action_first"] == "First: build_capacity for community-policing."
    assert own["start"] == 2024
    assert tables["steps"].height == len(made["enabling_actions"]) == 1


def test_asks_go_to_the_nation_for_authority_and_to_the_world_for_flows() -> None:
    pack = given.quantified(
        interventions=(
            given.intervention("patrols"),
            given.intervention("bans", ["burglary"], functions=("firearms-control",)),
        ),
        effects=(),
    )
    leads = [
        given.lead(rule="enable"),
        given.lead("firearms-control", "capacity_unknown", level="national", institution="army"),
    ]
    made, _ = drafted(pack, leads=leads)
    asked = {(a["level"], a["function"]): a for a in made["national_and_global_asks"]}
    assert set(asked) == {("national", "community-policing"), ("global", "firearms-control")}
    assert asked["global", "firearms-control"]["trail"] == "leads:firearms-control|3|false"


def test_a_local_lead_that_only_lacks_capacity_asks_nothing_of_others() -> None:
    made, _ = drafted(varied(), leads=[given.lead(rule="build_capacity")])
    assert made["national_and_global_asks"] == []


def test_more_records_may_mean_more_trust_so_no_fall_is_set_as_target() -> None:
    ambiguous = make.indicator("A16", direction="ambiguous")
    pack = given.quantified("patrols", indicators=(ambiguous, make.indicator("A20")))
    own = action(drafted(pack)[0], "patrols")
    assert own["claimed_harm_averted"][0]["value"] == pytest.approx(100, rel=0.02)
    assert own["target"]["basis"].startswith("process target")


def test_objectives_are_the_top_problems_in_order_with_figures_of_their_rank() -> None:
    made, _ = drafted(varied(), top=1)
    assert [o["id"] for o in made["objectives"]] == ["objective-robbery"]
    first = made["objectives"][0]
    assert first["statement"] == ("Fewer people are harmed by: robbery. Expected rank 1 of 2 (90 % interval 1 to 2).")
    assert first["baseline"]["period"] == "2022-01-01/2022-12-31"
    assert first["trail"] == "priorities:robbery|false"


def test_a_problem_without_any_figure_has_no_baseline_instead_of_a_zero() -> None:
    made, _ = drafted(varied(), rows=[*make.rates("A16", [1000] * 4), make.missing("A20")])
    assert [o["baseline"] is None for o in made["objectives"]] == [False, True]


def test_a_figure_of_the_country_stands_in_as_baseline_and_names_its_area_but_sets_no_target() -> None:
    rows = make.rates("A16", [1000] * 4, area=make.COUNTRY) + make.rates("A20", [200] * 4)
    own = action(drafted(varied(), rows=rows)[0], "patrols")
    assert own["baseline"]["area"] == make.COUNTRY
    assert own["target"]["low"] is None


def test_the_five_most_valuable_unknowns_are_listed() -> None:
    made, _ = drafted(varied())
    assert [row["what"] for row in made["what_we_do_not_know"]] == [f"datum {i}" for i in (7, 6, 5, 4, 3)]


def test_a_vision_nobody_stated_is_marked_proposed_and_a_stated_one_says_who() -> None:
    assert drafted(varied())[0]["vision"]["status"] == "proposed"
    status = {"value": "agreed", "why": "council vote", "who": "council", "when": "2023-02-01"}
    vision = drafted(varied(), vision="Safe streets.", vision_status=status)[0]["vision"]
    assert (vision["text"], vision["status"]) == ("Safe streets.", "agreed")
    assert vision["basis"] == "cycles/2023/decisions.yaml: council vote (council, 2023-02-01)"


def test_both_views_stand_in_the_plan_with_different_ids() -> None:
    leads = [given.lead(rule="capacity_unknown"), given.lead(illustrative=True)]
    ranked = [*given.ranks("robbery", "burglary"), *given.ranks("burglary", "robbery", illustrative=True)]
    made, _ = drafted(varied(), leads=leads, ranked=ranked)
    ids = [a["id"] for part in ("objectives", "actions") for a in made[part]]
    assert len(ids) == len(set(ids))
    marks = {a["illustrative"]: a["id"] for a in made["actions"] if a["intervention"] == "patrols"}
    assert marks == {False: "patrols", True: "patrols-illustrative"}
    firsts = [o["problem"] for o in made["objectives"] if o["illustrative"]]
    assert firsts == ["burglary", "robbery"]


def test_every_trail_names_a_row_and_every_sentence_has_a_trail_or_a_basis() -> None:
    leads = [given.lead(rule="build_capacity"), given.lead(illustrative=True)]
    made, tables = drafted(varied(), leads=leads)
    keys = {key for name, frame in tables.items() for key in frame.select(key_column(name)).to_series()}
    found = [entry for entry in entries(made) if "trail" in entry]
    assert len(found) > 20
    assert {entry["trail"] for entry in found} <= keys
    assert {key for a in made["actions"] for key in a["capacity_step_first"] + a["trails"]} <= keys
    spoken = [e for e in entries(made) if {"text", "statement", "title", "what"} & e.keys()]
    assert all("trail" in entry or "basis" in entry for entry in spoken)


def test_the_plan_is_plain_data_that_yaml_writes_and_reads_back() -> None:
    made, _ = drafted(varied())
    assert yaml.safe_load(yaml.safe_dump(made, allow_unicode=True, sort_keys=False)) == made


def test_money_is_a_band_marked_proposed_with_currency_and_price_year() -> None:
    made, _ = drafted(varied())
    costs = [entry["cost"] for part in ("actions", "enabling_actions") for entry in made[part]]
    assert {(c["status"], c["currency"], c["price_year"]) for c in costs} == {("proposed", "TST", 2022)}
    assert all(c["low"] < c["high"] for c in costs)
