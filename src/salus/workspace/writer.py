"""One writer at a time: a lock that names who holds it, and that is taken over when that process is gone.

A lock of another host, or one that cannot be read, is never taken over: nobody here can tell whether its writer lives.
"""

import json
import os
import platform
import re
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from salus.errors import BadInput

_LARGEST_PID = 2**31
_TOKEN = re.compile(r"[0-9a-f]{16}")
_DEAD = ("Z", "X")
_GONE = ""


@dataclass(frozen=True)
class Writer:
    """A process that writes: `started` tells it from a later one of the same number, `machine` from one elsewhere.

    `machine` is the installation and the space of process numbers, since containers may share a host's name.
    `started` is empty where the system does not say.
    """

    pid: int
    host: str
    machine: str
    started: str
    token: str


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """One writer of a file at a time. Raises `BadInput` with the writer's name where another one holds it.

    A lock that a killed process of this host left behind is taken over; of several takers one wins.
    """
    with _held(file.with_suffix(".lock"), file.name):
        yield


@contextmanager
def _held(lock: Path, what: str) -> Iterator[None]:
    mine = _this_process()
    while not _placed(lock, mine):
        _clear(lock, what)
    try:
        yield
    finally:
        if _read(lock, what) == mine:
            lock.unlink(missing_ok=True)


def _clear(lock: Path, what: str) -> None:
    """Takes a lock away whose writer is gone. Who may do so is settled by a lock of its own, named after the old one:
    a slower taker finds another lock than it looked at, and leaves it.
    """
    found = _read(lock, what)
    if found is None:  # given back meanwhile
        return
    _refuse_living(found, lock, what)
    with _held(lock.with_name(f"{lock.name}.{found.token}"), what):
        if _read(lock, what) == found:
            lock.unlink()


def _refuse_living(found: Writer, lock: Path, what: str) -> None:
    mine = _this_process()
    if (found.host, found.machine) != (mine.host, mine.machine):
        raise BadInput(
            f"Process {found.pid} on {found.host} is writing {what}",
            where=str(lock),
            remedy=f"wait for it; if nothing of Salus runs on {found.host} any more, delete that file",
        )
    started = _started(found.pid)
    if started is None or not found.started or started == found.started:
        raise BadInput(
            f"Process {found.pid} on this host is writing {what}",
            where=str(lock),
            remedy="try again when it is done; if that process is not Salus, delete that file",
        )


def _placed(lock: Path, writer: Writer) -> bool:
    """Whether the lock was there for the taking; it appears with its content, so that a kill leaves none without."""
    content = json.dumps(asdict(writer)).encode()
    draft = lock.with_name(f".{lock.name}.{secrets.token_hex(8)}")
    try:
        _write_new(draft, content)
        try:
            os.link(draft, lock)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            return _write_new(lock, content)
        return True
    finally:
        draft.unlink(missing_ok=True)


def _write_new(file: Path, content: bytes) -> bool:
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except FileExistsError:
        return False
    return True


def _read(lock: Path, what: str) -> Writer | None:
    try:
        said = Writer(**json.loads(lock.read_bytes()))
        sound = 0 < int(said.pid) < _LARGEST_PID and _TOKEN.fullmatch(said.token)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        sound = None
    if not sound:
        raise BadInput(
            f"The lock of {what} does not say who is writing",
            where=str(lock),
            remedy="make sure that nobody releases or opens anything here, then delete that file",
        )
    return said


def _this_process() -> Writer:
    pid = os.getpid()
    return Writer(pid, platform.node(), _machine(), _started(pid) or "", secrets.token_hex(8))


def _machine() -> str:
    identity, numbers = Path("/etc/machine-id"), Path("/proc/self/ns/pid")
    named = identity.read_text(encoding="ascii").strip() if identity.is_file() else ""
    return f"{named} {numbers.readlink() if numbers.is_symlink() else ''}".strip()


def _started(pid: int) -> str | None:
    """When a process started, as the system writes it; empty where there is none, None where nobody can tell."""
    if os.name != "posix":
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return _GONE
    except PermissionError:  # somebody else's
        pass
    try:
        _, _, fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(") ")
        state, ticks = fields.split()[0], fields.split()[19]
        boot = Path("/proc/sys/kernel/random/boot_id")
        said = f"{ticks} {boot.read_text(encoding='ascii').strip() if boot.is_file() else ''}".strip()
    except (OSError, IndexError):
        state, said = _asked(pid)
    return _GONE if state.startswith(_DEAD) else said or None


def _asked(pid: int) -> tuple[str, str]:
    """State and start of a process as `ps` says them, where there is no /proc."""
    asked = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=False, env=os.environ | {"LC_ALL": "C"})
    except OSError:
        return "", ""
    state, _, started = said.stdout.strip().partition(" ")
    return state, " ".join(started.split())
