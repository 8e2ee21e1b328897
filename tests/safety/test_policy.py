"""Who answers: the clinic's own choice, in force only while both people can."""

from __future__ import annotations

import pytest

import db
from clinic.errors import InvalidInput
from clinic.people import accounts
from clinic.people.viewer import Role, Viewer
from clinic.safety import oversee, policy
from clinic.safety.alerts import open_alerts
from clinic.safety.policy import policy_in_force
from tests.databases import Database
from tests.factories import NOW, make_account, make_administrator, make_client, make_clinic, make_therapist
from tests.safety.net import answer, mailed, make_policy, only_alert


@pytest.fixture
def dana(database: Database) -> Viewer:
    make_clinic()
    return make_therapist("Dana")


def _in_force() -> bool:
    with db.reading() as session:
        return policy_in_force(session) is not None


def test_a_policy_is_in_force_from_when_it_is_decided_until_it_is_ended(dana: Viewer) -> None:
    assert not _in_force()
    ada = make_policy(dana, make_therapist("Per"))
    assert _in_force()
    kept = policy.response_policy(ada)
    assert kept is not None
    assert (kept.responder, kept.backup, kept.hours) == ("Dana", "Per", "weekdays, 9:00 to 17:00")
    assert policy.who_answers(dana) == kept
    policy.end(ada, NOW)
    policy.end(ada, NOW)
    assert policy.response_policy(ada) is None
    assert not _in_force()


@pytest.mark.parametrize("how", ["closed", "role"])
def test_it_ends_with_the_account_of_somebody_it_names_and_administrators_are_told(
    dana: Viewer, how: str
) -> None:
    per = make_therapist("Per")
    ada = make_policy(dana, per)
    assert not oversee.net(ada).policy_broken
    if how == "closed":
        accounts.disable(ada, per.public_id, NOW)
    else:
        accounts.change_role(ada, per.public_id, Role.ADMINISTRATOR, NOW)
    assert not _in_force()
    kept = policy.response_policy(ada)
    assert kept is not None
    assert not kept.in_force
    assert "Per" in kept.broken[0]
    assert oversee.net(ada).policy_broken


def test_whoever_of_two_can_still_answer_is_told_and_sees_it(dana: Viewer) -> None:
    per, li = make_therapist("Per"), make_therapist("Li")
    ada = make_policy(per, li)
    accounts.disable(ada, per.public_id, NOW)
    answer(make_client("Sam", therapist=dana), 1)
    assert mailed() == ["Li", "Dana"]
    assert only_alert(li).client_name == "Sam"


def test_who_is_named_no_more_sees_no_more(dana: Viewer) -> None:
    per, li = make_therapist("Per"), make_therapist("Li")
    ada = make_policy(per, li)
    answer(make_client("Sam", therapist=dana), 1)
    assert len(open_alerts(per)) == 1
    policy.decide(ada, dana.public_id, li.public_id, "always", 30, NOW)
    assert open_alerts(per) == []
    assert len(open_alerts(li)) == 1


@pytest.mark.parametrize("minutes", [4, 2881, 0, -5, True, 5.5, "30", None])
def test_minutes_out_of_range_are_refused(dana: Viewer, minutes: object) -> None:
    per, ada = make_therapist("Per"), make_administrator()
    with pytest.raises(InvalidInput) as refused:
        policy.decide(ada, dana.public_id, per.public_id, "always", minutes, NOW)  # type: ignore[arg-type]
    assert list(refused.value.fields) == ["minutes"]
    assert not _in_force()
    for within in (5, 2880):
        policy.decide(ada, dana.public_id, per.public_id, "always", within, NOW)


def test_two_different_therapists_with_open_accounts_are_needed(dana: Viewer) -> None:
    ada, per = make_administrator(), make_therapist("Per")
    client = make_client("Sam", consented=False)
    closed = make_account(Role.THERAPIST, "Gone", disabled=True)
    for responder, backup, field in (
        (dana.public_id, dana.public_id, "backup"),
        (client.public_id, dana.public_id, "responder"),
        (dana.public_id, client.public_id, "backup"),
        (dana.public_id, ada.public_id, "backup"),
        (closed, dana.public_id, "responder"),
        ("", dana.public_id, "responder"),
        (dana.public_id, "nobody", "backup"),
    ):
        with pytest.raises(InvalidInput) as refused:
            policy.decide(ada, responder, backup, "always", 30, NOW)
        assert list(refused.value.fields) == [field]
        assert not _in_force()
    policy.decide(ada, dana.public_id, per.public_id, "always", 30, NOW)


@pytest.mark.parametrize("hours", ["", "   ", "x" * 201, "x" * 100_000])
def test_hours_are_needed_in_words(dana: Viewer, hours: str) -> None:
    per, ada = make_therapist("Per"), make_administrator()
    with pytest.raises(InvalidInput) as refused:
        policy.decide(ada, dana.public_id, per.public_id, hours, 30, NOW)
    assert list(refused.value.fields) == ["hours"]
    assert not _in_force()
