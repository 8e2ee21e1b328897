"""A portal that is killed in the middle of an answer: the answer and its alert are both there, or neither."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

from sqlalchemy import select

import db
from db.tables import OutboxMail, QuestionnaireResponse, RiskAlert, RiskEvent
from tests.databases import Database
from tests.factories import make_client, make_clinic, make_therapist
from tests.portal import ROOT
from tests.safety.net import make_policy

KILLS = 12
EACH = 6  # clients that a process answers for, unless it is killed before
# Says when it is about to keep a risk answer, and keeps it.
WRITER = """
import sys
from datetime import UTC, datetime
import db
from clinic.measures import questionnaires
from clinic.people.viewer import Role, Viewer
db.start()
for account_id in map(int, sys.argv[1:]):
    viewer = Viewer(account_id, "", Role.CLIENT, "", "UTC", 0)
    now = datetime.now(UTC)
    form = questionnaires.open_response(viewer, "phq-9", now)
    print("now", flush=True)
    questionnaires.keep_answer(viewer, form.public_id, 9, 1, now)
"""


def test_killed_between_the_answer_and_the_alert_neither_is_lost(database: Database) -> None:
    now = datetime.now(UTC)
    make_clinic(now=now)
    dana = make_therapist("Dana", now=now)
    make_policy(dana, make_therapist("Per", now=now), now=now)
    clients = [make_client(therapist=dana, consented=False, now=now).account_id for _ in range(KILLS * EACH)]
    chance = random.Random(9)
    for n in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, *map(str, clients[n * EACH : (n + 1) * EACH])],
            cwd=ROOT,
            env=os.environ | database.environment(),
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        for _ in range(n % EACH + 1):
            assert process.stdout.readline() == b"now\n"
        # Keeping the answer takes some ten to thirty milliseconds: anywhere in it, or just after.
        deadline = time.monotonic() + chance.uniform(0, 0.03)
        while time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        _whole()
    with db.reading() as session:
        begun = len(session.scalars(select(QuestionnaireResponse.id)).all())
        alerts = len(session.scalars(select(RiskAlert.id)).all())
    assert 0 < alerts <= begun < len(clients), "killed in the middle, and not before or after it all"


def _whole() -> None:
    """Each form with a risk answer has its alert, the event and both mails; each alert its answer."""
    with db.reading() as session:
        answered = {
            row.client_id
            for row in session.scalars(select(QuestionnaireResponse))
            if json.loads(row.answers_json or "{}").get("9") == 1
        }
        alerts = {row.id: row.client_id for row in session.scalars(select(RiskAlert))}
        events = [row.alert_id for row in session.scalars(select(RiskEvent))]
        mails = [row.alert_id for row in session.scalars(select(OutboxMail)) if row.alert_id is not None]
    assert set(alerts.values()) == answered
    assert sorted(events) == sorted(alerts)
    assert sorted(mails) == sorted([*alerts, *alerts])
