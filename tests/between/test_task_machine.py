"""A task through everything that can happen to it, from two windows of the client's and its therapist's, in
any order: the real services on a real database."""

from __future__ import annotations

from itertools import count
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

import db
from clinic.between import task_replies, tasks
from clinic.between.task_list import read_task, to_look_at
from clinic.between.task_states import State, TaskDraft
from clinic.errors import EditedElsewhere, TaskEnded, TaskNotDone
from db.tables import Task
from tests.databases import Database
from tests.factories import NOW, make_client, make_clinic, make_therapist

WINDOWS = st.sampled_from(("phone", "desk"))
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), max_size=12)


class OneTask(RuleBasedStateMachine):
    """`seen` is the revision that each window has before it; `kept` what the portal said it keeps."""

    numbers: ClassVar[count[int]] = count()

    def __init__(self) -> None:
        super().__init__()
        number = next(self.numbers)
        self.dana = make_therapist(f"Dana {number}")
        self.sam = make_client(f"Sam {number}", therapist=self.dana, consented=False)
        draft = TaskDraft("text", "Walk around the park")
        self.task = tasks.set_task(self.dana, self.sam.public_id, draft, f"machine-{number}", NOW)
        self.seen = {"phone": 0, "desk": 0}
        self.state, self.kept, self.revision, self.looked = State.OPEN, "", 0, False

    @rule(window=WINDOWS, text=TEXTS)
    def types(self, window: str, text: str) -> None:
        try:
            self.seen[window] = task_replies.keep_reply(self.sam, self.task, text, self.seen[window], NOW)
        except EditedElsewhere as error:
            there = error.now["reply"]
            assert self.seen[window] != self.revision
            assert there.value == self.kept
            self.seen[window] = there.revision
        except TaskEnded:
            assert self.state is not State.OPEN
        else:
            assert text == self.kept or self.state is State.OPEN
            self.kept, self.revision = text, self.seen[window]

    @rule(window=WINDOWS, text=TEXTS)
    def finishes(self, window: str, text: str) -> None:
        try:
            task_replies.finish(self.sam, self.task, text, self.seen[window], NOW)
        except EditedElsewhere:
            assert self.seen[window] != self.revision
            assert text != self.kept
        except TaskEnded:
            assert self.state is State.WITHDRAWN or (self.state is State.DONE and text != self.kept)
        else:
            assert self.state is not State.WITHDRAWN
            if text != self.kept:
                self.kept, self.revision = text, self.seen[window] + 1
            self.state = State.DONE

    @rule()
    def takes_it_back(self) -> None:
        try:
            task_replies.take_back(self.sam, self.task, NOW)
        except TaskEnded:
            assert self.state is State.WITHDRAWN
        else:
            assert self.state is not State.WITHDRAWN
            self.state, self.looked = State.OPEN, False

    @rule()
    def is_looked_at(self) -> None:
        try:
            tasks.look_at(self.dana, self.task, NOW)
        except (TaskNotDone, TaskEnded):
            assert self.state is not State.DONE
        else:
            assert self.state is State.DONE
            self.looked = True

    @rule()
    def is_withdrawn(self) -> None:
        try:
            tasks.withdraw(self.dana, self.task, "We spoke of it", NOW)
        except TaskEnded:
            assert self.state is State.DONE
        else:
            assert self.state is not State.DONE
            self.state = State.WITHDRAWN

    @invariant()
    def it_stands_where_it_was_led(self) -> None:
        assert read_task(self.sam, self.task, NOW).standing.state is self.state

    @invariant()
    def nothing_that_was_kept_is_lost(self) -> None:
        view = read_task(self.sam, self.task, NOW)
        assert (view.reply, view.reply_revision) == (self.kept, self.revision)

    @invariant()
    def the_therapist_reads_what_is_done_and_nothing_before(self) -> None:
        said = read_task(self.dana, self.task, NOW).reply
        assert said == (self.kept if self.state is State.DONE else "")

    @invariant()
    def it_waits_for_a_look_exactly_while_it_is_done_and_not_looked_at(self) -> None:
        waits = self.state is State.DONE and not self.looked
        assert [row.public_id for row in to_look_at(self.dana, NOW)] == ([self.task] if waits else [])

    @invariant()
    def it_is_looked_at_only_while_it_is_done(self) -> None:
        with db.reading() as session:
            row = session.scalars(select(Task).where(Task.public_id == self.task)).one()
        assert (row.looked_at is not None) == self.looked
        assert row.looked_at is None or row.done_at is not None


def test_whatever_happens_no_reply_is_lost(database: Database) -> None:
    make_clinic()
    run_state_machine_as_test(
        OneTask,
        settings=settings(
            max_examples=12,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
