"""Every service, asked by everyone, for their own, another's and a missing object.

`ALLOWED` says who may; all others must be told "not found", and whoever may must get an answer. A service
that is missing here, or that has no policy, fails the first two tests.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from sqlalchemy import delete, select, update

import clinic
import db
from clinic.between import away, documents, messages, task_drafts, task_list, task_replies, tasks
from clinic.between import drafts as message_drafts
from clinic.between.task_states import TaskDraft
from clinic.errors import NotFound
from clinic.intake import amending, consent, consent_copy, consent_texts, consent_waiver, forms, intake
from clinic.intake.consent_text import FIRST
from clinic.intake.default_form import DEFAULT_FORM
from clinic.measures import asking as measures_asked
from clinic.measures import plans, questionnaires, results
from clinic.oversight import (
    audit_log,
    doctor,
    erasure,
    getting_ready,
    keeping,
    mail_test,
    own_data,
    record_zip,
    report,
)
from clinic.people import (
    accounts,
    care,
    details,
    discharge,
    discharge_file,
    emergency,
    handover,
    links,
    look,
    own_account,
    second_factor,
)
from clinic.people.own_account import Profile
from clinic.people.policy import POLICIES
from clinic.people.viewer import Role, Viewer
from clinic.records import (
    caseload,
    chart_marks,
    check_in_items,
    check_in_reminders,
    client_days,
    client_record,
    day,
    drafts,
    episodes,
    goals,
    home,
    mood,
    note_list,
    note_signing,
    notes,
    nudges,
    outcomes_file,
    private_notes,
    progress,
    reviews,
    sharing,
    sleep,
    summary,
)
from clinic.records.check_in import Answers
from clinic.records.drafts import Form
from clinic.records.nights import Night
from clinic.records.note_formats import Stage, free
from clinic.records.outcomes import Wanted
from clinic.records.periods import Period
from clinic.safety import alerts, answering, oversee, own_help, places, plan_copy, policy, safety_plan
from clinic.safety.places import PlaceEntry
from clinic.scheduling import (
    appointments,
    arranging,
    booking,
    calendar,
    catalog,
    clinic_rooms,
    closures,
    directory,
    feed,
    first_contact,
    hours,
    icalendar_in,
    offers,
    profiles,
    reminders,
    series_booking,
    time_off,
    waiting_list,
)
from clinic.scheduling.rules import Rules
from clinic.video import (
    attended,
    by_phone,
    calls,
    capacity,
    chat,
    device_checks,
    gate,
    turn_settings,
    visits,
)
from db.tables import Appointment, AuditEvent, Discharge, RiskAlert, SessionType
from tests.factories import (
    DETAILS,
    NOW,
    PASSWORD,
    keep_intake,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
    picture,
    seen,
)
from tests.intake.test_intake_service import WHOLE

PLACE = PlaceEntry("Here", "112", "A line", "142")
PACKAGE = Path(clinic.__file__).parent
MISSING = "AAAAAAAAAAAAAAAAAAAAAA"
STAFF, CLIENTS = ("dana", "per"), ("sam", "noor")
ALL = ("ada", *STAFF, *CLIENTS)
TIME_OFF = time_off.SpecialDraft(time_off.Kind.OFF, NOW.date(), NOW.date())
STRETCH = hours.StretchDraft((6,), 540, 720)
PROFILE = profiles.Profile(
    helps_with=("Worry",), languages=("English",), licensed_in=("Vienna",), listed=True
)
PHONE = catalog.TypeDraft("Phone", 25)
TASK = TaskDraft("text", "Walk around the park")

# These open the database for whoever asks, or for nobody in particular. Why:
OPEN = {
    "clinic.people.details.clinic_details": "crisis numbers need no sign-in",
    "clinic.people.look.clinic_look": "a logo and a colour are as public as the clinic's name",
    "clinic.people.setup.is_set_up": "the first start has nobody",
    "clinic.people.setup.offer_code": "the first start",
    "clinic.people.setup.set_up": "the first start; asks for the code from the log",
    "clinic.people.sign_in.check_password": "this is how one becomes somebody",
    "clinic.people.sign_in.by_provider": "takes what the provider says",
    "clinic.people.sign_in.give_code": "the second step of it",
    "clinic.people.sign_in.offers_trials": "whether this is a demo",
    "clinic.people.sign_in.try_as": "refuses where there is no demo",
    "clinic.people.sign_in.redeem": "takes a ticket",
    "clinic.people.sign_in.viewer_for": "takes a token",
    "clinic.people.sign_in.password_again": "takes one's own password; nobody else's can be named",
    "clinic.people.sign_in.sign_out": "ends one's own sign-in; nobody else's can be named",
    "clinic.people.throttle.reserve": "counts guesses",
    "clinic.people.throttle.was_right": "counts guesses",
    "clinic.scheduling.profiles.public_photo": "refuses unless newcomers may choose a time first",
    "clinic.scheduling.directory.public_directory": "refuses unless newcomers may choose a time first",
    "clinic.scheduling.first_contact.is_open": "whether they may",
    "clinic.scheduling.first_contact.public_times": "refuses unless newcomers may choose a time first",
    "clinic.scheduling.first_contact.keep_time": "refuses unless newcomers may choose a time first",
    "clinic.people.links.ask_reset": "says nothing",
    "clinic.people.links.opened": "takes a link's token",
    "clinic.people.links.accept": "takes a link's token",
    "clinic.people.postman.send_due": "runs by itself",
    "clinic.safety.escalation.escalate_due": "runs by itself",
    "clinic.safety.places.verified_places": "crisis numbers need no sign-in",
    "clinic.scheduling.reminders.send_due_reminders": "runs by itself",
    "clinic.records.check_in_reminders.send_due_check_ins": "runs by itself",
    "clinic.scheduling.feed.read_feed": "takes an address's token; it says when, and nothing else",
    "clinic.video.calls.close_ended": "runs by itself",
    "clinic.video.calls.end_abandoned": "runs by itself",
    "clinic.video.processes.say": "runs by itself: what this process says of itself, and of nobody",
    "clinic.video.processes.say_goodbye": "runs by itself: the process ends",
    "clinic.oversight.verify.verify": "run by whoever runs the server",
    "clinic.oversight.backup.move": "run by whoever runs the server",
    "clinic.oversight.doctor.examine_all": "run by whoever runs the server",
    "clinic.video.turn_settings.read_turn": "run by whoever runs the server",
    "clinic.video.turn_settings.try_each": "run by whoever runs the server",
    "clinic.oversight.scheduled.keep_backups": "runs by itself",
    "clinic.oversight.scheduled.work_off": "runs by itself",
    "clinic.demo.fill": "the demo",
    "clinic.demo.reset": "the demo",
}


@dataclass
class World:
    """Dana looks after Sam, Per after Noor, Ada runs the clinic. The ids are of Sam's things."""

    ada: Viewer
    dana: Viewer
    per: Viewer
    sam: Viewer
    noor: Viewer
    appointment: str
    response: str
    alert: str
    opening: str
    invited: str
    signature: str
    draft: str
    place: str
    form: str
    # Dana's hours, time off and photo; the clinic's session type, room and closure.
    hours: str
    time_off: str
    session_type: str
    clinic_room: str
    closure: str
    # Sam's goal.
    goal: str
    mark: str
    # What Dana keeps for herself about Sam.
    private_note: str
    thread: str
    # What Sam added.
    document: str
    # Noor's care, which Dana read for a moment.
    handover: str
    # What Dana gave Sam to do.
    task: str


