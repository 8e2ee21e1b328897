"""The therapists whom people can find, with their free times, in a few queries for all of them.

What somebody looks for is not asked here: the page matches it (`finding.py`), and it is kept nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

import db
from clinic.errors import NotFound
from clinic.people.care import therapists_of
from clinic.people.permissions import Permission
from clinic.people.policy import allowed
from clinic.people.viewer import Viewer
from clinic.scheduling.choices import Choice, bookable, kinds_of
from clinic.scheduling.finding import Candidate
from clinic.scheduling.offers import Offer, read_all_limits, read_free_times
from clinic.scheduling.profiles import Listed, read_listed
from clinic.scheduling.rules import read_rules


@dataclass(frozen=True)
class Directory:
    """Everybody who is listed, and the same as candidates for `finding.find`.

    Attributes:
        bookable: the public ids of those with whom the asker may book by themselves.
        in_care_of: the names of the asker's own therapists.
    """

    listed: tuple[Listed, ...]
    candidates: tuple[Candidate, ...]
    bookable: frozenset[str]
    in_care_of: tuple[str, ...] = ()


@allowed(Permission.APPOINTMENT_BOOK)
def directory(viewer: Viewer, now: datetime) -> Directory:
    """Whom a client can find, with the times at which they themselves are free too."""
    with db.reading() as session:
        own = tuple(therapist.name for therapist in therapists_of(session, viewer.account_id))
        return _directory(session, viewer.account_id, now, timedelta(), own)


def public_directory(now: datetime, kept_least: timedelta) -> Directory:
    """Whom anybody can find, where the clinic lets newcomers choose a time first.

    Args:
        kept_least: free times can be kept at least so long before it is too late to book them.

    Raises:
        NotFound: the clinic does not.
    """
    with db.reading() as session:
        if not read_rules(session).first_contact:
            raise NotFound()
        return _directory(session, None, now, kept_least, ())


def _directory(
    session: Session, client_id: int | None, now: datetime, kept_least: timedelta, own: tuple[str, ...]
) -> Directory:
    listed = read_listed(session)
    therapists, kinds = bookable(session, client_id)
    ids = {one.therapist_id for one in listed}
    therapists = [therapist for therapist in therapists if therapist.public_id in ids]
    offers: list[Offer] = []
    for kind in kinds_of(therapists, kinds):
        choice = Choice(kind, [each for each in therapists if kind in kinds[each.id]])
        offers += read_free_times(session, choice, now, client_id=client_id)
    limits = read_all_limits(session, [one.account_id for one in listed])
    since = {one.therapist_id: now + limits[one.account_id].notice + kept_least for one in listed}
    free: dict[str, set[datetime]] = {}
    for offer in offers:
        if not kept_least or offer.starts_at >= since[offer.therapist_id]:
            free.setdefault(offer.therapist_id, set()).add(offer.starts_at)
    return Directory(
        tuple(listed),
        tuple(_candidate(one, sorted(free.get(one.therapist_id, ()))) for one in listed),
        frozenset(therapist.public_id for therapist in therapists if kinds[therapist.id]),
        own,
    )


def _candidate(one: Listed, free: list[datetime]) -> Candidate:
    said = one.profile
    return Candidate(
        one.therapist_id, one.name, said.helps_with, said.languages, said.licensed_in, tuple(free)
    )
