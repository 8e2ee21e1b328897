"""What a client does in a bad moment, and what they are told came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.errors import InvalidInput
from clinic.people import postman
from clinic.people.viewer import Viewer
from clinic.safety import places
from clinic.safety.alerts import alert_file
from clinic.safety.answering import acknowledge, act, resolve
from clinic.safety.own_help import ask_for_help, own_contact, own_help, say_place, say_safe, who_is_told
from clinic.safety.places import PlaceEntry
from clinic.safety.states import Kind
from tests.databases import Database
from tests.factories import NOW, keep_intake, make_client, make_clinic, make_therapist
from tests.intake.test_intake_service import WHOLE
from tests.safety.net import MINUTES, answer, mailed, make_policy, only_alert, rows, trail

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


def test_help_asked_tells_everyone_who_answers_and_the_administrators(dana: Viewer) -> None:
    make_policy(make_therapist("Per"), make_therapist("Li"))
    sam = make_client("Sam", therapist=dana)
    answer(sam, 1)
    acknowledge(dana, only_alert(dana).public_id, only_alert(dana).answered_at, NOW)
    ask_for_help(sam, LATER)
    ask_for_help(sam, LATER + timedelta(seconds=1))
    assert mailed(LATER) == ["Per", "Li", "Dana", "Ada"]
    assert trail() == ["raised", "acknowledged", "help-asked"]
    alert = only_alert(dana)
    assert (alert.unseen, alert.help_asked_at, alert.acknowledged_at) == (True, LATER, None)
    assert rows()[0].escalate_at == LATER + timedelta(minutes=MINUTES)


def test_help_asked_without_an_open_alert_begins_one_and_mails_each_person_once(dana: Viewer) -> None:
    make_policy(dana, make_therapist("Per"))
    sam = make_client("Sam", therapist=dana)
    ask_for_help(sam, NOW)
    assert mailed() == ["Dana", "Per", "Ada"]
    alert = only_alert(dana)
    assert (alert.client_name, alert.help_asked_at, alert.answer_words) == ("Sam", NOW, "")
    acknowledge(dana, alert.public_id, alert.answered_at, NOW)
    act(dana, alert.public_id, Kind.REACHED, "", NOW)
    resolve(dana, alert.public_id, "With her sister tonight", NOW)
    ask_for_help(sam, LATER)
    assert len(rows()) == 2


def test_saying_that_one_is_safe_is_noted_once_and_changes_nothing_else(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    with pytest.raises(InvalidInput):
        say_safe(sam, NOW)
    answer(sam, 1)
    before = only_alert(dana)
    say_safe(sam, LATER)
    say_safe(sam, LATER)
    assert trail() == ["raised", "says-safe"]
    assert only_alert(dana) == before
    assert mailed(LATER) == []


def test_the_client_is_told_whether_the_messages_went_out_and_were_read(
    dana: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_policy(dana, make_therapist("Per"))
    sam = make_client("Sam", therapist=dana)
    assert own_help(sam).asked_at is None
    ask_for_help(sam, NOW)
    so_far = own_help(sam)
    assert (so_far.told, so_far.handed_over, so_far.failing) == (("Dana", "Per", "Ada"), 0, False)
    with monkeypatch.context() as broken:

        def refused(_message: object) -> None:
            raise ConnectionRefusedError

        broken.setattr(postman, "deliver", refused)
        postman.send_due(NOW)
    assert own_help(sam).failing
    postman.send_due(NOW + postman.ALERT_PAUSES[0])
    so_far = own_help(sam)
    assert (so_far.handed_over, so_far.failing, so_far.read_at) == (3, False, None)
    acknowledge(dana, only_alert(dana).public_id, only_alert(dana).answered_at, LATER)
    assert own_help(sam).read_at == LATER


def test_who_will_read_it_is_said_by_name(dana: Viewer) -> None:
    sam = make_client("Sam", therapist=dana)
    assert who_is_told(sam) == ["Dana"]
    make_policy(make_therapist("Per"), dana)
    assert who_is_told(sam) == ["Per", "Dana"]
    assert who_is_told(make_client("Noor")) == ["Per", "Dana"]


def test_whoever_answers_finds_what_it_takes_to_reach_the_client(dana: Viewer) -> None:
    per = make_therapist("Per")
    ada = make_policy(per, make_therapist("Li"))
    sam = make_client("Sam", therapist=dana)
    keep_intake(sam, WHOLE, NOW)
    place = places.add_place(ada, PlaceEntry("Graz", "112", "A line", "142"), NOW)
    places.verify_place(ada, place, NOW)
    say_place(sam, place, NOW)
    answer(sam, 1)
    file = alert_file(per, only_alert(per).public_id, NOW)
    assert file.contact is not None
    assert (file.contact.phone, file.contact.usual_place) == (WHOLE["phone"], WHOLE["usual_place"])
    assert file.contact.emergency_phone == WHOLE["emergency_phone"]
    assert file.contact.emergency_release == WHOLE["emergency_release"]
    assert (file.contact.place, file.contact.place_said_at) == ("Graz", NOW)
    assert file.form_finished_at is None
    assert own_contact(sam).emergency_name == WHOLE["emergency_name"]
