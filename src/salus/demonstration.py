"""The example city, assessed and reported: what a newcomer sees first."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from salus.report import report
from salus.results import Run, run
from salus.workspace import example_city


@dataclass(frozen=True)
class Demo:
    """Where the example's workspace, run and report are."""

    workspace: Path
    run: Run
    report: Path


def demo(
    city: str = "iztapalapa",
    *,
    out: str | Path = "demo",
    seed: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> Demo:
    """Copies an example city to `out/<city>`, assesses it and writes its report to `out/<city>-report.html`.

    Needs no network. An existing copy is used as it is.
    """
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    workspace = example_city(city, folder / city)
    result = run(workspace, seed=seed, progress=progress)
    progress("report")
    made = report(result.path, out=folder / f"{city}-report.html")
    return Demo(workspace, result, made.path.resolve())
