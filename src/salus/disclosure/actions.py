"""What the gate did, for its log; and numbers drawn by the office's secret, the same for a row in every release."""

import hashlib
import hmac

import polars as pl

Action = tuple[str, str, int, float]
"""Table, rule, rows, their share."""
_BYTES = 6


def action(table: str, rule: str, mask: pl.Series) -> list[Action]:
    """One entry for the rows of a table that a rule touched; none where it touched none."""
    count = int(mask.sum() or 0)
    return [(table, rule, count, count / mask.len())] if count else []


def drawn(secret: bytes, text: str, otherwise: float) -> float:
    """A number in [0, 1) that only the secret tells; `otherwise` without a secret.

    >>> drawn(b"", "edge|a", 0.5), 0 <= drawn(b"sixteen bytes...", "edge|a", 0.5) < 1
    (0.5, True)
    """
    if not secret:
        return otherwise
    digest = hmac.digest(secret, text.encode(), hashlib.sha256)
    return int.from_bytes(digest[:_BYTES]) / float(1 << (8 * _BYTES))
