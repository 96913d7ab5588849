"""Sealed evidence: nothing of it readable, in no run, and opened only when two roles said so."""

import datetime as dt
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

import salus
from salus.cli.app import app
from salus.errors import BadInput, UnknownReference, Withheld
from salus.workspace import OpeningRelease, open_workspace
from tests.unit.small_city import make_city, write_yaml
from tests.unit.workspace.test_workspace import snapshot

NOTES = b"Interview 7: the speaker named the commander of the checkpoint at the bridge. " * 20
PASSPHRASE = "four words nobody guesses"
NOW = dt.datetime(2025, 3, 1, 9, 30, tzinfo=dt.UTC)
RELEASE = {
    "what": "sealed-1",
    "why": "Letter 12/2025 of the public prosecutor",
    "approved_by": ["data protection officer", "head of the observatory"],
    "until": "2025-03-31",
}


@pytest.fixture
def key(tmp_path):
    return salus.new_key(tmp_path / "city.key")


@pytest.fixture
def notes(tmp_path):
    file = tmp_path / "notes-of-juana.txt"
    file.write_bytes(NOTES)
    return file


@pytest.fixture
def city(tmp_path, notes, key):
    folder = make_city(tmp_path / "city")
    salus.seal(folder, notes, key_file=key)
    release(folder)
    return folder


def release(city: Path, name: str = "court.yaml", **changed: object) -> Path:
    folder = city / "private/releases"
    folder.mkdir(parents=True, exist_ok=True)
    write_yaml(folder / name, {**RELEASE, **changed})
    return folder / name


def opened(city: Path, key: Path, file: Path | None = None) -> bytes:
    return salus.open_sealed(
        city, "sealed-1", release=file or city / "private/releases/court.yaml", key_file=key, now=NOW
    )


def test_what_was_sealed_opens_as_it_was(city, key):
    assert opened(city, key) == NOTES


def test_a_passphrase_opens_what_it_sealed_and_another_does_not(tmp_path, notes):
    folder = make_city(tmp_path / "other")
    salus.seal(folder, notes, passphrase=PASSPHRASE)
    file = release(folder)
    got = salus.open_sealed(folder, "sealed-1", release=file, passphrase=PASSPHRASE, now=NOW)
    assert got == NOTES
    with pytest.raises(Withheld, match="does not open"):
        salus.open_sealed(folder, "sealed-1", release=file, passphrase=PASSPHRASE + "!", now=NOW)
    assert salus.verify_openings(folder).lines == 1


def test_neither_content_nor_file_name_nor_key_is_anywhere_in_the_workspace(city, key):
    opened(city, key)
    everything = b"".join(snapshot(city).values()) + " ".join(snapshot(city)).encode()
    for secret in (b"commander", b"juana", key.read_bytes().strip()):
        assert secret not in everything


def test_sealing_twice_gives_other_bytes_and_keeps_both(city, notes, key):
    second = salus.seal(city, notes, key_file=key)
    assert second.name == "sealed-2.sealed"
    assert (
        second.read_bytes().partition(b"\n")[2]
        != (city / "private/sealed/sealed-1.sealed").read_bytes().partition(b"\n")[2]
    )
    with pytest.raises(BadInput, match="sealed already"):
        salus.seal(city, notes, name="sealed-2", key_file=key)


def test_the_original_is_not_touched_and_the_copy_is_for_its_owner_only(city, notes, key):
    assert notes.read_bytes() == NOTES
    sealed = city / "private/sealed/sealed-1.sealed"
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_sealed_evidence_is_no_input_of_a_run_and_no_finding_of_a_check(tmp_path, notes, key):
    folder = make_city(tmp_path / "plain")
    before, findings = open_workspace(folder).inputs(), salus.check(folder)
    salus.seal(folder, notes, key_file=key)
    release(folder)
    opened(folder, key)
    assert open_workspace(folder).inputs() == before
    assert salus.check(folder) == findings


@pytest.mark.parametrize(
    "roles",
    [[], ["head"], ["head", "head"], ["Head of Office", " head  of office "], ["head", ""], "head of the office"],
)
def test_one_role_alone_opens_nothing_however_it_is_written(city, key, roles):
    file = release(city, approved_by=roles)
    with pytest.raises(Withheld, match="does not hold"):
        opened(city, key, file)
    assert salus.verify_openings(city).lines == 0


