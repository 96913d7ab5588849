"""The lock of a log: taken over from the dead, never from the living, and never by two at once."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from salus.errors import BadInput
from salus.workspace import writer
from salus.workspace.writer import alone

HOLDS = """
import sys
from pathlib import Path
from salus.errors import BadInput
from salus.workspace.writer import alone
sys.stdin.readline()
try:
    with alone(Path(sys.argv[1])):
        print("holds", flush=True)
        sys.stdin.readline()
except BadInput as problem:
    print(f"refused: {problem.what}", flush=True)
"""


def start(log: Path) -> subprocess.Popen[str]:
    call = [sys.executable, "-c", HOLDS, str(log)]
    return subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def say(process: subprocess.Popen[str]) -> None:
    process.stdin.write("go\n")
    process.stdin.flush()


def end(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.communicate()


@pytest.fixture
def log(tmp_path):
    return tmp_path / "ledger.jsonl"


@pytest.fixture
def left(log):
    """The lock that a killed process left behind."""
    process = start(log)
    say(process)
    assert process.stdout.readline() == "holds\n"
    process.kill()
    process.communicate()
    lock = log.with_suffix(".lock")
    assert json.loads(lock.read_text())["pid"] == process.pid
    return lock


def change(lock: Path, **said: object) -> None:
    lock.write_text(json.dumps(json.loads(lock.read_text()) | said))


def test_a_lock_is_there_while_it_is_held_and_gone_afterwards(log):
    with alone(log):
        said = json.loads(log.with_suffix(".lock").read_text())
        assert (said["pid"], said["host"]) == (os.getpid(), platform.node())
    assert list(log.parent.iterdir()) == []


def test_it_is_given_back_where_the_work_fails(log):
    with pytest.raises(ZeroDivisionError), alone(log):
        _ = 1 / 0
    assert list(log.parent.iterdir()) == []


def test_the_lock_of_a_killed_process_is_taken_over_without_help(log, left):
    with alone(log):
        assert json.loads(left.read_text())["pid"] == os.getpid()
    assert list(log.parent.iterdir()) == []


def test_the_lock_of_a_living_process_is_refused_with_its_number(log):
    process = start(log)
    say(process)
    process.stdout.readline()
    with pytest.raises(BadInput, match=f"Process {process.pid} on this host is writing"), alone(log):
        pass
    end([process])


def test_a_later_process_of_the_same_number_is_not_taken_for_the_writer(log, left):
    change(left, pid=os.getpid())
    with alone(log):
        pass


def test_a_process_that_died_and_was_not_collected_does_not_live(log):
    process = start(log)
    say(process)
    process.stdout.readline()
    os.kill(process.pid, 9)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, its number still taken
    with alone(log):
        pass
    end([process])


def test_without_proc_the_start_is_asked_of_ps(log, left, monkeypatch):
    state, started = writer._asked(os.getpid())
    assert state
    assert len(started.split()) == 5
    assert writer._asked(2**22 + 1) == ("", "")


@pytest.mark.parametrize("where", [{"host": "another"}, {"machine": "another"}])
def test_a_lock_of_another_host_is_refused_and_says_whom_to_ask(log, left, where):
    change(left, **where)
    with pytest.raises(BadInput) as caught, alone(log):
        pass
    assert f"on {where.get('host', platform.node())} is writing ledger.jsonl" in caught.value.what
    assert "delete that file" in caught.value.remedy
    assert left.exists()


SOUND = {"pid": 1, "host": "", "machine": "", "started": "", "token": "0123456789abcdef"}


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "7", '{"pid": 1}', *(json.dumps(SOUND | wrong) for wrong in
     ({"pid": 0}, {"pid": 99999999999}, {"pid": "x"}, {"token": "../../../else"}, {"further": 1}))],
)  # fmt: skip
def test_a_lock_that_cannot_be_read_is_refused_and_left_alone(log, content):
    lock = log.with_suffix(".lock")
    lock.write_text(content)
    with pytest.raises(BadInput, match="does not say who is writing"), alone(log):
        pass
    assert lock.read_text() == content


def test_a_process_whose_start_nobody_can_tell_is_taken_for_living(log, left, monkeypatch):
    monkeypatch.setattr(writer, "_started", lambda _: None)
    with pytest.raises(BadInput, match="on this host is writing"), alone(log):
        pass


def test_a_file_system_without_links_has_a_lock_too(log, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    with alone(log), pytest.raises(BadInput, match="on this host"), alone(log):
        pass
    assert list(log.parent.iterdir()) == []


@pytest.mark.parametrize("round_", range(3))
def test_of_many_that_take_over_at_once_one_wins(log, left, round_):
    takers = [start(log) for _ in range(6)]
    for taker in takers:
        say(taker)
    answers = [taker.stdout.readline() for taker in takers]
    assert sum(answer == "holds\n" for answer in answers) == 1
    assert sum(answer.startswith("refused: Process") for answer in answers) == 5
    end(takers)
    assert list(log.parent.iterdir()) == []


def test_killed_while_taking_over_the_next_one_still_gets_through(log, left, monkeypatch):
    token = json.loads(left.read_text())["token"]
    claim = left.with_name(f"{left.name}.{token}")
    claim.write_text(json.dumps(json.loads(left.read_text()) | {"token": "0" * 16}))
    with alone(log):
        assert not claim.exists()
