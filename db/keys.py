"""The key that clinical text is sealed with, and sealing itself.

AES-GCM (NIST SP 800-38D) with a random 96-bit nonce. The row's and the column's name go in as
associated data, so a ciphertext copied to another row or column does not open.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import logging
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.errors import WrongKey
from db.settings import settings

_NONCE = 12
_VERSION = b"\x01"
_log = logging.getLogger("quietroom.keys")


def seal(text: str, place: str) -> bytes:
    """`text` encrypted for one place: "table.column.row". Never the same bytes twice."""
    nonce = secrets.token_bytes(_NONCE)
    return _VERSION + nonce + _cipher().encrypt(nonce, text.encode(), place.encode())


def unseal(sealed: bytes, place: str) -> str:
    """The text sealed for exactly this place.

    Raises:
        WrongKey: another key, another place, or changed bytes.
    """
    if sealed[:1] != _VERSION:
        raise WrongKey("the sealed value has an unknown version")
    nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return _cipher().decrypt(nonce, body, place.encode()).decode()
    except InvalidTag as error:
        raise WrongKey("a sealed value does not open with this key in this place") from error


def pepper() -> bytes:
    """The secret mixed into passwords before hashing: 32 bytes, kept beside the key."""
    return _material()[1]


def derived(purpose: str) -> bytes:
    """A key for one other purpose, 32 bytes; of the pepper, so that it outlives the sealing key."""
    return hmac.digest(pepper(), f"quiet room {purpose}".encode(), "sha256")


def forget() -> None:
    """Read the key again at its next use: for tests."""
    _material.cache_clear()
    _cipher.cache_clear()


@lru_cache(maxsize=1)
def _cipher() -> AESGCM:
    return AESGCM(_material()[0])


@lru_cache(maxsize=1)
def _material() -> tuple[bytes, bytes]:
    """(encryption key, password pepper) from QUIET_ROOM_KEYS, else from `var/keys.json`.

    QUIET_ROOM_KEYS is "<key>:<pepper>", each 32 bytes in base64, plain or URL-safe.
    """
    given = settings().keys
    key, _, mixed = (given or _kept(settings().var / "keys.json")).partition(":")
    try:
        material = (_decoded(key), _decoded(mixed))
    except (binascii.Error, ValueError):
        material = (b"", b"")
    if len(material[0]) != 32 or len(material[1]) != 32:
        raise WrongKey(
            "QUIET_ROOM_KEYS must be two 32-byte values in base64, joined by a colon. "
            "Put back the value this database was created with."
        )
    return material


def _decoded(value: str) -> bytes:
    return base64.urlsafe_b64decode(value.strip().translate(str.maketrans("+/", "-_")))


def _kept(path: Path) -> str:
    """The key file's content, made once, readable by its owner only."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["keys"])
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = ":".join(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"keys": made}, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        # link, not rename: of two processes starting at once the first one's key is the key.
        os.link(partial, path)
        _log.warning("A new key was made in %s. Back it up: without it the records cannot be read.", path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    return str(json.loads(path.read_text(encoding="utf-8"))["keys"])
