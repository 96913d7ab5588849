"""How commands say what a release costs: for the analyst, on the screen only."""

from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from salus.losing import Loss

_MOST = 5
_WIDTH = 44


def show(loss: "Loss") -> None:
    """Prints rows and counts hidden by theme, and where more is hidden than needed."""
    typer.echo("What the release costs. For the analyst only, since it tells how many counts are small:")
    typer.echo(f"  {'':{_WIDTH}}{'rows':>8}{'hidden':>9}{'small':>9}{'others':>9}{'counts':>9}")
    for row in [loss.total, *loss.groups.to_dicts()]:
        if row["hidden"] or row["group"] == "all":
            parts = (row["hidden"], row["primary"], row["secondary"])
            shares = "".join(f"{_share(part, row['rows']):>9}" for part in parts)
            counts = _share(row["counts_lost"], row["counts"])
            typer.echo(f"  {row['group'][: _WIDTH - 2]:{_WIDTH}}{row['rows']:>8,}{shares}{counts:>9}")
    typer.echo(
        "  hidden = small themselves + for the sake of others; counts: share of all that is counted in these rows."
    )
    over = loss.over.to_dicts()
    if over:
        typer.echo(
            f"More is hidden than the small counts need in {len(over)} tables; larger areas or longer periods help:"
        )
    for row in over[:_MOST]:
        place = f", {row['geography']}" if row["geography"] else ""
        typer.echo(
            f"  {row['name']} ({row['indicator']}{place}): {row['hidden']:,} of {row['rows']:,} rows hidden,"
            f" {row['primary']:,} of them small"
        )


def as_dict(loss: "Loss") -> dict[str, Any]:
    """For `--json`."""
    return {"total": loss.total, "groups": loss.groups.to_dicts(), "over_suppressed": loss.over.to_dicts()}


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else "-"
