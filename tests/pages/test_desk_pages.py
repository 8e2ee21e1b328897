"""The first screens and the safety plan as people meet them: who is ready, what is ahead, what is left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import db
from clinic.people.viewer import Viewer
from clinic.safety.safety_plan import keep_step
from clinic.video.device_checks import keep_check
from db.tables import Document, Task
from tests.factories import make_appointment, make_client
from tests.pages.conftest import Practice, links_of, text_of
from tests.records.test_caseload import keep
from tests.video.test_device_checks import FINE


def _task(client: Viewer, by: Viewer, title: str, *, done: bool = False) -> None:
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        task = Task(client_id=client.account_id, set_by_id=by.account_id, kind="text", set_at=now)
        task.title, task.submit_key, task.done_at = title, f"task-{title}", now if done else None
        session.add(task)


def test_today_says_who_is_not_ready_and_why_with_a_sign_and_words(practice: Practice) -> None:
    said = text_of(practice.open("today", practice.therapist))
    why = "intake, 2 sets of questions, camera and sound not tried yet and where they are now."
    assert f":orange[**▲ Not ready:**] {why}" in said
    keep_check(practice.client, FINE, datetime.now(UTC))
    said = text_of(practice.open("today", practice.therapist))
    assert "not tried yet" not in said
    assert "Camera and sound worked on" in said


def test_today_has_new_results_on_top_with_a_link_to_the_record(practice: Practice) -> None:
    keep(practice.client, "gad-7", (9,), datetime.now(UTC))
    app = practice.open("today", practice.therapist)
    assert "New results nobody has looked at: 1 client." in text_of(app)
    assert "New results: Sam Rivera" in [link.label for link in links_of(app)]
    assert "New results" not in text_of(practice.open("today", practice.other_therapist))


def test_the_week_ahead_is_counted_by_day(practice: Practice) -> None:
    now = datetime.now(UTC)
    for hours in (48, 49):
        make_appointment(practice.client, practice.therapist, now + timedelta(hours=hours), now=now)
    said = text_of(practice.open("today", practice.therapist))
    assert "session" in said.split("The week ahead")[-1]
    assert "not ready**]" in said
    assert "No sessions in the next 7 days." in text_of(practice.open("today", practice.other_therapist))


def test_loose_ends_are_said_in_words(practice: Practice) -> None:
    now = datetime.now(UTC)
    assert "Nothing is left over." in text_of(practice.open("today", practice.therapist))
    make_appointment(practice.client, practice.therapist, now - timedelta(days=1), now=now)
    _task(practice.client, practice.therapist, "Walk", done=True)
    app = practice.open("today", practice.therapist)
    assert "1 finished task to look at" in text_of(app)
    assert "1 session to confirm" in [link.label for link in links_of(app)]


def test_today_has_one_primary_button_however_many_sessions(practice: Practice) -> None:
    now = datetime.now(UTC)
    noor = make_client("Noor Lind", therapist=practice.therapist, now=now)
    # Over already; its room stays open for a while.
    make_appointment(noor, practice.therapist, now - timedelta(minutes=16), minutes=10, now=now)
    app = practice.open("today", practice.therapist)
    assert [b.label for b in app.button if b.proto.type == "primary"] == ["Start session: Sam Rivera"]
    assert len([b for b in app.button if b.label.startswith("Start session")]) == 2


def test_a_clients_home_says_tasks_and_what_came_in(practice: Practice) -> None:
    assert "Between sessions" not in text_of(practice.open("client_home", practice.client))
    _task(practice.client, practice.therapist, "Keep a *diary*")
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        row = Document(
            client_id=practice.client.account_id,
            by_id=practice.therapist.account_id,
            media_type="application/pdf",
            size=3,
            submit_key="document-1",
            added_at=now,
        )
        row.name, row.content = "a.pdf", "YWJj"
        session.add(row)
    app = practice.open("client_home", practice.client)
    assert "- Keep a *diary*" in text_of(app)
    assert "- 1 new document" in text_of(app)
    assert len([b for b in app.button if b.proto.type == "primary"]) == 1
    assert "diary" not in text_of(practice.open("client_home", practice.other_client))


def test_a_plans_history_is_read_by_who_opens_it_and_its_print_is_a_link(practice: Practice) -> None:
    whom = practice.client.public_id
    keep_step(practice.client, whom, "own", "Walk *far*", 0, datetime.now(UTC) - timedelta(days=2))
    keep_step(practice.therapist, whom, "own", "Walk, then tea", 1, datetime.now(UTC))
    for viewer, query in ((practice.client, {}), (practice.therapist, {"client": whom})):
        app = practice.open("safety_plan", viewer, **query)
        assert "Before" not in text_of(app)
        app.session_state["disclosure:plan-history"] = True
        app.run()
        said = text_of(app)
        assert not app.exception
        assert "Dana Okafor**" in said
        assert [one.value for one in app.text] == ["Walk *far*", "Walk, then tea", "(nothing)", "Walk *far*"]
        links = [one.proto.url for one in app.get("link_button")]
        assert f"/download/safety-plan?client={whom}" in links
