"""A PostgreSQL server of a test's own: private data, one unix socket, no port; gone when the test is."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def postgres_server() -> Iterator[str]:
    """The connection string of a running server, user `postgres`; skips where none can be started, and says why."""
    binaries = _binaries()
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        if as_user:
            folder.chmod(0o755)
            shutil.chown(folder, "postgres")
        data = str(folder / "data")
        _do(
            [*as_user, str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"]
        )
        options = f"-c listen_addresses='' -k {folder} -c fsync=off"
        control = [*as_user, str(binaries / "pg_ctl"), "-D", data, "-w"]
        _do([*control, "-l", str(folder / "log"), "-o", options, "start"])
        try:
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            _do([*control, "-m", "immediate", "stop"])


def _binaries() -> Path:
    found = _newest()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"]
        subprocess.run(command, capture_output=True, check=False)
        found = _newest()
    if found is None:
        pytest.skip("there is no PostgreSQL here, and it cannot be installed without root and apt-get")
    return found


def _newest() -> Path | None:
    there = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return there[-1].parent if there else None


def _do(command: list[str]) -> None:
    # pg_ctl leaves the server with its own streams: a pipe would never end
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, cwd="/")
    assert done.returncode == 0, command
