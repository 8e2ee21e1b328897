"""Measures: which are asked of whom, and what was answered; mood."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from db.sealed import Sealed
from db.tables.base import AccountId, Base, Bytes, Id, Instant, Public


class QuestionnaireResponse(Public, Base):
    """One filling of one measure. Item answers are sealed JSON; the total is set when complete."""

    __tablename__ = "questionnaire_response"
    __table_args__ = (
        Index("ix_questionnaire_response_series", "client_id", "instrument", "completed_at"),
        # First and latest scores of many clients, read from the index alone.
        Index(
            "ix_questionnaire_response_scored",
            "client_id",
            "instrument",
            "completed_at",
            "total",
            "instrument_version",
            sqlite_where=text("total IS NOT NULL"),
            postgresql_where=text("total IS NOT NULL"),
        ),
        # One unfinished form a measure: a second device carries on with the same one.
        Index(
            "uq_questionnaire_response_open",
            "client_id",
            "instrument",
            unique=True,
            sqlite_where=text("completed_at IS NULL"),
            postgresql_where=text("completed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    instrument: Mapped[str] = mapped_column(String(20))
    instrument_version: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[Instant]
    completed_at: Mapped[Instant | None]
    # The therapist who filled it in with the client; none where the client did alone.
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answers_sealed: Mapped[Bytes]
    answers_json = Sealed("answers_sealed")
    total: Mapped[int | None]


class MeasurePlan(Public, Base):
    """When a client is asked which measure: `once` (at intake, or when a therapist asks), before each
    `session`, or every so many `days`. A client without any row is asked what the clinic asks everyone."""

    __tablename__ = "measure_plan"
    __table_args__ = (
        CheckConstraint("cadence IN ('once', 'session', 'days')", name="cadence"),
        CheckConstraint("(cadence = 'days') = (every_days IS NOT NULL)", name="days"),
        CheckConstraint("every_days BETWEEN 1 AND 366", name="every_days"),
        Index(
            "uq_measure_plan_current",
            "client_id",
            "instrument",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    instrument: Mapped[str] = mapped_column(String(20))
    cadence: Mapped[str] = mapped_column(String(10))
    every_days: Mapped[int | None]
    since_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[Instant | None]


class Nudge(Base):
    """A therapist reminded a client of what is still to do."""

    __tablename__ = "nudge"

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    therapist_id: Mapped[AccountId]
    sent_at: Mapped[Instant]


class MoodEntry(Public, Base):
    """One day's check-in; every item may be left out. Mood, anxiety, energy and sleep quality are 1 to 5 in
    the clinic's own words (mood: very low to very good). A later one for the same day replaces it; the
    earlier row stays, marked. `late`: entered after its day was over."""

    __tablename__ = "mood_entry"
    __table_args__ = (
        CheckConstraint("mood BETWEEN 1 AND 5", name="mood"),
        CheckConstraint("anxiety BETWEEN 1 AND 5", name="anxiety"),
        CheckConstraint("energy BETWEEN 1 AND 5", name="energy"),
        CheckConstraint("sleep_quality BETWEEN 1 AND 5", name="sleep_quality"),
        CheckConstraint("sleep_minutes BETWEEN 0 AND 1440", name="sleep_minutes"),
        CheckConstraint("medication IN ('taken', 'missed', 'none')", name="medication"),
        Index(
            "uq_mood_entry_day",
            "client_id",
            "day_on",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    day_on: Mapped[date]
    mood: Mapped[int | None]
    anxiety: Mapped[int | None]
    energy: Mapped[int | None]
    sleep_minutes: Mapped[int | None]
    sleep_quality: Mapped[int | None]
    medication: Mapped[str | None] = mapped_column(String(10))
    tags_sealed: Mapped[Bytes | None]
    tags_json = Sealed("tags_sealed")
    note_sealed: Mapped[Bytes | None]
    note = Sealed("note_sealed")
    late: Mapped[bool] = mapped_column(default=False, server_default=false())
    entered_at: Mapped[Instant]
    replaced_at: Mapped[Instant | None]


class CheckInItems(Base):
    """What one client's check-in asks, chosen by their therapist; else the clinic's choice counts. `items` is
    a comma-separated list in the words of `clinic/records/check_in.py`."""

    __tablename__ = "check_in_items"

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    items: Mapped[str] = mapped_column(String(200))
    set_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[Instant]


class CheckInReminder(Base):
    """A client asked to be reminded at a minute of their own local day. Paused without an end, or until a
    day. `asked_on` is the last local day they were reminded."""

    __tablename__ = "check_in_reminder"
    __table_args__ = (CheckConstraint("minute BETWEEN 0 AND 1439", name="minute"),)

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    minute: Mapped[int]
    since_at: Mapped[Instant]
    paused_at: Mapped[Instant | None]
    paused_until_on: Mapped[date | None]
    asked_on: Mapped[date | None]
    asked_at: Mapped[Instant | None]


class ClientDraft(Public, Base):
    """What a client has typed and not saved yet, one a form, as sealed JSON: it survives a reload."""

    __tablename__ = "client_draft"
    __table_args__ = (
        CheckConstraint("form IN ('check_in', 'sleep', 'goal')", name="form"),
        Index("uq_client_draft_form", "client_id", "form", unique=True),
    )

    id: Mapped[Id]
    client_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    form: Mapped[str] = mapped_column(String(10))
    day_on: Mapped[date]
    answers_sealed: Mapped[Bytes]
    answers_json = Sealed("answers_sealed")
    kept_at: Mapped[Instant]


class SleepEntry(Public, Base):
    """One night of the sleep diary, by the day it ended on. Minutes after midnight, local; durations in
    minutes. A later one for the same day replaces it; the earlier row stays, marked."""

    __tablename__ = "sleep_entry"
    __table_args__ = (
        CheckConstraint("tried_minute BETWEEN 0 AND 1439", name="tried"),
        CheckConstraint("woke_minute BETWEEN 0 AND 1439", name="woke"),
        CheckConstraint("up_minute BETWEEN 0 AND 1439", name="up"),
        CheckConstraint("latency_minutes BETWEEN 0 AND 720", name="latency"),
        CheckConstraint("awake_minutes BETWEEN 0 AND 720", name="awake"),
        CheckConstraint("quality BETWEEN 1 AND 5", name="quality"),
        Index(
            "uq_sleep_entry_day",
            "client_id",
            "day_on",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    day_on: Mapped[date]
    tried_minute: Mapped[int | None]
    latency_minutes: Mapped[int | None]
    awake_minutes: Mapped[int | None]
    woke_minute: Mapped[int | None]
    up_minute: Mapped[int | None]
    quality: Mapped[int | None]
    late: Mapped[bool] = mapped_column(default=False, server_default=false())
    entered_at: Mapped[Instant]
    replaced_at: Mapped[Instant | None]


class Goal(Public, Base):
    """What a client wants to get closer to, in their own words; three at most at a time."""

    __tablename__ = "goal"

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    words_sealed: Mapped[Bytes]
    words = Sealed("words_sealed")
    since_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class GoalRating(Base):
    """How close a client is to a goal on a day: 0 not at all, 10 reached."""

    __tablename__ = "goal_rating"
    __table_args__ = (
        CheckConstraint("rating BETWEEN 0 AND 10", name="rating"),
        Index(
            "uq_goal_rating_day",
            "goal_id",
            "day_on",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    goal_id: Mapped[int] = mapped_column(ForeignKey("goal.id"), index=True)
    day_on: Mapped[date]
    rating: Mapped[int]
    entered_at: Mapped[Instant]
    replaced_at: Mapped[Instant | None]


class ChartMark(Public, Base):
    """Something that belongs on a client's charts: a change of medication, or an event in their life."""

    __tablename__ = "chart_mark"
    __table_args__ = (CheckConstraint("kind IN ('medication', 'event')", name="kind"),)

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    day_on: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    words_sealed: Mapped[Bytes]
    words = Sealed("words_sealed")
    added_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    added_at: Mapped[Instant]
    removed_at: Mapped[Instant | None]


class Episode(Public, Base):
    """From `began_at` on, change is counted from the first score after it. Without a row, one episode
    from the client's first score on."""

    __tablename__ = "episode"
    __table_args__ = (UniqueConstraint("client_id", "began_at"),)

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    began_at: Mapped[Instant]
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))


class ResultReview(Public, Base):
    """A therapist has looked at a finished form; the note is optional."""

    __tablename__ = "result_review"

    id: Mapped[Id]
    response_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_response.id"), unique=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[Instant]
    note_sealed: Mapped[Bytes | None]
    note = Sealed("note_sealed")


class MeasuresShared(Base):
    """A therapist lets the client see the charts of their measures."""

    __tablename__ = "measures_shared"
    __table_args__ = (
        Index(
            "uq_measures_shared_current",
            "client_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    client_id: Mapped[AccountId]
    since_at: Mapped[Instant]
    by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    until_at: Mapped[Instant | None]
