"""The administrator's side of the safety net: who answers alerts, whether it works, crisis numbers."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.accounts import Person, people
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from clinic.safety import oversee, places, policy
from clinic.safety.oversee import Overseen
from clinic.safety.places import LABELS, Place, PlaceEntry
from clinic.safety.policy import LONGEST_MINUTES, SHORTEST_MINUTES, Policy
from components import access, alert_words, forms, shell
from components.crisis import forget_details, plain
from components.times import day_of, long_day, moment

viewer = access.require(Permission.CLINIC_MANAGE)
MAIN, POLICY, PLACE = "main", "policy", "place"
FORM_NAME, SAID, PART, WHICH = "safety", "safety:said", "safety:part", "safety:which"


def show(part: str, which: str = "") -> None:
    """Another part of this page; its problems and its last success are left behind."""
    forms.forget_problems(FORM_NAME)
    st.session_state.pop(SAID, None)
    st.session_state[PART], st.session_state[WHICH] = part, which


def done(sentence: str) -> None:
    show(MAIN)
    st.session_state[SAID] = sentence


@forms.callback(FORM_NAME)
def decide(asker: Viewer) -> None:
    responder: Person | None = st.session_state.get("policy:responder")
    backup: Person | None = st.session_state.get("policy:backup")
    policy.decide(
        asker,
        responder.public_id if responder else "",
        backup.public_id if backup else "",
        st.session_state.get("policy:hours") or "",
        st.session_state.get("policy:minutes") or 0,
        datetime.now(UTC),
    )
    done("Saved. From the next alert on, these people are told.")


@forms.callback(FORM_NAME)
def end_policy(asker: Viewer) -> None:
    policy.end(asker, datetime.now(UTC))
    done("Ended. Questions about risk are not asked any more.")


@forms.callback(FORM_NAME)
def send_test(asker: Viewer) -> None:
    oversee.send_test(asker, datetime.now(UTC))
    done("The test is on its way. It stays open until one of them acknowledges it.")


@forms.callback(FORM_NAME)
def save_place(asker: Viewer, place_id: str) -> None:
    entry = PlaceEntry(**{name: st.session_state.get(f"place:{place_id}:{name}") or "" for name in LABELS})
    if place_id:
        places.change_place(asker, place_id, entry, datetime.now(UTC))
    else:
        places.add_place(asker, entry, datetime.now(UTC))
    forget_details()
    done("Saved. Clients see a place once somebody here has called its numbers.")


@forms.callback(FORM_NAME)
def verify(asker: Viewer, place: Place) -> None:
    show(PLACE, place.public_id)  # what is missing is put right there
    places.verify_place(asker, place.public_id, datetime.now(UTC))
    forget_details()
    done(f"{place.place}: called today. Clients see these numbers now.")


@forms.callback(FORM_NAME)
def remove(asker: Viewer, place: Place) -> None:
    places.remove_place(asker, place.public_id, datetime.now(UTC))
    forget_details()
    done(f"{place.place} is taken away.")


@forms.callback(FORM_NAME)
def suggest(asker: Viewer) -> None:
    added = places.add_suggestions(asker, datetime.now(UTC))
    done(f"{added} added. Call each number before clients see it." if added else "They are all here.")


def overview(found: dict[str, str]) -> None:
    said = str(st.session_state.get(SAID, ""))
    shell.page("Safety", viewer, back=("pages/clinic.py", "the clinic"), error=bool(found), step=said)
    forms.show_problems(found)
    if said and not found:
        st.success(plain(said))
    open_now()
    who(policy.response_policy(viewer))
    test()
    numbers()


def open_now() -> None:
    st.header("Alerts now", anchor=False)
    listed = oversee.overseen_alerts(viewer)
    if not listed:
        st.write("None is open.")
    for alert in listed:
        one_alert(alert)


def one_alert(alert: Overseen) -> None:
    with st.container(border=True):
        kind = "A test" if alert.is_test else "An alert"
        st.markdown(f"**{kind}**, since {moment(alert.raised_at, viewer.zone)}")
        if alert.unseen:
            told = (
                f" Told to more people {alert_words.times(alert.escalations)}." if alert.escalations else ""
            )
            what = "what was said last" if alert.acknowledged_at else "it"
            st.markdown(f":red[**Nobody has acknowledged {what}.**]{told}")
            if alert.escalate_at is not None:
                st.write(f"More people are told: {moment(alert.escalate_at, viewer.zone)}.")
        elif alert.acknowledged_at is not None:
            st.write(f"Acknowledged {moment(alert.acknowledged_at, viewer.zone)}. Not closed yet.")
        st.markdown("\n".join(f"- {alert_words.mail(one, viewer.zone)}" for one in alert.mails))


def who(decided: Policy | None) -> None:
    st.header("Who answers", anchor=False)
    if decided is None:
        st.warning(
            "Nobody is named. Until then clients are not asked questions that may need an answer at once: "
            "they get the PHQ-8 in place of the PHQ-9."
        )
        st.button("Name who answers", type="primary", on_click=show, args=(POLICY,))
        return
    for sentence in decided.broken:
        st.error(f"{plain(sentence)} Questions about risk are not asked until you name somebody else.")
    st.write(
        f"**{plain(decided.responder)}** answers first, **{plain(decided.backup)}** is backup. "
        f"Hours: {plain(decided.hours)}. Nobody there after {decided.escalate_after_minutes} minutes: both "
        "are told again, and all administrators."
    )
    st.caption(f"Decided {moment(decided.decided_at, viewer.zone)}.")
    with st.container(horizontal=True):
        st.button("Change who answers", type="primary", on_click=show, args=(POLICY,))
        st.button("End this", on_click=end_policy)


def change_policy(found: dict[str, str]) -> None:
    shell.page("Who answers alerts", viewer, error=bool(found), step=POLICY)
    forms.show_problems(found)
    st.button("‹ Back to safety", on_click=show, args=(MAIN,), type="tertiary")
    st.write(
        "When a client answers that they have thoughts of being better off dead or of hurting themselves, "
        "these two and the client's own therapists are told at once, by a mail that says nothing but to "
        "sign in."
    )
    decided = policy.response_policy(viewer)
    therapists = [p for p in people(viewer) if p.role is Role.THERAPIST and not p.disabled and not p.invited]
    if len(therapists) < 2:
        st.info("Two therapists with accounts of their own are needed. Invite them first.")
    ids = [person.public_id for person in therapists]
    choose("Who answers first", "responder", therapists, ids, decided.responder_id if decided else "")
    forms.beside(found, "responder")
    choose("Backup", "backup", therapists, ids, decided.backup_id if decided else "")
    forms.beside(found, "backup")
    st.text_input(
        "Hours, in your own words",
        value=decided.hours if decided else "",
        key="policy:hours",
        max_chars=policy.LONGEST_HOURS,
        placeholder="",
        autocomplete="off",
    )
    st.caption("For staff. For example: weekdays, 9:00 to 17:00; weekends, twice a day.")
    forms.beside(found, "hours")
    st.number_input(
        "Minutes until more people are told",
        min_value=SHORTEST_MINUTES,
        max_value=LONGEST_MINUTES,
        value=decided.escalate_after_minutes if decided else 60,
        step=5,
        key="policy:minutes",
    )
    forms.beside(found, "minutes")
    st.button("Save", type="primary", on_click=decide)


def choose(label: str, name: str, therapists: list[Person], ids: list[str], now: str) -> None:
    st.selectbox(
        label,
        therapists,
        index=ids.index(now) if now in ids else None,
        format_func=lambda person: person.name,
        key=f"policy:{name}",
        placeholder="",
    )


def test() -> None:
    st.header("Test", anchor=False)
    last = oversee.last_test(viewer)
    if last is None:
        st.write("No test has been sent yet.")
    else:
        seen = (
            f"{plain(last.acknowledged_by)} acknowledged it {moment(last.acknowledged_at, viewer.zone)}."
            if last.acknowledged_at
            else "Nobody has acknowledged it yet."
        )
        st.write(f"The last test was sent {moment(last.sent_at, viewer.zone)}. {seen}")
        if last.acknowledged_at:  # while it is open, its mails stand above
            st.markdown("\n".join(f"- {alert_words.mail(one, viewer.zone)}" for one in last.mails))
    if last is None or last.is_old(datetime.now(UTC)):
        st.warning("Test once a month that alerts reach people. It is time for a test.")
    st.button("Send a test", on_click=send_test)
    st.caption("Goes to both people the way of a real alert, and says that it is a test.")


def numbers() -> None:
    st.header("Crisis numbers", anchor=False)
    st.write(
        "Clients choose where they are now and see that place's numbers. Until they do, they see the numbers "
        "in the clinic's details. Call each number yourself: no client sees it before."
    )
    today = day_of(datetime.now(UTC), viewer.zone)
    for place in places.places(viewer):
        one_place(place, place.is_old(today))
    with st.container(horizontal=True):
        st.button("Add a place", on_click=show, args=(PLACE,))
        st.button("Add suggestions", on_click=suggest)


def one_place(place: Place, old: bool) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(place.place)}**")
        emergency = plain(place.emergency_number) or ":red[missing: enter it]"
        st.markdown(f"Emergency: {emergency}. {plain(place.line_name)}: {plain(place.line_number)}")
        if place.text_line:
            st.write(plain(place.text_line))
        if place.verified_on is None:
            st.write("Not called yet. No client sees it.")
        else:
            st.write(f"Called on {long_day(place.verified_on)}.")
        if old:
            st.markdown(":red[**That is more than a year ago. Call the numbers again.**]")
        with st.container(horizontal=True):
            st.button(
                f"I called these today: {place.place}",
                key=f"v:{place.public_id}",
                on_click=verify,
                args=(place,),
            )
            st.button(
                f"Change {place.place}",
                key=f"c:{place.public_id}",
                on_click=show,
                args=(PLACE, place.public_id),
            )
            st.button(f"Remove {place.place}", key=f"r:{place.public_id}", on_click=remove, args=(place,))


def change_place(found: dict[str, str]) -> None:
    which = str(st.session_state.get(WHICH, ""))
    kept = next((place for place in places.places(viewer) if place.public_id == which), None)
    title = kept.place if kept else "Add a place"
    shell.page(title, viewer, error=bool(found), step=PLACE + which)
    forms.show_problems(found)
    st.button("‹ Back to safety", on_click=show, args=(MAIN,), type="tertiary")
    place_id = kept.public_id if kept else ""
    for name, label in LABELS.items():
        st.text_input(
            label,
            value=getattr(kept, name) if kept else "",
            key=f"place:{place_id}:{name}",
            placeholder="",
            autocomplete="off",
        )
        forms.beside(found, name)
    if kept and kept.verified_on:
        st.caption("With another number, clients see it again once somebody has called it.")
    st.button("Save", type="primary", on_click=save_place, args=(place_id,))


PARTS = {MAIN: overview, POLICY: change_policy, PLACE: change_place}
PARTS[st.session_state.get(PART, MAIN)](forms.problems(FORM_NAME))
shell.foot(viewer)
