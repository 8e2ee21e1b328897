"""Risk answers to a measure of the clinic's own folder, whose file may change or go under an open form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import db.settings
from clinic.errors import AnsweredTooLate, DraftOutdated
from clinic.measures import instrument as shelf
from clinic.measures import plans, questionnaires
from clinic.measures.instrument import FOLDER
from clinic.people.viewer import Viewer
from clinic.safety.alerts import alert_file, open_alerts
from clinic.safety.answering import acknowledge
from tests.databases import Database
from tests.factories import NOW, make_client, make_clinic, make_therapist
from tests.safety.net import make_policy, only_alert

PHQ = (FOLDER / "phq-9.toml").read_text(encoding="utf-8")
OPTION = '    { value = 2, label = "More than half the days", loinc = "LA6570-1" },\n'
Put = Callable[[str, str], None]


@pytest.fixture
def put(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """Put a file into the clinic's folder ("" takes it away), and start anew."""
    folder = tmp_path / "measures"
    folder.mkdir()
    monkeypatch.setenv("QUIET_ROOM_MEASURES", str(folder))
    db.settings.settings.cache_clear()

    def placed(name: str, text: str) -> None:
        path = folder / f"{name}.toml"
        path.unlink(missing_ok=True)
        if text:
            path.write_text(text.replace('id = "phq-9"', f'id = "{name}"'), encoding="utf-8")
        shelf._load.cache_clear()

    make_clinic()
    yield placed
    shelf._load.cache_clear()


def _asked(dana: Viewer, sam: Viewer, name: str) -> str:
    """The public id of a form of this measure, begun by the client."""
    plans.ask_now(dana, sam.public_id, name, NOW)
    return questionnaires.open_response(sam, name, NOW).public_id


@pytest.fixture
def dana(put: Put) -> Viewer:
    dana = make_therapist("Dana")
    make_policy(dana, make_therapist("Per"))
    return dana


@pytest.mark.parametrize("name", ["test", "help", "ours"])
def test_whatever_its_file_is_called_its_alert_is_a_real_one(put: Put, dana: Viewer, name: str) -> None:
    put(name, PHQ)
    sam = make_client("Sam", therapist=dana)
    questionnaires.keep_answer(sam, _asked(dana, sam, name), 9, 2, NOW)
    alert = only_alert(dana)
    assert not alert.is_test
    assert alert.answer_words == "More than half the days"
    acknowledge(dana, alert.public_id, alert.answered_at, NOW)
    assert alert_file(dana, alert.public_id, NOW).contact is not None
    assert only_alert(dana).resolved_at is None, "acknowledging closes a test, and nothing else"


@pytest.mark.parametrize(
    "later",
    ["", PHQ.replace(OPTION, "")],
    ids=["gone", "without the option"],
)
def test_what_was_answered_is_on_the_alert_whatever_became_of_the_file(
    put: Put, dana: Viewer, later: str
) -> None:
    put("ours", PHQ)
    sam = make_client("Sam", therapist=dana)
    questionnaires.keep_answer(sam, _asked(dana, sam, "ours"), 9, 2, NOW)
    put("ours", later)
    assert ("ours" in shelf.load_instruments()) == bool(later)
    alert = only_alert(dana)
    assert alert.answer_words == "2"
    file = alert_file(dana, alert.public_id, NOW)
    assert [file.answer_labels[event.value] for event in file.events if event.value is not None] == ["2"]


def test_a_risk_answer_to_an_older_version_is_not_kept_and_alerts(put: Put, dana: Viewer) -> None:
    put("ours", PHQ)
    sam = make_client("Sam", therapist=dana)
    form = _asked(dana, sam, "ours")
    put("ours", PHQ.replace('version = "1"', 'version = "2"'))
    with pytest.raises(DraftOutdated) as refused:
        questionnaires.keep_answer(sam, form, 9, 0, NOW)
    assert refused.type is DraftOutdated
    assert open_alerts(dana) == []
    with pytest.raises(AnsweredTooLate):
        questionnaires.keep_answer(sam, form, 9, 2, NOW + timedelta(minutes=1))
    assert only_alert(dana).answer_words == "More than half the days"