def test_a_release_holds_through_its_last_day_and_not_one_day_longer(city, key):
    last = dt.datetime(2025, 3, 31, 23, 59, tzinfo=dt.UTC)
    file = city / "private/releases/court.yaml"
    assert salus.open_sealed(city, "sealed-1", release=file, key_file=key, now=last) == NOTES
    with pytest.raises(Withheld, match="expired on 2025-03-31"):
        salus.open_sealed(city, "sealed-1", release=file, key_file=key, now=last + dt.timedelta(minutes=2))


def test_a_release_for_something_else_opens_nothing(city, key):
    with pytest.raises(Withheld, match="for 'sealed-2'"):
        opened(city, key, release(city, what="sealed-2"))


@pytest.mark.parametrize("gone", ["what", "why", "approved_by", "until"])
def test_a_release_that_leaves_something_out_opens_nothing(city, key, gone):
    file = city / "private/releases/court.yaml"
    write_yaml(file, {name: said for name, said in RELEASE.items() if name != gone})
    with pytest.raises(Withheld, match=gone):
        opened(city, key)


def test_a_release_from_outside_the_workspace_opens_nothing(city, key, tmp_path):
    elsewhere = tmp_path / "court.yaml"
    write_yaml(elsewhere, RELEASE)
    with pytest.raises(Withheld, match="private/releases"):
        opened(city, key, elsewhere)


def test_no_release_opens_nothing(city, key):
    with pytest.raises(Withheld, match="missing"):
        opened(city, key, city / "private/releases/none.yaml")


