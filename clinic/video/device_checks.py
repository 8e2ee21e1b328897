"""How a person's camera, microphone, sound and network were when they last tried them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import db
from clinic.errors import InvalidInput
from clinic.oversight.audit import record_look
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Role, Viewer
from clinic.video.turn import Server
from clinic.video.turn_settings import servers_for
from db.tables import DeviceCheck

_DEVICE = frozenset({"ok", "blocked", "missing", "in_use", "unable", "not_tried"})
KNOWN = {
    "camera": _DEVICE,
    "microphone": _DEVICE,
    "sound": frozenset({"heard", "not_heard", "not_tried"}),
    "network": frozenset({"ok", "relay_only", "blocked", "not_tried"}),
}
_HOUR = 3600


@dataclass(frozen=True)
class Checked:
    """A person's last check. Each part is one of the words in `KNOWN`."""

    at: datetime
    camera: str
    microphone: str
    sound: str
    network: str

    @property
    def works(self) -> bool:
        """Whether they can be seen and heard, and nothing they tried failed."""
        return (
            self.camera == self.microphone == "ok"
            and self.sound != "not_heard"
            and self.network in ("ok", "relay_only", "not_tried")
        )


@allowed(Permission.ROOM_ENTER)
def keep_check(viewer: Viewer, found: Mapping[str, object], now: datetime) -> Checked:
    """Keep how one's own check went, in place of the last one.

    Raises:
        InvalidInput: a part is missing, or is not one of the words for it.
    """
    problems = {
        part: "This result can't be kept. Reload the page and try again."
        for part, known in KNOWN.items()
        if not isinstance(value := found.get(part), str) or value not in known
    }
    if problems:
        raise InvalidInput(problems)
    values = {part: str(found[part]) for part in KNOWN}
    try:
        return _kept(viewer, values, now)
    except IntegrityError:
        # The same person's other window was the first one; its row is there now.
        return _kept(viewer, values, now)


@allowed(Permission.ROOM_ENTER)
def own_check(viewer: Viewer) -> Checked | None:
    """One's own last check, if there was one."""
    with db.reading() as session:
        return read_checks(session, [viewer.account_id]).get(viewer.account_id)


@allowed(Permission.ROOM_ENTER)
def servers_to_try(viewer: Viewer, now: datetime) -> list[Server]:
    """The clinic's own ICE servers, for trying the network: nobody else's are asked. They end within two
    hours, and are the same for an hour, so that a screen drawn again does not begin its check anew."""
    until = datetime.fromtimestamp((int(now.timestamp()) // _HOUR + 2) * _HOUR, now.tzinfo)
    return servers_for(viewer, f"check:{viewer.public_id}", until, now)


def read_checks(session: Session, account_ids: Sequence[int]) -> dict[int, Checked]:
    """The last check of each of these accounts that made one; the caller has decided permission."""
    rows = session.scalars(select(DeviceCheck).where(DeviceCheck.account_id.in_(account_ids)))
    return {row.account_id: _checked(row) for row in rows}


def _kept(viewer: Viewer, values: dict[str, str], now: datetime) -> Checked:
    with db.unit_of_work() as session:
        row = session.scalars(select(DeviceCheck).where(DeviceCheck.account_id == viewer.account_id)).first()
        if row is None:
            row = DeviceCheck(account_id=viewer.account_id, at=now, **values)
            session.add(row)
        else:
            row.at = now
            for part, value in values.items():
                setattr(row, part, value)
        # One check is several results in a minute: it is one event.
        about = viewer.account_id if viewer.role is Role.CLIENT else None
        record_look(session, now, viewer.account_id, "device.check", client_id=about)
        session.flush()
        return _checked(row)


def _checked(row: DeviceCheck) -> Checked:
    return Checked(row.at, row.camera, row.microphone, row.sound, row.network)