@pytest.fixture
def world(once: Callable[[Callable[[], World]], World]) -> World:
    """A clinic of each test's own. To make it takes longer than to copy it."""
    return once(_world)


def _world() -> World:
    make_clinic()
    ada, dana, per = make_administrator("Ada"), make_therapist("Dana"), make_therapist("Per")
    make_policy()
    sam = make_client("Sam", email="sam@example.org", therapist=dana)
    noor = make_client("Noor", email="noor@example.org", therapist=per)
    response = questionnaires.open_response(sam, "phq-9", NOW)
    for item in response.instrument.items:
        questionnaires.keep_answer(sam, response.public_id, item.number, 1, NOW)
    alert = alerts.open_alerts(dana)[0].public_id
    keep_intake(sam, WHOLE, NOW)
    # An opening of yesterday: it no longer opens anything.
    emergency.open_anyway(per, "sam@example.org", "A reason of some length", NOW - timedelta(days=2))
    opening = emergency.openings(ada)[0].public_id
    invited = links.invite(dana, Role.CLIENT, "New", "new@example.org", NOW).person_id
    form = forms.form_versions(ada)[0].public_id
    meeting = make_appointment(sam, dana, NOW)
    signed = consent.own_consents(sam, NOW).consents[0].decided
    assert signed is not None
    draft = consent_texts.open_draft(ada, "teletherapy", NOW).public_id
    time_off.add_special(dana, TIME_OFF, NOW)
    profiles.save_profile(dana, PROFILE, profiles.own_profile(dana).offers, NOW)
    profiles.keep_photo(dana, picture("PNG"), NOW)
    clinic_rooms.add_room(ada, "Green room", NOW)
    closures.add_closure(ada, "Christmas", NOW.date(), NOW.date(), NOW)
    own = hours.own_hours(dana, NOW)
    return World(
        ada,
        dana,
        per,
        sam,
        noor,
        meeting,
        response.public_id,
        alert,
        opening,
        invited,
        signed.public_id,
        draft,
        places.add_place(ada, PLACE, NOW),
        form,
        own.weekly[0].public_id,
        own.special[0].public_id,
        catalog.session_types(ada)[0].public_id,
        clinic_rooms.rooms(ada)[0].public_id,
        closures.closures(ada, NOW)[0].public_id,
        goals.add_goal(sam, "Walk each day", NOW),
        _mark(dana, sam),
        private_notes.begin_private_note(dana, sam.public_id, NOW).public_id,
        messages.begin(sam, sam.public_id, "A question", "May I ask?", "key-of-the-world", NOW),
        documents.add(sam, sam.public_id, "letter.txt", b"A letter", "document-of-the-world", NOW),
        _handover(per, noor, dana),
        tasks.set_task(dana, sam.public_id, TASK, "task-of-the-world", NOW),
    )


def _handover(by: Viewer, client: Viewer, to: Viewer) -> str:
    handover.share(by, client.public_id, to.public_id, True, "Read this", "share", NOW)
    given = day.day(to, NOW).handovers[0].public_id
    handover.end_part(by, client.public_id, to.public_id, "end", NOW)
    return given


def _colleague(w: World) -> str:
    """A therapist who is none of those asked, beside Dana."""
    kim = make_therapist().public_id
    handover.share(w.dana, w.sam.public_id, kim, False, "", f"with-{kim}", NOW)
    return kim


def _ended(client: Viewer, at: Any = NOW) -> None:
    """The client's care has ended, whatever stood open."""
    with db.unit_of_work() as session:
        session.execute(delete(Discharge).where(Discharge.client_id == client.account_id))
        row = Discharge(
            client_id=client.account_id,
            by_id=client.account_id,
            reason="agreed",
            revision=1,
            started_at=NOW,
            kept_at=NOW,
            discharged_at=at,
        )
        row.summary = "Words"
        session.add(row)


def _discharge(w: World, v: Viewer, client: str) -> Any:
    with db.unit_of_work() as session:
        session.execute(update(RiskAlert).values(acknowledged_at=NOW, resolved_at=NOW))
    _ended(w.sam, None)
    return discharge.discharge(v, client, 1, False, NOW)


def _reopen(w: World, v: Viewer, client: str) -> Any:
    _ended(w.sam)
    return discharge.reopen(v, client, NOW)


def _file_of(w: World, v: Viewer, client: str) -> Any:
    _ended(w.sam)
    return discharge_file.discharge_file(v, client, NOW)


def _own_file(w: World, v: Viewer) -> Any:
    if v.role is Role.CLIENT:
        _ended(v)
    return discharge_file.own_discharge_file(v, NOW)


def _erase(w: World, v: Viewer, client: str) -> Any:
    _ended(w.sam, NOW - timedelta(days=20 * 365))
    with db.unit_of_work() as session:
        session.execute(update(RiskAlert).values(acknowledged_at=NOW, resolved_at=NOW))
        session.execute(update(Appointment).values(status="cancelled", cancelled_at=NOW))
    return erasure.erase(v, client, w.sam.name, "The time is over", NOW)


def _mark(dana: Viewer, sam: Viewer) -> str:
    chart_marks.add_mark(dana, sam.public_id, "event", "A new job", NOW.date(), NOW)
    return client_record.client_record(dana, sam.public_id, NOW).outcomes.marks[0].public_id


def _shown(w: World) -> consent.Shown:
    """The optional consent, as it is on the screen."""
    return seen(consent.own_consents(w.sam, NOW).consents[1])


def _device(w: World, viewer: Viewer) -> own_account.Device:
    return own_account.Device(viewer.session_id, "", "", NOW, NOW, False)


def _free(w: World, v: Viewer) -> Any:
    offer = offers.free_times(v, NOW)[-1]
    return booking.book(v, offer.therapist_id, offer.starts_at, f"matrix-{v.name}", NOW)


def _kind() -> str:
    with db.reading() as session:
        return session.scalars(select(SessionType.public_id)).one()


def _booked_again(w: World, appointment: str) -> None:
    """As it was before the one asked earlier cancelled it."""
    with db.unit_of_work() as session:
        session.execute(
            update(Appointment).where(Appointment.public_id == w.appointment).values(status="booked")
        )


def _cancel(w: World, v: Viewer, appointment: str) -> Any:
    _booked_again(w, appointment)
    return booking.cancel(v, appointment, NOW - timedelta(days=3))


def _move(w: World, v: Viewer, appointment: str) -> Any:
    # Each to a time of their own, on the day after.
    days = 1 if v.role is Role.CLIENT else 2
    return booking.move(v, appointment, NOW + timedelta(days=days), v.name, NOW - timedelta(days=3))


def _plan(w: World, v: Viewer, client: str) -> series_booking.SeriesPlan:
    return series_booking.plan_series(v, client, _kind(), NOW + timedelta(days=8), 1, NOW, times=3)


def _book_series(w: World, v: Viewer, client: str) -> Any:
    plan = replace(_plan(w, w.dana, w.sam.public_id), client_id=client)
    return series_booking.book_series(v, plan, "series", NOW)


def _cancel_rest(w: World, v: Viewer, appointment: str) -> Any:
    """Of Sam's series with Dana, where Sam's appointment is asked for."""
    if appointment == w.appointment:
        appointment = _book_series(w, w.dana, w.sam.public_id)[1].public_id
    return series_booking.cancel_rest(v, appointment, NOW)


