"""All strings of a pack that people see, each with the context its translation is found by."""

from collections.abc import Iterator

from salus.model.framework import Pack


def visible_strings(pack: Pack) -> dict[str, str]:
    """Context -> English text, in the order of the pack.

    >>> from salus.framework import load_pack
    >>> visible_strings(load_pack("usg-core"))["theme:firearms:name"]
    'Firearms'
    """
    return {context: text for context, text in _strings(pack) if text}


def _strings(pack: Pack) -> Iterator[tuple[str, str]]:
    for theme in pack.themes:
        yield f"theme:{theme.id}:name", theme.name
        yield from _numbered(f"theme:{theme.id}:question", theme.questions)
    for indicator in pack.indicators:
        yield f"indicator:{indicator.id}:name", indicator.name
        yield f"unit:{indicator.unit}", indicator.unit
    for function in pack.functions:
        yield f"function:{function.id}:name", function.name
        yield f"sector:{function.sector}", function.sector
    for problem in pack.problems:
        yield f"problem:{problem.id}:name", problem.name
        yield f"problem:{problem.id}:statement", problem.statement
    for flow in pack.flows:
        yield f"flow:{flow.id}:name", flow.name
        yield from _numbered(f"flow:{flow.id}:pitfall", flow.pitfalls)
    for scale in pack.scales:
        yield f"scale:{scale.id}:name", scale.name
        for anchor in scale.anchors:
            yield f"scale:{scale.id}:anchor:{anchor.value}:name", anchor.name
            yield f"scale:{scale.id}:anchor:{anchor.value}:meaning", anchor.meaning
    for item in pack.interventions:
        yield f"intervention:{item.id}:name", item.name
        yield f"intervention:{item.id}:summary", item.summary
        if item.kind == "harmful":
            yield f"intervention:{item.id}:evidence", item.evidence
        yield from _numbered(f"intervention:{item.id}:safeguard", item.safeguards)
    for group in pack.stakeholders:
        yield f"stakeholder:{group.id}:name", group.name
        yield f"stakeholder:{group.id}:why", group.why
        yield f"stakeholder-kind:{group.kind}", group.kind
        yield from _numbered(f"stakeholder:{group.id}:reach", group.reach)
        yield from _numbered(f"stakeholder:{group.id}:safeguard", group.safeguards)
    for factor in pack.resilience:
        yield f"resilience:{factor.id}:name", factor.name
        yield f"resilience:{factor.id}:meaning", factor.meaning
    yield from _weights(pack)
    for rule in pack.findings:
        yield f"finding:{rule.id}:statement", rule.statement
        yield f"finding:{rule.id}:limits", rule.limits


def _weights(pack: Pack) -> Iterator[tuple[str, str]]:
    names = {row.code: row.name for row in pack.iccs}
    for table in pack.weights:
        for part in ("name", "unit", "rule", "limits"):
            yield f"weight:{table.id}:{part}", getattr(table, part)
        for row in table.weights:
            yield f"iccs:{row.iccs}", names.get(row.iccs, "")
            yield f"weight:{table.id}:{row.iccs}:source", row.source
            yield f"weight:{table.id}:{row.iccs}:note", row.note or ""


def _numbered(context: str, texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for number, text in enumerate(texts):
        yield f"{context}:{number}", text
