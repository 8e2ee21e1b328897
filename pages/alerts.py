"""Risk alerts: what needs an answer, and one alert with all that answering it takes."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.safety.alerts import Alert, AlertFile, alert_file, closed_alerts, open_alerts
from clinic.safety.answering import LONGEST_NOTE, acknowledge, act, resolve
from clinic.safety.contact import Contact
from clinic.safety.policy import who_answers
from clinic.safety.states import ACTIONS, Kind, Stage
from components import access, address, alert_words, forms, shell
from components.autosave import autosave
from components.crisis import dial, plain, plan_steps
from components.disclosure import disclosure
from components.times import clock, moment, zone_words

viewer = access.require(Permission.ALERT_ACKNOWLEDGE)
address.hold()
FORM_NAME, SAID, NOTE, ACTION = "alerts", "alerts:said", "alerts:note", "alerts:action"


@forms.callback(FORM_NAME)
def seen(asker: Viewer, alert: Alert) -> None:
    st.session_state.pop(SAID, None)
    acknowledge(asker, alert.public_id, alert.answered_at, datetime.now(UTC))
    st.session_state[SAID] = "Acknowledged."


@forms.callback(FORM_NAME)
def done(asker: Viewer, alert_id: str) -> None:
    st.session_state.pop(SAID, None)
    act(asker, alert_id, typed(ACTION), typed(NOTE), datetime.now(UTC))
    st.session_state[SAID] = "Recorded."
    st.session_state[ACTION], st.session_state[NOTE] = None, ""


@forms.callback(FORM_NAME)
def close(asker: Viewer, alert_id: str) -> None:
    st.session_state.pop(SAID, None)
    resolve(asker, alert_id, typed(NOTE), datetime.now(UTC))
    st.session_state[SAID] = "Closed."
    st.session_state[ACTION], st.session_state[NOTE] = None, ""


def typed(key: str) -> str:
    return str(st.session_state.get(key) or "")


def show_list() -> None:
    shell.page("Alerts", viewer)
    listed = open_alerts(viewer)
    if not listed:
        st.write("Nothing is waiting for an answer.")
    for alert in listed:
        row(alert)
    answering()
    disclosure("Closed alerts", closed, key="closed")


def row(alert: Alert) -> None:
    with st.container(border=True):
        if alert.is_test:
            st.markdown("**This is a test of how alerts reach you.**")
        else:
            alert_words.answered(alert, viewer.zone)
        st.write(alert_words.stage(alert, viewer.zone))
        if alert.mail_fails:
            st.markdown(":red[**A mail about it could not be sent.**]")
        st.page_link(
            "pages/alerts.py",
            label="Open the test" if alert.is_test else f"Open: {plain(alert.client_name)}",
            query_params={"alert": alert.public_id},
        )


def answering() -> None:
    policy = who_answers(viewer)
    if policy is None or not policy.in_force:
        st.caption("Nobody is named who answers alerts. Your administrator can do that, under Safety.")
    else:
        st.caption(
            f"{plain(policy.responder)} answers first, {plain(policy.backup)} is backup: "
            f"{plain(policy.hours)}. After {policy.escalate_after_minutes} minutes more people are told."
        )


def closed() -> None:
    listed = closed_alerts(viewer)
    if not listed:
        st.write("None.")
    for alert in listed:
        st.page_link(
            "pages/alerts.py",
            label=f"{'Test' if alert.is_test else plain(alert.client_name)}, "
            f"{moment(alert.raised_at, viewer.zone)}",
            query_params={"alert": alert.public_id},
        )


def show_one(file: AlertFile, now: datetime) -> None:
    alert = file.alert
    found = forms.problems(FORM_NAME)
    said = st.session_state.get(SAID, "")
    title = "A test" if alert.is_test else alert.client_name
    shell.page(
        title,
        viewer,
        back=("pages/alerts.py", "alerts"),
        error=bool(found),
        step=alert.public_id + said,
        tab="Alert",
    )
    forms.show_problems(found)
    if said and not found:
        st.success(said)
    alert_words.failing(file.mails)
    what(file)
    steps(alert, found)
    if file.contact is not None:
        contact(file.contact, now)
    if file.plan is not None:
        st.header("Their safety plan", anchor=False)
        if file.plan.is_empty:
            st.write("Not written yet.")
        plan_steps(file.plan)
    trail(file)


def what(file: AlertFile) -> None:
    alert = file.alert
    if alert.is_test:
        st.write(alert.item_text)
    else:
        alert_words.answered(alert, viewer.zone)
        if file.form_is_there:
            sent = file.form_finished_at
            st.caption(
                f"The form was sent, {moment(sent, viewer.zone)}." if sent else "The form is not finished."
            )
    st.write(alert_words.stage(alert, viewer.zone))


def steps(alert: Alert, found: dict[str, str]) -> None:
    if alert.unseen:
        st.button("Acknowledge", type="primary", on_click=seen, args=(alert,))
        st.caption("You have read it, and you answer for what happens next.")
    elif alert.stage is not Stage.RESOLVED:
        record_step(alert, found)


def record_step(alert: Alert, found: dict[str, str]) -> None:
    st.header("What was done", anchor=False)
    st.radio(
        "What did you do?",
        [kind.value for kind in ACTIONS],
        index=None,
        format_func=lambda value: alert_words.KINDS[Kind(value)],
        key=ACTION,
        persist_state="session",
    )
    forms.beside(found, "kind")
    st.text_area(
        "Note",
        key=NOTE,
        max_chars=LONGEST_NOTE,
        placeholder="",
        persist_state="session",
    )
    st.caption("The client can read it in the copy of their own data.")
    forms.beside(found, "note")
    forms.beside(found, "close")
    autosave()
    with st.container(horizontal=True):
        acted = alert.stage is Stage.ACTED_ON
        st.button(
            "Record this",
            type="secondary" if acted else "primary",
            on_click=done,
            args=(alert.public_id,),
        )
        if acted:
            st.button("Close the alert", type="primary", on_click=close, args=(alert.public_id,))
    if acted:
        st.caption("To close it, write in the note how things stand and what happens next.")


def contact(known: Contact, now: datetime) -> None:
    st.header("Reaching them", anchor=False)
    st.markdown(f"Phone: {dial(known.phone) if known.phone else 'not given'}")
    if known.voicemail:
        st.write(f"May we leave a message? {plain(known.voicemail)}")
    st.write(f"It is {clock(now, known.zone)} there ({plain(zone_words(known.zone))}).")
    st.write(f"Usually at: {plain(known.usual_place) or 'not given'}")
    if known.place_said_at is not None:
        where = f"in: {plain(known.place)}" if known.place else "somewhere that is not in the list of places"
        st.write(f"Said they were {where}, {moment(known.place_said_at, viewer.zone)}.")
    st.markdown(
        f"Emergency contact: {plain(known.emergency_name) or 'not given'}"
        + (f" ({plain(known.emergency_relation)})" if known.emergency_relation else "")
        + (f", {dial(known.emergency_phone)}" if known.emergency_phone else "")
    )
    if known.emergency_name:
        may = known.emergency_release.strip().lower()
        st.markdown(
            "They may be called if life is in danger."
            if may == "yes"
            else ":red[**The client has not agreed to this person being called.**]"
        )


def trail(file: AlertFile) -> None:
    st.header("What happened", anchor=False)
    zone = viewer.zone
    for event in file.events:
        answer = f": “{plain(file.answer_labels.get(event.value, ''))}”" if event.value is not None else ""
        who = f" {plain(event.who)}." if event.who else ""
        st.markdown(f"**{moment(event.at, zone)}.** {alert_words.KINDS[event.kind]}{answer}.{who}")
        if event.note:
            st.text(event.note)
    if file.mails:
        st.markdown("\n".join(f"- {alert_words.mail(one, zone)}" for one in file.mails))


asked, now = st.query_params.get("alert", ""), datetime.now(UTC)
if st.session_state.get("alerts:shown") != asked:
    # Another alert: the last one's problems, success and half-written note do not belong to it.
    st.session_state["alerts:shown"] = asked
    forms.forget_problems(FORM_NAME)
    for key in (SAID, NOTE, ACTION):
        st.session_state.pop(key, None)
if not asked:
    show_list()
else:
    try:
        opened = alert_file(viewer, asked, now)
    except NotFound as error:
        shell.page("Alert", viewer, back=("pages/alerts.py", "alerts"))
        st.warning(error.sentence)
        shell.foot(viewer)
        st.stop()
    show_one(opened, now)
shell.foot(viewer)
