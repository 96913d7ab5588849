"""Sealed evidence: encrypted in `private/sealed/`, left out of runs, opened only with two roles' approval.

What this cannot protect against on a plain file system is said in docs/howto/sealed-evidence.md.
"""

import datetime as dt
import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from salus.errors import BadInput, BrokenWorkspace, UnknownReference, Withheld
from salus.workspace.folder import read_model, sha256_of
from salus.workspace.openings import append_opening
from salus.workspace.sealing import decrypt, encrypt, write_new

SHELF = Path("private") / "sealed"
RELEASES = Path("private") / "releases"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def two_roles(roles: tuple[str, ...]) -> tuple[str, ...]:
    """The roles, if two of them differ; a `ValueError` if not."""
    plain = {" ".join(unicodedata.normalize("NFKC", role).casefold().split()) for role in roles}
    if len(plain - {""}) < 2:
        raise ValueError("two different roles must approve")
    return roles


class OpeningRelease(BaseModel):
    """A file `private/releases/<name>.yaml`: what may be opened, why, which two roles approved, until when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str = Field(description="Name of the sealed file this release is for")
    why: str = Field(min_length=10, description="The reason, in words that a reviewer can judge")
    approved_by: Annotated[tuple[str, ...], AfterValidator(two_roles)] = Field(
        description="Two or more different roles, such as data protection officer; no names of persons"
    )
    until: dt.date = Field(description="Last day on which it may be opened (UTC)")


def seal(
    path: str | Path,
    file: str | Path,
    *,
    name: str = "",
    passphrase: str | None = None,
    key_file: str | Path | None = None,
) -> Path:
    """Seals a copy of a file in a workspace, under a passphrase or a key file; the path of the sealed copy.

    Without a `name` the next free `sealed-1`, `sealed-2`, ...: names are not encrypted, so they should tell
    nothing. The file itself stays where it is and is not deleted. Nothing sealed is overwritten. Raises
    `BadInput` for a weak or missing secret, a key file inside the workspace and a name in use.
    """
    root, source = _workspace(path), Path(file)
    if not source.is_file():
        raise BadInput(f"{source.name} is not there", where=str(source), remedy="check the path")
    shelf = root / SHELF
    shelf.mkdir(parents=True, exist_ok=True, mode=0o700)
    chosen = name or _next_name(shelf)
    target = _sealed_file(root, chosen)
    content = encrypt(source.read_bytes(), chosen, passphrase=passphrase, key_file=_outside(root, key_file))
    try:
        write_new(target, content)
    except FileExistsError as problem:
        raise BadInput(f"'{chosen}' is sealed already", where=str(target), remedy="give another name") from problem
    return target


def open_sealed(
    path: str | Path,
    name: str,
    *,
    release: str | Path,
    passphrase: str | None = None,
    key_file: str | Path | None = None,
    now: dt.datetime | None = None,
) -> bytes:
    """The content of a sealed file, after its release was checked and the opening written into the log.

    `release`: a file in `private/releases/` of the workspace (`OpeningRelease`) for this very name. Raises
    `Withheld` where two different roles have not approved, it has expired, it is for something else, the secret
    is wrong or the log was changed. If the log cannot be written, nothing is handed over.
    """
    moment = now or dt.datetime.now(dt.UTC)
    root = _workspace(path)
    target = _sealed_file(root, name)
    if not target.is_file():
        raise UnknownReference(f"Nothing is sealed as '{name}'", where=str(target.parent), remedy="look there")
    said, file = _release(root, Path(release), name, moment.astimezone(dt.UTC).date())
    sealed = target.read_bytes()
    content = decrypt(sealed, name, passphrase=passphrase, key_file=_outside(root, key_file))
    append_opening(
        root,
        {
            "at": moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
            "name": name,
            "sealed_sha256": hashlib.sha256(sealed).hexdigest(),
            "release": file.name,
            "release_sha256": sha256_of(file),
            "why": said.why,
            "roles": list(said.approved_by),
        },
    )
    return content


def unseal(
    path: str | Path,
    name: str,
    *,
    release: str | Path,
    out: str | Path,
    passphrase: str | None = None,
    key_file: str | Path | None = None,
    now: dt.datetime | None = None,
) -> Path:
    """As `open_sealed`, into a new file outside the workspace that only its owner may read."""
    root, target = _workspace(path), Path(out)
    if _is_inside(root, target):
        raise BadInput(
            "What is opened may not lie in the workspace", where=str(target), remedy="name a file outside it"
        )
    if target.exists() or not target.parent.is_dir():
        raise BadInput("There is no room for the file", where=str(target), remedy="name a new file in a folder")
    content = open_sealed(path, name, release=release, passphrase=passphrase, key_file=key_file, now=now)
    write_new(target, content)
    return target


def _release(root: Path, release: Path, name: str, today: dt.date) -> tuple[OpeningRelease, Path]:
    file = release.resolve()
    if not file.is_relative_to((root / RELEASES).resolve()):
        raise Withheld(
            "A release lies in private/releases/ of the workspace", where=str(release), remedy="put it there"
        )
    try:
        said = read_model(file, OpeningRelease)
    except BrokenWorkspace as problem:
        raise Withheld(
            f"The release does not hold: {problem.what}", where=str(release), remedy="the how-to shows its fields"
        ) from problem
    if said.what != name:
        raise Withheld(f"The release is for '{said.what}', not '{name}'", where=file.name, remedy="ask for another")
    if today > said.until:
        raise Withheld(f"The release expired on {said.until}", where=file.name, remedy="ask both roles for a new one")
    return said, file


def _workspace(path: str | Path) -> Path:
    root = Path(path)
    if not (root / "city.yaml").is_file():
        raise BadInput("There is no workspace here", where=str(root), remedy="`salus new PATH` makes one")
    return root


def _sealed_file(root: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise BadInput(f"'{name}' cannot name a sealed file", where="NAME", remedy="use letters, digits, - and _")
    return root / SHELF / f"{name}.sealed"


def _next_name(shelf: Path) -> str:
    return next(n for n in (f"sealed-{i}" for i in range(1, 10**6)) if not (shelf / f"{n}.sealed").exists())


def _outside(root: Path, key_file: str | Path | None) -> Path | None:
    if key_file is None:
        return None
    if _is_inside(root, Path(key_file)):
        raise BadInput("The key may not lie in the workspace", where=str(key_file), remedy="keep it elsewhere")
    return Path(key_file)


def _is_inside(root: Path, file: Path) -> bool:
    return file.resolve().is_relative_to(root.resolve())