def _to_move_to(w: World, v: Viewer, appointment: str) -> Any:
    return offers.times_to_move_to(v, appointment, NOW - timedelta(days=3))


def _sign_note(w: World, v: Viewer, appointment: str) -> Any:
    kept = notes.keep_note(w.dana, w.appointment, free("A note"), 0, NOW)
    return note_signing.sign_note(v, appointment, kept.revision, NOW)


def _amend_note(w: World, v: Viewer, appointment: str) -> Any:
    if notes.read_note(w.dana, w.appointment, NOW).stage is Stage.DRAFT:
        _sign_note(w, w.dana, w.appointment)
    return note_signing.amend_note(v, appointment, NOW)


def _drop_amendment(w: World, v: Viewer, appointment: str) -> Any:
    begun = _amend_note(w, w.dana, w.appointment)
    return note_signing.drop_amendment(v, appointment, begun.revision, NOW)


def _look_at(w: World, v: Viewer, task: str) -> Any:
    task_replies.finish(w.sam, w.task, "", 0, NOW)
    return tasks.look_at(v, task, NOW)


def _confirm(w: World, v: Viewer) -> Any:
    if v.role is not Role.CLIENT:
        second_factor.turn_off(v, NOW)
    secret = second_factor.begin(v, NOW).secret
    return second_factor.confirm(v, pyotp.TOTP(secret).at(int(NOW.timestamp())), NOW)


def _begin(w: World, v: Viewer) -> Any:
    if v.role is not Role.CLIENT:
        second_factor.turn_off(v, NOW)
    return second_factor.begin(v, NOW)


def _connect(w: World, v: Viewer, appointment: str) -> Any:
    gate.confirm(w.sam, w.appointment, WHEREABOUTS, NOW)
    visits.admit(w.dana, w.appointment, NOW)
    return calls.connect(v, appointment, NOW)


def _say(w: World, v: Viewer, appointment: str) -> Any:
    line = _connect(w, w.dana, w.appointment)
    chat.say(v, appointment, "Can you hear me?", NOW)
    return line.chat.lines


WHEREABOUTS = visits.Whereabouts("At home", "1", "Lena, 2", True)
CHECK = {"camera": "ok", "microphone": "ok", "sound": "heard", "network": "ok"}


def _admit(w: World, v: Viewer, appointment: str) -> Any:
    gate.confirm(w.sam, w.appointment, WHEREABOUTS, NOW)
    return visits.admit(v, appointment, NOW)


def _finish(w: World, v: Viewer, response: str) -> Any:
    return questionnaires.finish(v, response, NOW)


def _act(w: World, v: Viewer, alert: str) -> Any:
    answering.acknowledge(w.dana, w.alert, NOW, NOW)
    return answering.act(v, alert, "called", "", NOW)


def _resolve(w: World, v: Viewer, alert: str) -> Any:
    answering.acknowledge(w.dana, w.alert, NOW, NOW)
    answering.act(w.dana, w.alert, "called", "", NOW)
    return answering.resolve(v, alert, "Safe", NOW)


def _test(w: World, v: Viewer) -> Any:
    policy.decide(w.ada, w.dana.public_id, w.per.public_id, "always", 30, NOW)
    return oversee.send_test(v, NOW)


def _say_safe(w: World, v: Viewer) -> Any:
    if v.role is Role.CLIENT:
        own_help.ask_for_help(v, NOW)
    return own_help.say_safe(v, NOW)


def _amend(w: World, v: Viewer, client: str | None = None) -> Any:
    intake.submit(w.sam, NOW)
    there = intake.draft(w.sam, NOW).kept["brings"]
    change = amending.Change("brings", f"Told {v.name}", there.revision, "I left something out")
    return amending.amend(v, change, NOW, client)


def _revision(w: World) -> int:
    return forms.open_draft(w.ada, NOW).revision


def _withdraw(w: World, v: Viewer) -> Any:
    forms.publish(w.ada, _revision(w), NOW)
    return forms.withdraw(v, w.form, NOW)


