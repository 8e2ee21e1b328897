"""What the clinic looks like: its logo and its colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import undefer

import db
from clinic.documents.pictures import logo_made_anew
from clinic.oversight.audit import record
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Clinic


class Colour(StrEnum):
    """Palettes in which white on a button can be read, on light and on dark (components/look.py)."""

    TEAL = "teal"
    BLUE = "blue"
    GREEN = "green"
    VIOLET = "violet"
    BERRY = "berry"
    SLATE = "slate"


@dataclass(frozen=True)
class Look:
    """`logo` is a PNG of at most 480 x 120 pixels."""

    colour: Colour = Colour.TEAL
    logo: bytes | None = None


def clinic_look() -> Look:
    """How the clinic looks. Public, as its name is."""
    with db.reading() as session:
        row = session.scalars(select(Clinic).options(undefer(Clinic.logo))).first()
    return Look(Colour(row.colour), row.logo) if row else Look()


@allowed(Permission.CLINIC_MANAGE)
def choose_colour(viewer: Viewer, colour: Colour, now: datetime) -> None:
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().colour = colour.value
        record(session, now, viewer.account_id, "look.colour")


@allowed(Permission.CLINIC_MANAGE)
def choose_logo(viewer: Viewer, content: bytes, now: datetime) -> None:
    """Raises InvalidInput where `logo` is no picture that can be used."""
    made = logo_made_anew(content)
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().logo = made
        record(session, now, viewer.account_id, "look.logo")


@allowed(Permission.CLINIC_MANAGE)
def remove_logo(viewer: Viewer, now: datetime) -> None:
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().logo = None
        record(session, now, viewer.account_id, "look.logo")
