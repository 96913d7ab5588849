"""Attack 12, the back door of digests: who knows a small file but for one figure tries figures against its sha256."""

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import salus
from salus.disclosure import keyed_digest
from salus.workspace import noise_secret, open_workspace, sha256_of
from tests.unit.small_city import add_records, make_city
from tests.unit.test_releasing import WHY, rows

SMALL = 3
COLUMNS = ("area", "offence", "iccs", "period_start", "period_end", "count")
MAPPING = {
    "kind": "counts", "files": "*.csv", "geography": "square", "columns": {name: name for name in COLUMNS},
}  # fmt: skip


def written(count: int) -> str:
    """The file as everybody knows it, but for the count of area `a`."""
    counts = {"a": count, "b": 31, "c": 40, "d": 52}
    lines = [f"{area},harm,0201,2019-01-01,2020-12-31,{n}" for area, n in counts.items()]
    return "\n".join([",".join(COLUMNS), *lines]) + "\n"


def sha256_with(count: int) -> str:
    return hashlib.sha256(written(count).encode()).hexdigest()


def city_of(folder: Path, tier: str) -> Path:
    city = make_city(folder, rows=rows(a=30, b=60, c=80, d=120))
    add_records(city, "hospital", written(SMALL), MAPPING, name="harm.csv", origin={"tier": tier})
    salus.run(city, draws=50)
    return city


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return city_of(tmp_path_factory.mktemp("digests") / "toy", "sensitive")


@pytest.fixture(scope="module")
def made(city):
    return salus.release(city, **WHY)


def told_by(texts: list[str], candidates: dict[str, int]) -> set[int]:
    """Which candidates' digests, or the first eight digits of them, stand anywhere in these texts."""
    return {
        count for digest, count in candidates.items() if any(digest in text or digest[:8] in text for text in texts)
    }


def everything(release: salus.Release) -> list[str]:
    """All text of a release folder, its name, and its line in the ledger."""
    path = release.path
    tables = [pl.read_parquet(file).write_csv() for file in path.glob("*.parquet")]
    texts = [file.read_text() for file in path.iterdir() if file.suffix in {".json", ".yaml"}]
    return [*tables, *texts, path.name, (path.parent / "ledger.jsonl").read_text()]


def run_hashes(record: dict[str, Any], inputs: dict[str, str], origins: dict[int, str]) -> dict[str, int]:
    """The hash of the run for each candidate, over what `release.json` states and the inputs as it makes them."""
    names = ("city", "pack", "seed", "draws", "engine", "versions", "protected_indicators", "institutions")
    stated = {name: record[name] for name in names} | {"schema_version": "1"}
    found = {}
    for count, origin in origins.items():
        guessed = inputs | {
            "evidence/hospital/2021-01-31/harm.csv": sha256_with(count),
            "evidence/hospital/2021-01-31/origin.yaml": origin,
        }
        whole = json.dumps(stated | {"inputs": guessed}, sort_keys=True)
        found[hashlib.sha256(whole.encode()).hexdigest()] = count
    return found


def origins_of(city: Path) -> dict[int, str]:
    """The sha256 of the source's `origin.yaml` for each candidate: it names the sha256 of the file."""
    text = (city / "evidence" / "hospital" / "2021-01-31" / "origin.yaml").read_text()
    known = {count: text.replace(sha256_with(SMALL), sha256_with(count)) for count in range(1, 5)}
    return {count: hashlib.sha256(origin.encode()).hexdigest() for count, origin in known.items()}


def test_the_attack_is_a_real_one_the_run_itself_tells_the_count_by_each_digest(city):
    run, inputs = salus.open_result(city), open_workspace(city).inputs()
    assert told_by([run.frame("sources").write_csv()], {sha256_with(n): n for n in range(1, 5)}) == {SMALL}
    hashes = run_hashes(run.record, inputs, origins_of(city))
    assert told_by([run.path.name], hashes) == told_by([json.dumps(run.record)], hashes) == {SMALL}


def test_no_digest_of_a_file_that_is_not_public_stands_anywhere_in_a_release(city, made):
    texts = everything(made)
    assert told_by(texts, {sha256_with(n): n for n in range(1, 5)}) == set()
    assert told_by(texts, {digest: n for n, digest in origins_of(city).items()}) == set()
    assert told_by(texts, run_hashes(made.record, open_workspace(city).inputs(), origins_of(city))) == set()


def test_of_a_public_file_the_plain_sha256_leaves_so_that_anybody_can_compare_it(made, city):
    digests = dict(made.table("sources").select("source", "sha256").iter_rows())
    assert digests["police"] == sha256_of(city / "evidence" / "police" / "2021-01-31" / "records.csv")
    assert digests["hospital"].startswith("keyed:")


def test_the_office_can_make_the_keyed_digest_again(made, city):
    file = "evidence/hospital/2021-01-31/harm.csv"
    again = keyed_digest(sha256_of(city / file), noise_secret(city))
    assert made.record["inputs"][file] == again
    assert again in set(made.table("sources")["sha256"])
    key = made.table("lineage").filter(pl.col("from_key").str.contains("harm.csv"))["from_key"].to_list()
    assert key
    assert all(again in text for text in key)


def test_how_many_rows_a_file_has_that_is_not_public_leaves_in_tens(made):
    assert dict(made.table("sources").select("source", "rows").iter_rows()) == {
        "hospital": 10,
        "police": 290,
        "census": 5,
    }


def test_the_release_of_a_run_is_found_again_though_it_does_not_name_the_run(made, city):
    from salus.releasing import released_or_draft

    assert made.record["run"] != salus.open_result(city).path.name
    assert released_or_draft(city).path == made.path


def test_a_run_away_from_its_workspace_names_no_digest_that_is_not_public(tmp_path):
    city = city_of(tmp_path / "toy", "restricted")
    moved = tmp_path / "elsewhere"
    salus.open_result(city).path.rename(moved)
    record = salus.draft(salus.open_result(moved)).record
    assert {digest for file, digest in record["inputs"].items() if "hospital" in file} == {"withheld"}
    assert record["run_hash"] == "withheld"
