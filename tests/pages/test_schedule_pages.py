"""Hours, the clinic's rules, profiles, finding and first contact, as people meet them on the screen."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

import db
from clinic.intake import consent
from clinic.people.viewer import Role, Viewer
from clinic.scheduling.appointments import coming
from clinic.scheduling.catalog import booking_rules, save_rules, session_types
from clinic.scheduling.hours import own_hours
from clinic.scheduling.profiles import Profile, own_profile, save_profile
from clinic.scheduling.rules import Rules
from db.tables import Account, HeldTime
from tests.factories import sign_required
from tests.pages.conftest import Practice, text_of

PROFILE = Profile(
    about="# I *listen* <script>alert(1)</script>",
    helps_with=("Worry", "[Grief](http://example.org)"),
    languages=("Polish",),
    licensed_in=("Scotland",),
    listed=True,
)


def _press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def _list(viewer: Viewer) -> None:
    save_profile(viewer, PROFILE, own_profile(viewer).offers, datetime.now(UTC))


def _errors(app: AppTest) -> str:
    return "\n".join(error.value for error in app.error)


def test_hours_that_end_before_they_begin_are_said_and_what_was_typed_stays(practice: Practice) -> None:
    app = practice.open("hours", practice.therapist)
    _press(app, "Add weekly hours")
    app.multiselect(key="hours:weekdays").set_value([5])
    app.time_input(key="hours:start").set_value(time(10))
    app.time_input(key="hours:end").set_value(time(9))
    _press(app, "Save")
    assert "The end is not after the start" in _errors(app)
    assert app.time_input(key="hours:start").value == time(10)
    assert len(own_hours(practice.therapist, datetime.now(UTC)).weekly) == 5
    # Midnight as an end is the end of the day.
    app.time_input(key="hours:end").set_value(time(0))
    _press(app, "Save")
    assert not app.error
    saturday = own_hours(practice.therapist, datetime.now(UTC)).weekly[-1]
    assert (saturday.weekday, saturday.start_minute, saturday.end_minute) == (5, 600, 1440)


def test_time_off_over_a_booked_session_is_asked_about_and_cancels_nothing(practice: Practice) -> None:
    today = datetime.now(UTC).date()
    app = practice.open("hours", practice.therapist)
    _press(app, "Take time off")
    app.date_input(key="hours:first").set_value(today - timedelta(days=1))
    app.date_input(key="hours:last").set_value(today + timedelta(days=1))
    _press(app, "Save")
    assert app.title[0].value == "Sessions are booked then"
    assert "Sam Rivera" in text_of(app)
    assert own_hours(practice.therapist, datetime.now(UTC)).special == ()
    _press(app, "Save the time off")
    assert len(own_hours(practice.therapist, datetime.now(UTC)).special) == 1
    assert len(coming(practice.therapist, datetime.now(UTC))) == 1


def test_the_administrator_changes_the_rules_and_reads_what_is_wrong(practice: Practice) -> None:
    app = practice.open("booking_rules", practice.administrator)
    _press(app, "Change the rules")
    app.number_input(key="rules:notice_minutes").set_value(2)
    app.number_input(key="rules:horizon_days").set_value(0)
    _press(app, "Save")
    assert "1 to 366 days" in _errors(app)
    assert booking_rules(practice.administrator) == Rules()
    app.number_input(key="rules:horizon_days").set_value(60)
    app.checkbox(key="rules:first_contact").check()
    _press(app, "Save")
    kept = booking_rules(practice.administrator)
    assert (kept.notice_minutes, kept.horizon_days, kept.first_contact) == (120, 60, True)
    assert kept.reminder_minutes == (1440, 60)


def test_a_kind_of_session_is_added_and_one_that_makes_no_sense_is_not(practice: Practice) -> None:
    app = practice.open("booking_rules", practice.administrator)
    _press(app, "Add a kind of session")
    app.number_input(key="type:length_minutes").set_value(3)
    _press(app, "Save")
    assert "Enter a name." in _errors(app)
    assert "5 to 480 minutes" in _errors(app)
    app.text_input(key="type:name").set_value("First *talk*")
    app.number_input(key="type:length_minutes").set_value(25)
    _press(app, "Save")
    assert [kind.name for kind in session_types(practice.administrator)] == ["Video session", "First *talk*"]
    assert any("First \\*talk\\*" in one.value for one in app.markdown)


def test_a_client_reads_why_each_therapist_fits_and_nothing_they_wrote_is_markup(practice: Practice) -> None:
    _list(practice.therapist)
    app = practice.open("find_therapist", practice.client)
    app.selectbox(key="need:what").set_value("Worry")
    app.selectbox(key="need:place").set_value("Scotland").run()
    said = text_of(app)
    assert "Helps with worry · Licensed in Scotland · First free time" in said
    assert any("\\[Grief\\]\\(http\\://example" in one.value for one in app.markdown)
    app.selectbox(key="need:place").set_value("Somewhere else").run()
    assert "Nobody here is licensed in that place" in text_of(app)
    assert "Not licensed in Somewhere else" in text_of(app)


def test_a_newcomer_keeps_a_time_and_books_it_from_home(practice: Practice) -> None:
    _list(practice.therapist)
    app = practice.open("first_contact", None)
    assert app.title[0].value == "Not found"
    assert "Dana Okafor" not in text_of(app)
    save_rules(practice.administrator, Rules(first_contact=True), datetime.now(UTC))
    app = practice.open("first_contact", None)
    _press(app, "See times with Dana Okafor")
    _press(app, "Keep this time")
    assert "Choose a time." in _errors(app)
    times = app.selectbox(key="first_contact:time")
    times.select_index(len(times.options) - 1)
    app.text_input(key="account:name").set_value("Bo Lind")
    app.text_input(key="account:email").set_value("bo@example.org")
    app.selectbox(key="zone").set_value("Europe/Vienna")
    _press(app, "Keep this time")
    assert app.title[0].value == "Check your email", text_of(app)
    with db.reading() as session:
        held = session.scalars(select(HeldTime)).one()
        bo = session.scalars(select(Account).where(Account.email == "bo@example.org")).one()
    assert held.for_id == bo.id
    viewer = Viewer(bo.id, bo.public_id, Role.CLIENT, bo.name, bo.zone, 0)
    app = practice.open("client_home", viewer)
    assert "Your chosen time" in text_of(app)
    assert "Book it" not in [button.label for button in app.button]
    consent.keep_born(viewer, "5/6/1991", datetime.now(UTC))
    sign_required(viewer, datetime.now(UTC))
    app = practice.open("client_home", viewer)
    _press(app, "Book it")
    assert not app.error, text_of(app)
    assert [booked.starts_at for booked in coming(viewer, datetime.now(UTC))] == [held.starts_at]
    assert "Your chosen time" not in text_of(app)


def test_the_week_goes_from_monday_to_sunday_and_back(practice: Practice) -> None:
    app = practice.open("calendar", practice.therapist)
    assert "Monday" in app.header[0].value
    first = app.header[0].value
    _press(app, "Week after ›")
    assert app.header[0].value != first
    _press(app, "This week")
    assert app.header[0].value == first
