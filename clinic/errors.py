"""What can go wrong, as facts. Each carries a sentence the person in front of the screen can use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


class ClinicError(Exception):
    """Something the portal will not do. `sentence` says what and, where there is one, the next step."""

    sentence = "That did not work. Go back and try again."

    def __init__(self, sentence: str | None = None) -> None:
        if sentence is not None:
            self.sentence = sentence
        super().__init__(self.sentence)


class NotSignedIn(ClinicError):
    sentence = "You are signed out. Sign in to carry on."


class NotInvited(ClinicError):
    sentence = "Nobody with this email is invited here. Ask the clinic for an invitation."


class WrongPassword(ClinicError):
    sentence = "The email or the password is not right. Check both and try again."


class NotFound(ClinicError):
    """Missing, or not the asker's to see: the same answer for both, on purpose."""

    sentence = "We can't find that page. It may have moved, or the link may be incomplete."
    recorded = False  # whether the audit log has this denial already


class InvalidInput(ClinicError):
    """Answers to put right. `fields` maps a field's name to its sentence; nothing was saved."""

    sentence = "There is a problem with what was entered."

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = dict(fields)


class PasswordNeeded(ClinicError):
    sentence = "Enter your password again to do this."


class SecondFactorNeeded(ClinicError):
    sentence = "Set up your second step for signing in first. Then you can go on."


class TooManyGuesses(ClinicError):
    sentence = "Too many tries. Wait 15 minutes and try again, or call the clinic."


class LinkNotGood(ClinicError):
    sentence = "This link has been used or is too old. Ask for a new one, or call the clinic."


class WrongCode(ClinicError):
    sentence = "That code is not right, or was used before. Wait for the next code and enter that one."


class LastAdministrator(ClinicError):
    sentence = "This is the last administrator. Make somebody else an administrator first."


class SetupClosed(ClinicError):
    sentence = "This clinic is set up already. Sign in instead."


class StillTheDemo(ClinicError):
    sentence = (
        "This database holds the demo clinic. Start with QUIET_ROOM_DEMO=1 to go on trying it, or give your "
        "clinic an empty database of its own (DATABASE_URL or QUIET_ROOM_VAR)."
    )


class NotADemo(ClinicError):
    sentence = "This database holds a real clinic, not the demo. Nothing was thrown away."


class ConsentMissing(ClinicError):
    sentence = "Read and sign the consent first. Then you can book and join sessions."


class ConsentOutdated(ClinicError):
    sentence = "The consent has changed since you opened it. Read the new version, then sign."


class ConsentTextChanged(ClinicError):
    sentence = (
        "Somebody saved or published this text since you opened it. Nothing was overwritten. "
        "Copy what you typed, then open the text again."
    )


class TooYoungToSign(ClinicError):
    sentence = "You can't sign this yourself yet. Call us: we will find a way together."


class NothingToWaive(ClinicError):
    sentence = "This client has signed all that is required. They can book and join."


class DraftOutdated(ClinicError):
    sentence = "This form was already sent from somewhere else. Your answers are safe."


class AnsweredTooLate(DraftOutdated):
    """A risk answer that the form can no longer take. It is not in the form; its alert is raised."""

    sentence = "This form no longer takes answers, so this one is not in it. Somebody here is told of it."


class AlertChanged(ClinicError):
    sentence = "The client has said something new since you opened this. Read it below, then acknowledge it."


class NotAsked(ClinicError):
    """A measure that cannot be asked of this client now; the sentence says why."""

    sentence = "These questions can't be asked now."


class NothingToDo(ClinicError):
    sentence = "Nothing is open for this client, so there is nothing to remind them of."


class PlanEditedElsewhere(ClinicError):
    sentence = "This step was changed somewhere else. Nothing is lost: both texts are below."


@dataclass(frozen=True)
class Elsewhere:
    """What stands there now: who changed it and when (UTC), and the revision to answer to."""

    by: str
    at: datetime
    value: str
    revision: int


class EditedElsewhere(InvalidInput):
    """Answers that somebody changed since they were seen here; nothing was written over them.

    `fields` has a sentence for each, and for what else was refused with them; `now` has what stands there.
    """

    def __init__(self, fields: Mapping[str, str], now: Mapping[str, Elsewhere]) -> None:
        super().__init__(fields)
        self.now = dict(now)


class TooManyGoals(ClinicError):
    sentence = "Three goals are enough at a time. End one first, then add the new one."


class GoalEnded(ClinicError):
    sentence = "You are done with this goal. What you said of it is kept."


class FormWithdrawn(ClinicError):
    sentence = "The clinic has replaced this form. Your answers are safe. Carry on with the new form."


