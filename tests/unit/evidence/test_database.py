"""Rows of a real PostgreSQL server as a source: the same as from a file, in bounded memory, and nothing is changed."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

import salus
from salus.errors import BadInput, MissingExtra
from salus.evidence import read_evidence
from salus.evidence.database import is_ordered, is_reading, take_snapshot
from salus.framework import load_pack
from salus.model.city import Mapping
from salus.model.findings import errors
from salus.workspace import open_workspace
from tests.unit.cli.test_cli import salus as command
from tests.unit.evidence.postgres_server import postgres_server
from tests.unit.small_city import MAPPING, ORIGIN, add_records, make_city, write_yaml

ROWS = 50_000
QUERY = "SELECT offence, day, hour, lat, lon FROM incidents ORDER BY id"
TABLE = f"""CREATE TABLE incidents AS SELECT i AS id,
    (ARRAY['Street robbery', 'Burglary'])[1 + i % 2] AS offence, date '2019-01-01' + i % 730 AS day,
    time '00:10:00' + (i % 24) * interval '1 hour' AS hour,
    (i % 1999) / 1000.0::float8 AS lat, (i % 1801) / 1000.0::float8 AS lon
    FROM generate_series(1, {ROWS}) AS i"""


def run(connection: str, *statements: str) -> None:
    import adbc_driver_postgresql.dbapi as postgres

    with postgres.connect(connection) as opened, opened.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        opened.commit()


@pytest.fixture(scope="module")
def server():
    pytest.importorskip("adbc_driver_postgresql", reason="the extra [postgres] is not installed")
    with postgres_server() as connection:
        run(connection, TABLE, "ALTER TABLE incidents ADD PRIMARY KEY (id)")
        run(connection, "CREATE ROLE reader LOGIN PASSWORD 'geheim-1'", "CREATE TABLE secret (a int)")
        run(connection, "GRANT SELECT ON incidents TO reader", "INSERT INTO secret VALUES (1)")
        yield connection


def answers(folder: Path) -> Path:
    path = folder / "police.yaml"
    write_yaml(path, {"mapping": MAPPING | {"files": "*.parquet"}, "origin": ORIGIN})
    return path


@pytest.mark.slow
def test_rows_of_a_database_give_the_evidence_that_the_same_rows_as_csv_give(server, tmp_path):
    folder = make_city(tmp_path / "c")
    added = salus.add_from_postgres(folder, "from_base", postgres=server, query=QUERY, answers=answers(tmp_path))
    assert (added.rows, added.written, errors(added.findings)) == (ROWS, True, ())
    taken = folder / "evidence" / "from_base" / added.folder.name / "from_base.parquet"
    frame = pl.read_parquet(taken)
    assert frame.dtypes == [pl.String, pl.Date, pl.Time, pl.Float64, pl.Float64]
    add_records(folder, "from_csv", frame.write_csv(time_format="%H:%M:%S"), MAPPING)
    evidence = read_evidence(open_workspace(folder), load_pack("usg-core")).evidence
    rows = evidence.incidents
    plain = [c for c in rows.collect_schema() if c not in {"source", "file"}]
    from_base, from_csv = (
        rows.filter(pl.col("source") == name).select(plain).sort("row").collect() for name in ("from_base", "from_csv")
    )
    assert from_base.height == ROWS
    assert from_base.equals(from_csv)


@pytest.mark.slow
def test_the_same_rows_twice_change_nothing(server, tmp_path):
    folder, given = make_city(tmp_path / "c"), answers(tmp_path)
    for table in ("incidents", "public.incidents"):
        again = salus.add_from_postgres(folder, "base", postgres=server, table=table, answers=given)
    assert (again.already_there, again.findings) == (True, ())


@pytest.mark.slow
def test_a_dry_run_takes_the_rows_and_writes_nothing(server, tmp_path):
    folder, given = make_city(tmp_path / "c"), answers(tmp_path)
    before = sorted(folder.rglob("*"))
    said = salus.add_from_postgres(folder, "b", postgres=server, query=QUERY, answers=given, dry_run=True)
    assert (said.rows, said.written) == (ROWS, False)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.slow
def test_origin_says_where_the_rows_are_from_and_no_file_holds_the_password(server, tmp_path):
    folder = make_city(tmp_path / "c")
    with_password = server.replace("user=postgres", "user=reader password=geheim-1")
    added = salus.add_from_postgres(
        folder, "base", postgres=with_password, table="incidents", answers=answers(tmp_path)
    )
    stated = yaml.safe_load((added.folder / "origin.yaml").read_text(encoding="utf-8"))["database"]
    assert stated.pop("taken_at").endswith("Z")
    query = "SELECT t.* FROM incidents AS t ORDER BY t.id"
    assert stated == {"host": "local socket", "name": "postgres", "query": query, "rows": ROWS}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"geheim" in path.read_bytes()] == []


@pytest.mark.slow
def test_a_query_without_an_order_is_taken_and_named(server, tmp_path):
    query = QUERY.partition(" ORDER")[0]
    added = salus.add_from_postgres(
        make_city(tmp_path / "c"), "base", postgres=server, query=query, answers=answers(tmp_path)
    )
    assert [f.rule for f in added.findings if f.rule == "no_order"] == ["no_order"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("DELETE FROM incidents", "Only a SELECT is sent"),
        ("WITH gone AS (DELETE FROM incidents RETURNING 1) SELECT * FROM gone", "Only reading is allowed"),
        ("SELECT set_config('transaction_read_only', 'off', true)", "Only reading is allowed"),
        ("SELECT 1 AS a; DROP TABLE incidents", "cannot answer this: cannot insert multiple commands"),
        ("SELECT 1) TO STDOUT; DROP TABLE incidents; --", "cannot answer this: syntax error"),
        ("SELECT a FROM nowhere", 'no such table or column: relation "nowhere" does not exist'),
        ("SELECT nothing FROM incidents", "no such table or column"),
        ("SELECT 1 / (id - 7) AS a FROM incidents", "cannot answer this: division by zero"),
        ("SELECT id FROM incidents WHERE false", "gives no rows"),
        ("SELECT id, id FROM incidents", "gives id more than once"),
        ("SELECT ARRAY[1] AS a, point(1, 2) AS b, 1::money AS c", r"a \(_int4\), b \(point\), c \(money\)"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_the_database_stays_as_it_is(server, tmp_path, query, says):
    with pytest.raises(BadInput, match=says):
        take_snapshot(server, tmp_path / "rows.parquet", query=query)
    assert take_snapshot(server, tmp_path / "all.parquet", table="incidents").database.rows == ROWS


@pytest.mark.slow
def test_a_role_without_the_right_a_table_nobody_knows_and_no_server_are_told_apart(server, tmp_path):
    file = tmp_path / "rows.parquet"
    with pytest.raises(BadInput, match="may not read this: permission denied for table secret"):
        take_snapshot(server.replace("user=postgres", "user=reader"), file, table="secret")
    with pytest.raises(BadInput, match="There is no table 'nowhere'"):
        take_snapshot(server, file, table="nowhere")
    with pytest.raises(BadInput, match="No connection to the database: connection to server"):
        take_snapshot("postgresql://me:geheim@/x?host=/nowhere", file, table="incidents")
    with pytest.raises(BadInput, match='definition of service "nowhere" not found'):
        take_snapshot("service=nowhere", file, table="incidents")


@pytest.mark.slow
@pytest.mark.parametrize("wrong", ["postgresql://me:gehe:im@/x?port=geheim", "host=x port=geheim", "password='geheim"])
def test_a_connection_string_that_cannot_be_read_is_never_shown(server, tmp_path, wrong):
    said = command("add", str(tmp_path), "b", "--postgres", wrong, "--table", "t", "--answers", "none.yaml")
    assert said.returncode == 2
    assert "No connection to the database" in said.stderr
    assert "geheim" not in said.stderr + said.stdout


@pytest.mark.slow
def test_every_plain_type_keeps_its_value(server, tmp_path):
    query = """SELECT 7::int2 AS i, 12.3400::numeric AS n, NULL::numeric AS none, '{"a": 1}'::json AS j, true AS b,
        '550e8400-e29b-41d4-a716-446655440000'::uuid AS u, ' é '::text AS t, timestamp '2020-01-02 03:04:05.5' AS w,
        timestamptz '2020-01-02 03:04:05+02' AS z"""
    taken = take_snapshot(server, tmp_path / "rows.parquet", query=query)
    texts = pl.read_parquet(taken.file).select(pl.all().cast(pl.String)).row(0)
    assert texts == (
        "7", "12.3400", None, '{"a": 1}', "true", "550e8400-e29b-41d4-a716-446655440000", " é ",
        "2020-01-02 03:04:05.500000", "2020-01-02 01:04:05.000000+00:00",
    )  # fmt: skip


@pytest.mark.slow
def test_a_table_without_a_key_comes_in_the_order_of_its_rows_text(server, tmp_path):
    run(server, "CREATE TABLE loose AS SELECT i % 3 AS a FROM generate_series(1, 9) AS i")
    first = take_snapshot(server, tmp_path / "a.parquet", table="loose")
    run(server, "UPDATE loose SET a = a WHERE a = 0")  # moves these rows to the end
    again = take_snapshot(server, tmp_path / "b.parquet", table="loose")
    assert first.ordered
    assert first.file.read_bytes() == again.file.read_bytes()


@pytest.mark.slow
def test_a_full_disk_is_not_blamed_on_the_database(server):
    with pytest.raises(BadInput, match=r"The rows cannot be kept: .*No space left"):
        take_snapshot(server, Path("/dev/full"), table="incidents")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "form"), [("timestamp", "%Y-%m-%d %H:%M:%S%.f"), ("timestamptz", "%Y-%m-%d %H:%M:%S%.f%z")]
)
def test_timestamps_are_read_with_the_forms_that_the_how_to_names(server, tmp_path, kind, form):
    folder = make_city(tmp_path / "c")
    columns = {"offence": "offence", "date": "at"}
    given = tmp_path / "answers.yaml"
    mapping = MAPPING | {"files": "*.parquet", "columns": columns, "date_format": form}
    write_yaml(given, {"mapping": mapping, "origin": ORIGIN})
    query = f"SELECT offence, (day + hour)::{kind} AS at FROM incidents ORDER BY id"
    utc = f"{server} options='-c timezone=UTC'"
    added = salus.add_from_postgres(folder, "base", postgres=utc, query=query, answers=given)
    assert errors(added.findings) == ()
    hours = read_evidence(open_workspace(folder), load_pack("usg-core")).evidence.hours.filter(source="base")
    assert hours.group_by("hour").agg(pl.col("count").sum()).height == 24


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(server, tmp_path):
    code = """
