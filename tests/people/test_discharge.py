"""The end of a client's care: when it may end, what it means elsewhere, and beginning again."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import db
from clinic.errors import (
    AlertsOpen,
    CareEnded,
    DischargeChanged,
    EditedElsewhere,
    InvalidInput,
    NotFound,
)
from clinic.measures import questionnaires
from clinic.measures.asking import due
from clinic.measures.plans import ask_now
from clinic.people.discharge import discharge, ending, keep_summary, own_ending, reopen
from clinic.people.discharge_file import discharge_file, own_discharge_file
from clinic.people.discharge_states import Act, State, require, require_ready
from clinic.people.viewer import Viewer
from clinic.records.caseload import caseload
from clinic.records.caseload_order import Look, Only
from clinic.records.nudges import remind
from clinic.safety.alerts import open_alerts
from clinic.safety.safety_plan import keep_step
from clinic.scheduling import booking, offers, waiting_list
from db.tables import Appointment, Episode, SessionType
from tests.databases import Database
from tests.factories import NOW, make_appointment, make_client, make_clinic, make_policy, make_therapist

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    make_policy()
    return make_therapist("Dana")


@pytest.fixture
def sam(dana: Viewer) -> Viewer:
    return make_client("Sam", therapist=dana)


def end(by: Viewer, client: Viewer, cancel: bool | None = None) -> None:
    revision = keep_summary(by, client.public_id, "agreed", "You came a long way.", 0, NOW)
    discharge(by, client.public_id, revision, cancel, NOW)


def kind() -> str:
    with db.reading() as session:
        return session.scalars(select(SessionType.public_id)).one()


@settings(max_examples=40)
@given(st.lists(st.sampled_from(Act), max_size=6))
def test_care_ends_once_and_begins_again_once(acts: list[Act]) -> None:
    state, after = State.BEGUN, {Act.DISCHARGE: State.DISCHARGED, Act.REOPEN: State.REOPENED}
    path = [state]
    for act in acts:
        try:
            require(state, act)
        except DischargeChanged:
            continue
        state = after.get(act, state)
        path.append(state)
    assert list(dict.fromkeys(path)) == list(State)[: len(set(path))], "no state is left out or entered again"


@given(
    st.sampled_from((None, "agreed", "nonsense")),
    st.sampled_from(("", "  ", "words")),
    st.integers(0, 1),
    st.integers(0, 1),
    st.sampled_from((None, True, False)),
)
@settings(max_examples=40)
def test_care_ends_only_when_all_is_said(
    reason: str | None, summary: str, alerts: int, coming: int, cancel: bool | None
) -> None:
    ready = reason == "agreed" and summary == "words" and not alerts and not (coming and cancel is None)
    try:
        require_ready(reason, summary, alerts, coming, cancel)
        went = True
    except (AlertsOpen, InvalidInput):
        went = False
    assert went == ready


def test_two_tabs_on_one_summary_are_told_and_both_texts_are_there(dana: Viewer, sam: Viewer) -> None:
    keep_summary(dana, sam.public_id, None, "first tab", 0, NOW)
    with pytest.raises(EditedElsewhere) as told:
        keep_summary(dana, sam.public_id, None, "second tab", 0, NOW)
    assert told.value.now["summary"].value == "first tab"
    keep_summary(dana, sam.public_id, None, "second tab", told.value.now["summary"].revision, NOW)


def test_care_goes_on_while_the_summary_is_written(dana: Viewer, sam: Viewer) -> None:
    keep_summary(dana, sam.public_id, "agreed", "words", 0, NOW)
    assert own_ending(sam) is None
    assert offers.free_times(sam, NOW)


def test_open_alert_is_closed_before_care_ends(dana: Viewer, sam: Viewer) -> None:
    response = questionnaires.open_response(sam, "phq-9", NOW)
    questionnaires.keep_answer(sam, response.public_id, 9, 2, NOW)
    assert ending(dana, sam.public_id, NOW).alerts == 1
    with pytest.raises(AlertsOpen):
        end(dana, sam)


def test_booked_sessions_are_kept_or_cancelled_by_choice(dana: Viewer, sam: Viewer) -> None:
    make_appointment(sam, dana, NOW + timedelta(days=1))
    with pytest.raises(InvalidInput) as refused:
        end(dana, sam)
    assert set(refused.value.fields) == {"coming"}
    revision = ending(dana, sam.public_id, NOW).current
    assert revision is not None
    discharge(dana, sam.public_id, revision.revision, True, NOW)
    with db.reading() as session:
        assert session.scalars(select(Appointment.status)).one() == "cancelled"


def test_discharged_client_cannot_book_until_care_begins_again(dana: Viewer, sam: Viewer) -> None:
    offer = offers.free_times(sam, NOW)[-1]
    end(dana, sam)
    with pytest.raises(CareEnded) as told:
        booking.book(sam, offer.therapist_id, offer.starts_at, "one", NOW)
    assert "+43 1 5550100" in told.value.sentence
    with pytest.raises(CareEnded):
        waiting_list.join(sam, kind(), None, "01234", 540, 1020, NOW)
    reopen(dana, sam.public_id, LATER)
    waiting_list.join(sam, kind(), None, "01234", 540, 1020, LATER)
    booking.book(sam, offer.therapist_id, offer.starts_at, "one", LATER)


def test_staff_cannot_book_ask_or_remind_a_discharged_client(dana: Viewer, sam: Viewer) -> None:
    at = NOW + timedelta(days=3)
    end(dana, sam)
    for refused in (
        lambda: booking.book_for(dana, sam.public_id, kind(), at, "k", NOW),
        lambda: ask_now(dana, sam.public_id, "phq-9", NOW),
        lambda: remind(dana, sam.public_id, NOW),
    ):
        with pytest.raises(CareEnded):
            refused()
    reopen(dana, sam.public_id, LATER)
    booking.book_for(dana, sam.public_id, kind(), at, "k", LATER)
    ask_now(dana, sam.public_id, "phq-9", LATER)
    remind(dana, sam.public_id, LATER)


def test_nothing_is_due_after_the_end_and_all_of_it_is_due_again(dana: Viewer, sam: Viewer) -> None:
    before = due(sam, NOW)
    assert before
    end(dana, sam)
    assert due(sam, NOW) == ()
    reopen(dana, sam.public_id, LATER)
    assert due(sam, LATER) == before


def test_discharged_client_keeps_their_safety_plan_and_alerts_still_raise(dana: Viewer, sam: Viewer) -> None:
    response = questionnaires.open_response(sam, "phq-9", NOW)
    end(dana, sam)
    keep_step(sam, sam.public_id, "own", "Go for a walk", 0, LATER)
    questionnaires.keep_answer(sam, response.public_id, 9, 1, LATER)
    assert [alert.client_name for alert in open_alerts(dana)] == ["Sam"]


def test_discharged_client_stands_under_their_own_filter_alone(dana: Viewer, sam: Viewer) -> None:
    make_client("Noor", therapist=dana)
    end(dana, sam)
    assert [row.name for row in caseload(dana, NOW).rows] == ["Noor"]
    assert [row.name for row in caseload(dana, NOW, Look(only=Only.DISCHARGED)).rows] == ["Sam"]


def test_summary_is_the_clients_only_once_care_has_ended(dana: Viewer, sam: Viewer) -> None:
    revision = keep_summary(dana, sam.public_id, "agreed", "words", 0, NOW)
    assert discharge_file(dana, sam.public_id, NOW)[2].startswith(b"%PDF")
    with pytest.raises(NotFound):
        own_discharge_file(sam, NOW)
    discharge(dana, sam.public_id, revision, None, NOW)
    assert own_discharge_file(sam, NOW)[2].startswith(b"%PDF")
    with pytest.raises(NotFound):
        own_discharge_file(make_client("Noor", therapist=dana), NOW)


def test_reopening_is_a_new_episode_and_the_old_end_stays(dana: Viewer, sam: Viewer) -> None:
    end(dana, sam)
    reopen(dana, sam.public_id, LATER)
    with pytest.raises(DischargeChanged):
        reopen(dana, sam.public_id, LATER)
    page = ending(dana, sam.public_id, LATER)
    assert page.current is None
    assert [one.summary for one in page.earlier] == ["You came a long way."]
    assert own_ending(sam) is None
    with db.reading() as session:
        assert session.scalars(select(Episode.began_at)).all() == [LATER]


def test_stranger_cannot_end_or_reopen_care(dana: Viewer, sam: Viewer) -> None:
    per = make_therapist("Per")
    with pytest.raises(NotFound):
        keep_summary(per, sam.public_id, None, "words", 0, NOW)
    end(dana, sam)
    with pytest.raises(NotFound):
        reopen(per, sam.public_id, LATER)
    reopen(dana, sam.public_id, LATER)


def test_of_two_who_end_care_at_once_one_does(dana: Viewer, sam: Viewer) -> None:
    revision = keep_summary(dana, sam.public_id, "agreed", "words", 0, NOW)
    ready, went = Barrier(2), []

    def press() -> None:
        ready.wait()
        try:
            discharge(dana, sam.public_id, revision, None, NOW)
            went.append(True)
        except DischargeChanged:
            went.append(False)

    presses = [Thread(target=press) for _ in range(2)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert sorted(went) == [False, True]