Act = Callable[..., Any]
# Services about oneself or one's own list: (who may, how they are called).
WITHOUT_OBJECT: dict[Act, tuple[tuple[str, ...], Act]] = {
    note_list.search_notes: (STAFF, lambda w, v: note_list.search_notes(v, "letter", NOW)),
    discharge.own_ending: (CLIENTS, lambda w, v: discharge.own_ending(v)),
    discharge_file.own_discharge_file: (CLIENTS, _own_file),
    visits.at_the_door: (STAFF, lambda w, v: visits.at_the_door(v, NOW)),
    attended.to_confirm: (STAFF, lambda w, v: attended.to_confirm(v, NOW)),
    device_checks.keep_check: ((*STAFF, *CLIENTS), lambda w, v: device_checks.keep_check(v, CHECK, NOW)),
    device_checks.own_check: ((*STAFF, *CLIENTS), lambda w, v: device_checks.own_check(v)),
    device_checks.servers_to_try: (
        (*STAFF, *CLIENTS),
        lambda w, v: device_checks.servers_to_try(v, NOW),
    ),
    details.update_details: (("ada",), lambda w, v: details.update_details(v, DETAILS, NOW)),
    consent.own_consents: (CLIENTS, lambda w, v: consent.own_consents(v, NOW)),
    consent.keep_born: (CLIENTS, lambda w, v: consent.keep_born(v, "5/6/1991", NOW)),
    consent.sign: (
        CLIENTS,
        lambda w, v: consent.sign(v, "family-doctor", _shown(w), consent.Typed(True, v.name), NOW),
    ),
    consent.decline: (CLIENTS, lambda w, v: consent.decline(v, "family-doctor", _shown(w), NOW)),
    consent_texts.consents: (("ada",), lambda w, v: consent_texts.consents(v)),
    consent_texts.open_draft: (("ada",), lambda w, v: consent_texts.open_draft(v, "teletherapy", NOW)),
    consent_texts.begin_consent: (("ada",), lambda w, v: consent_texts.begin_consent(v, NOW)),
    consent_texts.stop_asking: (("ada",), lambda w, v: consent_texts.stop_asking(v, "teletherapy", NOW)),
    consent_texts.minimum_age: (("ada",), lambda w, v: consent_texts.minimum_age(v)),
    consent_texts.set_minimum_age: (("ada",), lambda w, v: consent_texts.set_minimum_age(v, 16, NOW)),
    second_factor.begin: (ALL, _begin),
    second_factor.confirm: (ALL, _confirm),
    second_factor.new_recovery_codes: (
        ("ada", *STAFF),
        lambda w, v: second_factor.new_recovery_codes(v, NOW),
    ),
    second_factor.turn_off: (ALL, lambda w, v: second_factor.turn_off(v, NOW)),
    emergency.open_anyway: (
        STAFF,
        lambda w, v: emergency.open_anyway(v, "noor@example.org", "A reason of some length", NOW),
    ),
    emergency.openings: (("ada",), lambda w, v: emergency.openings(v)),
    care.own_therapists: (CLIENTS, lambda w, v: care.own_therapists(v)),
    alerts.open_alerts: (STAFF, lambda w, v: alerts.open_alerts(v)),
    measures_asked.due: (CLIENTS, lambda w, v: measures_asked.due(v, NOW)),
    alerts.closed_alerts: (STAFF, lambda w, v: alerts.closed_alerts(v)),
    alerts.waiting: (STAFF, lambda w, v: alerts.waiting(v)),
    policy.response_policy: (("ada",), lambda w, v: policy.response_policy(v)),
    policy.who_answers: (STAFF, lambda w, v: policy.who_answers(v)),
    policy.decide: (
        ("ada",),
        lambda w, v: policy.decide(v, w.dana.public_id, w.per.public_id, "always", 30, NOW),
    ),
    policy.end: (("ada",), lambda w, v: policy.end(v, NOW)),
    oversee.overseen_alerts: (("ada",), lambda w, v: oversee.overseen_alerts(v)),
    oversee.net: (("ada",), lambda w, v: oversee.net(v)),
    oversee.last_test: (("ada",), lambda w, v: oversee.last_test(v)),
    oversee.send_test: (("ada",), _test),
    places.places: (("ada",), lambda w, v: places.places(v)),
    places.add_place: (("ada",), lambda w, v: places.add_place(v, replace(PLACE, place=v.name), NOW)),
    places.add_suggestions: (("ada",), lambda w, v: places.add_suggestions(v, NOW)),
    own_help.own_place: (CLIENTS, lambda w, v: own_help.own_place(v, NOW)),
    own_help.say_place: (CLIENTS, lambda w, v: own_help.say_place(v, own_help.ELSEWHERE, NOW)),
    own_help.own_contact: (CLIENTS, lambda w, v: own_help.own_contact(v)),
    own_help.ask_for_help: (CLIENTS, lambda w, v: own_help.ask_for_help(v, NOW)),
    own_help.say_safe: (CLIENTS, _say_safe),
    own_help.who_is_told: (CLIENTS, lambda w, v: own_help.who_is_told(v)),
    own_help.own_help: (CLIENTS, lambda w, v: own_help.own_help(v)),
    messages.threads: ((*STAFF, *CLIENTS), lambda w, v: messages.threads(v, NOW)),
    messages.unread: ((*STAFF, *CLIENTS), lambda w, v: messages.unread(v)),
    messages.correspondents: ((*STAFF, *CLIENTS), lambda w, v: messages.correspondents(v)),
    task_list.to_look_at: (STAFF, lambda w, v: task_list.to_look_at(v, NOW)),
    away.own_away: (STAFF, lambda w, v: away.own_away(v)),
    away.set_away: (STAFF, lambda w, v: away.set_away(v, "Back soon", NOW.date(), NOW.date(), NOW)),
    away.end_away: (STAFF, lambda w, v: away.end_away(v, NOW)),
    away.away_now: (CLIENTS, lambda w, v: away.away_now(v, NOW)),
    safety_plan.own_plan: (CLIENTS, lambda w, v: safety_plan.own_plan(v)),
    questionnaires.open_response: (CLIENTS, lambda w, v: questionnaires.open_response(v, "gad-7", NOW)),
    results.own_series: (CLIENTS, lambda w, v: results.own_series(v, NOW)),
    intake.draft: (CLIENTS, lambda w, v: intake.draft(v, NOW)),
    intake.keep_answers: (CLIENTS, lambda w, v: keep_intake(v, {"preferred_name": "x"}, NOW)),
    intake.carry_over: (CLIENTS, lambda w, v: intake.carry_over(v, NOW)),
    amending.amend: (("sam",), _amend),
    forms.form_versions: (("ada",), lambda w, v: forms.form_versions(v)),
    forms.open_draft: (("ada",), lambda w, v: forms.open_draft(v, NOW)),
    forms.save_draft: (("ada",), lambda w, v: forms.save_draft(v, DEFAULT_FORM, _revision(w), NOW)),
    forms.publish: (("ada",), lambda w, v: forms.publish(v, _revision(w), NOW)),
    forms.form_of: (("ada",), lambda w, v: forms.form_of(v, w.form)),
    forms.withdraw: (("ada",), _withdraw),
    intake.submit: (("sam",), lambda w, v: intake.submit(v, NOW)),
    audit_log.events: (("ada",), lambda w, v: audit_log.events(v, "", 0)),
    audit_log.audit_csv: (("ada",), lambda w, v: audit_log.audit_csv(v, NOW)),
    getting_ready.steps: (("ada",), lambda w, v: getting_ready.steps(v)),
    getting_ready.settle: (
        ("ada",),
        lambda w, v: getting_ready.settle(v, getting_ready.Step.KEYS, NOW),
    ),
    getting_ready.put_off: (
        ("ada",),
        lambda w, v: getting_ready.put_off(v, getting_ready.Step.KEYS, NOW),
    ),
    look.choose_colour: (("ada",), lambda w, v: look.choose_colour(v, look.Colour.BLUE, NOW)),
    look.choose_logo: (("ada",), lambda w, v: look.choose_logo(v, picture("PNG"), NOW)),
    look.remove_logo: (("ada",), lambda w, v: look.remove_logo(v, NOW)),
    doctor.examine: (("ada",), lambda w, v: doctor.examine(v, NOW)),
    doctor.broken: (("ada",), lambda w, v: doctor.broken(v, NOW)),
    mail_test.send_test: (("ada",), lambda w, v: mail_test.send_test(v, NOW)),
    mail_test.say_arrived: (("ada",), lambda w, v: mail_test.say_arrived(v, mail_test._code(v, NOW), NOW)),
    audit_log.looks_at_me: (CLIENTS, lambda w, v: audit_log.looks_at_me(v)),
    own_data.own_data: (CLIENTS, lambda w, v: own_data.own_data(v, NOW)),
    record_zip.own_record_zip: (CLIENTS, lambda w, v: record_zip.own_record_zip(v, NOW)),
    keeping.records_kept: (("ada",), lambda w, v: keeping.records_kept(v, NOW)),
    keeping.set_retention: (("ada",), lambda w, v: keeping.set_retention(v, 12, 3, NOW)),
    accounts.people: (("ada",), lambda w, v: accounts.people(v)),
    accounts.care: (("ada",), lambda w, v: accounts.care(v)),
    links.invite: (
        ("ada", *STAFF),
        lambda w, v: links.invite(
            v, Role.CLIENT, "Bo", f"bo-{v.name}@example.org", NOW, therapist_id=w.dana.public_id
        ),
    ),
    own_account.own_account: (ALL, lambda w, v: own_account.own_account(v)),
    own_account.change_profile: (
        ALL,
        lambda w, v: own_account.change_profile(v, Profile(v.name, "", "", "UTC", True), NOW),
    ),
    own_account.change_password: (
        ALL,
        lambda w, v: own_account.change_password(v, PASSWORD, "another set of plain words", NOW),
    ),
    own_account.devices: (ALL, lambda w, v: own_account.devices(v, NOW)),
    own_account.end_device: (ALL, lambda w, v: own_account.end_device(v, _device(w, w.sam), NOW)),
    own_account.end_other_devices: (ALL, lambda w, v: own_account.end_other_devices(v, NOW)),
    capacity.capacity: (("ada",), lambda w, v: capacity.capacity(v, NOW)),
    turn_settings.turn_settings: (("ada",), lambda w, v: turn_settings.turn_settings(v)),
    turn_settings.save_turn: (
        ("ada",),
        lambda w, v: turn_settings.save_turn(v, turn_settings.TurnEntry(turn_settings.Kind.NONE), NOW),
    ),
    turn_settings.try_turn: (("ada",), lambda w, v: turn_settings.try_turn(v, NOW)),
    turn_settings.servers_for: (
        (*STAFF, *CLIENTS),
        lambda w, v: turn_settings.servers_for(v, "a call", NOW + timedelta(hours=1), NOW),
    ),
    mood.check_in: (CLIENTS, lambda w, v: mood.check_in(v, Answers(mood=3), NOW)),
    mood.check_in_day: (CLIENTS, lambda w, v: mood.check_in_day(v, NOW)),
    drafts.keep_draft: (CLIENTS, lambda w, v: drafts.keep_draft(v, Form.CHECK_IN, {"mood": 3}, NOW)),
    sleep.keep_night: (CLIENTS, lambda w, v: sleep.keep_night(v, Night(quality=3), NOW)),
    sleep.sleep_day: (CLIENTS, lambda w, v: sleep.sleep_day(v, NOW)),
    goals.goals_page: (CLIENTS, lambda w, v: goals.goals_page(v, NOW)),
    goals.add_goal: (CLIENTS, lambda w, v: goals.add_goal(v, "Swim", NOW)),
    progress.own_progress: (CLIENTS, lambda w, v: progress.own_progress(v, Period.ALL, NOW)),
    summary.own_summary: (CLIENTS, lambda w, v: summary.own_summary(v, "year", NOW)),
    check_in_reminders.own_reminder: (CLIENTS, lambda w, v: check_in_reminders.own_reminder(v, NOW)),
    check_in_reminders.set_reminder: (CLIENTS, lambda w, v: check_in_reminders.set_reminder(v, 1200, NOW)),
    check_in_reminders.pause_reminder: (
        CLIENTS,
        lambda w, v: check_in_reminders.pause_reminder(v, None, NOW),
    ),
    check_in_reminders.resume_reminder: (CLIENTS, lambda w, v: check_in_reminders.resume_reminder(v, NOW)),
    check_in_reminders.stop_reminder: (CLIENTS, lambda w, v: check_in_reminders.stop_reminder(v, NOW)),
    check_in_items.clinic_items: (("ada",), lambda w, v: check_in_items.clinic_items(v)),
    check_in_items.choose_clinic_items: (
        ("ada",),
        lambda w, v: check_in_items.choose_clinic_items(v, ["mood"], NOW),
    ),
    offers.free_times: (CLIENTS, lambda w, v: offers.free_times(v, NOW)),
    offers.bookable_types: (CLIENTS, lambda w, v: offers.bookable_types(v)),
    offers.free_times_of: (
        STAFF,
        lambda w, v: offers.free_times_of(v, _kind(), NOW.date(), NOW.date(), NOW),
    ),
    booking.book: (CLIENTS, _free),
    calendar.week: (STAFF, lambda w, v: calendar.week(v, NOW.date(), NOW)),
    calendar.booked_on: (("ada",), lambda w, v: calendar.booked_on(v, NOW.date(), NOW.date())),
    waiting_list.waiting_page: (CLIENTS, lambda w, v: waiting_list.waiting_page(v, NOW)),
    waiting_list.open_offers: (CLIENTS, lambda w, v: waiting_list.open_offers(v, NOW)),
    waiting_list.join: (CLIENTS, lambda w, v: waiting_list.join(v, _kind(), None, "0123", 540, 720, NOW)),
    waiting_list.leave: (CLIENTS, lambda w, v: waiting_list.leave(v, NOW)),
    reminders.reminders_on: ((*STAFF, *CLIENTS), lambda w, v: reminders.reminders_on(v)),
    reminders.turn_reminders: ((*STAFF, *CLIENTS), lambda w, v: reminders.turn_reminders(v, False, NOW)),
    feed.own_feed: ((*STAFF, *CLIENTS), lambda w, v: feed.own_feed(v)),
    feed.make_feed: ((*STAFF, *CLIENTS), lambda w, v: feed.make_feed(v, NOW)),
    feed.revoke_feed: ((*STAFF, *CLIENTS), lambda w, v: feed.revoke_feed(v, NOW)),
    icalendar_in.add_time_off_from: (
        STAFF,
        lambda w, v: icalendar_in.add_time_off_from(v, b"", NOW.date(), NOW.date(), NOW),
    ),
    appointments.coming: ((*STAFF, *CLIENTS), lambda w, v: appointments.coming(v, NOW)),
    appointments.past: ((*STAFF, *CLIENTS), lambda w, v: appointments.past(v, NOW)),
    hours.own_hours: (STAFF, lambda w, v: hours.own_hours(v, NOW)),
    hours.add_hours: (STAFF, lambda w, v: hours.add_hours(v, STRETCH, NOW)),
    time_off.sessions_in: (STAFF, lambda w, v: time_off.sessions_in(v, TIME_OFF, NOW)),
    time_off.add_special: (STAFF, lambda w, v: time_off.add_special(v, TIME_OFF, NOW)),
    arranging.what_to_arrange: (STAFF, lambda w, v: arranging.what_to_arrange(v)),
    profiles.own_profile: (STAFF, lambda w, v: profiles.own_profile(v)),
    profiles.save_profile: (
        STAFF,
        lambda w, v: profiles.save_profile(v, PROFILE, frozenset({w.session_type}), NOW),
    ),
    profiles.keep_photo: (STAFF, lambda w, v: profiles.keep_photo(v, picture("JPEG"), NOW)),
    profiles.remove_photo: (STAFF, lambda w, v: profiles.remove_photo(v, NOW)),
    directory.directory: (CLIENTS, lambda w, v: directory.directory(v, NOW)),
    first_contact.kept_time: (CLIENTS, lambda w, v: first_contact.kept_time(v, NOW)),
    catalog.session_types: (("ada",), lambda w, v: catalog.session_types(v)),
    catalog.add_type: (("ada",), lambda w, v: catalog.add_type(v, PHONE, NOW)),
    catalog.booking_rules: (("ada",), lambda w, v: catalog.booking_rules(v)),
    catalog.save_rules: (("ada",), lambda w, v: catalog.save_rules(v, Rules(), NOW)),
    clinic_rooms.rooms: (("ada",), lambda w, v: clinic_rooms.rooms(v)),
    clinic_rooms.add_room: (("ada",), lambda w, v: clinic_rooms.add_room(v, "Blue room", NOW)),
    closures.closures: (("ada",), lambda w, v: closures.closures(v, NOW)),
    closures.sessions_on: (("ada",), lambda w, v: closures.sessions_on(v, NOW.date(), NOW.date(), NOW)),
    closures.add_closure: (
        ("ada",),
        lambda w, v: closures.add_closure(v, "Works", NOW.date(), NOW.date(), NOW),
    ),
    caseload.caseload: (STAFF, lambda w, v: caseload.caseload(v, NOW)),
    # A therapist reads the report only while they supervise somebody: tests/oversight/test_report.py.
    report.report: (("ada",), lambda w, v: report.report(v, NOW)),
    report.report_csv: (("ada",), lambda w, v: report.report_csv(v, NOW)),
    report.set_smallest_group: (("ada",), lambda w, v: report.set_smallest_group(v, 12, NOW)),
    day.day: (STAFF, lambda w, v: day.day(v, NOW)),
    day.day_mark: (STAFF, lambda w, v: day.day_mark(v, NOW)),
    home.client_home: (CLIENTS, lambda w, v: home.client_home(v, NOW)),
}
# Services about one object: (who may do it to Sam's, which object, how they are called).
OF_SAM: dict[Act, tuple[tuple[str, ...], str, Act]] = {
    handover.care_page: (("dana",), "sam", lambda w, v, o: handover.care_page(v, o, NOW)),
    handover.transfer: (
        ("dana",),
        "sam",
        lambda w, v, o: handover.transfer(v, o, _colleague(w), "", False, v.name, NOW),
    ),
    handover.share: (
        ("dana",),
        "sam",
        lambda w, v, o: handover.share(v, o, _colleague(w), True, "", v.name, NOW),
    ),
    handover.end_part: (
        ("dana",),
        "sam",
        lambda w, v, o: handover.end_part(v, o, _colleague(w), v.name, NOW),
    ),
    handover.see: (("dana",), "handover", lambda w, v, o: handover.see(v, o, NOW)),
    discharge.ending: (("dana",), "sam", lambda w, v, o: discharge.ending(v, o, NOW)),
    discharge.keep_summary: (
        ("dana",),
        "sam",
        lambda w, v, o: discharge.keep_summary(v, o, "agreed", "Words", 0, NOW),
    ),
    discharge.discharge: (("dana",), "sam", _discharge),
    discharge.reopen: (("dana",), "sam", _reopen),
    discharge_file.discharge_file: (("dana",), "sam", _file_of),
    consent.withdraw: (("sam",), "signature", lambda w, v, o: consent.withdraw(v, o, NOW)),
    consent_copy.own_copy: (("sam",), "signature", lambda w, v, o: consent_copy.own_copy(v, o, NOW)),
    consent_copy.copy_of: (
        ("dana",),
        "signature",
        lambda w, v, o: consent_copy.copy_of(v, w.sam.public_id, o, NOW),
    ),
    # The invited client is Dana's and has signed nothing yet.
    consent_waiver.waive: (
        ("dana",),
        "invited",
        lambda w, v, o: consent_waiver.waive(v, o, "A reason of some length", NOW),
    ),
    consent_waiver.correct_born: (
        ("dana",),
        "sam",
        lambda w, v, o: consent_waiver.correct_born(v, o, "5/6/1990", NOW),
    ),
    consent_texts.keep_draft: (
        ("ada",),
        "draft",
        lambda w, v, o: consent_texts.keep_draft(v, o, 1, FIRST["teletherapy"], NOW),
    ),
    consent_texts.publish: (("ada",), "draft", lambda w, v, o: consent_texts.publish(v, o, 1, NOW)),
    consent_texts.discard_draft: (
        ("ada",),
        "draft",
        lambda w, v, o: consent_texts.discard_draft(v, o, 1, NOW),
    ),
    emergency.mark_seen: (("ada",), "opening", lambda w, v, o: emergency.mark_seen(v, o, NOW)),
    answering.acknowledge: (("dana",), "alert", lambda w, v, o: answering.acknowledge(v, o, NOW, NOW)),
    alerts.alert_file: (("dana",), "alert", lambda w, v, o: alerts.alert_file(v, o, NOW)),
    answering.act: (("dana",), "alert", _act),
    answering.resolve: (("dana",), "alert", _resolve),
    messages.read_thread: (("sam", "dana"), "thread", lambda w, v, o: messages.read_thread(v, o, NOW)),
    messages.begin: (
        ("sam", "dana"),
        "sam",
        lambda w, v, o: messages.begin(v, o, "About", "Words", f"begin-{v.name}", NOW),
    ),
    messages.send: (
        ("sam", "dana"),
        "thread",
        lambda w, v, o: messages.send(v, o, "Words", f"send-{v.name}", NOW),
    ),
    documents.documents: (("sam", "dana"), "sam", lambda w, v, o: documents.documents(v, NOW, o)),
    documents.read_document: (
        ("sam", "dana"),
        "document",
        lambda w, v, o: documents.read_document(v, o, NOW),
    ),
    documents.add: (
        ("sam", "dana"),
        "sam",
        lambda w, v, o: documents.add(v, o, "a.txt", b"A letter", f"add-{v.name}", NOW),
    ),
    documents.withdraw: (("sam",), "document", lambda w, v, o: documents.withdraw(v, o, NOW)),
    messages.close: (("dana",), "thread", lambda w, v, o: messages.close(v, o, NOW)),
    messages.open_again: (("dana",), "thread", lambda w, v, o: messages.open_again(v, o, NOW)),
    message_drafts.read_draft: (("sam", "dana"), "sam", lambda w, v, o: message_drafts.read_draft(v, o, "")),
    message_drafts.keep_draft: (
        ("sam", "dana"),
        "sam",
        lambda w, v, o: message_drafts.keep_draft(v, o, "", "About", "Words", 0, NOW),
    ),
    task_list.client_tasks: (("sam", "dana"), "sam", lambda w, v, o: task_list.client_tasks(v, o, NOW)),
    task_list.read_task: (("sam", "dana"), "task", lambda w, v, o: task_list.read_task(v, o, NOW)),
    tasks.set_task: (("dana",), "sam", lambda w, v, o: tasks.set_task(v, o, TASK, f"set-{v.name}", NOW)),
    tasks.look_at: (("dana",), "task", _look_at),
    tasks.withdraw: (("dana",), "task", lambda w, v, o: tasks.withdraw(v, o, "A reason", NOW)),
    task_replies.keep_reply: (
        ("sam",),
        "task",
        lambda w, v, o: task_replies.keep_reply(v, o, "Words", 0, NOW),
    ),
    task_replies.finish: (("sam",), "task", lambda w, v, o: task_replies.finish(v, o, "", 0, NOW)),
    task_replies.take_back: (("sam",), "task", lambda w, v, o: task_replies.take_back(v, o, NOW)),
    task_replies.hand_in: (
        ("sam",),
        "task",
        lambda w, v, o: task_replies.hand_in(v, o, "a.txt", b"Words", f"in-{v.name}", NOW),
    ),
    task_drafts.read_task_draft: (("dana",), "sam", lambda w, v, o: task_drafts.read_task_draft(v, o)),
    task_drafts.keep_task_draft: (
        ("dana",),
        "sam",
        lambda w, v, o: task_drafts.keep_task_draft(v, o, TASK, 0, NOW),
    ),
    safety_plan.safety_plan: (
        ("sam", "dana"),
        "sam",
        lambda w, v, o: safety_plan.safety_plan(v, o, NOW),
    ),
    safety_plan.plan_history: (
        ("sam", "dana"),
        "sam",
        lambda w, v, o: safety_plan.plan_history(v, o, NOW),
    ),
    plan_copy.plan_file: (("sam", "dana"), "sam", lambda w, v, o: plan_copy.plan_file(v, o, NOW)),
    safety_plan.keep_step: (
        ("sam", "dana"),
        "sam",
        lambda w, v, o: safety_plan.keep_step(v, o, "own" if v is w.sam else "signs", "x", 0, NOW),
    ),
    places.change_place: (("ada",), "place", lambda w, v, o: places.change_place(v, o, PLACE, NOW)),
    places.verify_place: (("ada",), "place", lambda w, v, o: places.verify_place(v, o, NOW)),
    places.remove_place: (("ada",), "place", lambda w, v, o: places.remove_place(v, o, NOW)),
    questionnaires.keep_answer: (
        ("sam",),
        "response",
        lambda w, v, o: questionnaires.keep_answer(v, o, 1, 2, NOW),
    ),
    questionnaires.finish: (("sam",), "response", _finish),
    plans.plan: (("dana",), "sam", lambda w, v, o: plans.plan(v, o, NOW)),
    plans.set_plan: (("dana",), "sam", lambda w, v, o: plans.set_plan(v, o, "pswq", "days", 14, NOW)),
    plans.stop: (("dana",), "sam", lambda w, v, o: plans.stop(v, o, "gad-7", NOW)),
    plans.ask_now: (("dana",), "sam", lambda w, v, o: plans.ask_now(v, o, "pswq", NOW)),
    check_in_items.client_items: (
        ("dana",),
        "sam",
        lambda w, v, o: check_in_items.client_items(v, o, NOW),
    ),
    check_in_items.choose_client_items: (
        ("dana",),
        "sam",
        lambda w, v, o: check_in_items.choose_client_items(v, o, ["mood", "note"], NOW),
    ),
    sharing.share: (("dana",), "sam", lambda w, v, o: sharing.share(v, o, True, NOW)),
    goals.rate_goal: (("sam",), "goal", lambda w, v, o: goals.rate_goal(v, o, 5, NOW)),
    goals.end_goal: (("sam",), "goal", lambda w, v, o: goals.end_goal(v, o, NOW)),
    nudges.remind: (("dana",), "sam", lambda w, v, o: nudges.remind(v, o, NOW)),
    record_zip.may_take_along: (("dana",), "sam", lambda w, v, o: record_zip.may_take_along(v, o)),
    record_zip.record_zip: (("dana",), "sam", lambda w, v, o: record_zip.record_zip(v, o, NOW)),
    keeping.place_hold: (
        ("ada",),
        "sam",
        lambda w, v, o: keeping.place_hold(v, o, "A complaint is open", NOW),
    ),
    keeping.lift_hold: (("ada",), "sam", lambda w, v, o: keeping.lift_hold(v, o, "It is settled", NOW)),
    erasure.erase: (("ada",), "sam", _erase),
    accounts.disable: (("ada",), "sam", lambda w, v, o: accounts.disable(v, o, NOW)),
    accounts.enable: (("ada",), "sam", lambda w, v, o: accounts.enable(v, o, NOW)),
    accounts.change_role: (
        ("ada",),
        "per",
        lambda w, v, o: accounts.change_role(v, o, Role.ADMINISTRATOR, NOW),
    ),
    accounts.reset_second_factor: (
        ("ada",),
        "dana",
        lambda w, v, o: accounts.reset_second_factor(v, o, NOW),
    ),
    accounts.assign: (
        ("ada",),
        "sam",
        lambda w, v, o: accounts.assign(v, o, w.per.public_id, False, NOW),
    ),
    accounts.end_care: (("ada",), "sam", lambda w, v, o: accounts.end_care(v, o, w.dana.public_id, NOW)),
    links.invite_again: (("ada", "dana"), "invited", lambda w, v, o: links.invite_again(v, o, NOW)),
    feed.appointment_file: (
        ("dana", "sam"),
        "appointment",
        lambda w, v, o: feed.appointment_file(v, o, NOW),
    ),
    intake.draft: (("sam", "dana"), "sam", lambda w, v, o: intake.draft(v, NOW, o)),
    intake.keep_answers: (
        ("sam", "dana"),
        "sam",
        lambda w, v, o: intake.keep_answers(v, {"pronouns": ("they", 0)}, NOW, o),
    ),
    intake.submit: (("sam", "dana"), "sam", lambda w, v, o: intake.submit(v, NOW, o)),
    intake.carry_over: (("sam", "dana"), "sam", lambda w, v, o: intake.carry_over(v, NOW, o)),
    amending.amend: (("sam", "dana"), "sam", _amend),
    offers.times_to_move_to: (("sam",), "appointment", _to_move_to),
    booking.cancel: (("dana", "sam"), "appointment", _cancel),
    booking.move: (("sam", "dana"), "appointment", _move),
    booking.book_for: (
        ("dana",),
        "sam",
        lambda w, v, o: booking.book_for(v, o, _kind(), NOW + timedelta(days=1), "for", NOW),
    ),
    booking.clashes_at: (
        ("dana",),
        "sam",
        lambda w, v, o: booking.clashes_at(v, o, _kind(), NOW + timedelta(days=1), NOW),
    ),
    series_booking.plan_series: (("dana",), "sam", _plan),
    series_booking.book_series: (("dana",), "sam", _book_series),
    series_booking.cancel_rest: (("dana",), "appointment", _cancel_rest),
    progress.client_progress: (
        ("dana",),
        "sam",
        lambda w, v, o: progress.client_progress(v, o, Period.ALL, NOW),
    ),
    client_days.day_by_day: (("dana",), "sam", lambda w, v, o: client_days.day_by_day(v, o, 0, NOW)),
    client_record.client_record: (
        ("dana",),
        "sam",
        lambda w, v, o: client_record.client_record(v, o, NOW),
    ),
    outcomes_file.outcomes_file: (
        ("dana",),
        "sam",
        lambda w, v, o: outcomes_file.outcomes_file(v, o, Wanted(), "client", NOW),
    ),
    chart_marks.add_mark: (
        ("dana",),
        "sam",
        lambda w, v, o: chart_marks.add_mark(v, o, "event", "Moved", NOW.date(), NOW),
    ),
    chart_marks.remove_mark: (
        ("dana",),
        "mark",
        lambda w, v, o: chart_marks.remove_mark(v, w.sam.public_id, o, NOW),
    ),
    episodes.begin_episode: (
        ("dana",),
        "sam",
        lambda w, v, o: episodes.begin_episode(v, o, NOW.date(), NOW),
    ),
    episodes.remove_episode: (
        ("dana",),
        "sam",
        lambda w, v, o: episodes.remove_episode(v, o, MISSING, NOW),
    ),
    reviews.review: (("dana",), "sam", lambda w, v, o: reviews.review(v, o, NOW, "", NOW)),
    hours.change_hours: (("dana",), "hours", lambda w, v, o: hours.change_hours(v, o, STRETCH, NOW)),
    hours.remove_hours: (("dana",), "hours", lambda w, v, o: hours.remove_hours(v, o, NOW)),
    time_off.remove_special: (("dana",), "time_off", lambda w, v, o: time_off.remove_special(v, o, NOW)),
    profiles.photo: (ALL, "dana", lambda w, v, o: profiles.photo(v, o)),
    catalog.change_type: (("ada",), "session_type", lambda w, v, o: catalog.change_type(v, o, PHONE, NOW)),
    catalog.end_type: (("ada",), "session_type", lambda w, v, o: catalog.end_type(v, o, NOW)),
    catalog.resume_type: (("ada",), "session_type", lambda w, v, o: catalog.resume_type(v, o, NOW)),
    clinic_rooms.end_room: (("ada",), "clinic_room", lambda w, v, o: clinic_rooms.end_room(v, o, NOW)),
    closures.remove_closure: (("ada",), "closure", lambda w, v, o: closures.remove_closure(v, o, NOW)),
    visits.enter: (("sam", "dana"), "appointment", lambda w, v, o: visits.enter(v, o, NOW)),
    visits.state: (("sam", "dana"), "appointment", lambda w, v, o: visits.state(v, o, NOW)),
    calls.connect: (("dana", "sam"), "appointment", _connect),
    calls.call_state: (("sam", "dana"), "appointment", lambda w, v, o: calls.call_state(v, o, NOW)),
    chat.say: (("dana", "sam"), "appointment", _say),
    by_phone.by_phone: (("sam", "dana"), "appointment", lambda w, v, o: by_phone.by_phone(v, o, NOW)),
    by_phone.go_on_by_phone: (("dana",), "appointment", lambda w, v, o: by_phone.go_on_by_phone(v, o, NOW)),
    notes.read_note: (("dana",), "appointment", lambda w, v, o: notes.read_note(v, o, NOW)),
    notes.keep_note: (
        ("dana",),
        "appointment",
        lambda w, v, o: notes.keep_note(v, o, free("A note"), 0, NOW),
    ),
    note_signing.sign_note: (("dana",), "appointment", _sign_note),
    note_signing.amend_note: (("dana",), "appointment", _amend_note),
    note_signing.drop_amendment: (("dana",), "appointment", _drop_amendment),
    note_list.note_desk: (("dana",), "appointment", lambda w, v, o: note_list.note_desk(v, o, NOW)),
    note_list.scores_line: (("dana",), "appointment", lambda w, v, o: note_list.scores_line(v, o, NOW)),
    note_list.client_notes: (("dana",), "sam", lambda w, v, o: note_list.client_notes(v, o, NOW)),
    private_notes.private_notes: (
        ("dana",),
        "sam",
        lambda w, v, o: private_notes.private_notes(v, o, NOW),
    ),
    private_notes.begin_private_note: (
        ("dana",),
        "sam",
        lambda w, v, o: private_notes.begin_private_note(v, o, NOW),
    ),
    private_notes.keep_private_note: (
        ("dana",),
        "private_note",
        lambda w, v, o: private_notes.keep_private_note(v, o, "A note", 0, NOW),
    ),
    visits.admit: (("dana",), "appointment", _admit),
    gate.suggested: (("sam",), "appointment", lambda w, v, o: gate.suggested(v, o, NOW)),
    gate.keep: (("sam",), "appointment", lambda w, v, o: gate.keep(v, o, "place", "At home", NOW)),
    gate.confirm: (("sam",), "appointment", lambda w, v, o: gate.confirm(v, o, WHEREABOUTS, NOW)),
    gate.pass_gate: (("dana",), "appointment", lambda w, v, o: gate.pass_gate(v, o, "In danger now", NOW)),
    attended.afterwards: (("sam", "dana"), "appointment", lambda w, v, o: attended.afterwards(v, o, NOW)),
    attended.session_report: (("dana",), "appointment", lambda w, v, o: attended.session_report(v, o, NOW)),
    attended.confirm_attendance: (
        ("dana",),
        "appointment",
        lambda w, v, o: attended.confirm_attendance(v, o, "attended", NOW),
    ),
    attended.say_feedback: (
        ("sam",),
        "appointment",
        lambda w, v, o: attended.say_feedback(v, o, "mostly", NOW),
    ),
    visits.leave: (("sam", "dana"), "appointment", lambda w, v, o: visits.leave(v, o, NOW)),
}
_asked = 0


