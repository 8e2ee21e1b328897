"""A therapist lets a client book and join before the required consents are signed, and says why."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NothingToWaive
from clinic.intake.age import as_kept, born_or_problem
from clinic.intake.consent_state import has_signed, open_waiver
from clinic.oversight.audit import record
from clinic.people.care import client_in_care_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from db.tables import Account, ConsentWaiver

# Long enough for the next session, too short to become the rule: docs/decisions/0011-signed-consents.md.
LASTS = timedelta(days=7)
SHORTEST_REASON, LONGEST_REASON = 10, 500


@allowed(Permission.CONSENT_WAIVE)
def waive(viewer: Viewer, client_id: str, reason: str, now: datetime) -> None:
    """Let one's client book and join for a week. While that holds, a second one is nothing new.

    Raises:
        NotFound: not one of the viewer's clients.
        NothingToWaive: the client has signed all that is required.
        InvalidInput: the reason is too short or too long.
    """
    stated = reason.strip()
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        if not SHORTEST_REASON <= len(stated) <= LONGEST_REASON:
            raise InvalidInput(
                {"reason": f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters. It is kept."}
            )
        # Two presses at once: the second waits and finds the first one's.
        session.scalars(
            select(Account.id).where(Account.id == client.id).with_for_update(key_share=True)
        ).one()
        if open_waiver(session, client.id, now) is not None:
            return
        if has_signed(session, client.id):
            raise NothingToWaive()
        waiver = ConsentWaiver(
            client_id=client.id, therapist_id=viewer.account_id, since_at=now, until_at=now + LASTS
        )
        waiver.reason = stated
        session.add(waiver)
        record(
            session,
            now,
            viewer.account_id,
            "consent.waive",
            client_id=client.id,
            object_id=waiver.public_id,
        )


@allowed(Permission.CONSENT_WAIVE)
def correct_born(viewer: Viewer, client_id: str, born: str, now: datetime) -> None:
    """Put a client's date of birth right, "day/month/year": clients enter theirs once.

    Raises:
        NotFound: not one of the viewer's clients.
        InvalidInput: no date, not a real one, or one in the future.
    """
    with db.unit_of_work() as session:
        client = client_in_care_of(session, viewer, client_id, now)
        found, problem = born_or_problem(born, now.astimezone(ZoneInfo(client.zone)).date())
        if found is None:
            raise InvalidInput({"born": problem.replace("your date", "the date")})
        if client.born == as_kept(found):
            return
        client.born = as_kept(found)
        record(
            session, now, viewer.account_id, "client.born", client_id=client.id, object_id=client.public_id
        )
