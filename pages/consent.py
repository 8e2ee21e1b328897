"""Reading and signing the consent."""

from datetime import UTC, datetime

import streamlit as st

from clinic.intake.consent import Consent, current_consent, sign
from clinic.people.details import ClinicDetails
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.crisis import plain
from components.disclosure import disclosure
from components.times import moment

viewer = access.require(Permission.CONSENT_SIGN)


@forms.callback("consent")
def send(asker: Viewer, body_hash: str) -> None:
    name, agreed = st.session_state.get("signed_name", ""), st.session_state.get("agreed", False)
    sign(asker, body_hash, name, bool(agreed), datetime.now(UTC))


def signed(consent: Consent) -> None:
    """What was signed, and the next step."""
    assert consent.signed_at is not None
    st.success(
        f"You signed on {moment(consent.signed_at, viewer.zone)} as {plain(consent.signed_name or '')}. "
        f"This is version {consent.version}."
    )
    if st.button("Go on to your intake", type="primary"):
        st.switch_page("pages/intake.py")
    disclosure("Read it again", lambda: st.markdown(consent.body), key="consent")


def ask(consent: Consent, details: ClinicDetails | None, found: dict[str, str]) -> None:
    """Summary first, then the whole text, one unticked box and a typed name."""
    st.subheader("In short", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in consent.summary))
    st.subheader("The whole text", anchor=False)
    st.markdown(consent.body)
    st.subheader("Your decision", anchor=False)
    st.checkbox("I have read this and I agree to therapy by video", key="agreed")
    forms.beside(found, "agreed")
    st.text_input(
        "Type your full name to sign", key="signed_name", max_chars=100, autocomplete="name", placeholder=""
    )
    forms.beside(found, "signed_name")
    st.button("I agree", type="primary", on_click=send, args=(consent.body_hash,))
    phone = details.phone if details else ""
    st.write(
        f"You can say no, or ask first. We can't offer video without your agreement. "
        f"Talk to us about other ways: {plain(phone)}"
    )


found = forms.problems("consent")
details = shell.page("Consent", viewer, back=("pages/client_home.py", "Home"), error=bool(found))
forms.show_problems(found)
consent = current_consent(viewer)
if consent.signed_at:
    signed(consent)
else:
    ask(consent, details, found)
shell.foot(viewer)
