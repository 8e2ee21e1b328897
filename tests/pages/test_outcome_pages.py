"""Outcomes on screens: the word beside the colour, its rule one tap away, and what a press does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streamlit.testing.v1 import AppTest

from clinic.people import accounts
from tests.factories import make_client
from tests.pages.conftest import Practice, links_of, text_of
from tests.records.test_caseload import keep


def _record(practice: Practice) -> AppTest:
    return practice.open("client_record", practice.therapist, client=practice.client.public_id)


def _button(app: AppTest, label: str):
    return next(button for button in app.button if button.label == label)


def test_a_record_says_the_change_and_its_word_and_a_result_is_marked_as_reviewed(practice: Practice) -> None:
    keep(practice.client, "phq-9", (9, 16), datetime.now(UTC) - timedelta(days=1))
    app = _record(practice)
    said = text_of(app)
    assert "**Deteriorating**" in said
    assert "Up 7 since the first score (9 to 16): more than measurement error alone (6)." in said
    assert len(app.get("plotly_chart")) == 1
    assert "New results:" in said
    app.text_input(key="outcomes:note").set_value("Talk about work")
    _button(app, "Mark as reviewed").click().run()
    assert not app.exception
    assert "New results:" not in text_of(app)
    assert "Talk about work" in text_of(app)
    assert "reviewed" in text_of(app)


def test_a_therapist_shows_the_charts_to_the_client_and_stops_again(practice: Practice) -> None:
    keep(practice.client, "phq-9", (9, 16), datetime.now(UTC) - timedelta(days=1))
    app = _record(practice)
    app.session_state["disclosure:sharing"] = True
    app.run()
    _button(app, "Show these charts to the client").click().run()
    assert "Questions about mood" in text_of(practice.open("progress", practice.client))
    practice.sign_in(practice.therapist)
    _button(app, "Stop showing these charts to the client").click().run()
    assert "Questions about mood" not in text_of(practice.open("progress", practice.client))


def test_a_record_with_nothing_yet_says_so(practice: Practice) -> None:
    assert "No measures answered yet." in text_of(_record(practice))


def test_the_caseload_filters_and_says_the_rule(practice: Practice) -> None:
    now = datetime.now(UTC)
    green = make_client("Ada Lund", therapist=practice.therapist, now=now)
    keep(green, "gad-7", (15, 5), now)
    keep(practice.client, "phq-9", (9, 16), now)
    app = practice.open("clients", practice.therapist)
    said = text_of(app)
    order = [link.label for link in links_of(app)]
    assert order.index("**Sam Rivera**") < order.index("**Ada Lund**")
    assert "PHQ-9: :red-background[**Deteriorating**] 9 to 16" in said
    assert "GAD-7: :green-background[**Improving**] 15 to 5" in said
    app.selectbox(key="caseload:only").select_index(5).run()
    labels = [link.label for link in links_of(app)]
    assert "**Ada Lund**" in labels
    assert "**Sam Rivera**" not in labels
    assert any(box.label == "Why these colours" for box in app.expander)


def test_the_report_is_for_administrators_and_for_who_supervises(practice: Practice) -> None:
    app = practice.open("report", practice.administrator)
    assert app.title[0].value == "Outcomes report"
    for table in app.table:
        assert len(table.value.columns) == 3
    app.number_input(key="report:smallest").set_value(5)
    _button(app, "Save").click().run()
    assert "Groups of fewer than 5 clients." in text_of(app)
    app = practice.open("report", practice.other_therapist)
    assert "We can't find that page." in text_of(app)
    assert not app.table
    who, whom = practice.other_therapist.public_id, practice.client.public_id
    accounts.assign(practice.administrator, whom, who, True, datetime.now(UTC))
    assert practice.open("report", practice.other_therapist).table
    listed = [link.label for link in links_of(practice.open("clients", practice.other_therapist))]
    assert "Outcomes report" in listed
