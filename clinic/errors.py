"""What can go wrong, as facts. Each carries a sentence the person in front of the screen can use."""

from __future__ import annotations

from collections.abc import Mapping


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


class DraftOutdated(ClinicError):
    sentence = "This form was already sent from somewhere else. Your answers are safe."


class SlotTaken(ClinicError):
    sentence = "Someone has just booked that time. You have not been booked or charged. Choose another time."


class SlotNotOffered(ClinicError):
    sentence = "That time can't be booked. Choose one of the times shown."


class AlreadyMeeting(ClinicError):
    sentence = "You already have a session at that time. Choose another time."


class TooLateToCancel(ClinicError):
    sentence = "This session has already started. Call the clinic if you can't be there."


class RoomNotOpen(ClinicError):
    sentence = "The video room is not open now."


class NotAdmitted(ClinicError):
    sentence = "Your therapist has not let you in yet. Stay on this page."
