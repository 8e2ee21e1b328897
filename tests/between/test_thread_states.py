"""Who may do what in a conversation, and when somebody is told by mail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.between.thread_states import (
    LONGEST_BODY,
    LONGEST_SUBJECT,
    READING,
    Refusal,
    Standing,
    is_mailed,
    may_close,
    may_open_again,
    may_write,
    wrong_text,
)
from clinic.people.viewer import Role
from tests.factories import NOW


@pytest.mark.parametrize(
    ("closed", "cared_for", "refused"),
    [
        (False, True, None),
        (True, True, Refusal.CLOSED),
        (False, False, Refusal.CARE_ENDED),
        (True, False, Refusal.CARE_ENDED),
    ],
)
def test_one_writes_only_into_an_open_thread_of_somebody_cared_for(
    closed: bool, cared_for: bool, refused: Refusal | None
) -> None:
    assert may_write(Standing(closed, cared_for)) is refused


def test_only_a_therapist_closes_and_opens_again() -> None:
    assert may_close(Role.THERAPIST) is None
    assert may_open_again(Role.THERAPIST, Standing(True, True)) is None
    assert may_open_again(Role.THERAPIST, Standing(True, False)) is Refusal.CARE_ENDED
    for role in (Role.CLIENT, Role.ADMINISTRATOR):
        assert may_close(role) is Refusal.NOT_THEIRS
        assert may_open_again(role, Standing(True, True)) is Refusal.NOT_THEIRS


def test_one_mail_until_they_have_read_and_none_while_they_read() -> None:
    hour = timedelta(hours=1)
    assert is_mailed(None, None, NOW)
    assert not is_mailed(NOW - hour, None, NOW)
    assert not is_mailed(NOW - hour, NOW - 2 * hour, NOW)
    assert is_mailed(NOW - 2 * hour, NOW - hour, NOW)
    assert not is_mailed(None, NOW - READING / 2, NOW)
    assert is_mailed(None, NOW - READING, NOW)


def test_what_is_sent_has_words_and_an_end() -> None:
    assert wrong_text(None, "Hello") == {}
    assert wrong_text("x" * LONGEST_SUBJECT, "x" * LONGEST_BODY) == {}
    assert set(wrong_text(" ", "  ")) == {"subject", "body"}
    assert set(wrong_text("x" * (LONGEST_SUBJECT + 1), "x" * (LONGEST_BODY + 1))) == {"subject", "body"}
    assert set(wrong_text("two\nlines", "Hello")) == {"subject"}
