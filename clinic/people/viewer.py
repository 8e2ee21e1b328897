"""Who is asking: the first argument of every service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

_NEVER, _ALWAYS = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


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
    # Staff who have no second factor yet: they can set it up, and nothing else.
    second_factor_due: bool = False
    # When this sign-in last gave the password: sensitive acts ask for it again.
    password_at: datetime = _NEVER
    # When this run began, as far as the viewer is concerned.
    asked_at: datetime = _NEVER
    # When this sign-in ends, unless the person does something before.
    signed_in_until: datetime = _ALWAYS
