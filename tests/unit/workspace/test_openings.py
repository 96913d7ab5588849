"""The chain of openings: what was done to a log, and whether verifying it shows."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.errors import BadInput, Withheld
from salus.workspace import verify_openings
from salus.workspace.openings import LOG, append_opening
from salus.workspace.writer import alone


@pytest.fixture
def city(tmp_path):
    (tmp_path / "private").mkdir()
    for number in range(5):
        append_opening(tmp_path, {"name": f"sealed-{number}", "why": "Carta del fiscal, 12 de mayo"})
    return tmp_path


def lines(city):
    return (city / LOG).read_bytes().split(b"\n")[:-1]


def write(city, changed):
    (city / LOG).write_bytes(b"".join(line + b"\n" for line in changed))


def test_a_log_as_it_was_written_has_no_faults_and_a_head(city):
    found = verify_openings(city)
    assert (found.lines, found.faults) == (5, ())
    assert found.head == hashlib.sha256(lines(city)[-1]).hexdigest()


def test_each_line_carries_the_sha256_of_the_one_before(city):
    written = lines(city)
    assert [json.loads(line)["before"] for line in written[1:]] == [hashlib.sha256(x).hexdigest() for x in written[:-1]]


def test_a_workspace_without_openings_has_no_faults(tmp_path):
    assert verify_openings(tmp_path).faults == ()


def test_a_mistyped_path_is_not_taken_for_a_log_without_faults(tmp_path):
    with pytest.raises(BadInput, match="no folder"):
        verify_openings(tmp_path / "nowhere")


@pytest.mark.parametrize("number", range(5))
def test_an_edited_line_shows_the_last_one_too(city, number):
    changed = lines(city)
    changed[number] = changed[number].replace(b"fiscal", b"alcalde")
    write(city, changed)
    assert f"line {number + 1} was edited" in verify_openings(city).faults


@pytest.mark.parametrize("number", range(4))
def test_a_line_edited_with_its_own_sha256_made_anew_breaks_the_next(city, number):
    changed = lines(city)
    content = json.loads(changed[number]) | {"why": "nothing"}
    content.pop("own")
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    content["own"] = hashlib.sha256(plain).hexdigest()
    changed[number] = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    write(city, changed)
    assert [fault[:6] for fault in verify_openings(city).faults] == [f"line {number + 2}"]


@pytest.mark.parametrize("number", range(4))
def test_a_line_taken_out_shows(city, number):
    changed = lines(city)
    del changed[number]
    write(city, changed)
    assert verify_openings(city).faults


def test_a_line_put_in_shows(city):
    changed = lines(city)
    write(city, [*changed[:2], changed[1], *changed[2:]])
    assert verify_openings(city).faults


def test_lines_that_changed_places_show(city):
    changed = lines(city)
    changed[1], changed[2] = changed[2], changed[1]
    write(city, changed)
    assert verify_openings(city).faults


def test_a_log_cut_short_shows_only_with_the_head_noted_elsewhere(city):
    head = verify_openings(city).head
    write(city, lines(city)[:3])
    assert verify_openings(city).faults == ()
    assert "cut short" in verify_openings(city, head).faults[0]


def test_a_deleted_log_shows_only_with_the_head_noted_elsewhere(city):
    head = verify_openings(city).head
    (city / LOG).unlink()
    assert verify_openings(city).faults == ()
    assert verify_openings(city, head).faults


def test_a_head_noted_earlier_holds_after_further_openings(city):
    head = verify_openings(city).head
    append_opening(city, {"name": "sealed-9"})
    assert verify_openings(city, head).faults == ()


def test_a_half_written_last_line_shows(city):
    with (city / LOG).open("ab") as file:
        file.write(b'{"number":6')
    assert "the last line is not complete" in verify_openings(city).faults


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_changed_byte_shows(tmp_path_factory, data):
    city = tmp_path_factory.mktemp("log")
    (city / "private").mkdir()
    for name in ("a", "b"):
        append_opening(city, {"name": name})
    whole = (city / LOG).read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != whole[place]))
    (city / LOG).write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
    assert verify_openings(city).faults


def test_nothing_is_added_to_a_log_that_was_changed(city):
    write(city, lines(city)[1:])
    before = (city / LOG).read_bytes()
    with pytest.raises(Withheld, match="was changed"):
        append_opening(city, {"name": "sealed-9"})
    assert (city / LOG).read_bytes() == before


def test_two_openings_at_once_do_not_share_a_line(city):
    with alone(city / LOG), pytest.raises(BadInput, match=r"on this host is writing openings\.log"):
        append_opening(city, {"name": "sealed-9"})
