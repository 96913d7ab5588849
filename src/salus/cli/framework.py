"""`salus framework`: check, show and test the content of the framework pack."""

from typing import Any

import typer

from salus.cli import say

app = typer.Typer(help="Check, show or test a framework pack.", no_args_is_help=True, rich_markup_mode=None)
_PACK = typer.Argument("usg-core", help="A shipped pack's name, or the folder of your own.")


@app.command()
def check(pack: str = _PACK, json: bool = typer.Option(False, "--json", help="Print as JSON.")) -> None:
    """List every fault of a pack with file and line.

    Example: salus framework check usg-core
    """
    from salus.framework import check_pack

    found = check_pack(pack)
    if json:
        say.as_json({"errors": len(found), "findings": [f.as_dict() for f in found]})
    else:
        say.findings(found)
        typer.echo(f"{len(found)} faults.")
    if found:
        raise typer.Exit(1)


@app.command()
def show(
    pack: str = _PACK,
    part: str = typer.Option("", help="Only this part: themes, indicators, functions, interventions, ..."),
    lang: str = typer.Option("en", help="Language of the names."),
    schema: bool = typer.Option(False, "--schema", help="Print the JSON Schema of the part instead."),
    coverage: str = typer.Option("", help="A workspace or example city: what its evidence gives of each indicator."),
    json: bool = typer.Option(False, "--json", help="Print as JSON."),
) -> None:
    """Show what a pack holds, or how much of it a city's evidence covers.

    Example: salus framework show --part indicators --lang es

    Example: salus framework show --coverage iztapalapa
    """
    if coverage:
        _coverage(coverage, json=json)
        return
    from salus.framework import load_pack, load_translator, pack_folder, pack_schema

    if schema:
        say.as_json(pack_schema(part or "indicators"))
        return
    loaded, translate = load_pack(pack), load_translator(pack_folder(pack), lang)
    parts = (part,) if part else ("themes", "indicators", "functions", "interventions")
    content: dict[str, Any] = {name: _entries(loaded, name, translate) for name in parts}
    if json:
        say.as_json(content)
        return
    for name, entries in content.items():
        typer.echo(f"{name} ({len(entries)})")
        for entry in entries:
            typer.echo(f"  {entry['id']:<28} {entry['name']}{_mark(entry)}")


def _coverage(city: str, *, json: bool) -> None:
    import salus

    found = salus.coverage(city)
    if json:
        say.as_json(found.to_dicts())
        return
    for row in found.to_dicts():
        given = (
            f"{row['level']}, {row['areas']} areas; {row['sources']}"
            if row["areas"]
            else f"{row['level']}; {row['sources']}"
        )
        line = given if row["status"] == "computed" else f"{row['status']}; lacks {row['lacks']}"
        typer.echo(f"{row['indicator']}  {row['name']}: {line}")
    core = ~found["indicator"].str.starts_with("X")
    computed, below = found["status"] == "computed", found["areas"] > 0
    typer.echo(
        f"\n{int(computed.sum())} of {found.height} indicators computed, {int(below.sum())} of them by area"
        f" (of the {int(core.sum())} of the core list: {int((computed & core).sum())} and {int((below & core).sum())})."
    )


def _entries(pack: Any, part: str, translate: Any) -> list[dict[str, Any]]:
    from salus.errors import UnknownReference

    known = (
        "themes", "indicators", "functions", "problems", "interventions", "scales", "flows", "stakeholders",
        "resilience", "institutions", "weights",
    )  # fmt: skip
    if part not in known:
        raise UnknownReference(f"A pack shows no part '{part}'", remedy=f"one of {', '.join(known)}")
    kind = part.removesuffix("s")
    entries = [item.model_dump(mode="json") for item in getattr(pack, part)]
    return [entry | {"name": translate(entry["name"], f"{kind}:{entry['id']}:name")} for entry in entries]


def _mark(entry: dict[str, Any]) -> str:
    if entry.get("kind") == "harmful":
        return "  [harmful: refused]"
    if str(entry.get("estimator", "")).startswith("planned"):
        return f"  [{entry['estimator']}]"
    return "  [rapid]" if entry.get("rapid") else ""


@app.command("test")
def run_tests(pack: str = _PACK, json: bool = typer.Option(False, "--json", help="Print as JSON.")) -> None:
    """Run the pack's hand-worked cases against the estimators.

    Example: salus framework test usg-core
    """
    from dataclasses import asdict

    from salus import run_cases

    results = run_cases(pack)
    failed = [case for case in results if not case.passed]
    if json:
        say.as_json([asdict(case) for case in results])
    else:
        for case in failed:
            typer.echo(f"FAILED {case.file}:{case.line} {case.name}: expected {case.expected}, found {case.found}")
        typer.echo(f"{len(results) - len(failed)} of {len(results)} cases hold.")
    if failed:
        raise typer.Exit(1)
