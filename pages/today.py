"""A therapist's day: what must be answered first, then who is seen when."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.handover import see
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.records.day import Day, DayAhead, DayEntry, day, day_mark
from clinic.records.readiness import Readiness, Way
from clinic.safety.alerts import Alert
from clinic.safety.answering import acknowledge
from components import access, alert_words, attendance, device_words, forms, shell
from components.crisis import plain
from components.errors import friendly_errors
from components.reminder import reminder
from components.times import clock, day_of, long_day, moment, zone_words
from components.words import counted, how, joined

viewer = access.require(Permission.DAY_READ)
FORM_NAME = "today"
MARK = "today:mark"
REFRESH = "10s"  # who waits at the door must not depend on a reload
MOST_RESULTS = 5  # the caseload has them all
NOTES_SHOWN = 5
HANDED = {
    "transfer": "handed {} over to you",
    "co_therapist": "asked you to look after {} with them",
    "supervisor": "opened the record of {} to you",
}


@forms.callback(FORM_NAME)
def seen(asker: Viewer, alert: Alert) -> None:
    acknowledge(asker, alert.public_id, alert.answered_at, datetime.now(UTC))
    st.session_state["today:seen"] = alert.client_name


@forms.callback(FORM_NAME)
def read_it(asker: Viewer, handover_id: str) -> None:
    see(asker, handover_id, datetime.now(UTC))


def alert_card(alert: Alert) -> None:
    with st.container(border=True):
        if alert.is_test:
            st.markdown("**This is a test of how alerts reach you.**")
        else:
            alert_words.answered(alert, viewer.zone)
        st.caption(alert_words.stage(alert, viewer.zone))
        with st.container(horizontal=True, vertical_alignment="center"):
            if alert.unseen:
                st.button(
                    f"Acknowledge: {'test' if alert.is_test else plain(alert.client_name)}",
                    key=f"seen:{alert.public_id}",
                    on_click=seen,
                    args=(alert,),
                )
            st.page_link(
                "pages/alerts.py",
                label="Open the test" if alert.is_test else f"Answer: {plain(alert.client_name)}",
                query_params={"alert": alert.public_id},
            )


def session_card(entry: DayEntry, now: datetime, first: bool, reminders: set[str]) -> None:
    """All words in one element: with twelve sessions a day, each element more is felt. `reminders` are the
    clients who have their button already, on the first of two sessions."""
    booked = entry.appointment
    lines = [
        f"**{clock(booked.starts_at, viewer.zone)}** to {clock(booked.ends_at, viewer.zone)}, "
        f"**{plain(booked.client_name)}**",
        status(entry, now),
    ]
    before = now < booked.ends_at
    if before:
        lines.append(ready_words(entry.readiness))
        if booked.modality == "video" and entry.checked is not None:
            lines.append(device_words.last_check(entry.checked, viewer.zone))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown("  \n".join(lines))
        if booked.is_open(now) and st.button(
            f"Start session: {booked.client_name}",
            type="primary" if first else "secondary",
            key=f"room:{booked.public_id}",
        ):
            st.switch_page("pages/room.py", query_params={"appointment": booked.public_id})
        st.page_link(
            "pages/client_record.py",
            label=f"Open {plain(booked.client_name)}",
            query_params={"client": booked.client_id},
        )
        if before and entry.alert_id:
            st.page_link(
                "pages/alerts.py",
                label=f"Open the alert: {plain(booked.client_name)}",
                query_params={"alert": entry.alert_id},
            )
        if before and booked.client_id not in reminders:
            reminders.add(booked.client_id)
            remindable = entry.readiness.calls_for(Way.REMIND)
            reminder(booked.client_id, booked.client_name, remindable, entry.reminded_at, viewer.zone)


def ready_words(found: Readiness) -> str:
    """The sign, the word and the colour say the same."""
    if found.ready:
        return ":green[**✓ Ready**]"
    return f":orange[**▲ Not ready:**] {joined(list(found.words), '')}."


def status(entry: DayEntry, now: datetime) -> str:
    """How things stand with one session, in words."""
    booked = entry.appointment
    if entry.waiting_since is not None:
        return f"**Waiting since {clock(entry.waiting_since, viewer.zone)}.**"
    if booked.room_is_open(now):
        return "The room is open."
    if booked.modality != "video" and now < booked.ends_at:
        words = f"{how(booked.modality).capitalize()}."
        if booked.modality == "phone" and not booked.is_open(now):
            words += f" The number is here from {clock(booked.room_opens_at, viewer.zone)}."
        return words
    if now < booked.starts_at:
        return f"The room opens at {clock(booked.room_opens_at, viewer.zone)}."
    return f"Over. {attendance.WORDS[entry.attendance]}." if entry.attendance else "Over."


@st.fragment(run_every=REFRESH)
def watch() -> None:
    """Looks whether the day has changed, asks anew who is looking, and only then has all of it drawn again:
    to draw a full day every few seconds would cost ten times as much."""
    asker = access.require(Permission.DAY_READ, active=False)
    with friendly_errors():
        now = datetime.now(UTC)
        if day_mark(asker, now) != st.session_state.get(MARK):
            st.rerun()
        st.caption(f"Up to date at {clock(now, viewer.zone)}. This page looks by itself.")


def alerts(today: Day) -> None:
    st.header("To answer", anchor=False)
    if said := st.session_state.pop("today:seen", None):
        st.success(f"Acknowledged: {plain(said)}. It stays here until you close it.")
    for alert in today.alerts:
        alert_card(alert)
    if not today.alerts:
        st.write("Nothing is waiting for an answer.")


def new_results(today: Day) -> None:
    if not today.unreviewed:
        return
    whose = counted(len(today.unreviewed), "client", "clients")
    st.markdown(f"**New results nobody has looked at: {whose}.**")
    for one in today.unreviewed[:MOST_RESULTS]:
        st.page_link(
            "pages/client_record.py",
            label=f"New results: {plain(one.client_name)}",
            query_params={"client": one.client_id},
        )
    if len(today.unreviewed) > MOST_RESULTS:
        st.page_link("pages/clients.py", label=f"All {whose} are among your clients")


def handed_over(today: Day) -> None:
    """What colleagues wrote when they gave somebody's care to the viewer, until that is read."""
    for one in today.handovers:
        with st.container(border=True):
            st.markdown(f"**{plain(one.by)} {HANDED[one.kind].format(plain(one.client_name))}**")
            if one.words:
                st.text(one.words)
            st.caption(moment(one.at, viewer.zone))
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    f"I have read this: {plain(one.client_name)}",
                    key=f"handover:{one.public_id}",
                    on_click=read_it,
                    args=(one.public_id,),
                )
                st.page_link(
                    "pages/client_record.py",
                    label=f"Open the record of {plain(one.client_name)}",
                    query_params={"client": one.client_id},
                )