import resource, sys
from pathlib import Path
from salus.evidence.database import take_snapshot
for rows in (100_000, 3_000_000):
    query = f"SELECT i, repeat(md5(i::text), 4) AS t FROM generate_series(1, {rows}) AS i ORDER BY i"
    take_snapshot(sys.argv[1], Path(sys.argv[2]), query=query)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    call = [sys.executable, "-c", code, server, str(tmp_path / "rows.parquet")]
    small, large = map(int, subprocess.run(call, capture_output=True, text=True, check=True).stdout.split())
    assert large < small + 250, (small, large)  # MB; the rows are 430 MB


@pytest.mark.slow
def test_the_command_drafts_rehearses_and_adds(server, tmp_path):
    folder = make_city(tmp_path / "c")
    place = ("add", str(folder), "base", "--postgres", server, "--query", QUERY)
    draft = command(*place)
    assert (draft.returncode, yaml.safe_load(draft.stdout)["mapping"]["columns"]["offence"]) == (1, "offence")
    said = command(*place, "--answers", str(answers(tmp_path)), "--json")
    assert (said.returncode, json.loads(said.stdout)["rows"]) == (0, ROWS)


@pytest.mark.parametrize(
    ("query", "reads", "ordered"),
    [
        ("SELECT 1", True, False),
        ("  -- first\n (select a from t) order\n by 1", True, True),
        ('WITH x AS (SELECT 1 ORDER BY 1) SELECT "order by" FROM x', True, False),
        ("SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t", True, False),
        ("VALUES (1), (2) ORDER BY 1", True, True),
        ("UPDATE t SET a = 1", False, False),
        ("", False, False),
    ],
)
def test_a_statement_is_told_by_its_first_word_and_its_outermost_order(query, reads, ordered):
    assert (is_reading(query), is_ordered(query)) == (reads, ordered)


