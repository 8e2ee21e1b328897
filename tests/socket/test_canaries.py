"""Twenty people on every page at once: nobody is sent a word of somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

import db
from clinic.measures import questionnaires
from clinic.people.viewer import Viewer
from components.navigation import SCREENS
from tests.databases import KEYS, forget, point_at
from tests.factories import (
    cookie_of,
    keep_intake,
    log_mood,
    make_appointment,
    make_client,
    make_clinic,
    make_policy,
    make_therapist,
)
from tests.portal import Portal, running_portal
from tests.socket.streamlit_client import visitor

PAIRS = 10


@dataclass(frozen=True)
class Crowd:
    portal: Portal
    pairs: list[tuple[Viewer, Viewer, str]]  # client, therapist, the client's word
    cookies: dict[str, str]  # by public id


@pytest.fixture(scope="module")
def crowd(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Crowd]:
    """Ten therapists with a client each; every word of a client's carries their number."""
    var = tmp_path_factory.mktemp("crowd")
    monkeypatch = pytest.MonkeyPatch()
    point_at(monkeypatch, var)
    db.start()
    now = datetime.now(UTC)
    make_clinic(now=now)
    make_policy(now=now)
    pairs, cookies = [], {}
    for n in range(PAIRS):
        word = f"canary{n:03d}x"
        therapist = make_therapist(f"Therapist {n}", now=now)
        client = make_client(f"Client {word}", email=f"{word}@example.org", therapist=therapist, now=now)
        log_mood(client, 3, f"mood {word}", now)
        keep_intake(client, {"brings": f"intake {word}", "preferred_name": f"called {word}"}, now)
        response = questionnaires.open_response(client, "phq-9", now)
        questionnaires.keep_answer(client, response.public_id, 9, 2, now)
        make_appointment(client, therapist, now - timedelta(minutes=5), now=now)
        pairs.append((client, therapist, word))
        for person in (client, therapist):
            cookies[person.public_id] = cookie_of(person, now)
    with running_portal(var, {"QUIET_ROOM_VAR": str(var), "QUIET_ROOM_KEYS": KEYS}) as portal:
        yield Crowd(portal, pairs, cookies)
    forget()
    monkeypatch.undo()


def test_nobody_is_sent_a_word_of_somebody_elses(
    crowd: Crowd,
) -> None:
    pairs = crowd.pairs
    words = {word for _, _, word in pairs}
    addresses = [f"/{screen.name}" for screen in SCREENS if screen.name != "sign_out"]

    def read(viewer: Viewer, own: str, client: Viewer, others: list[Viewer]) -> tuple[int, set[str]]:
        """How often one's own word came, and whose else did; asked with others' ids in the address too."""
        mine, foreign = 0, set()
        cookie = crowd.cookies[viewer.public_id]
        for address in addresses:
            for asked in (client, others[0]):
                with visitor(crowd.portal.host, cookie=cookie) as tab:
                    run = tab.open(address.strip("/"), f"client={asked.public_id}")
                mine += run.says(own)
                foreign |= {word for word in words - {own} if run.says(word)}
        return mine, foreign

    asked = []
    for n, (client, therapist, word) in enumerate(pairs):
        others = [pairs[(n + 1) % PAIRS][0]]
        asked += [(client, word, client, others), (therapist, word, client, others)]
    with ThreadPoolExecutor(max_workers=len(asked)) as pool:
        found = list(pool.map(lambda one: read(*one), asked))
    assert [foreign for _, foreign in found if foreign] == []
    assert all(mine > 0 for mine, _ in found), "each was shown their own"
