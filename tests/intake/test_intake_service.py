"""Every answer is kept as it is given, sealed, on any device, until the form is sent."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text

import db
from clinic.errors import DraftOutdated, EditedElsewhere, InvalidInput, NotFound
from clinic.intake import intake
from clinic.intake.intake import keep_answers
from clinic.people.viewer import Viewer
from db.tables import Account, AuditEvent, Clinic
from tests.databases import Database
from tests.factories import NOW, keep_intake, make_administrator, make_client, make_clinic, make_therapist
from tests.portal import ROOT

WHOLE = {
    "preferred_name": "Sam",
    "full_name": "Sam Rivera",
    "born": "5/6/1991",
    "phone": "+44 20 7946 0100",
    "voicemail": "Yes",
    "usual_place": "At home",
    "emergency_name": "Lena",
    "emergency_relation": "Sister",
    "emergency_phone": "020 7946 0101",
    "emergency_release": "Yes",
    "brings": "I sleep badly.",
    "before": "No",
}


@pytest.fixture
def client(database: Database) -> Viewer:
    make_clinic()
    return make_client("Sam Rivera", consented=False)


def _answers(viewer: Viewer) -> dict[str, str]:
    return intake.draft(viewer, NOW).answers


def _minimum_age(years: int) -> None:
    with db.unit_of_work() as session:
        session.scalars(select(Clinic)).one().minimum_age = years


def _born_in_account(viewer: Viewer, born: str | None = None) -> str | None:
    with db.unit_of_work() as session:
        account = session.get_one(Account, viewer.account_id)
        if born:
            account.born = born
        return account.born


def test_half_a_form_is_there_on_another_device(client: Viewer) -> None:
    assert _answers(client) == {}
    later = NOW + timedelta(minutes=5)
    keep_intake(client, {"preferred_name": "Sa", "born": "5//"}, NOW)
    keep_intake(client, {"preferred_name": "Sam"}, later)
    kept = intake.draft(client, later)
    assert kept.answers == {"preferred_name": "Sam", "born": "5//"}
    assert kept.saved_at == later
    assert "about-you" not in kept.finished_sections


def test_what_cannot_be_kept_is_named_and_the_rest_is(client: Viewer) -> None:
    with pytest.raises(InvalidInput) as refused:
        keep_intake(
            client, {"preferred_name": "Sam", "voicemail": "Perhaps", "brings": "x" * 4001, "admin": "1"}
        )
    assert set(refused.value.fields) == {"voicemail", "brings", "admin"}
    assert _answers(client) == {"preferred_name": "Sam"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("brings", "x" * 100_000),
        ("born", "1/" * 50_000),
        ("no_such_question", "x"),
        ("", "x"),
        ("x" * 5000, "x"),
        ("voicemail", "Maybe"),
        ("access", "Captions\nCaptions"),
        ("weighs", "11"),
        ("brings", None),
        ("brings", ["a"]),
        ("brings", 7),
    ],
)
def test_what_a_forged_screen_sends_is_a_sentence_and_the_draft_intact(
    client: Viewer, name: str, value: object
) -> None:
    keep_intake(client, WHOLE)
    seen = intake.draft(client, NOW).kept.get(name)
    with pytest.raises(InvalidInput) as refused:
        keep_answers(client, {name: (value, seen.revision if seen else 0)}, NOW)  # type: ignore[dict-item]
    assert set(refused.value.fields) == {name}
    assert _answers(client) == WHOLE


def test_an_unfinished_form_is_not_sent_and_nothing_is_lost(client: Viewer) -> None:
    keep_intake(client, {**WHOLE, "born": "31/2/1991", "brings": ""})
    with pytest.raises(InvalidInput) as refused:
        intake.submit(client, NOW)
    assert set(refused.value.fields) == {"born", "brings"}
    assert _answers(client)["full_name"] == "Sam Rivera"
    assert intake.draft(client, NOW).submitted_at is None


def test_sending_twice_is_once_and_then_it_is_closed(client: Viewer) -> None:
    keep_intake(client, WHOLE)
    assert intake.draft(client, NOW).ready_to_send
    intake.submit(client, NOW)
    intake.submit(client, NOW + timedelta(minutes=1))
    assert intake.draft(client, NOW).submitted_at == NOW
    with pytest.raises(DraftOutdated):
        keep_intake(client, {"brings": "Changed"})
    assert _answers(client)["brings"] == WHOLE["brings"]
    with db.reading() as session:
        assert session.scalars(select(AuditEvent.action)).all().count("intake.submit") == 1


def test_a_hidden_required_answer_stays_kept_and_does_not_block(client: Viewer) -> None:
    _minimum_age(16)
    keep_intake(client, {**WHOLE, "born": "3/3/2008", "guardian_name": "Lena"})
    assert intake.draft(client, NOW).asked.section("guardian") is not None
    with pytest.raises(InvalidInput) as refused:
        intake.submit(client, NOW)
    assert set(refused.value.fields) == {"guardian_relation", "guardian_phone", "guardian_papers"}
    keep_intake(client, {"born": WHOLE["born"]})
    kept = intake.draft(client, NOW)
    assert kept.asked.section("guardian") is None
    assert kept.answers["guardian_name"] == "Lena"
    intake.submit(client, NOW)


def test_a_client_under_the_clinics_age_is_told_so_and_keeps_the_draft(client: Viewer) -> None:
    keep_intake(client, {**WHOLE, "born": "3/3/2008"})  # 18 tomorrow
    with pytest.raises(InvalidInput) as refused:
        intake.submit(client, NOW)
    assert "aged 18 and over" in refused.value.fields["born"]
    assert _answers(client)["brings"] == WHOLE["brings"]
    keep_intake(client, {"born": "2/3/2008"})  # 18 today
    intake.submit(client, NOW)


def test_age_goes_by_the_clients_own_day(client: Viewer) -> None:
    far = make_client("Kiri", zone="Pacific/Auckland", consented=False)
    evening = NOW.replace(hour=12)  # already the 3rd of March in Auckland
    for who in (client, far):
        keep_intake(who, {**WHOLE, "born": "3/3/2008"}, evening)
    intake.submit(far, evening)
    with pytest.raises(InvalidInput):
        intake.submit(client, evening)


def test_a_birth_date_known_from_the_consent_is_not_asked_again(client: Viewer) -> None:
    _born_in_account(client, "5/6/1991")
    kept = intake.draft(client, NOW)
    assert kept.answers == {"born": "5/6/1991"}
    assert not kept.begun
    keep_intake(client, {name: value for name, value in WHOLE.items() if name != "born"})
    intake.submit(client, NOW)
    assert _answers(client) == WHOLE
    assert _born_in_account(client) == "5/6/1991"


def test_a_sent_birth_date_is_known_from_then_on(client: Viewer) -> None:
    keep_intake(client, WHOLE)
    assert _born_in_account(client) is None
    intake.submit(client, NOW)
    assert _born_in_account(client) == WHOLE["born"]


def test_an_older_tab_never_writes_over_a_newer_answer(client: Viewer) -> None:
    keep_answers(client, {"brings": ("Sleep", 0)}, NOW)
    later = NOW + timedelta(minutes=1)
    phone = keep_answers(client, {"brings": ("Sleep and worry", 1)}, later)
    with pytest.raises(EditedElsewhere) as refused:
        keep_answers(client, {"brings": ("Sleep, mostly", 1), "pronouns": ("they", 0)}, NOW)
    there = refused.value.now["brings"]
    assert (there.by, there.at, there.value, there.revision) == ("Sam Rivera", later, "Sleep and worry", 2)
    assert phone.revisions == {"brings": 2}
    assert _answers(client) == {"brings": "Sleep and worry", "pronouns": "they"}, "the others are kept"
    mine = keep_answers(client, {"brings": ("Sleep, mostly", there.revision)}, NOW)
    assert mine.revisions == {"brings": 3}
    assert _answers(client)["brings"] == "Sleep, mostly"


def test_the_same_words_from_an_older_tab_are_no_conflict(client: Viewer) -> None:
    keep_answers(client, {"brings": ("Sleep", 0)}, NOW)
    assert keep_answers(client, {"brings": ("Sleep", 0)}, NOW).revisions == {"brings": 1}


def test_a_conflict_and_a_refused_answer_are_said_together(client: Viewer) -> None:
    keep_answers(client, {"brings": ("Sleep", 0)}, NOW)
    with pytest.raises(EditedElsewhere) as refused:
        keep_answers(client, {"brings": ("Other", 0), "voicemail": ("Maybe", 0)}, NOW)
    assert set(refused.value.fields) == {"brings", "voicemail"}
    assert set(refused.value.now) == {"brings"}


def test_of_two_devices_at_the_same_moment_one_is_told(client: Viewer) -> None:
    keep_answers(client, {"brings": ("Before", 0)}, NOW)
    outcomes: list[object] = []
    ready = threading.Barrier(6)

    def keep(n: int) -> None:
        ready.wait()
        try:
            keep_answers(client, {"brings": (f"From device {n}", 1)}, NOW)
            outcomes.append(f"From device {n}")
        except EditedElsewhere as told:
            outcomes.append(told)

    _together([threading.Thread(target=keep, args=(n,)) for n in range(6)])
    kept = [said for said in outcomes if isinstance(said, str)]
    assert len(kept) == 1
    assert len(outcomes) == 6
    assert _answers(client)["brings"] == kept[0]
    assert all(said.now["brings"].value == kept[0] for said in outcomes if isinstance(said, EditedElsewhere))


def test_two_devices_that_begin_at_once_lose_nothing(client: Viewer) -> None:
    failed: list[BaseException] = []

    def keep(name: str) -> None:
        try:
            keep_answers(client, {name: (WHOLE[name], 0)}, NOW)
        except BaseException as error:
            failed.append(error)

    _together([threading.Thread(target=keep, args=(name,)) for name in WHOLE])
    assert not failed
    assert _answers(client) == WHOLE


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_therapist_fills_it_in_with_the_client_and_that_is_said(client: Viewer) -> None:
    dana = make_therapist("Dana Okafor")
    sam = make_client("Sam Rivera", therapist=dana, consented=False)
    keep_intake(sam, {"preferred_name": "Sam"})
    keep_intake(
        dana, {name: value for name, value in WHOLE.items() if name != "preferred_name"}, NOW, sam.public_id
    )
    kept = intake.draft(sam, NOW).kept
    assert kept["preferred_name"].by is None
    assert kept["brings"].by == "Dana Okafor"
    with pytest.raises(EditedElsewhere) as refused:
        keep_answers(sam, {"brings": ("Mine", 0)}, NOW)
    assert refused.value.now["brings"].by == "Dana Okafor"
    intake.submit(dana, NOW, sam.public_id)
    assert intake.draft(sam, NOW).submitted_at == NOW
    with db.reading() as session:
        did = session.scalars(
            select(AuditEvent.action).where(
                AuditEvent.actor_id == dana.account_id, AuditEvent.client_id == sam.account_id
            )
        ).all()
    assert {"intake.open", "intake.keep", "intake.submit"} <= set(did)


def test_a_therapist_has_no_intake_of_their_own_and_none_of_a_stranger(client: Viewer) -> None:
    keep_intake(client, WHOLE)
    dana, per = make_therapist(), make_therapist()
    sam = make_client(therapist=dana, consented=False)
    for viewer, whose in ((dana, None), (per, sam.public_id), (make_administrator(), sam.public_id)):
        with pytest.raises(NotFound):
            intake.draft(viewer, NOW, whose)
        with pytest.raises(NotFound):
            keep_answers(viewer, {"brings": ("x", 0)}, NOW, whose)
        with pytest.raises(NotFound):
            intake.submit(viewer, NOW, whose)
    assert intake.draft(dana, NOW, sam.public_id).answers == {}


def test_ones_own_form_only(client: Viewer) -> None:
    keep_intake(client, WHOLE)
    other = make_client("Noor", consented=False)
    assert _answers(other) == {}
    with pytest.raises(NotFound):
        intake.draft(other, NOW, client.public_id)
    with pytest.raises(NotFound):
        keep_answers(other, {"brings": ("x", 0)}, NOW, client.public_id)
    assert _answers(client) == WHOLE


def test_answers_are_nowhere_in_the_clear(client: Viewer, database: Database) -> None:
    keep_intake(client, {**WHOLE, "brings": "canary-in-the-coal-mine"})
    if database.kind == "sqlite":
        files = [path.read_bytes() for path in Path(database.var).glob("quiet-room.db*")]
    else:
        with db.engine().connect() as connection:
            files = [
                str(connection.execute(text(f'SELECT * FROM "{table}"')).all()).encode()
                for table in inspect(connection).get_table_names()
            ]
    assert any(b"Sam Rivera" in held for held in files)  # the account's name: the look-up itself works
    assert not any(b"canary" in held or b"7946" in held for held in files)
    assert _answers(client)["brings"] == "canary-in-the-coal-mine"


_KEEPS_UNTIL_KILLED = """
import itertools, sys
from datetime import datetime, UTC
from clinic.intake.intake import keep_answers
from clinic.people.viewer import Role, Viewer
me = Viewer(int(sys.argv[1]), sys.argv[2], Role.CLIENT, "Sam", "UTC", 0)
seen = 0
for n in itertools.count():
    seen = keep_answers(me, {"brings": (f"Sentence {n}", seen)}, datetime.now(UTC)).revisions["brings"]
    print(n, flush=True)
"""


@pytest.mark.parametrize("acknowledged", [1, 7, 23])
def test_a_killed_process_loses_no_answer_it_said_was_saved(
    client: Viewer, database: Database, acknowledged: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _KEEPS_UNTIL_KILLED, str(client.account_id), client.public_id],
        cwd=ROOT,
        env={**os.environ, **database.environment()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    last = -1
    for _ in range(acknowledged):
        last = int(process.stdout.readline())
    process.kill()  # SIGKILL: nothing is tidied up
    rest = process.stdout.read().split()
    process.wait()
    last = int(rest[-1]) if rest else last
    kept = intake.draft(client, NOW).kept["brings"]
    # The one after the last acknowledged may have been committed as well.
    assert kept.value in (f"Sentence {last}", f"Sentence {last + 1}")
    assert kept.revision in (last + 1, last + 2)
    keep_answers(client, {"brings": ("Afterwards", kept.revision)}, NOW)
