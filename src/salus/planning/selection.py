"""Which interventions become actions: those of the portfolio, and for each top problem what else it needs."""

from dataclasses import dataclass, field

from salus.planning.view import PlanView, Row

REFUSED = "refused"
WITHOUT_CLAIM = frozenset({"structural", "enabling"})


@dataclass
class Draft:
    """An intervention on its way to an action: its options, and the year it starts if it was chosen."""

    intervention: str
    options: list[Row] = field(default_factory=list)
    start: int | None = None

    def add(self, option: Row) -> None:
        """One more problem it is meant for."""
        if option["problem"] not in {own["problem"] for own in self.options}:
            self.options.append(option)


def drafts(view: PlanView) -> list[Draft]:
    """The portfolio, then for each top problem at least one structural and one short-term intervention,
    and one that is structural or enabling where nothing about the problem is quantified."""
    made: dict[str, Draft] = {}
    _take_portfolio(view, made)
    for problem in view.top:
        own = [o for o in view.options if o["problem"] == problem["problem"] and o["rule"] != REFUSED]
        for wanted in _wanted(view, own):
            if wanted and not any(option["intervention"] in made for option in wanted):
                best = min(wanted, key=lambda option: _order(view, option))
                made[best["intervention"]] = Draft(best["intervention"])
        for option in own:
            if option["intervention"] in made:
                made[option["intervention"]].add(option)
    return list(made.values())


def _take_portfolio(view: PlanView, made: dict[str, Draft]) -> None:
    rank = {row["problem"]: i for i, row in enumerate(view.ranked)}
    options = {(o["intervention"], o["problem"]): o for o in view.options}
    chosen = [row for row in view.portfolio if row["chosen"]]
    chosen.sort(key=lambda r: (r["year"], rank.get(r["problem"], len(rank)), r["intervention"]))
    for row in chosen:
        draft = made.setdefault(row["intervention"], Draft(row["intervention"], start=row["year"]))
        draft.add(options[row["intervention"], row["problem"]])


def _wanted(view: PlanView, own: list[Row]) -> list[list[Row]]:
    """For one problem, the groups of options of each of which one has to be in the plan."""
    horizon = {o["intervention"]: view.interventions[o["intervention"]].horizon for o in own}
    groups = [[o for o in own if horizon[o["intervention"]] == term] for term in ("structural", "short")]
    if all(option["harm_averted"] is None for option in own):
        groups.append([option for option in own if option["kind"] in WITHOUT_CLAIM])
    return groups


def _order(view: PlanView, option: Row) -> tuple[int, bool, int, float, str]:
    """What can start first, then what is quantified, better studied and cheaper, then by id."""
    possible = {True: 0, None: 1, False: 2}[option["feasible"]]
    stars = view.interventions[option["intervention"]].strength
    cost = float("inf") if option["cost_low"] is None else option["cost_low"]
    return (possible, option["effect"] is None, -stars, cost, option["intervention"])
