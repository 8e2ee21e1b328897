"""The screens of check-ins, sleep, goals, reminders and progress, without a browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert
from streamlit.testing.v1 import AppTest

import db
from clinic.records.check_in import Answers, Item
from clinic.records.check_in_items import choose_client_items, clinic_items
from clinic.records.check_in_reminders import own_reminder
from clinic.records.goals import add_goal, goals_page, rate_goal
from clinic.records.mood import check_in, check_in_day
from clinic.records.nights import Night
from clinic.records.progress_words import day_words
from clinic.records.sharing import share
from clinic.records.sleep import keep_night, sleep_day
from components.times import day_of, short_day
from db.tables import MoodEntry
from db.types import new_public_id
from tests.pages.conftest import Practice, answer_all, links_of, text_of


def _now() -> datetime:
    return datetime.now(UTC)


def _today(practice: Practice) -> date:
    return day_of(_now(), practice.client.zone)


def _press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def test_a_check_in_asks_what_was_chosen_and_brings_help_on_a_very_low_day(practice: Practice) -> None:
    key = f"check-in:{_today(practice)}:"
    app = practice.open("check_in", practice.client)
    assert [radio.label for radio in app.radio] == [
        "How did you feel?",
        "How anxious or calm?",
        "How much energy?",
        "How well did you sleep?",
        "Medication",
    ]
    assert "112" not in text_of(app)
    app.radio(key=f"{key}mood").set_value(1).run()
    assert "112" in text_of(app)
    choose_client_items(practice.therapist, practice.client.public_id, ["mood", "note"], _now())
    app = practice.open("check_in", practice.client)
    assert [radio.label for radio in app.radio] == ["How did you feel?"]
    assert app.radio(key=f"{key}mood").value == 1  # the draft
    app.text_area(key=f"{key}note").set_value("x").run()
    _press(app, "Save")
    kept = check_in_day(practice.client, _now()).kept
    assert kept is not None
    assert kept.answers == Answers(mood=1, note="x")


def test_nothing_answered_is_told_and_a_choice_can_be_taken_back(practice: Practice) -> None:
    app = practice.open("check_in", practice.client)
    _press(app, "Save")
    assert "Answer at least one thing." in text_of(app)
    key = f"check-in:{_today(practice)}:energy"
    app.radio(key=key).set_value(2).run()
    _press(app, "Leave out energy")
    assert app.radio(key=key).value is None
    draft = check_in_day(practice.client, _now()).draft
    assert draft == Answers()


def test_another_day_has_fields_of_its_own_and_says_that_it_was_changed(practice: Practice) -> None:
    today, yesterday = _today(practice), _today(practice) - timedelta(days=1)
    check_in(practice.client, Answers(mood=2), _now(), yesterday)
    app = practice.open("check_in", practice.client)
    assert app.radio(key=f"check-in:{today}:mood").value is None
    assert len(app.selectbox(key="check-in:day").options) == 8
    app.selectbox(key="check-in:day").set_value(yesterday).run()
    assert app.radio(key=f"check-in:{yesterday}:mood").value == 2
    app.radio(key=f"check-in:{yesterday}:mood").set_value(5).run()
    _press(app, "Save")
    assert "Saved for Yesterday" in text_of(app)
    assert "You changed this day." in text_of(app)
    kept = check_in_day(practice.client, _now(), yesterday).kept
    assert kept is not None
    assert (kept.mood, kept.late) == (5, True)
    assert check_in_day(practice.client, _now()).kept is None


def test_a_night_is_filled_in_and_added_up(practice: Practice) -> None:
    key = f"sleep:{_today(practice)}:"
    app = practice.open("sleep", practice.client)
    app.time_input(key=f"{key}tried").set_value(time(23, 0)).run()
    app.number_input(key=f"{key}latency").set_value(30).run()
    assert sleep_day(practice.client, _now()).draft == Night(tried=1380, latency=30)
    app = practice.open("sleep", practice.client)  # a reload
    assert app.time_input(key=f"{key}tried").value == time(23, 0)
    app.number_input(key=f"{key}awake").set_value(0)
    app.time_input(key=f"{key}woke").set_value(time(7, 0))
    app.time_input(key=f"{key}up").set_value(time(6, 0)).run()
    _press(app, "Save")
    assert text_of(app).count("You got up before you woke up.") == 2
    app.time_input(key=f"{key}up").set_value(time(7, 30)).run()
    _press(app, "Save")
    assert "You slept 7 h 30 min. That is 88 of every 100 minutes" in text_of(app)
    assert sleep_day(practice.client, _now()).kept == Night(1380, 30, 0, 420, 450)


def test_goals_are_added_rated_and_ended_by_screen(practice: Practice) -> None:
    app = practice.open("goals", practice.client)
    _press(app, "Add this goal")
    assert "Write what you want to get closer to." in text_of(app)
    app.text_area(key="goals:words").set_value("Walk <b>each</b> day").run()
    app = practice.open("goals", practice.client)
    assert app.text_area(key="goals:words").value == "Walk <b>each</b> day"
    _press(app, "Add this goal")
    [goal] = goals_page(practice.client, _now()).open
    assert app.text_area(key="goals:words").value == ""
    app.radio(key=f"goal:{goal.public_id}").set_value(7).run()
    _press(app, "Save for today")
    assert goals_page(practice.client, _now()).open[0].on(_today(practice)) == 7
    _press(app, "I am done with this goal")
    _press(app, "Keep it")
    assert goals_page(practice.client, _now()).open
    _press(app, "I am done with this goal")
    _press(app, "End it")
    assert not goals_page(practice.client, _now()).open
    assert "What you said of it is kept." in text_of(app)


def test_reminders_are_turned_on_paused_and_off_without_a_word_about_it(practice: Practice) -> None:
    app = practice.open("check_in_reminder", practice.client)
    app.time_input(key="reminder:time").set_value(time(7, 45)).run()
    _press(app, "Turn reminders on")
    assert "On, every day at 7:45 am." in text_of(app)
    app.date_input(key="reminder:until").set_value(_today(practice)).run()
    _press(app, "Pause")
    assert "Choose a day from tomorrow on" in text_of(app)
    app.date_input(key="reminder:until").set_value(None).run()
    _press(app, "Pause")
    kept = own_reminder(practice.client, _now())
    assert kept is not None
    assert (kept.minute, kept.paused, kept.paused_until_on) == (465, True, None)
    _press(app, "Start again now")
    assert "On, every day at 7:45 am." in text_of(app)
    _press(app, "Turn reminders off")
    assert own_reminder(practice.client, _now()) is None


def test_the_clinic_and_the_therapist_choose_what_is_asked(practice: Practice) -> None:
    app = practice.open("check_in_items", practice.administrator)
    for item in Item:
        app.checkbox(key=f"clinic-items:{item}").uncheck()
    app.run()
    _press(app, "Save")
    assert "Choose at least one thing to ask." in text_of(app)
    app.checkbox(key="clinic-items:mood").check().run()
    _press(app, "Save")
    assert clinic_items(practice.administrator) == (Item.MOOD,)
    whom = practice.client.public_id
    app = practice.open("check_in_plan", practice.therapist, client=whom)
    assert "As the clinic asks everyone: mood." in text_of(app)
    app.checkbox(key=f"client-items:{whom}:sleep").check().run()
    _press(app, "Save for this client")
    assert check_in_day(practice.client, _now()).items == (Item.MOOD, Item.SLEEP)
    _press(app, "Ask what the clinic asks everyone")
    assert check_in_day(practice.client, _now()).items == (Item.MOOD,)
    assert not app.checkbox(key=f"client-items:{whom}:sleep").value
    app = practice.open("check_in_plan", practice.other_therapist, client=whom)
    assert "Sam Rivera" not in text_of(app)
    assert not app.checkbox


def test_progress_says_what_there_is_and_the_measures_only_where_they_are_shared(practice: Practice) -> None:
    app = practice.open("progress", practice.client)
    assert "After two you see your chart here." in text_of(app)
    assert {"sleep", "goals"} <= {link.page for link in links_of(app)}
    assert "better days" not in text_of(app)
    today = _today(practice)
    for back in range(3):
        check_in(practice.client, Answers(mood=4, energy=2), _now(), today - timedelta(days=back))
    keep_night(practice.client, Night(1380, 30, 0, 420, 450), _now())
    rate_goal(practice.client, add_goal(practice.client, "Swim *often*", _now()), 3, _now())
    answer_all(practice.client, "gad-7", 1, _now())
    app = practice.open("progress", practice.client)
    said = text_of(app)
    assert "You chose one on 3 days" in said
    assert "2 of these days were filled in later." in said
    assert "Latest, on" in said
    assert "You slept 7 h 30 min" in said
    assert "Swim *often*" in said
    assert "Once 5 days had something" in said
    assert "Questions about worry" not in said
    share(practice.therapist, practice.client.public_id, True, _now())
    app = practice.open("progress", practice.client)
    assert "Questions about worry" in text_of(app)
    app.radio(key="progress:period").set_value("4-weeks").run()
    assert not app.exception


def test_years_are_shown_by_the_week_and_it_is_said(practice: Practice) -> None:
    rows = [
        {
            "public_id": new_public_id(),
            "client_id": practice.client.account_id,
            "day_on": _today(practice) - timedelta(days=n),
            "mood": 1 + n % 5,
            "entered_at": _now(),
        }
        for n in range(500)
    ]
    with db.unit_of_work() as session:
        session.execute(insert(MoodEntry), rows)
    app = practice.open("progress", practice.client)
    assert "each week is one point" not in text_of(app)
    app.radio(key="progress:period").set_value("all").run()
    assert "each week is one point" in text_of(app)
    assert "In the week of" in text_of(app)


def test_home_says_that_one_checked_in_without_a_mood(practice: Practice) -> None:
    check_in(practice.client, replace(Answers(), energy=3), _now())
    assert "You checked in today." in text_of(practice.open("client_home", practice.client))


def _days_of(practice: Practice) -> AppTest:
    return practice.open("client_days", practice.therapist, client=practice.client.public_id)


def test_a_therapist_reads_the_days_a_fortnight_at_a_time_with_what_was_said_on_them(
    practice: Practice,
) -> None:
    said = text_of(_days_of(practice))
    assert "Nothing yet:" in said
    today = _today(practice)
    for back in range(8):
        whole = Answers(2, 4, 3, 390, 2, "missed", ("walk",), "*Not* a good day\nat all")
        check_in(
            practice.client, whole if not back else Answers(mood=3), _now(), today - timedelta(days=back)
        )
    for back in range(8, 20):
        check_in(practice.client, Answers(mood=5), _now() - timedelta(days=back))
    keep_night(practice.client, Night(1380, 30, 0, 420, 450, 4), _now())
    rate_goal(practice.client, add_goal(practice.client, "Swim", _now()), 3, _now())
    app = _days_of(practice)
    said = text_of(app)
    assert app.title[0].value == "Check-ins, sleep and goals of Sam Rivera"
    assert "Days 1 to 14 of 20" in said
    assert "Their latest mood, on" in said
    assert "They slept 7 h 30 min" in said
    assert "Swim" in said
    assert not {link.page for link in links_of(app)} & {"sleep", "goals"}
    table = app.table[0].value
    assert list(table.columns) == [
        *("Day", "Mood", "Note", "Anxious or calm", "Energy", "Sleep", "Medication", "In the day")
    ]
    assert [cell.replace("\N{NO-BREAK SPACE}", " ") for cell in table.iloc[0]] == [
        *(short_day(today), "Low", r"\*Not\* a good day at all"),
        *("Anxious", "Some", "6 h 30 min, badly", "Missed", "A walk or exercise"),
    ]
    assert [day.endswith("(filled in later)") for day in table["Day"]] == [False, *[True] * 7, *[False] * 6]
    app.session_state["disclosure:sleep"] = True
    [night] = app.run().table[1].value.to_dict("records")
    assert list(night.values())[1:] == [
        *("7 h 30 min", "88", "11:00 pm", "30 min", "0 min", "7:00 am", "7:30 am", "Well")
    ]
    _press(app, "Older")
    assert "Days 15 to 20 of 20" in text_of(app)
    assert list(app.table[0].value.columns) == ["Day", "Mood"]
    assert next(button for button in app.button if button.label == "Older").disabled
    app.radio(key=f"days:period:{practice.client.public_id}").set_value("4-weeks").run()
    assert not app.exception
    assert "on 20 days since" in text_of(app)
    app = practice.open("client_days", practice.other_therapist, client=practice.client.public_id)
    assert "Sam Rivera" not in text_of(app)
    assert not app.table


def test_the_record_has_the_way_to_the_days(practice: Practice) -> None:
    app = practice.open("client_record", practice.therapist, client=practice.client.public_id)
    [link] = [link for link in links_of(app) if link.page == "client_days"]
    assert link.label == "Check-ins, sleep and goals"
    assert link.query_string == f"client={practice.client.public_id}"


def test_shared_measures_follow_the_period_that_was_chosen(practice: Practice) -> None:
    for back, value in ((500, 3), (200, 2), (0, 1)):
        answer_all(practice.client, "gad-7", value, _now() - timedelta(days=back))
    share(practice.therapist, practice.client.public_id, True, _now())
    app = practice.open("progress", practice.client)
    latest = f"Your score was 7 on {day_words(_today(practice))}."
    assert latest in text_of(app)
    app.radio(key="progress:period").set_value("year").run()
    assert "Your score is 7. It was 14 on" in text_of(app)
    app.radio(key="progress:period").set_value("all").run()
    assert "Your score is 7. It was 21 on" in text_of(app)
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
