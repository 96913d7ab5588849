"""What a release says of itself: a reason that a reviewer can judge, and two roles that approved; never a person."""

from collections.abc import Sequence

from salus.disclosure import check_text
from salus.errors import BadInput
from salus.workspace import two_roles

_SHORTEST_REASON = 10
_ROLES = 'name two roles, such as --approved-by "data protection officer" --approved-by "head of analysis"'


def approved(reason: str, approved_by: Sequence[str], names: Sequence[str] = ()) -> tuple[str, tuple[str, ...]]:
    """The reason and the roles as they may be published. `names`: persons who must not be named.

    Raises `BadInput` without reason or roles, and where one of them points at somebody; it never repeats them.

    >>> approved("Council meeting of 3 December", ["data protection officer", "head of analysis"])[0]
    'Council meeting of 3 December'
    """
    if len(reason.strip()) < _SHORTEST_REASON:
        raise BadInput(
            "A release needs a reason that a reviewer can judge", where="--reason", remedy="say what it is for and whom"
        )
    if check_text(reason, names).reasons:
        raise BadInput(
            "The reason points at somebody, and it is published", where="--reason", remedy="name offices, not persons"
        )
    try:
        roles = two_roles(tuple(approved_by))
    except ValueError as problem:
        raise BadInput(f"A release is approved by two: {problem}", where="--approved-by", remedy=_ROLES) from problem
    if any(check_text(role, names).reasons for role in roles):
        raise BadInput("A role that approved points at somebody", where="--approved-by", remedy=_ROLES)
    return reason.strip(), roles
