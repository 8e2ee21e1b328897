"""The key that clinical text is sealed with, and sealing itself.

AES-GCM (NIST SP 800-38D) with a random 96-bit nonce. The row's and the column's name go in as
associated data, so a ciphertext copied to another row or column does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import logging
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from db.errors import WrongKey
from db.settings import settings

_NONCE = 12
_VERSION = b"\x02"
_log = logging.getLogger("quietroom.keys")


def seal(text: str, place: str) -> bytes:
    """`text` encrypted under the newest key for one place: "table.column.row". Never the same bytes twice."""
    key = _ring().sealing[0]
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), place.encode())
    return _VERSION + name_of(key) + nonce + sealed


def unseal(sealed: bytes, place: str) -> str:
    """The text sealed for exactly this place.

    Raises:
        WrongKey: a key that is not in the ring, another place, or changed bytes.
    """
    if sealed[:1] != _VERSION:
        raise WrongKey("the sealed value has an unknown version")
    name, nonce, body = sealed[1:5], sealed[5 : 5 + _NONCE], sealed[5 + _NONCE :]
    if name not in map(name_of, _ring().sealing):
        forget()  # another process may have made a newer one
    key = next((key for key in _ring().sealing if name_of(key) == name), None)
    try:
        if key is None:
            raise InvalidTag
        return AESGCM(key).decrypt(nonce, body, place.encode()).decode()
    except InvalidTag as error:
        raise WrongKey("a sealed value does not open with these keys in this place") from error


def is_newest(sealed: bytes) -> bool:
    """Whether a value is sealed under the newest key."""
    return sealed[1:5] == name_of(_ring().sealing[0])


def name_of(key: bytes) -> bytes:
    """Four bytes that tell keys apart and say nothing about them."""
    return hashlib.sha256(b"quiet room key name" + key).digest()[:4]


def pepper() -> bytes:
    """The secret mixed into passwords before hashing: 32 bytes, kept beside the keys. It never changes."""
    return _ring().pepper


def derived(purpose: str) -> bytes:
    """A key for one other purpose, 32 bytes; of the pepper, so that it outlives the sealing key."""
    return hmac.digest(pepper(), f"quiet room {purpose}".encode(), "sha256")


def forget() -> None:
    """Read the keys again at their next use."""
    _ring_at.cache_clear()


@dataclass(frozen=True)
class Ring:
    """Sealing keys, the newest first, and the pepper; 32 bytes each."""

    sealing: tuple[bytes, ...]
    pepper: bytes


def key_file() -> Path:
    return settings().var / "keys.json"


def read_ring() -> Ring:
    """The ring as it stands now in QUIET_ROOM_KEYS, else in `var/keys.json`.

    It is written "<key>:<pepper>", or "<newest key>,<older key>:<pepper>" while keys are changed; each
    32 bytes in base64, plain or URL-safe.

    Raises:
        WrongKey: there is none, or it cannot be read.
    """
    keys, _, mixed = (settings().keys or _kept(key_file())).partition(":")
    try:
        ring = Ring(tuple(_decoded(key) for key in keys.split(",")), _decoded(mixed))
    except (binascii.Error, ValueError):
        ring = Ring((b"",), b"")
    if {len(part) for part in (*ring.sealing, ring.pepper)} != {32}:
        raise WrongKey(
            "QUIET_ROOM_KEYS must be 32-byte values in base64: key:pepper, or newest,older:pepper. "
            "Put back the value this database was created with."
        )
    return ring


def write_ring(ring: Ring) -> None:
    """Replace `var/keys.json`, whole or not at all."""
    partial = _partial(key_file(), _written(ring))
    partial.replace(key_file())
    forget()


def _ring() -> Ring:
    """The ring, read again once its file is another one: who goes on sealing under a key that was replaced
    writes what the change after the next one takes the key of."""
    if settings().keys:
        return _ring_at(None)
    try:
        found = key_file().stat()
    except FileNotFoundError:
        return _ring_at(None)
    return _ring_at((found.st_ino, found.st_mtime_ns))


@lru_cache(maxsize=1)
def _ring_at(_file: tuple[int, int] | None) -> Ring:
    return read_ring()


def _written(ring: Ring) -> str:
    keys = ",".join(base64.urlsafe_b64encode(key).decode() for key in ring.sealing)
    return f"{keys}:{base64.urlsafe_b64encode(ring.pepper).decode()}"


def _decoded(value: str) -> bytes:
    return base64.urlsafe_b64decode(value.strip().translate(str.maketrans("+/", "-_")))


def _kept(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["keys"])
    except FileNotFoundError:
        raise WrongKey(
            f"There are no keys: QUIET_ROOM_KEYS is not set and there is no file {path}. Put back the ones "
            "that this clinic was made with. No new ones were made."
        ) from None


def make_first_ring() -> None:
    """Keys for a clinic that has none yet, in a file that its owner alone reads."""
    path = key_file()
    if settings().keys or path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = _partial(path, _written(Ring((secrets.token_bytes(32),), secrets.token_bytes(32))))
    try:
        # link, not rename: of two processes starting at once the first one's key is the key.
        os.link(partial, path)
        _log.warning("A new key was made in %s. Back it up: without it the records cannot be read.", path)
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    forget()


def _partial(path: Path, keys: str) -> Path:
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"keys": keys}, file)
        file.flush()
        os.fsync(file.fileno())
    return partial