class FormMalformed(ClinicError):
    """An intake form that cannot be used as it is: what is wrong, and where in it."""

    def __init__(self, place: str, wrong: str) -> None:
        super().__init__(f"{place}: {wrong}.")


class FormChanged(ClinicError):
    """The form's draft was changed or published since it was seen here; nothing was written over it."""

    sentence = "This form was changed since you opened it here. Look at it as it is now, then go on."

    def __init__(self, by: str, at: datetime) -> None:
        super().__init__()
        self.by, self.at = by, at


class LastForm(ClinicError):
    sentence = (
        "This is the only form clients can fill in. Publish a new version first, then withdraw this one."
    )


class SlotTaken(ClinicError):
    """Somebody was faster. `nearest` are the free times closest to it, UTC, in order."""

    sentence = "That time was just taken. You have not been booked. Choose another time."

    def __init__(self, nearest: Sequence[datetime] = ()) -> None:
        super().__init__()
        self.nearest = tuple(nearest)


class SlotNotOffered(ClinicError):
    sentence = "That time can't be booked. Choose one of the times shown."


class TooManyHeld(ClinicError):
    sentence = (
        "Several times with this therapist are kept for new people already. Choose another therapist, "
        "or call the clinic."
    )


class AlreadyMeeting(ClinicError):
    sentence = "You already have a session at that time. Choose another time."


class Overlapping(ClinicError):
    sentence = (
        "You have another session at that time. Choose another time, or write in 10 letters or more why "
        "both should take place."
    )


class TimeHeld(ClinicError):
    sentence = "That time is kept for somebody on the waiting list just now. Choose another time."


class RoomTaken(ClinicError):
    sentence = "No room is free at that time. Choose another time."


class TooLateToCancel(ClinicError):
    sentence = "This session has already started. Call the clinic if you can't be there."


class TooLateToMove(ClinicError):
    sentence = "It is too late to move this session here. You can cancel it, or call the clinic."


class AppointmentChanged(ClinicError):
    sentence = "This session was cancelled or moved since you opened it. Look at it again, then decide."


class SeriesChanged(ClinicError):
    sentence = (
        "Something was booked or cancelled since you looked. Nothing is booked. Look at the dates again."
    )


class NoCredentials(ClinicError):
    """The TURN provider gave none; the sentence says why, for the administrator."""

    sentence = "The TURN provider gave no credentials."


class RoomNotOpen(ClinicError):
    sentence = "The video room is not open now."


class RoomElsewhere(ClinicError):
    sentence = "This session goes on at another of our servers. Reload this page to be brought there."


class NotAdmitted(ClinicError):
    sentence = "Your therapist has not let you in yet. Stay on this page."


class CallsFull(ClinicError):
    sentence = (
        "As many video calls as this portal can carry are going on just now. Wait a few minutes and join "
        "again, or hold this session by phone."
    )


class NotConfirmed(ClinicError):
    sentence = (
        "They have not said where they are yet. Wait for that, or let them in without it and write down why."
    )


class SessionNotBegun(ClinicError):
    sentence = "This session has not begun yet. Come back when it has."


class CareEnded(ClinicError):
    sentence = "This client's care here has ended. Reopen it first; their record stays as it is."


class NoteSigned(ClinicError):
    sentence = (
        "This note is signed, so its text stays as it is. What you typed here is not lost: it is still on "
        "this screen. Put it into an amendment, or leave the note as it was signed."
    )


class NoteNotSigned(ClinicError):
    sentence = "This note is not signed yet. Change it as you like, then sign it."


class ThreadClosed(ClinicError):
    sentence = "This conversation is closed. What you typed is still here; begin a new message with it."


class NobodyReads(ClinicError):
    sentence = "You have no therapist here yet, so nobody would read this. Call the clinic to reach it."


class FileRefused(ClinicError):
    """A file that is not taken: its kind, size or content. The sentence says which; nothing was kept."""

    sentence = "This file can't be taken. Send a PDF, a photo, a text file or a Word or OpenDocument text."


class TooManyDocuments(ClinicError):
    sentence = (
        "There are 200 documents here already. Withdraw one that is no longer needed, then add this one."
    )


class TaskEnded(ClinicError):
    sentence = "This task is no longer open. What was written for it is kept."


class TaskNotDone(ClinicError):
    sentence = "The client is working on this task again. It comes back once they say that it is done."


class LastTherapist(ClinicError):
    sentence = (
        "Nobody else looks after this client. Hand them over to a colleague, or end their care here instead."
    )


class AlertsOpen(ClinicError):
    sentence = "This client has an alert that is not closed. Close it first, then end their care."


class DischargeChanged(ClinicError):
    sentence = "This client's care was ended or begun again since you opened this. Look at it as it is now."


class NotErasable(ClinicError):
    sentence = "This record can't be erased now. What keeps it is said below."
