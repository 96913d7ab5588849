"""A finished run as Python sees it: internal frames, released frames, trails."""

import datetime as dt
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from salus import assessment
from salus.assessment import DEFAULT_DRAWS, DEFAULT_SEED, Progress, silent
from salus.trail import Link, trail
from salus.workspace import ReleaseFolder, RunFolder, earlier_releases, listed_names, noise_secret, open_run

if TYPE_CHECKING:
    from salus.disclosure import Limits, Nesting, Preset, Released


class Run:
    """A finished run. `frame` is internal; `released` has passed the disclosure gate."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    def __repr__(self) -> str:
        record = self.record
        return (
            f"<Run of {record['city']['name']}, {record['stamp']}, seed {record['seed']}:"
            f" {len(self.folder.tables())} tables in {self.path}>"
        )

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.folder.path

    @cached_property
    def record(self) -> dict[str, Any]:
        """What `run.json` says: versions, seed, engine, input sha256s, warnings, timings."""
        return self.folder.record()

    def frame(self, table: str = "priorities") -> pl.DataFrame:
        """A table as it is in the run: internal, never to be published."""
        return self.folder.table(table)

    @cached_property
    def secret(self) -> bytes:
        """The workspace's secret, in `private/`, made when first needed.

        Empty where the run was moved out of its workspace, or nobody may write there: digests are withheld then.
        """
        try:
            return noise_secret(self.workspace) if self.workspace else b""
        except OSError:
            return b""

    @cached_property
    def public_hash(self) -> str:
        """What stands for the run's hash outside the office: it is over all inputs, so a reader could try them."""
        from salus.disclosure import keyed_digest

        return keyed_digest(self.record["hash"], self.secret)

    @property
    def public_name(self) -> str:
        """What a release calls the run: its time, and eight digits of the keyed hash instead of the hash."""
        return f"{self.record['stamp']}-{self.public_hash.removeprefix('keyed:')[:8]}"

    @cached_property
    def preset(self) -> "Preset":
        """The disclosure rules of the city (`disclosure` in city.yaml); thresholds 5 and 10 if it states none."""
        from salus.disclosure import preset_of
        from salus.model.city import City

        return preset_of(City.model_validate(self.record["city"]).disclosure)

    @property
    def limits(self) -> "Limits":
        """The threshold of each series, by preset and the pack's list of protected offences."""
        from salus.disclosure import Limits

        lists = (frozenset(self.record[name]) for name in ("protected_indicators", "protected_groups"))
        return Limits(self.preset.threshold, self.preset.protected_threshold, *lists)

    @cached_property
    def protected(self) -> "Released":
        """All tables with small counts and their traces hidden, the other figures exact."""
        from salus.disclosure import release_tables

        return release_tables(
            self.folder.tables(),
            frozenset(self.record["protected_indicators"]),
            threshold=self.preset.threshold,
            protected_threshold=self.preset.protected_threshold,
            protected_groups=frozenset(self.record["protected_groups"]),
            nesting=self.nesting,
            earlier=[folder.known() for folder in self.earlier],
            secret=self.secret,
        )

    @cached_property
    def gate(self) -> "Released":
        """All tables after the disclosure gate, with the log of what was hidden and why.

        Under a preset that rounds or adds noise, no figure leaves as it was counted.
        """
        from salus.disclosure import Released, apply_preset, marked, preset_tables

        gated, preset = self.protected, self.preset
        if not preset.changes:
            return gated
        counting = self.frame("estimates").drop_nulls("numerator")["source"].unique()
        open_ = self.frame("sources").filter((pl.col("tier") == "public") & ~pl.col("source").is_in(counting.implode()))
        public = frozenset(open_["source"].to_list())  # figures that others published, without counts of ours
        home = self.workspace
        secret = noise_secret(home) if preset.noise and home else None
        estimates, first = apply_preset(gated.tables["estimates"], preset, public=public, secret=secret)
        estimates = marked(self.frame("estimates"), estimates)
        others = {name: frame for name, frame in gated.tables.items() if name != "estimates"}
        kept, second = preset_tables(others, preset)
        log = pl.concat([gated.log, first, second])
        return Released({"estimates": estimates, **kept}, log, gated.hidden_keys)

    @cached_property
    def nesting(self) -> "Nesting":
        """Which areas make up the city, and which series add up: what an attacker knows too."""
        from salus.disclosure import Nesting

        sums = tuple((tuple(whole), tuple(tuple(part) for part in parts)) for whole, parts in self.record["sums"])
        members = {name: frozenset(frame["area"]) for name, frame in self.areas().items()}
        nested = {whole: frozenset(parts) for whole, parts in self.record.get("nested", {}).items()}
        return Nesting(self.record["city"]["scope"]["area"], members, sums, nested, self.pieces())

    @property
    def workspace(self) -> Path | None:
        """The workspace the run was made in; None if the folder was moved elsewhere."""
        home = self.path.resolve().parent.parent
        return home if (home / "city.yaml").is_file() else None

    @cached_property
    def names_listed(self) -> tuple[str, ...] | None:
        """Persons who must not be named (`private/names.txt`), read anew for each release; None without a list."""
        return listed_names(self.workspace) if self.workspace else None

    @cached_property
    def earlier(self) -> list[ReleaseFolder]:
        """All releases of the workspace so far: what their readers know is part of the attack."""
        return earlier_releases(self.workspace) if self.workspace else []

    def areas(self) -> dict[str, pl.DataFrame]:
        """Boundaries, names and populations of areas by vintage."""
        files = sorted((self.path / "internal").glob("areas-*.parquet"))
        return {f.stem.removeprefix("areas-"): pl.read_parquet(f) for f in files}

    def pieces(self) -> "pl.DataFrame | None":
        """Events where areas of two geographies overlap, of this run and of all earlier releases: internal."""
        file = self.path / "internal" / "pieces.parquet"
        own = [pl.read_parquet(file)] if file.is_file() else []
        frames = own + [frame for folder in reversed(self.earlier) if (frame := folder.pieces()) is not None]
        if not frames:
            return None
        keys = [name for name in frames[0].columns if name not in {"count", "apart"}]
        return pl.concat(frames).unique(keys, keep="first", maintain_order=True)

    def quotes(self) -> tuple[pl.DataFrame, pl.DataFrame] | None:
        """What people said, and how many persons each description fits: internal; None where nobody is quoted."""
        files = [self.path / "internal" / f"{name}.parquet" for name in ("quotes", "people")]
        return (pl.read_parquet(files[0]), pl.read_parquet(files[1])) if files[0].is_file() else None

    def released(self, table: str = "priorities") -> pl.DataFrame:
        """A table after the disclosure gate: 0, hidden and no data told apart in `status`."""
        return self.gate.tables[table]

    def findings(self) -> list[dict[str, Any]]:
        """What the evidence allows to state, each with grade, limits and the keys of its trail."""
        return list(self.folder.json("findings"))

    def plan(self) -> dict[str, Any]:
        """The draft policy framework and action plan; empty if no decisions were given."""
        import yaml

        if not (self.path / "plan.yaml").is_file():
            return {}
        return dict(yaml.safe_load(self.folder.text("plan.yaml")))

    def trail(self, ref: str) -> Link:
        """The chain from a result (`table:part|part`) back to files, sha256 and rows."""
        return trail(self.folder.table("lineage"), ref)


def open_result(path: str | Path) -> Run:
    """A run by its folder, or the newest run of a workspace."""
    return Run(open_run(path))


def run(
    path: str | Path,
    *,
    seed: int = DEFAULT_SEED,
    draws: int = DEFAULT_DRAWS,
    engine: str = "duckdb",
    now: dt.datetime | None = None,
    progress: Progress = silent,
) -> Run:
    """Assesses a workspace: all stages, one run folder, written whole or not at all.

    The same inputs, seed and versions give byte-equal tables; `now` only names the folder. Raises
    `BrokenWorkspace` with the first error if `check` finds any.
    """
    folder = assessment.run(path, seed=seed, draws=draws, engine=engine, now=now, progress=progress)
    return Run(folder)
