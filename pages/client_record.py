"""One client's record: who they are, what needs an answer, measures over time, mood, intake."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.measures.alerts import Alert, acknowledge
from clinic.measures.instrument import instrument
from clinic.measures.questionnaires import AT_INTAKE
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.client_record import ClientRecord, client_record
from components import access, forms, record_parts, shell
from components.crisis import plain
from components.disclosure import disclosure
from components.times import clock, moment, zone_words

viewer = access.require(Permission.CLIENT_READ)
FORM_NAME = "record"


@forms.callback(FORM_NAME)
def seen(asker: Viewer, alert: Alert) -> None:
    acknowledge(asker, alert.public_id, datetime.now(UTC))


def head(record: ClientRecord, now: datetime) -> None:
    """Who this is, and what to know before anything else."""
    said = record.intake.answers
    facts = [
        f"Called: {plain(said['preferred_name'])}" if said.get("preferred_name") else "",
        f"Born: {plain(said['born'])} (day/month/year)" if said.get("born") else "",
        f"Local time: {clock(now, record.zone)} ({plain(zone_words(record.zone))})",
        "Consent signed" if record.consent_signed else "**Consent not signed yet**",
    ]
    st.markdown(" · ".join(fact for fact in facts if fact))
    for alert in record.alerts:
        if alert.acknowledged_at is None:
            with st.container(border=True):
                st.markdown(
                    f":red[**To answer:**] {alert.measure}, question {alert.item}, "
                    f"“{plain(alert.answer_words)}”, {moment(alert.raised_at, viewer.zone)}"
                )
                st.button("I have seen this", key=f"seen:{alert.public_id}", on_click=seen, args=(alert,))


def sessions(record: ClientRecord, now: datetime) -> None:
    st.subheader("Sessions with you", anchor=False)
    if not record.coming:
        st.write("None booked.")
    for booked in record.coming:
        if booked.room_is_open(now):
            if st.button("Start session", type="primary", key=f"room:{booked.public_id}"):
                st.switch_page("pages/room.py", query_params={"appointment": booked.public_id})
        else:
            st.write(moment(booked.starts_at, viewer.zone))
    if record.past:
        disclosure("Past sessions", lambda: past_sessions(record), key="past")


def past_sessions(record: ClientRecord) -> None:
    st.table(
        {
            "When": [moment(gone.starts_at, viewer.zone) for gone in record.past],
            "": ["Cancelled" if gone.cancelled else "" for gone in record.past],
        }
    )


def measures(record: ClientRecord) -> None:
    answered = [instrument(name) for name in AT_INTAKE if record.series.get(name)]
    if not answered:
        st.subheader("Measures", anchor=False)
        st.write("No measures answered yet. Clients are asked with their intake, then about once a week.")
    for measure in answered:
        record_parts.measure_over_time(
            measure, record.series[measure.id], record.latest[measure.id], viewer.zone
        )


def intake(record: ClientRecord) -> None:
    st.subheader("Intake", anchor=False)
    if record.intake.submitted_at:
        st.write(f"Sent on {moment(record.intake.submitted_at, viewer.zone)}.")
    elif record.intake.answers:
        st.write("Begun, not sent yet.")
    else:
        st.write("Not begun yet.")
        return
    disclosure("Read the answers", lambda: record_parts.intake_answers(record.intake.answers), key="intake")


now = datetime.now(UTC)
try:
    record = client_record(viewer, st.query_params.get("client", ""), now)
except NotFound as error:
    shell.page("Client", viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
found = forms.problems(FORM_NAME)
shell.page(record.name, viewer, back=("pages/clients.py", "clients"), error=bool(found), wide=True)
forms.show_problems(found)
head(record, now)
left, right = st.columns([3, 2], gap="large")
with left:
    measures(record)
with right:
    sessions(record, now)
    st.subheader("Check-ins, the last three months", anchor=False)
    record_parts.mood_over_time(record.mood)
    intake(record)
    if record.alerts:
        disclosure(
            "Risk answers and who saw them",
            lambda: record_parts.alert_trail(record.alerts, viewer.zone),
            key="alerts",
        )
shell.foot(viewer)
