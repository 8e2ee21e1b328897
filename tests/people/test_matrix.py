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
from sqlalchemy import select

import clinic
import db
from clinic.errors import NotFound
from clinic.intake import consent, intake
from clinic.measures import alerts, questionnaires
from clinic.oversight import audit_log, own_data
from clinic.people import accounts, care, details, emergency, links, own_account, second_factor
from clinic.people.own_account import Profile
from clinic.people.policy import POLICIES
from clinic.people.viewer import Role, Viewer
from clinic.records import client_record, day, home, mood
from clinic.scheduling import appointments
from clinic.video import visits
from db.tables import AuditEvent
from tests.databases import Database
from tests.factories import (
    DETAILS,
    NOW,
    PASSWORD,
    make_administrator,
    make_appointment,
    make_client,
    make_clinic,
    make_therapist,
)
from tests.intake.test_intake_service import WHOLE

PACKAGE = Path(clinic.__file__).parent
MISSING = "AAAAAAAAAAAAAAAAAAAAAA"
STAFF, CLIENTS = ("dana", "per"), ("sam", "noor")
ALL = ("ada", *STAFF, *CLIENTS)

# These open the database for whoever asks, or for nobody in particular. Why:
OPEN = {
    "clinic.people.details.clinic_details": "crisis numbers need no sign-in",
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
    "clinic.people.links.ask_reset": "says nothing",
    "clinic.people.links.opened": "takes a link's token",
    "clinic.people.links.accept": "takes a link's token",
    "clinic.people.postman.send_due": "runs by itself",
    "clinic.video.visits.close_ended": "runs by itself",
    "clinic.oversight.verify.verify": "run by whoever runs the server",
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


@pytest.fixture
def world(database: Database) -> World:
    make_clinic()
    ada, dana, per = make_administrator("Ada"), make_therapist("Dana"), make_therapist("Per")
    sam = make_client("Sam", email="sam@example.org", therapist=dana)
    noor = make_client("Noor", email="noor@example.org", therapist=per)
    response = questionnaires.open_response(sam, "phq-9", NOW)
    for item in response.instrument.items:
        questionnaires.keep_answer(sam, response.public_id, item.number, 1, NOW)
    alert = alerts.open_alerts(dana)[0].public_id
    intake.keep_answers(sam, WHOLE, NOW)
    # An opening of yesterday: it no longer opens anything.
    emergency.open_anyway(per, "sam@example.org", "A reason of some length", NOW - timedelta(days=2))
    opening = emergency.openings(ada)[0].public_id
    invited = links.invite(dana, Role.CLIENT, "New", "new@example.org", NOW).person_id
    meeting = make_appointment(sam, dana, NOW)
    return World(ada, dana, per, sam, noor, meeting, response.public_id, alert, opening, invited)


def _device(w: World, viewer: Viewer) -> own_account.Device:
    return own_account.Device(viewer.session_id, "", "", NOW, NOW, False)


def _free(w: World, v: Viewer) -> Any:
    offer = appointments.free_times(v, NOW)[-1]
    return appointments.book(v, offer.therapist_id, offer.starts_at, f"matrix-{v.name}", NOW)


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
    visits.enter(w.sam, w.appointment, NOW)
    visits.admit(w.dana, w.appointment, NOW)
    return visits.connect(v, appointment, NOW)


def _finish(w: World, v: Viewer, response: str) -> Any:
    return questionnaires.finish(v, response, NOW)


Act = Callable[..., Any]
# Services about oneself or one's own list: (who may, how they are called).
WITHOUT_OBJECT: dict[Act, tuple[tuple[str, ...], Act]] = {
    details.update_details: (("ada",), lambda w, v: details.update_details(v, DETAILS, NOW)),
    consent.current_consent: (CLIENTS, lambda w, v: consent.current_consent(v)),
    consent.sign: (
        CLIENTS,
        lambda w, v: consent.sign(v, consent.current_consent(w.sam).body_hash, v.name, True, NOW),
    ),
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
    questionnaires.due: (CLIENTS, lambda w, v: questionnaires.due(v, NOW)),
    questionnaires.open_response: (CLIENTS, lambda w, v: questionnaires.open_response(v, "gad-7", NOW)),
    questionnaires.own_series: (CLIENTS, lambda w, v: questionnaires.own_series(v)),
    intake.draft: (CLIENTS, lambda w, v: intake.draft(v, NOW)),
    intake.keep_answers: (CLIENTS, lambda w, v: intake.keep_answers(v, {"preferred_name": "x"}, NOW)),
    intake.submit: (("sam",), lambda w, v: intake.submit(v, NOW)),
    audit_log.events: (("ada",), lambda w, v: audit_log.events(v, "", 0)),
    audit_log.audit_csv: (("ada",), lambda w, v: audit_log.audit_csv(v, NOW)),
    audit_log.looks_at_me: (CLIENTS, lambda w, v: audit_log.looks_at_me(v)),
    own_data.own_data: (CLIENTS, lambda w, v: own_data.own_data(v, NOW)),
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
    mood.log_mood: (CLIENTS, lambda w, v: mood.log_mood(v, 3, "", NOW)),
    mood.mood_today: (CLIENTS, lambda w, v: mood.mood_today(v, NOW)),
    mood.mood_since: (CLIENTS, lambda w, v: mood.mood_since(v, NOW.date())),
    appointments.free_times: (CLIENTS, lambda w, v: appointments.free_times(v, NOW)),
    appointments.book: (CLIENTS, _free),
    appointments.coming: ((*STAFF, *CLIENTS), lambda w, v: appointments.coming(v, NOW)),
    appointments.past: ((*STAFF, *CLIENTS), lambda w, v: appointments.past(v, NOW)),
    client_record.clients: (STAFF, lambda w, v: client_record.clients(v, NOW)),
    day.day: (STAFF, lambda w, v: day.day(v, NOW)),
    home.client_home: (CLIENTS, lambda w, v: home.client_home(v, NOW)),
}
# Services about one object: (who may do it to Sam's, which object, how they are called).
OF_SAM: dict[Act, tuple[tuple[str, ...], str, Act]] = {
    emergency.mark_seen: (("ada",), "opening", lambda w, v, o: emergency.mark_seen(v, o, NOW)),
    alerts.acknowledge: (("dana",), "alert", lambda w, v, o: alerts.acknowledge(v, o, NOW)),
    questionnaires.keep_answer: (
        ("sam",),
        "response",
        lambda w, v, o: questionnaires.keep_answer(v, o, 1, 2, NOW),
    ),
    questionnaires.finish: (("sam",), "response", _finish),
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
    appointments.cancel: (
        ("dana", "sam"),
        "appointment",
        lambda w, v, o: appointments.cancel(v, o, NOW - timedelta(days=3)),
    ),
    client_record.client_record: (
        ("dana",),
        "sam",
        lambda w, v, o: client_record.client_record(v, o, NOW),
    ),
    visits.enter: (("sam", "dana"), "appointment", lambda w, v, o: visits.enter(v, o, NOW)),
    visits.state: (("sam", "dana"), "appointment", lambda w, v, o: visits.state(v, o, NOW)),
    visits.admit: (("dana",), "appointment", lambda w, v, o: visits.admit(v, o, NOW)),
    visits.connect: (("dana", "sam"), "appointment", _connect),
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
    return (service is intake.submit and who == "noor") or (
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