def sessions(today: Day, now: datetime) -> None:
    st.header("Sessions", anchor=False)
    if not today.sessions:
        st.write("No sessions today.")
    leading = foremost(today, now)
    reminders: set[str] = set()
    for entry in today.sessions:
        session_card(entry, now, entry is leading, reminders)


def foremost(today: Day, now: datetime) -> DayEntry | None:
    """The session to start now: someone waits, else it is its time; a room stays open after its end."""
    joinable = [entry for entry in today.sessions if entry.appointment.is_open(now)]
    waiting = [entry for entry in joinable if entry.waiting_since is not None]
    unfinished = [entry for entry in joinable if entry.appointment.ends_at > now]
    return next(iter(waiting or unfinished or joinable), None)


def loose_ends(found: Day) -> None:
    st.header("Loose ends", anchor=False)
    news = found.news
    said = [
        counted(number, one, several)
        for number, one, several in (
            (news.messages, "unread message", "unread messages"),
            (news.documents, "new document", "new documents"),
            (news.tasks, "finished task to look at", "finished tasks to look at"),
        )
        if number
    ]
    if said:
        st.markdown("\n".join(f"- {words}" for words in said))
    if news.messages:
        st.page_link("pages/messages.py", label="Read the messages")
    if news.documents:
        st.page_link("pages/documents.py", label="Open the documents")
    if news.tasks:
        st.page_link("pages/tasks.py", label="Look at the finished tasks")
    if found.to_confirm:
        label = f"{counted(found.to_confirm, 'session', 'sessions')} to confirm"
        st.page_link("pages/attendance.py", label=label)
    unsigned(found)
    if not (said or found.to_confirm or found.unsigned):
        st.write("Nothing is left over.")


def unsigned(found: Day) -> None:
    """The oldest notes that are not signed yet; how many more there are."""
    if not found.unsigned:
        return
    st.markdown(f"**{counted(len(found.unsigned), 'note', 'notes')} to sign**")
    for one in found.unsigned[:NOTES_SHOWN]:
        verb = "Finish" if one.begun else "Write"
        when = moment(one.starts_at, viewer.zone)
        st.page_link(
            "pages/note.py",
            label=f"{verb} the note: {plain(one.client_name)}, {when}",
            query_params={"session": one.appointment_id},
        )
    if len(found.unsigned) > NOTES_SHOWN:
        st.caption(f"And {len(found.unsigned) - NOTES_SHOWN} more, once these are signed.")


def week(found: Day) -> None:
    """In one element, however full the week is."""
    st.header("The week ahead", anchor=False)
    if not found.week:
        st.write("No sessions in the next 7 days.")
        return
    st.markdown("\n".join(f"- {of_day(one)}" for one in found.week))


def of_day(one: DayAhead) -> str:
    """ "Thursday, 26 November 2026: 3 sessions, 1 not ready", and below it who is not and why."""
    count = counted(len(one.sessions), "session", "sessions")
    stands = f":orange[**▲ {one.not_ready} not ready**]" if one.not_ready else ":green[**✓ ready**]"
    lines = [f"**{long_day(one.on)}**: {count}, {stands}"]
    for entry in one.sessions:
        if not entry.readiness.ready:
            booked = entry.appointment
            who = f"{clock(booked.starts_at, viewer.zone)}, {plain(booked.client_name)}"
            lines.append(f"    - {who}: {joined(list(entry.readiness.words), '')}")
    return "\n".join(lines)


found = forms.problems(FORM_NAME)
shell.page("Today", viewer, error=bool(found), wide=True)
forms.show_problems(found)
st.write(f"{long_day(day_of(datetime.now(UTC), viewer.zone))}, {zone_words(viewer.zone)}.")
with st.container(horizontal=True):
    st.page_link("pages/calendar.py", label="My week")
    st.page_link("pages/book_for.py", label="Book a session")
    st.page_link("pages/device_check.py", label="Check camera and sound")
with friendly_errors():
    now = datetime.now(UTC)
    # Before the day is read: what comes in between is drawn once more, and never missed.
    st.session_state[MARK] = day_mark(viewer, now)
    today = day(viewer, now)
    left, right = st.columns(2, gap="large")
    with left:
        alerts(today)
        handed_over(today)
        new_results(today)
    with right:
        sessions(today, now)
    # In a row of their own: on a phone the day's sessions come before what is left over.
    left, right = st.columns(2, gap="large")
    with left:
        loose_ends(today)
    with right:
        week(today)
    watch()
shell.foot(viewer)