@pytest.mark.parametrize("asked", [{}, {"query": "SELECT 1", "table": "t"}])
def test_one_of_query_and_table_must_be_given(tmp_path, asked):
    with pytest.raises(BadInput, match="Give a query or a table"):
        take_snapshot("service=x", tmp_path / "rows.parquet", **asked)


def test_without_the_driver_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql.dbapi", None)
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", None)
    with pytest.raises(MissingExtra, match=r"salus-cities\[postgres\]"):
        take_snapshot("service=x", tmp_path / "rows.parquet", table="t")


def test_an_origin_of_a_file_has_no_section_for_a_database(tmp_path):
    folder, file = make_city(tmp_path / "c"), tmp_path / "more.csv"
    file.write_text("offence,day,hour,lat,lon\nBurglary,2020-06-02,03:00:00,1.5,0.5\n")
    given = {"mapping": MAPPING, "origin": ORIGIN}
    added = salus.add(folder, "more", file=file, answers=given)
    assert Mapping.model_validate(given["mapping"]).kind == "incidents"
    assert "database" not in yaml.safe_load((added.folder / "origin.yaml").read_text(encoding="utf-8"))


def test_parquet_is_read_as_csv_is_without_being_held(tmp_path):
    frame = pl.DataFrame({"offence": ["Burglary", "Street robbery"] * 50, "day": ["2020-06-02"] * 100})
    mapping = {"kind": "incidents", "columns": {"offence": "offence", "date": "day"}, "codes": MAPPING["codes"]}
    folder = make_city(tmp_path / "c")
    frame.write_parquet(tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text(frame.write_csv())
    for kind in ("parquet", "csv"):
        given = {"mapping": mapping | {"files": f"*.{kind}"}, "origin": ORIGIN}
        assert salus.add(folder, kind, file=tmp_path / f"rows.{kind}", answers=given).rows == 100
    counts = read_evidence(open_workspace(folder), load_pack("usg-core")).evidence.counts
    found = [counts.filter(source=kind).drop("source", "file") for kind in ("parquet", "csv")]
    assert found[0].equals(found[1])
    (tmp_path / "bad.parquet").write_bytes((tmp_path / "rows.parquet").read_bytes()[:-9] + b"PAR1")
    given |= {"mapping": mapping | {"files": "*.parquet"}}
    refused = salus.add(folder, "bad", file=tmp_path / "bad.parquet", answers=given)
    assert [f.rule for f in errors(refused.findings)] == ["not_a_table"]