def test_a_sealed_file_changed_in_one_bit_or_renamed_does_not_open(city, key):
    sealed = city / "private/sealed/sealed-1.sealed"
    good = sealed.read_bytes()
    for place in (2, 40, len(good) // 2, len(good) - 1):
        sealed.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(Withheld):
            opened(city, key)
    sealed.write_bytes(good)
    sealed.rename(sealed.with_name("sealed-9.sealed"))
    with pytest.raises(Withheld, match="another name"):
        salus.open_sealed(city, "sealed-9", release=release(city, what="sealed-9"), key_file=key, now=NOW)


def test_a_header_that_asks_for_endless_work_is_refused(city, key):
    sealed = city / "private/sealed/sealed-1.sealed"
    line, _, rest = sealed.read_bytes().partition(b"\n")
    header = json.loads(line) | {"key": "scrypt", "cost": 2**40, "salt": "00"}
    sealed.write_bytes(json.dumps(header).encode() + b"\n" + rest)
    with pytest.raises(Withheld, match="no sealed file"):
        salus.open_sealed(
            city, "sealed-1", release=city / "private/releases/court.yaml", passphrase=PASSPHRASE, now=NOW
        )


def test_every_opening_is_a_line_with_who_why_and_what(city, key):
    opened(city, key)
    opened(city, key)
    first, second = (json.loads(x) for x in (city / "private/openings.log").read_text(encoding="utf-8").splitlines())
    assert (first["name"], first["why"], first["roles"]) == ("sealed-1", RELEASE["why"], RELEASE["approved_by"])
    assert (first["at"], first["release"]) == ("2025-03-01T09:30:00+00:00", "court.yaml")
    assert (first["number"], second["number"]) == (1, 2)


def test_nothing_is_handed_over_when_the_log_was_changed(city, key, tmp_path):
    opened(city, key)
    log = city / "private/openings.log"
    log.write_text(log.read_text(encoding="utf-8").replace("Letter 12/2025", "Letter 13/2025"), encoding="utf-8")
    out = tmp_path / "out.txt"
    with pytest.raises(Withheld, match="line 1 was edited"):
        salus.unseal(city, "sealed-1", release=city / "private/releases/court.yaml", out=out, key_file=key, now=NOW)
    assert not out.exists()


def test_what_is_opened_may_not_land_in_the_workspace_nor_over_a_file(city, key, notes):
    file = city / "private/releases/court.yaml"
    for out, said in ((city / "evidence/notes.txt", "workspace"), (notes, "no room")):
        with pytest.raises(BadInput, match=said):
            salus.unseal(city, "sealed-1", release=file, out=out, key_file=key, now=NOW)
    assert salus.verify_openings(city).lines == 0


@pytest.mark.parametrize(
    "secret", [{}, {"passphrase": "short"}, {"passphrase": PASSPHRASE, "key_file": "both.key"}, {"key_file": "no.key"}]
)
def test_a_missing_weak_or_double_secret_seals_nothing(city, notes, secret):
    with pytest.raises(BadInput):
        salus.seal(city, notes, name="other", **secret)
    assert not (city / "private/sealed/other.sealed").exists()


def test_a_key_inside_the_workspace_is_refused(city, notes, key):
    inside = city / "private/city.key"
    inside.write_bytes(key.read_bytes())
    with pytest.raises(BadInput, match="may not lie in the workspace"):
        salus.seal(city, notes, key_file=inside)


def test_no_key_is_made_inside_a_workspace(city):
    with pytest.raises(BadInput, match="may not lie in the workspace"):
        salus.new_key(city / "private/new.key")
    assert not (city / "private/new.key").exists()


def test_a_key_is_never_overwritten(key):
    before = key.read_bytes()
    with pytest.raises(BadInput, match="there already"):
        salus.new_key(key)
    assert key.read_bytes() == before


@pytest.mark.parametrize("name", ["../escape", "a/b", ".hidden", "x" * 80, "café"])
def test_a_name_that_leads_elsewhere_is_refused(city, notes, key, name):
    with pytest.raises(BadInput, match="cannot name"):
        salus.seal(city, notes, name=name, key_file=key)


def test_what_was_never_sealed_is_said_so(city, key):
    with pytest.raises(UnknownReference):
        salus.open_sealed(city, "sealed-7", release=city / "private/releases/court.yaml", key_file=key, now=NOW)


def test_the_release_shown_in_the_howto_is_one():
    page = Path(__file__).parents[3] / "docs/howto/sealed-evidence.md"
    shown = page.read_text(encoding="utf-8").split("```yaml\n")[1].split("```")[0]
    assert len(OpeningRelease.model_validate(yaml.safe_load(shown)).approved_by) == 2


def test_without_the_extra_sealing_says_what_to_install_and_the_rest_works(tmp_path, notes):
    code = "import sys; sys.modules['cryptography'] = None; from salus.cli import main; main()"
    folder, key = make_city(tmp_path / "c"), salus.new_key(tmp_path / "k.key")
    call = [sys.executable, "-c", code, "seal", str(folder), str(notes), "--key", str(key)]
    told = subprocess.run(call, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "salus-cities[sealed]" in told.stderr
    assert not list((folder / "private/sealed").glob("*"))


def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", "from salus.cli import main; main()", *arguments]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def test_the_commands_seal_and_open_and_say_where_the_log_stands(tmp_path, notes):
    folder, out, key = make_city(tmp_path / "c"), tmp_path / "out.txt", tmp_path / "new.key"
    made = command("seal", str(folder), str(notes), "--key", str(key), "--new-key")
    assert made.returncode == 0, made.stderr
    file = release(folder, until="9999-12-31")
    told = command(
        "unseal", str(folder), "sealed-1", "--release", str(file), "--out", str(out), "--key", str(key), "--json"
    )
    assert told.returncode == 0, told.stderr
    assert out.read_bytes() == NOTES
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(told.stdout)["head"] == salus.verify_openings(folder).head


def test_the_commands_ask_for_a_passphrase_twice_and_never_show_it(tmp_path, notes):
    folder, out = make_city(tmp_path / "c"), tmp_path / "out.txt"
    runner = CliRunner()
    made = runner.invoke(app, ["seal", str(folder), str(notes)], input=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert made.exit_code == 0
    call = ["unseal", str(folder), "sealed-1", "--release", str(release(folder, until="9999-12-31")), "--out", str(out)]
    told = runner.invoke(app, call, input=f"{PASSPHRASE}\n")
    assert told.exit_code == 0
    assert out.read_bytes() == NOTES
    assert PASSPHRASE not in made.output + told.output


def test_an_expired_release_ends_the_command_in_one_sentence_and_exit_1(city, key, tmp_path):
    file, out = city / "private/releases/court.yaml", tmp_path / "out.txt"
    told = command("unseal", str(city), "sealed-1", "--release", str(file), "--out", str(out), "--key", str(key))
    assert told.returncode == 1
    assert "expired" in told.stderr
    assert "Traceback" not in told.stderr
    assert not out.exists()
