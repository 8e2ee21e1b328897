"""Each service's policy, said where the service is: who may call it at all, and how recently checked.

    @allowed(Permission.CLIENT_READ)
    def client_record(viewer, client_id, now): ...

Which objects one may do it to is the service's second question; a stranger gets "not found" for both,
and each denial leaves one event in the audit log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import db
from clinic.errors import NotFound, PasswordNeeded, SecondFactorNeeded
from clinic.oversight.audit import DENIED, record
from clinic.people.permissions import BEFORE_SECOND_FACTOR, Permission, require
from clinic.people.viewer import Viewer
from db.errors import DatabaseUnreachable

P = ParamSpec("P")
R = TypeVar("R")
# Sensitive acts ask for the password again after this (OWASP ASVS 5.0.0, 7.5).
FRESH = timedelta(minutes=10)
_PUBLIC_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class Policy:
    """`sensitive`: the password must have been given in the last ten minutes."""

    permission: Permission
    sensitive: bool


# "module.function" to its policy; the tests walk the services and miss none.
POLICIES: dict[str, Policy] = {}


def allowed(
    permission: Permission, *, sensitive: bool = False
) -> Callable[[Callable[Concatenate[Viewer, P], R]], Callable[Concatenate[Viewer, P], R]]:
    """Makes a function whose first argument is the viewer into a service with this policy.

    Raises, before the service runs:
        NotFound: the viewer's role may not.
        SecondFactorNeeded: they have to set theirs up first.
        PasswordNeeded: a sensitive act, and the password was given too long ago.
    """

    def make(service: Callable[Concatenate[Viewer, P], R]) -> Callable[Concatenate[Viewer, P], R]:
        POLICIES[f"{service.__module__}.{service.__name__}"] = Policy(permission, sensitive)

        @wraps(service)
        def checked(viewer: Viewer, /, *args: P.args, **kwargs: P.kwargs) -> R:
            now = _now_of(viewer, args, kwargs)
            try:
                require(viewer, permission)
                if viewer.second_factor_due and permission not in BEFORE_SECOND_FACTOR:
                    raise SecondFactorNeeded()
                if sensitive and now - viewer.password_at > FRESH:
                    raise PasswordNeeded()
                return service(viewer, *args, **kwargs)
            except NotFound as error:
                _denied(viewer, permission, args, now, error)
                raise

        return checked

    return make


def _now_of(viewer: Viewer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> datetime:
    """The service's own `now`, else the moment at which the viewer was recognised, in this very run."""
    given = kwargs.get("now")
    moments = [given] if isinstance(given, datetime) else [a for a in args if isinstance(a, datetime)]
    return moments[-1] if moments else viewer.asked_at


def _denied(
    viewer: Viewer, permission: Permission, args: tuple[Any, ...], now: datetime, error: NotFound
) -> None:
    """One event, in a transaction of its own: the service's is undone. Never hides the denial itself."""
    if error.recorded:
        return  # by a service that this one called
    error.recorded = True
    asked = next((arg for arg in args if isinstance(arg, str)), None)
    # Only what can be a public id: a forged one may hold anything, and a measure's says something of whoever
    # is asked it.
    asked = asked if asked and _PUBLIC_ID.fullmatch(asked) else None
    with suppress(DatabaseUnreachable), db.unit_of_work() as session:
        record(session, now, viewer.account_id, permission.value, object_id=asked, outcome=DENIED)
