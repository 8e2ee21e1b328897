"""A consent as its reader sees it, its state in words, and the panel on a client's record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from clinic.intake.age import Standing
from clinic.intake.consent_state import Consent, ConsentState, Decision, Signature
from clinic.intake.consent_waiver import LASTS, LONGEST_REASON, correct_born, waive
from clinic.people.viewer import Viewer
from components import forms
from components.birth_date import birth_date, typed
from components.crisis import plain
from components.disclosure import disclosure
from components.times import long_day, moment

RECORD = "record"  # the form of pages/client_record.py, on which the panel stands
_REASON, _BORN = "consents:reason", "consents:born"
_SHOWN_OF_HASH = 12


def words(title: str, summary: Sequence[str], body: str) -> None:
    """The text, short points first. `body` is the clinic's Markdown; HTML in it stays text."""
    st.header(plain(title), anchor=False)
    st.markdown("**In short**")
    st.markdown("\n".join(f"- {plain(line)}" for line in summary))
    st.markdown("**The whole text**")
    st.markdown(body.replace("$", r"\$"))  # a fee is no formula


def state_words(decided: Signature | None, zone: str) -> str:
    """What was decided and when, as a sentence without its person."""
    if decided is None:
        return "Not decided yet"
    signed_at = moment(decided.signed_at, zone)
    if decided.withdrawn_at:
        verb = "Agreed" if decided.decision is Decision.AGREED else "Not agreed"
        return f"{verb}, {signed_at}. Taken back, {moment(decided.withdrawn_at, zone)}"
    return f"{'Agreed' if decided.agreed else 'Not agreed'}, {signed_at}"


def version_words(version: int, body_hash: str) -> str:
    return f"Version {version}. Fingerprint of the text: {body_hash[:_SHOWN_OF_HASH]}"


def signers(decided: Signature | None) -> str:
    """The names under it; empty where nobody signed."""
    if decided is None or not decided.signed_name:
        return ""
    if not decided.guardian_name:
        return decided.signed_name
    return f"{decided.signed_name}, with {decided.guardian_name} ({decided.guardian_relation})"


@forms.callback(RECORD)
def _waive(asker: Viewer, client_id: str) -> None:
    waive(asker, client_id, st.session_state.get(_REASON) or "", datetime.now(UTC))


@forms.callback(RECORD)
def _correct_born(asker: Viewer, client_id: str) -> None:
    correct_born(asker, client_id, typed(_BORN), datetime.now(UTC))


def panel(state: ConsentState, client_id: str, zone: str, now: datetime, found: Mapping[str, str]) -> None:
    """On the record: what the client decided, copies, who let them go on without it, their birth date."""
    st.header("Consents", anchor=False)
    if state.consents:
        st.table(
            {
                "Consent": [plain(_name(one)) for one in state.consents],
                "Decision": [state_words(one.decided, zone) for one in state.consents],
                "Signed by": [plain(signers(one.decided)) for one in state.consents],
            }
        )
    else:
        st.write("The clinic asks for none.")
    _waiver(state, client_id, zone, now, found)
    _age(state, client_id, found)
    signed = [one.decided for one in state.consents if one.decided] + list(state.earlier)
    if signed:
        disclosure("Copies (PDF)", lambda: _copies(signed, client_id), key="consent-copies")


def _name(consent: Consent) -> str:
    needed = "required" if consent.required else "optional"
    return f"{consent.title}, version {consent.version} ({needed})"


def _waiver(state: ConsentState, client_id: str, zone: str, now: datetime, found: Mapping[str, str]) -> None:
    for waiver in state.waivers:
        if waiver.is_open(now) or waiver is state.waivers[0]:
            until = "until" if waiver.is_open(now) else "ended"
            st.markdown(
                f"**May book and join without it**, {until} {moment(waiver.until_at, zone)}. "
                f"{plain(waiver.therapist_name)} decided so, {moment(waiver.since_at, zone)}:"
            )
            st.text(waiver.reason)
    if state.missing and state.waiver(now) is None:
        disclosure(
            "Let them book and join without it", lambda: _ask_reason(client_id, found), key="consent-waiver"
        )


def _ask_reason(client_id: str, found: Mapping[str, str]) -> None:
    st.write(f"For {LASTS.days} days, or until they sign. It is shown on this record, with your name.")
    st.text_area("Why", key=_REASON, max_chars=LONGEST_REASON, placeholder="")
    forms.beside(found, "reason")
    st.button("Let them book and join", on_click=_waive, args=(client_id,))


def _age(state: ConsentState, client_id: str, found: Mapping[str, str]) -> None:
    if state.born is None:
        return
    words_for = {
        Standing.TOO_YOUNG: f" Under {state.minimum_age}: can't sign here.",
        Standing.WITH_GUARDIAN: " Under 18: a parent or guardian signs with them.",
    }
    st.write(f"Born on {long_day(state.born).split(' ', 1)[1]}.{words_for.get(state.standing, '')}")
    disclosure("Change the date of birth", lambda: _ask_born(client_id, found), key="consent-born")


def _ask_born(client_id: str, found: Mapping[str, str]) -> None:
    birth_date("The client's date of birth", _BORN, autocomplete=False)
    forms.beside(found, "born")
    st.button("Save the date", on_click=_correct_born, args=(client_id,))


def _copies(signed: Sequence[Signature], client_id: str) -> None:
    for one in signed:
        st.link_button(
            f"{plain(one.title)}, version {one.version}",
            f"/download/consent?client={client_id}&signature={one.public_id}",
            type="tertiary",
        )
