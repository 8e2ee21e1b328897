"""Password hashing.

bcrypt reads 72 bytes at most and this version refuses more, so the password is first put in one
Unicode form (NFKC) and through HMAC-SHA-256 with the deployment's pepper: any length counts whole,
and a stolen table alone cannot be guessed against.
"""

from __future__ import annotations

import base64
import hmac
import threading
import unicodedata
from functools import lru_cache

import bcrypt

from clinic.people.common_passwords import is_common
from db.keys import pepper

_COST = 12
_TAG = "v1$"
MINIMUM_LENGTH = 15  # for a password alone: OWASP ASVS 5.0.0, 6.2.1 and NIST SP 800-63B-4
MAXIMUM_LENGTH = 1024

# One check holds a core for a third of a second; more at once would starve everybody's screen.
_one_at_a_time = threading.Semaphore(1)


def problem_with_password(password: str, email: str = "", name: str = "") -> str | None:
    """Why this password cannot be chosen, as a sentence; None if it can. No rules about signs and numbers."""
    if len(password) < MINIMUM_LENGTH:
        return f"Use a password of {MINIMUM_LENGTH} characters or more. Several words work well."
    if len(password) > MAXIMUM_LENGTH:
        return f"Use a password of {MAXIMUM_LENGTH} characters or fewer."
    if is_common(password, f"{email} {name}"):
        return "Others would guess this password early. Use several words that do not belong together."
    return None


def hash_password(password: str) -> str:
    """A salted hash with its version tag."""
    return _TAG + bcrypt.hashpw(_digest(password), bcrypt.gensalt(_COST)).decode()


def matches(password: str, hashed: str) -> bool:
    """Whether the password is the one that was hashed. Over-long input is simply wrong."""
    if not hashed.startswith(_TAG) or len(password) > MAXIMUM_LENGTH:
        return False
    with _one_at_a_time:
        return bcrypt.checkpw(_digest(password), hashed.removeprefix(_TAG).encode())


@lru_cache(maxsize=1)
def hash_of_nobody() -> str:
    """A hash no password opens, so that an unknown e-mail takes as long to refuse as a known one."""
    return hash_password(base64.b64encode(bcrypt.gensalt()).decode())


def _digest(password: str) -> bytes:
    normal = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(pepper(), normal, "sha256"))
