"""A safety plan on paper: the client's own words, and whom to call."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import db
from clinic.documents.pdf import Document
from clinic.oversight.audit import record
from clinic.people.care import client_visible_to
from clinic.people.details import ClinicDetails, read_details
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.safety.safety_plan import STEPS, Plan, read_plan

File = tuple[str, str, bytes]


@allowed(Permission.SAFETY_PLAN_EDIT)
def plan_file(viewer: Viewer, client_id: str, now: datetime) -> File:
    """(file name, media type, content) of a client's plan as it stands; steps with nothing in them have their
    hint, so that it can be written on.

    Raises:
        NotFound: no such client, or not this person's.
    """
    with db.unit_of_work() as session:
        client = client_visible_to(session, viewer, client_id, now)
        plan, details = read_plan(session, client.id), read_details(session)
        record(
            session,
            now,
            viewer.account_id,
            "safety-plan.copy",
            client_id=client.id,
            object_id=client.public_id,
        )
    # No name, in the file or on it: it may be left lying about.
    return "safety-plan.pdf", "application/pdf", plan_page(plan, details, client.zone, now)


def plan_page(plan: Plan, details: ClinicDetails | None, zone: str, now: datetime) -> bytes:
    """The plan as a PDF; the caller has decided permission."""
    page = Document("My safety plan", _footer(plan, zone), now)
    for step in STEPS:
        page.keep_together(25)
        page.heading(step.heading)
        if text := plan.steps[step.name].strip():
            page.paragraph(text)
        else:
            page.small(step.hint)
    if details is not None:
        page.keep_together(30)
        page.heading("If I might act on thoughts of suicide, or am not safe")
        page.facts(
            [
                ("Call now", details.emergency_number),
                (details.crisis_line_name, details.crisis_line_number),
                (f"{details.name}, in working hours", details.phone),
            ]
        )
    if not page.complete:
        page.small("A box stands for a letter that this file's font does not have. The portal shows all.")
    return page.content()


def _footer(plan: Plan, zone: str) -> str:
    if plan.edited_at is None:
        return "My safety plan"
    local = plan.edited_at.astimezone(ZoneInfo(zone))
    return f"My safety plan, as of {local.day} {local:%B %Y}"
