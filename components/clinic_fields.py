"""The clinic's details and an account, as widgets: what set-up and the clinic's page both ask."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import available_timezones

import streamlit as st

from clinic.people.details import LABELS, ClinicDetails
from clinic.people.passwords import MINIMUM_LENGTH, problem_with_password
from components import forms

_HELP = {
    "zone": "Times that belong to the clinic are shown in this zone. Each person has their own as well.",
    "emergency_number": "Shown to anyone who may be in danger, signed in or not. For example 112.",
    "crisis_line_name": "A line people can call at any hour. Try the number before you save.",
    "alert_response": "Completes the sentence “Your therapist will see your answer …”. "
    "Promise only what your staff will do.",
}


def zones() -> list[str]:
    """Every IANA zone that names a place, plus UTC."""
    places = (zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    return [*sorted(places), "UTC"]


def details_fields(kept: ClinicDetails | None, found: Mapping[str, str]) -> None:
    """A field for each part of the clinic's details; `details_typed` reads them."""
    for name, label in LABELS.items():
        value = getattr(kept, name) if kept else ""
        if name == "zone":
            zone_field(label, f"details:{name}", value)
        else:
            st.text_input(label, value=value, key=f"details:{name}", placeholder="", autocomplete="off")
        if name in _HELP:
            st.caption(_HELP[name])
        forms.beside(found, name)


def details_typed() -> ClinicDetails:
    return ClinicDetails(**{name: st.session_state.get(f"details:{name}") or "" for name in LABELS})


def zone_field(label: str, key: str, value: str = "") -> None:
    """A time zone to search for by place; the browser's own is chosen beforehand."""
    listed = zones()
    here = value or st.context.timezone
    st.selectbox(label, listed, index=listed.index(here) if here in listed else None, key=key, placeholder="")


def person_fields(found: Mapping[str, str]) -> None:
    """Name and email of a person."""
    st.text_input("Name", key="account:name", max_chars=100, autocomplete="off", placeholder="")
    forms.beside(found, "person")
    st.text_input("Email", key="account:email", max_chars=254, autocomplete="off", placeholder="")
    forms.beside(found, "email")


def account_fields(found: Mapping[str, str]) -> None:
    """Name, email and password of an account to be made; `account_typed` reads them."""
    person_fields(found)
    new_password("Password", "account:password")
    forms.beside(found, "password")


def password_field(label: str, key: str, autocomplete: str) -> None:
    """A password outside a form. live: by keyboard one leaves it for its own "Show password" button, and
    Streamlit takes that for staying; without live, what was typed would never be sent."""
    st.text_input(label, key=key, type="password", autocomplete=autocomplete, placeholder="", live=True)


def new_password(label: str, key: str) -> None:
    """A password to be chosen, with the rule under it."""
    password_field(label, key, "new-password")
    _password_hint(key)


def _password_hint(key: str) -> None:
    """The rule, and how far what was typed is from it, in words."""
    typed = st.session_state.get(key) or ""
    if typed and problem_with_password(typed) is None:
        st.caption("✓ Long enough, and hard to guess.")
    elif typed and len(typed) < MINIMUM_LENGTH:
        st.caption(f"{len(typed)} of {MINIMUM_LENGTH} characters so far. Several words work well.")
    else:
        st.caption(f"{MINIMUM_LENGTH} characters or more. Several words work well.")


def account_typed() -> tuple[str, str, str]:
    """Name, email, password."""
    name, email, password = (
        st.session_state.get(f"account:{part}") or "" for part in ("name", "email", "password")
    )
    return name, email, password