def _name(service: Act) -> str:
    return f"{service.__module__}.{service.__name__}"


def _modules() -> list[str]:
    found = [m.name for m in pkgutil.walk_packages(clinic.__path__, "clinic.")]
    return [name for name in found if not name.endswith("__main__")]


def test_every_service_says_who_may_call_it() -> None:
    """A public function that takes the viewer, or opens the database, has a policy or a reason."""
    bare = []
    for name in _modules():
        importlib.import_module(name)
        path = PACKAGE.parent / (name.replace(".", "/") + ".py")
        path = path if path.is_file() else PACKAGE.parent / name.replace(".", "/") / "__init__.py"
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.name == "main":
                continue
            opens = any(
                isinstance(part, ast.Attribute)
                and part.attr in ("reading", "unit_of_work")
                and isinstance(part.value, ast.Name)
                and part.value.id == "db"
                for part in ast.walk(node)
            )
            if opens and f"{name}.{node.name}" not in POLICIES and f"{name}.{node.name}" not in OPEN:
                bare.append(f"{name}.{node.name}")
    assert bare == []


def test_every_service_with_a_policy_is_in_the_matrix() -> None:
    listed = {_name(service) for service in (*WITHOUT_OBJECT, *OF_SAM)}
    assert listed == set(POLICIES)


