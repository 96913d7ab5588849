"""Digests of input files as a release may name them: keyed, wherever the file itself is not public.

Somebody who knows all of a small file but one figure could put each candidate in and compare the sha256. With a key
kept in `private/` only the office can make the digest again.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

import polars as pl

PUBLIC: Final = "public"
KEYED: Final = "keyed:"
UNNAMED: Final = "withheld"
_SHELVES: Final = ("evidence/", "responses/")


def keyed_digest(sha256: str, secret: bytes) -> str:
    """What stands for a file's sha256 outside the office; `withheld` where there is no secret.

    >>> keyed_digest("9f2c", b"kept apart in private")[:14], keyed_digest("9f2c", b"")
    ('keyed:6df8b070', 'withheld')
    """
    return KEYED + hmac.digest(secret, f"file|{sha256}".encode(), hashlib.sha256).hex() if secret else UNNAMED


def release_sources(frame: pl.DataFrame, secret: bytes, base: int) -> tuple[pl.DataFrame, pl.Series]:
    """The table `sources` with keyed digests and rounded rows where a file is not public; the mask says of which.

    How many rows a file of records has is a count of events.
    """
    closed = frame.select((pl.col("tier") != PUBLIC).fill_null(value=True).alias("closed")).to_series()
    keyed = pl.Series("sha256", [keyed_digest(text or "", secret) for text in frame["sha256"]], dtype=pl.String)
    rows = ((pl.col("rows") / base).round() * base).clip(base).cast(pl.Int64)
    return frame.with_columns(
        pl.when(closed).then(keyed).otherwise("sha256").alias("sha256"),
        pl.when(closed & (pl.col("rows") > 0)).then(rows).otherwise("rows").alias("rows"),
    ), closed


def keyed_lineage(lineage: pl.DataFrame, sources: pl.DataFrame, secret: bytes) -> pl.DataFrame:
    """The lineage with the digests that `release_sources` shows."""
    closed = sources.filter((pl.col("tier") != PUBLIC).fill_null(value=True))["sha256"].drop_nulls().unique().to_list()
    closed = [text for text in closed if text]
    if not closed:
        return lineage
    named = {f"|{sha256}": f"|{keyed_digest(sha256, secret)}" for sha256 in closed}
    return lineage.with_columns(pl.col("from_key").str.replace_many(named))


def keyed_inputs(inputs: Mapping[str, str], sources: pl.DataFrame, secret: bytes) -> dict[str, str]:
    """The inputs of a run as a release names them: plain sha256 for files of public sources and boundaries alone.

    Boundaries and residents leave with the release itself. All else of a source that is not public is keyed as well:
    its `origin.yaml` holds the sha256 of the files beside it.
    """
    tiers: dict[str, set[str | None]] = {}
    for source, tier in sources.select("source", "tier").iter_rows():
        tiers.setdefault(source, set()).add(tier)
    return {file: digest if _is_open(file, tiers) else keyed_digest(digest, secret) for file, digest in inputs.items()}


def _is_open(file: str, tiers: Mapping[str, set[str | None]]) -> bool:
    if file.startswith(_SHELVES):
        return tiers.get(file.split("/")[1]) == {PUBLIC}
    return file.startswith("geography/")
