"""One client's record: who they are, what needs an answer, measures over time, mood, intake."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.people.permissions import Permission
from clinic.records.client_record import ClientRecord, client_record
from clinic.safety.states import Stage
from clinic.scheduling.appointments import AppointmentView
from components import (
    access,
    attendance,
    consent_parts,
    device_words,
    forms,
    outcome_forms,
    outcome_parts,
    record_parts,
    shell,
)
from components.crisis import plain
from components.disclosure import disclosure
from components.times import clock, moment, zone_words
from components.words import how

viewer = access.require(Permission.CLIENT_READ)


def head(record: ClientRecord, now: datetime) -> None:
    """Who this is, and what to know before anything else."""
    said = record.intake.answers
    facts = [
        f"Called: {plain(said['preferred_name'])}" if said.get("preferred_name") else "",
        f"Born: {plain(said['born'])} (day/month/year)" if said.get("born") else "",
        f"Local time: {clock(now, record.zone)} ({plain(zone_words(record.zone))})",
        "Consent signed" if not record.consents.missing else "**Consent not signed yet**",
    ]
    st.markdown(" · ".join(fact for fact in facts if fact))
    for alert in record.alerts:
        if alert.stage is not Stage.RESOLVED:
            with st.container(border=True):
                lead = ":red[**To answer:**]" if alert.unseen else "**Not closed yet:**"
                st.markdown(
                    f"{lead} {alert.measure}, question {alert.item}, “{plain(alert.answer_words)}”, "
                    f"last heard from {moment(alert.answered_at, viewer.zone)}"
                )
                st.page_link(
                    "pages/alerts.py", label="Open the alert", query_params={"alert": alert.public_id}
                )
    # Above the charts: on a phone everything else stands below them.
    for booked in [one for one in record.coming if one.is_open(now)][:1]:
        if st.button("Start session", type="primary", key=f"room:{booked.public_id}"):
            st.switch_page("pages/room.py", query_params={"appointment": booked.public_id})
    client = {"client": record.client_id}
    with st.container(horizontal=True):
        st.page_link("pages/safety_plan.py", label="Safety plan", query_params=client)
        st.page_link("pages/notes.py", label="Notes", query_params=client)
        st.page_link("pages/messages.py", label="Write a message", query_params=client | {"new": "1"})
        st.page_link("pages/tasks.py", label="Tasks", query_params=client)
        st.page_link("pages/documents.py", label="Documents", query_params=client)
        st.page_link("pages/measure_plan.py", label="What is asked, and when", query_params=client)
        st.page_link("pages/check_in_plan.py", label="What a check-in asks", query_params=client)
        st.page_link("pages/handover.py", label="Who looks after them", query_params=client)
        st.page_link("pages/discharge.py", label="End of care", query_params=client)
        st.page_link("pages/record_file.py", label="Take the record along", query_params=client)


def sessions(record: ClientRecord, now: datetime) -> None:
    st.header("Sessions with you", anchor=False)
    st.page_link(
        "pages/book_for.py",
        label=f"Book a session for {plain(record.name)}",
        query_params={"client": record.client_id},
    )
    if not record.coming:
        st.write("None booked.")
    for booked in record.coming:
        st.write(f"{moment(booked.starts_at, viewer.zone)}, {how(booked.modality)}")
    st.caption(device_words.last_check(record.checked, viewer.zone))
    if record.past:
        disclosure("Past sessions", lambda: past_sessions(record), key="past")


def past_sessions(record: ClientRecord) -> None:
    st.table(
        {
            "When": [moment(gone.starts_at, viewer.zone) for gone in record.past],
            "How it was": [_how_it_was(record, gone) for gone in record.past],
        }
    )
    for gone in record.past:
        if not gone.cancelled:
            when, query = moment(gone.starts_at, viewer.zone), {"session": gone.public_id}
            with st.container(horizontal=True):
                st.page_link("pages/attendance.py", label=f"How {when} was", query_params=query)
                st.page_link("pages/note.py", label="Note on it", query_params=query)


def _how_it_was(record: ClientRecord, gone: AppointmentView) -> str:
    if gone.cancelled:
        return "Cancelled"
    said = record.attendance.get(gone.public_id)
    return attendance.WORDS[said] if said else "Not confirmed"


def intake(record: ClientRecord) -> None:
    st.header("Intake", anchor=False)
    if record.intake.submitted_at:
        st.write(f"Sent on {moment(record.intake.submitted_at, viewer.zone)}.")
    elif record.intake.begun:
        st.write("Begun, not sent yet.")
    else:
        st.write("Not begun yet.")
    st.page_link(
        "pages/intake.py",
        label="Change an answer with them" if record.intake.submitted_at else "Fill in the intake with them",
        query_params={"client": record.client_id},
    )
    if record.intake.begun:
        disclosure(
            "Read the answers", lambda: record_parts.intake_answers(record.intake, viewer.zone), key="intake"
        )


now = datetime.now(UTC)
try:
    client_id = st.query_params.get("client", "")
    record = client_record(viewer, client_id, now, outcome_forms.wanted(client_id))
except NotFound as error:
    shell.page("Client", viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
found = forms.problems(consent_parts.RECORD) | forms.problems(outcome_forms.FORM_NAME)
shell.page(record.name, viewer, back=("pages/clients.py", "clients"), error=bool(found), wide=True)
forms.show_problems(found)
head(record, now)
left, right = st.columns([3, 2], gap="large")
with left:
    outcome_parts.panel(record.outcomes, record.client_id, viewer.zone, found)
with right:
    sessions(record, now)
    st.header("Check-ins, the last three months", anchor=False)
    record_parts.mood_over_time(record.mood)
    st.page_link(
        "pages/client_days.py", label="Check-ins, sleep and goals", query_params={"client": record.client_id}
    )
    consent_parts.panel(record.consents, record.client_id, viewer.zone, now, found)
    intake(record)
    if record.alerts:
        disclosure(
            "Risk answers and what was done",
            lambda: record_parts.alert_trail(record.alerts, viewer.zone),
            key="alerts",
        )
shell.foot(viewer)
