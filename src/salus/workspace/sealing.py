"""Encrypts one file under a passphrase or a key file (AES-256-GCM), and opens it again.

The first line of a sealed file says how it was sealed and is protected with the content; neither key nor
passphrase is ever written. Nothing here knows a workspace.
"""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salus.errors import BadInput, MissingExtra, Withheld

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = "salus-sealed-1"
_KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12
_COST = 2**17  # scrypt with r = 8 and p = 1: 128 MB and some tenths of a second for each guess
_COSTS = (2**14, 2**20)
_LEAST_PASSPHRASE = 12
_LARGEST = 2**30


def encrypt(content: bytes, name: str, *, passphrase: str | None = None, key_file: Path | None = None) -> bytes:
    """The content sealed under a name: with a passphrase of 12 characters or more, or with a key file, not both.

    From a passphrase the key is derived by scrypt (RFC 7914) with a salt of its own. The name is bound to the
    content. Raises `BadInput` for a secret that is missing, double or short, and above 1 GB.
    """
    if len(content) > _LARGEST:
        raise BadInput("More than 1 GB cannot be sealed at once", where=name, remedy="seal it in parts")
    header: dict[str, Any] = {"format": _FORMAT, "name": name, "nonce": secrets.token_hex(_NONCE_BYTES)}
    if _one_secret(passphrase, key_file):
        if passphrase is not None and len(passphrase) < _LEAST_PASSPHRASE:
            raise BadInput(
                "The passphrase is too short",
                where=name,
                remedy=f"use {_LEAST_PASSPHRASE} characters or more, best four or more random words",
            )
        header |= {"key": "scrypt", "cost": _COST, "salt": secrets.token_hex(_SALT_BYTES)}
    else:
        header |= {"key": "file"}
    line = json.dumps(header, sort_keys=True).encode() + b"\n"
    cipher = _cipher(header, passphrase, key_file)
    nonce = bytes.fromhex(header["nonce"])
    sealed = line + cipher.encrypt(nonce, content, line)
    if cipher.decrypt(nonce, sealed[len(line) :], line) != content:
        raise Withheld("The sealed content does not open again", where=name, remedy="keep the file as it is, try again")
    return sealed


def decrypt(sealed: bytes, name: str, *, passphrase: str | None = None, key_file: Path | None = None) -> bytes:
    """The content of what `encrypt` made under that name.

    Raises `Withheld` for a wrong secret and for a sealed file that was changed or renamed: the two
    cannot be told apart; `BadInput` where a passphrase is given for a key file or the other way round.
    """
    by_passphrase = _one_secret(passphrase, key_file)
    line, _, rest = sealed.partition(b"\n")
    header = _header(line, name)
    if by_passphrase != (header["key"] == "scrypt"):
        wanted = "a key file" if by_passphrase else "a passphrase"
        raise BadInput(f"'{name}' was sealed with {wanted}", where=name, remedy=f"give {wanted}")
    cipher = _cipher(header, passphrase, key_file)
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(bytes.fromhex(header["nonce"]), rest, line + b"\n")
    except InvalidTag as problem:
        raise Withheld(
            f"'{name}' does not open: the secret is another one, or the file was changed",
            where=name,
            remedy="check the secret; compare the file's sha256 with a backup",
        ) from problem


def new_key(file: str | Path) -> Path:
    """A new random key in a file of its own, readable by its owner only; an existing file is never overwritten.

    Who has the file can open what it sealed; who loses it cannot. Raises `BadInput` inside a workspace, where
    the key would travel with what it seals.
    """
    path = Path(file)
    if any((folder / "city.yaml").is_file() for folder in path.resolve().parents):
        raise BadInput("The key may not lie in the workspace", where=str(path), remedy="keep it elsewhere")
    try:
        write_new(path, base64.b64encode(secrets.token_bytes(_KEY_BYTES)) + b"\n")
    except FileExistsError as problem:
        raise BadInput(f"{path.name} is there already", where=str(path), remedy="name a new file") from problem
    return path


def write_new(path: Path, content: bytes) -> None:
    """Writes a file that must not exist yet, for its owner only; whole or not at all."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _one_secret(passphrase: str | None, key_file: Path | None) -> bool:
    """Whether the one secret given is a passphrase."""
    if (passphrase is None) == (key_file is None):
        raise BadInput("One secret is needed", where="seal", remedy="give a passphrase or a key file, not both")
    return passphrase is not None


def _header(line: bytes, name: str) -> dict[str, Any]:
    wrong = Withheld(f"'{name}' is no sealed file", where=name, remedy="compare its sha256 with a backup")
    try:
        header = json.loads(line)
        sound = header["format"] == _FORMAT and header["key"] in {"scrypt", "file"}
        sound = sound and len(bytes.fromhex(header["nonce"])) == _NONCE_BYTES
        if header["key"] == "scrypt":
            sound = sound and header["cost"] in range(_COSTS[0], _COSTS[1] + 1) and bool(bytes.fromhex(header["salt"]))
    except (ValueError, KeyError, TypeError) as problem:
        raise wrong from problem
    if not sound:
        raise wrong
    if header["name"] != name:
        raise Withheld(f"'{name}' was sealed under another name", where=name, remedy="give the file its name back")
    return dict(header)


def _cipher(header: dict[str, Any], passphrase: str | None, key_file: Path | None) -> "AESGCM":
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    except ImportError as problem:
        raise MissingExtra(
            "Sealed evidence needs the extra [sealed]",
            where="cryptography",
            remedy="pip install 'salus-cities[sealed]'",
        ) from problem
    if passphrase is not None:
        scrypt = Scrypt(salt=bytes.fromhex(header["salt"]), length=_KEY_BYTES, n=header["cost"], r=8, p=1)
        return AESGCM(scrypt.derive(passphrase.encode()))
    return AESGCM(_key(Path(str(key_file))))


def _key(file: Path) -> bytes:
    try:
        key = base64.b64decode(file.read_bytes().strip(), validate=True)
    except (OSError, ValueError) as problem:
        raise BadInput("The key file cannot be read", where=str(file), remedy="`--new-key` makes one") from problem
    if len(key) != _KEY_BYTES:
        raise BadInput("The key file holds no key", where=str(file), remedy="`--new-key` makes one")
    return key
