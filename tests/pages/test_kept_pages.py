"""Taking a record along, and the administrator's records: what they show, refuse and do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

import db
from clinic.oversight.keeping import records_kept
from clinic.oversight.retention import Why
from db.tables import Account, Appointment, Discharge, SignIn
from tests.pages.conftest import Practice, text_of

WHY = "The time is over, and nobody needs it"


def _over(practice: Practice) -> None:
    """Sam's care ended long ago."""
    long_ago = datetime.now(UTC) - timedelta(days=12 * 365)
    ended = Discharge(
        client_id=practice.client.account_id,
        by_id=practice.therapist.account_id,
        reason="agreed",
        revision=1,
        started_at=long_ago,
        kept_at=long_ago,
        discharged_at=long_ago,
    )
    with db.unit_of_work() as session:
        session.execute(update(Appointment).values(status="cancelled"))
        session.add(ended)


def _open(practice: Practice, name: str = "Sam Rivera") -> AppTest:
    app = practice.open("records_kept", practice.administrator)
    kept = records_kept(practice.administrator, datetime.now(UTC)).records
    wanted = next(one for one in kept if one.name == name)
    return app.selectbox(key="kept:open").set_value(wanted).run()


def _press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def _links(app: AppTest) -> list[str]:
    return [one.proto.url for one in app.get("link_button")]


def test_a_record_is_taken_along_by_its_therapist_and_by_nobody_else(practice: Practice) -> None:
    client = practice.client.public_id
    app = practice.open("record_file", practice.therapist, client=client)
    assert _links(app) == [f"/download/record?client={client}"]
    assert "psychotherapy notes" in text_of(app)
    app = practice.open("record_file", practice.other_therapist, client=client)
    assert _links(app) == []
    assert "Only somebody who looks after this client" in text_of(app)


def test_the_password_comes_before_the_files_address(practice: Practice) -> None:
    opened = {}
    for fresh in (True, False):
        app = practice.open("record_file", practice.therapist, client=practice.client.public_id)
        if not fresh:
            with db.unit_of_work() as session:
                session.execute(update(SignIn).values(password_at=datetime.now(UTC) - timedelta(hours=1)))
            app = app.run()
        opened[fresh] = _links(app)
    assert opened[True]
    assert not opened[False]


def test_a_client_finds_their_own_record_in_their_account(practice: Practice) -> None:
    app = practice.open("account", practice.client, part="data")
    assert _links(app) == ["/download/record", "/download/my-data"]


def test_the_administrator_erases_with_the_name_and_a_reason(practice: Practice) -> None:
    _over(practice)
    app = _open(practice)
    assert "Backups made before today still hold it" in text_of(app)
    app.text_input(key="kept:name").input("Sam")
    app = _press(app, "Erase for good")
    assert "Type the client's name exactly" in text_of(app)
    assert "Say why" in text_of(app)
    app.text_input(key="kept:name").input("Sam Rivera")
    app.text_area(key="kept:reason").input(WHY)
    app = _press(app, "Erase for good")
    assert not app.exception
    assert "Backups made before today still hold it." in text_of(app)
    assert WHY in text_of(app)
    assert not any(option.startswith("Sam") for option in app.selectbox(key="kept:open").options)
    with db.reading() as session:
        gone = session.get_one(Account, practice.client.account_id)
        assert (gone.name, gone.erased_at is not None) == ("Erased client", True)


def test_a_record_that_is_kept_says_why_and_offers_no_erasing(practice: Practice) -> None:
    app = _open(practice)
    assert "Care has not ended" in text_of(app)
    assert "Erase for good" not in [button.label for button in app.button]
    _over(practice)
    assert "Erase for good" in [button.label for button in _open(practice).button]


def test_a_hold_is_placed_and_lifted(practice: Practice) -> None:
    _over(practice)
    app = _press(_open(practice), "Place a hold")
    assert "Say why" in text_of(app)
    app.text_area(key="kept:hold").input("A complaint is open, case 12")
    app = _press(app, "Place a hold")
    assert "A complaint is open, case 12" in text_of(app)
    assert "Erase for good" not in [button.label for button in app.button]
    app.text_area(key="kept:lift").input("The complaint is settled")
    app = _press(app, "Lift the hold")
    assert "The hold is lifted." in text_of(app)
    assert "Erase for good" in [button.label for button in app.button]


def test_the_clinic_sets_its_own_years(practice: Practice) -> None:
    _over(practice)
    app = practice.open("records_kept", practice.administrator)
    assert "§ 630f(3)" in "\n".join(one.value for one in app.caption)
    app.number_input(key="kept:years").set_value(15)
    app = _press(app, "Save")
    assert "Saved." in text_of(app)
    assert "15 years after the last day of care" in text_of(app)
    kept = records_kept(practice.administrator, datetime.now(UTC))
    sam = next(one for one in kept.records if one.name == "Sam Rivera")
    assert sam.standing.why_not == (Why.TIME,)


def test_a_clinic_without_clients_has_an_empty_list(practice: Practice) -> None:
    with db.unit_of_work() as session:
        clients = select(Account.id).where(Account.role == "client")
        session.execute(update(Account).where(Account.id.in_(clients)).values(erased_at=datetime.now(UTC)))
    app = practice.open("records_kept", practice.administrator)
    assert "0 of 0 records" in text_of(app)
    assert "Nobody yet." in text_of(app)
    assert not app.exception
