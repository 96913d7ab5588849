"""Looks whether what a city writes in its own words, and what leaves with a plan, points at somebody."""

from collections.abc import Iterator

from salus.disclosure import check_text
from salus.model.city import Choice, Decisions
from salus.model.findings import DataFinding
from salus.workspace.folder import Workspace
from salus.workspace.names import listed_names


def check_free_text(workspace: Workspace) -> tuple[DataFinding, ...]:
    """A warning for each passage of the vision, and of the reasons for decisions, that a release would withhold.

    A finding says where the passage is and never repeats it.
    """
    names = listed_names(workspace.path) or ()
    return tuple(
        DataFinding(file, reason.rule, f"{reason.message}; a release withholds the text", reason.remedy,
                    severity="warning", column=column)
        for file, column, text in _texts(workspace)
        for reason in check_text(text, names).reasons
    )  # fmt: skip


def _texts(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    if workspace.decisions is not None:
        file = f"cycles/{workspace.decisions.cycle}/decisions.yaml"
        yield from ((file, column, text) for column, text in _decided(workspace.decisions))
    for source in workspace.sources:
        file = source.mapping_file.relative_to(workspace.path).as_posix()
        for column in ("identical_rows", "unusable_dates"):
            yield from ((file, name, text) for name, text in _chosen(column, getattr(source.mapping, column)))


def _decided(decisions: Decisions) -> Iterator[tuple[str, str]]:
    yield "vision", decisions.vision
    yield from _chosen("vision_status", decisions.vision_status)
    yield from _chosen("budget_status", decisions.budget_status)


def _chosen(column: str, choice: Choice | None) -> Iterator[tuple[str, str]]:
    if choice is not None:
        yield f"{column}.why", choice.why
        yield f"{column}.who", choice.who
