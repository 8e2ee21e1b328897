"""What the administrator sets is what calls get; its secret stays where it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import db
from clinic.errors import InvalidInput, NoCredentials, PasswordNeeded
from clinic.people.viewer import Viewer
from clinic.video import turn_settings as turn
from clinic.video.turn import ice_servers
from clinic.video.turn_probe import Outcome
from clinic.video.turn_settings import Kind, TurnEntry
from db.settings import settings
from db.tables import AuditEvent, TurnSettings
from tests.coturn import SECRET, Coturn
from tests.databases import Database
from tests.factories import NOW, make_administrator, make_client, make_clinic, make_therapist
from tests.video.turn_provider import running_provider

UNTIL = NOW + timedelta(hours=2)
URLS = "turns:turn.example.org:443\n turn:turn.example.org , stun:turn.example.org"
READ = (
    "turns:turn.example.org:443?transport=tcp",
    "turn:turn.example.org:3478?transport=udp",
    "stun:turn.example.org:3478",
)
OWN = TurnEntry(Kind.OWN, URLS, secret="the shared word")
STATIC = TurnEntry(Kind.STATIC, URLS, username="clinic", secret="the static word")

# What is typed, where it is wrong, and words of the sentence beside it.
WRONG = (
    (replace(OWN, urls=""), "urls", "at least one address"),
    (replace(OWN, urls="stun:turn.example.org"), "urls", "at least one address"),
    (replace(OWN, urls="turn:ok.example.org\nnonsense"), "urls", "Address 2: This is not the address"),
    (replace(OWN, urls="\n".join(f"turn:t{n}" for n in range(9))), "urls", "at most 8"),
    (replace(OWN, secret=" "), "secret", "the shared secret"),
    (replace(OWN, secret="x" * 1001), "secret", "longer than 1000"),
    (replace(STATIC, username=" "), "username", "user name"),
    (replace(STATIC, username="x" * 301), "username", "longer than 300"),
    (TurnEntry(Kind.MINTED, mint_url="http://a.b", secret="x"), "mint_url", "https://"),
    (TurnEntry(Kind.MINTED, mint_url=f"https://a.b/{'x' * 500}", secret="x"), "mint_url", "longer"),
)


@pytest.fixture
def ada(database: Database) -> Viewer:
    make_clinic()
    return make_administrator("Ada")


@pytest.fixture
def sam(ada: Viewer) -> Viewer:
    return make_client("Sam", therapist=make_therapist("Dana"))


def test_without_anything_saved_the_deployments_own_settings_count(
    ada: Viewer, sam: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert turn.turn_settings(ada) == turn.TurnView(Kind.DEPLOYMENT)
    assert turn.servers_for(sam, "x", UNTIL, NOW) == []
    monkeypatch.setenv("QUIET_ROOM_TURN_URLS", ",".join(READ))
    monkeypatch.setenv("QUIET_ROOM_TURN_SECRET", "word")
    settings.cache_clear()
    assert turn.turn_settings(ada).urls == READ
    assert turn.servers_for(sam, "x", UNTIL, NOW) == ice_servers(READ, "word", "x", UNTIL)
    turn.save_turn(ada, TurnEntry(Kind.NONE), NOW)
    assert turn.servers_for(sam, "x", UNTIL, NOW) == []
    turn.save_turn(ada, TurnEntry(Kind.DEPLOYMENT), NOW)
    assert turn.servers_for(sam, "x", UNTIL, NOW)


def test_an_own_server_gives_each_call_its_own_short_credentials(ada: Viewer, sam: Viewer) -> None:
    turn.save_turn(ada, OWN, NOW)
    (given,) = turn.servers_for(sam, "room:client", UNTIL, NOW)
    (other,) = turn.servers_for(sam, "room:therapist", UNTIL, NOW)
    assert given["urls"] == [READ[1], READ[0], READ[2]]
    assert str(given["username"]).startswith(f"{int(UNTIL.timestamp())}:")
    assert given["username"] != other["username"]
    assert "word" not in str(given)


def test_a_static_user_name_is_given_as_it_is(ada: Viewer, sam: Viewer) -> None:
    turn.save_turn(ada, STATIC, NOW)
    (given,) = turn.servers_for(sam, "room:client", UNTIL, NOW)
    assert (given["username"], given["credential"]) == ("clinic", "the static word")


def test_a_provider_is_asked_and_its_failure_is_the_administrators_to_see(ada: Viewer, sam: Viewer) -> None:
    with running_provider() as provider:
        turn.save_turn(ada, TurnEntry(Kind.MINTED, mint_url=provider.url, secret="a token"), NOW)
        assert len(turn.servers_for(sam, "room:client", UNTIL, NOW)) == 2
        assert provider.asked == [("Bearer a token", {"ttl": 7200})]
        assert turn.turn_settings(ada).failure == ""

        provider.status = 500
        assert turn.servers_for(sam, "room:therapist", UNTIL, NOW) == []
        seen = turn.turn_settings(ada)
        assert (seen.failed_at, seen.failure) == (NOW, "The provider answered with an error (500).")

        provider.status = 201
        assert turn.servers_for(sam, "room:therapist", UNTIL, NOW + timedelta(minutes=1))
        assert turn.turn_settings(ada).failed_at is None


def test_the_secret_is_sealed_kept_when_left_empty_and_nowhere_else(ada: Viewer, sam: Viewer) -> None:
    turn.save_turn(ada, OWN, NOW)
    before = turn.servers_for(sam, "x", UNTIL, NOW)
    turn.save_turn(ada, replace(OWN, secret=""), NOW + timedelta(minutes=1))
    assert turn.servers_for(sam, "x", UNTIL, NOW) == before
    view = turn.turn_settings(ada)
    assert view.has_secret
    assert "the shared word" not in repr(view)
    with db.reading() as session:
        row = session.scalars(select(TurnSettings)).one()
        assert row.secret == "the shared word"
        assert b"the shared word" not in (row.secret_sealed or b"")
        events = session.scalars(select(AuditEvent).where(AuditEvent.action.like("turn.%"))).all()
    assert len(events) == 2
    assert not [event for event in events if event.object_id]
    turn.save_turn(ada, TurnEntry(Kind.NONE), NOW)
    assert not turn.turn_settings(ada).has_secret


def test_a_secret_never_goes_to_whom_it_was_not_entered_for(ada: Viewer) -> None:
    minted = TurnEntry(Kind.MINTED, mint_url="https://turn.example.org/a", secret="a token")
    turn.save_turn(ada, minted, NOW)
    turn.save_turn(ada, replace(minted, mint_url="https://turn.example.org/b", secret=""), NOW)
    for entry in (
        replace(minted, mint_url="https://elsewhere.example.org/b", secret=""),
        replace(STATIC, secret=""),
        replace(OWN, secret=""),
    ):
        with pytest.raises(InvalidInput) as refused:
            turn.save_turn(ada, entry, NOW)
        assert list(refused.value.fields) == ["secret"]
    assert turn.turn_settings(ada).mint_url == "https://turn.example.org/b"


def test_what_can_not_be_used_is_refused_and_nothing_is_changed(ada: Viewer) -> None:
    for entry, field, words in WRONG:
        with pytest.raises(InvalidInput) as refused:
            turn.save_turn(ada, entry, NOW)
        assert list(refused.value.fields) == [field]
        assert words in refused.value.fields[field]
    assert turn.turn_settings(ada).kind is Kind.DEPLOYMENT


def test_saving_asks_for_the_password_again(ada: Viewer) -> None:
    with pytest.raises(PasswordNeeded):
        turn.save_turn(ada, OWN, NOW + timedelta(minutes=11))
    turn.save_turn(ada, OWN, NOW)


def test_a_test_gets_an_allocation_and_is_kept_until_something_else_is_saved(
    ada: Viewer, coturn: Coturn
) -> None:
    now = datetime.now(UTC)
    ada = replace(ada, password_at=now)
    turn.save_turn(ada, TurnEntry(Kind.OWN, f"{coturn.udp}\n{coturn.tls}", secret=SECRET), now)
    tried = turn.try_turn(ada, now)
    assert [(one.address, one.outcome) for one in tried] == [
        (coturn.udp, Outcome.WORKS),
        (coturn.tls, Outcome.CERTIFICATE),
    ]
    view = turn.turn_settings(ada)
    assert (view.tried_at, view.tried) == (now, tried)
    dana = make_therapist("Dana")
    (given,) = turn.servers_for(dana, "x", now, now)
    assert given["urls"] == [coturn.udp, coturn.tls]
    with db.unit_of_work() as session:
        row = session.scalars(select(TurnSettings)).one()
        row.test_result = row.test_result.replace("works", "no_answer").replace("certificate", "works")
    (given,) = turn.servers_for(dana, "x", now, now)
    assert given["urls"] == [coturn.tls, coturn.udp], "this process tries first what worked"
    turn.save_turn(ada, TurnEntry(Kind.OWN, coturn.udp, secret="another"), now)
    assert turn.turn_settings(ada).tried == ()
    assert [one.outcome for one in turn.try_turn(ada, now)] == [Outcome.REFUSED]


def test_a_clock_that_is_behind_is_told_from_a_wrong_secret(ada: Viewer, coturn: Coturn) -> None:
    late = datetime.now(UTC) - timedelta(hours=1)
    ada = replace(ada, password_at=late)
    turn.save_turn(ada, TurnEntry(Kind.OWN, coturn.udp, secret=SECRET), late)
    assert [one.outcome for one in turn.try_turn(ada, late)] == [Outcome.CLOCK]


def test_a_provider_is_tried_with_what_it_gives(ada: Viewer, coturn: Coturn) -> None:
    now = datetime.now(UTC)
    ada = replace(ada, password_at=now)
    with running_provider() as provider:
        given = ice_servers([coturn.udp], SECRET, "theirs", now + timedelta(minutes=5))
        provider.body = json.dumps({"iceServers": given}).encode()
        turn.save_turn(ada, TurnEntry(Kind.MINTED, mint_url=provider.url, secret="a token"), now)
        assert [one.outcome for one in turn.try_turn(ada, now)] == [Outcome.WORKS]
        provider.status = 401
        with pytest.raises(NoCredentials, match="refused the token"):
            turn.try_turn(ada, now)


def test_there_is_nothing_to_try_without_an_address(ada: Viewer) -> None:
    assert turn.try_turn(ada, NOW) == ()
    turn.save_turn(ada, TurnEntry(Kind.NONE), NOW)
    assert turn.try_turn(ada, NOW) == ()