def _refused(act: Act, *args: Any) -> None:
    global _asked
    _asked += 1
    with pytest.raises(NotFound):
        act(*args)


def _answered(act: Act, *args: Any) -> None:
    global _asked
    _asked += 1
    act(*args)


def _denials() -> int:
    with db.reading() as session:
        return len(session.scalars(select(AuditEvent).where(AuditEvent.outcome == "denied")).all())


@pytest.mark.parametrize("service", WITHOUT_OBJECT, ids=_name)
def test_a_service_answers_those_who_may_and_nobody_else(world: World, service: Act) -> None:
    may, call = WITHOUT_OBJECT[service]
    for who in ALL:
        viewer = getattr(world, who)
        if who not in may and not _is_own_state(service, who):
            before = _denials()
            _refused(call, world, viewer)
            assert _denials() == before + 1
    for who in may:
        _answered(call, world, getattr(world, who))


def _is_own_state(service: Act, who: str) -> bool:
    """Refused for another reason than who one is: Noor's intake is not filled, clients have no codes."""
    return (service in (intake.submit, amending.amend) and who == "noor") or (
        service is second_factor.new_recovery_codes and who in CLIENTS
    )


@pytest.mark.parametrize("service", OF_SAM, ids=_name)
def test_an_object_is_there_for_those_it_concerns_and_for_nobody_else(world: World, service: Act) -> None:
    may, kind, call = OF_SAM[service]
    found = getattr(world, kind)
    asked = found.public_id if isinstance(found, Viewer) else found
    for who in ALL:
        viewer = getattr(world, who)
        _refused(call, world, viewer, MISSING)
        if who not in may:
            before = _denials()
            _refused(call, world, viewer, asked)
            assert _denials() == before + 1
    for who in may:
        _answered(call, world, getattr(world, who), asked)


