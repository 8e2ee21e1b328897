"""Who is asking: the first argument of every service."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    CLIENT = "client"
    THERAPIST = "therapist"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Viewer:
    """A signed-in person, as the database knew them when this run began.

    `zone` is an IANA name; `session_id` is the sign-in (device), not a Streamlit session.
    """

    account_id: int
    public_id: str
    role: Role
    name: str
    zone: str
    session_id: int