def test_an_emergency_opens_a_record_for_a_day_and_supervision_until_it_ends(world: World) -> None:
    def look(viewer: Viewer, at: Any = NOW) -> str:
        return client_record.client_record(viewer, world.sam.public_id, at).name

    _refused(look, world.per)
    emergency.open_anyway(world.per, "sam@example.org", "Called in distress, Dana is away", NOW)
    _answered(look, world.per)
    _refused(look, world.per, NOW + emergency.LASTS)
    told = next(o.reason for o in emergency.openings(world.ada) if not o.seen)
    assert told == "Called in distress, Dana is away"
    accounts.assign(world.ada, world.sam.public_id, world.per.public_id, True, NOW)
    later = NOW + timedelta(days=5)
    _answered(look, world.per, later)
    still_there = replace(world.ada, password_at=later)
    accounts.end_care(still_there, world.sam.public_id, world.per.public_id, later)
    _refused(look, world.per, later)


def test_what_the_screen_of_another_role_would_call_is_refused_too(world: World) -> None:
    """A forged role in the viewer is not a way in: the object is still not theirs."""
    forged = replace(world.noor, role=Role.THERAPIST)
    _refused(client_record.client_record, forged, world.sam.public_id, NOW)


@pytest.fixture(scope="module", autouse=True)
def size(request: pytest.FixtureRequest) -> Any:
    yield
    kinds = len({kind for _, kind, _ in OF_SAM.values()}) + 1
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stdout.write(
            f"\npermission matrix: {len(POLICIES)} functions, {len(Role)} roles ({len(ALL)} people), "
            f"{kinds} kinds of objects, {_asked} cases\n"
        )
