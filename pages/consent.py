"""Reading the clinic's consents and deciding on each, one a screen; later, what was agreed to."""

from datetime import UTC, datetime

import streamlit as st

from clinic.intake.age import ADULT, Standing
from clinic.intake.consent import (
    LONGEST_NAME,
    LONGEST_RELATION,
    Shown,
    Typed,
    decline,
    keep_born,
    own_consents,
    sign,
    withdraw,
)
from clinic.intake.consent_state import Consent, ConsentState, Signature
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, birth_date, consent_parts, forms, shell
from components.crisis import dial, plain
from components.disclosure import disclosure
from components.times import long_day, moment

viewer = access.require(Permission.CONSENT_SIGN)
FORM_NAME = "consent"
AGAIN, LATER, TAKE_BACK, SAID = "consent:again", "consent:later", "consent:take-back", "consent:said"
HOME = ("pages/client_home.py", "Home")


@forms.callback(FORM_NAME)
def tell_born(asker: Viewer) -> None:
    keep_born(asker, birth_date.typed("born"), datetime.now(UTC))


@forms.callback(FORM_NAME)
def agree(asker: Viewer, consent: Consent) -> None:
    state, now = st.session_state, datetime.now(UTC)
    typed = Typed(
        bool(state.get(key("agreed", consent))),
        state.get(key("name", consent)) or "",
        state.get(key("guardian", consent)) or "",
        state.get(key("relation", consent)) or "",
    )
    sign(asker, consent.code, on_screen(consent), typed, now)
    done(f"You signed on {moment(now, asker.zone)} as {typed.name.strip()}.")


@forms.callback(FORM_NAME)
def say_no(asker: Viewer, consent: Consent) -> None:
    decline(asker, consent.code, on_screen(consent), datetime.now(UTC))
    done("You said no. We have written it down.")


@forms.callback(FORM_NAME)
def take_back(asker: Viewer, signature: Signature) -> None:
    withdraw(asker, signature.public_id, datetime.now(UTC))
    done("You took your agreement back.")


def on_screen(consent: Consent) -> Shown:
    return Shown(consent.version, consent.body_hash)


def key(part: str, consent: Consent) -> str:
    """A widget's own for each version: no box is ticked beforehand."""
    return f"consent:{part}:{consent.code}:{consent.version}"


def done(sentence: str) -> None:
    for name in (AGAIN, TAKE_BACK):
        st.session_state.pop(name, None)
    st.session_state[SAID] = sentence


def turn_to(name: str, value: object) -> None:
    """Another screen of this page."""
    forms.forget_problems(FORM_NAME)
    for other in (AGAIN, TAKE_BACK, SAID):
        st.session_state.pop(other, None)
    st.session_state[name] = value


def page(step: str, found: dict[str, str], title: str = "Consent") -> str:
    """The head of each screen, with what the last press did. Returns the clinic's phone."""
    details = shell.page(title, viewer, back=HOME, error=bool(found), step=step)
    forms.show_problems(found)
    if (said := st.session_state.get(SAID)) and not found:
        st.success(plain(said))
    return details.phone if details else ""


def ask_born(found: dict[str, str]) -> None:
    page("born", found)
    st.write("Before you read: how old you are decides whether you sign alone or with a parent or guardian.")
    birth_date.birth_date("Your date of birth", "born")
    forms.beside(found, "born")
    st.button("Continue", type="primary", on_click=tell_born)


def too_young(state: ConsentState, found: dict[str, str]) -> None:
    phone = page("young", found)
    st.write(
        f"Thank you for coming to us. You have to be {state.minimum_age} to sign here, "
        "so there is nothing for you to sign now."
    )
    st.write(f"Call us, alone or with somebody you trust. We will find a way together: **{dial(phone)}**")
    if state.born:
        born = long_day(state.born).split(" ", 1)[1]
        st.caption(f"You told us you were born on {born}. If that is not right, call us.")
    st.page_link("pages/help_now.py", label="Help now")


def ask(consent: Consent, state: ConsentState, left: int, found: dict[str, str]) -> None:
    """Short points, the whole text, one unticked box, a typed name; no is one press."""
    phone = page(f"{consent.code}:{consent.version}", found)
    if left > 1:
        st.caption(f"{left} left to decide")
    if consent.required:
        st.caption("Needed before you can book or join a session.")
    else:
        st.caption("Your choice. Yes or no, your therapy is the same.")
    consent_parts.words(consent.title, consent.summary, consent.body)
    st.header("Your decision", anchor=False)
    st.checkbox("I have read this and I agree", key=key("agreed", consent))
    forms.beside(found, "agreed")
    name_field("Type your full name to sign", key("name", consent), LONGEST_NAME, "name")
    forms.beside(found, "signed_name")
    if state.standing is Standing.WITH_GUARDIAN:
        st.write(f"You are under {ADULT}, so a parent or guardian signs with you.")
        name_field("Parent or guardian: their full name", key("guardian", consent), LONGEST_NAME, "off")
        forms.beside(found, "guardian_name")
        name_field("Who they are to you", key("relation", consent), LONGEST_RELATION, "off")
        forms.beside(found, "guardian_relation")
    with st.container(horizontal=True):
        # Where one may say no, neither answer is the bigger button.
        st.button(
            "I agree", type="primary" if consent.required else "secondary", on_click=agree, args=(consent,)
        )
        st.button("I do not agree", on_click=say_no, args=(consent,))
        if not consent.due:
            st.button("Leave it as it is", type="tertiary", on_click=turn_to, args=(AGAIN, None))
        elif not consent.required:
            st.button("Decide later", type="tertiary", on_click=turn_to, args=(LATER, True))
    st.write(f"A question first? Call us: **{dial(phone)}**")
    if consent.required:
        st.write("You can say no. We can't offer video without this, but we can talk about other ways.")


def name_field(label: str, its_key: str, longest: int, autocomplete: str) -> None:
    st.text_input(label, key=its_key, max_chars=longest, autocomplete=autocomplete, placeholder="")


def overview(state: ConsentState, found: dict[str, str], now: datetime) -> None:
    """All that was decided, each with its copy and the way to change one's mind."""
    phone = page("overview", found)
    if state.missing:
        waiver = state.waiver(now)
        if waiver:
            st.info(f"Your therapist lets you book and join until {moment(waiver.until_at, viewer.zone)}.")
        else:
            st.warning("You can't book or join sessions by video now.")
        st.write(f"Talk to us about it: **{dial(phone)}**")
    elif st.button("Go on to your intake", type="primary"):
        st.switch_page("pages/intake.py")
    for consent in state.consents:
        with st.container(border=True):
            one(consent)
    if not state.consents:
        st.write("There is nothing to decide.")
    if state.earlier:
        disclosure("Earlier versions", lambda: earlier(state), key="consent-earlier")


def one(consent: Consent) -> None:
    st.header(plain(consent.title), anchor=False)
    decided = consent.decided
    st.write(f"{consent_parts.state_words(decided, viewer.zone)}.")
    if decided is None:
        st.button("Read and decide", key=key("open", consent), on_click=turn_to, args=(LATER, False))
        return
    if by := consent_parts.signers(decided):
        st.write(f"Signed as {plain(by)}.")
    st.caption(consent_parts.version_words(decided.version, decided.body_hash))
    link(decided)
    disclosure("The text", lambda: reading(decided), key=f"consent:{decided.public_id}")
    if decided.agreed:
        st.button(
            "Take my agreement back",
            key=key("back", consent),
            on_click=turn_to,
            args=(TAKE_BACK, decided.public_id),
        )
    else:
        st.button(
            "Read it again and decide",
            key=key("again", consent),
            on_click=turn_to,
            args=(AGAIN, consent.code),
        )


def earlier(state: ConsentState) -> None:
    for signed in state.earlier:
        st.markdown(f"**{plain(signed.title)}**")
        st.write(f"{consent_parts.state_words(signed, viewer.zone)}.")
        st.caption(consent_parts.version_words(signed.version, signed.body_hash))
        link(signed)
        if signed.agreed:
            st.button(
                "Take this agreement back",
                key=f"back:{signed.public_id}",
                on_click=turn_to,
                args=(TAKE_BACK, signed.public_id),
            )


def link(signed: Signature) -> None:
    st.link_button(
        f"Download version {signed.version} as PDF", f"/download/consent?signature={signed.public_id}"
    )


def reading(signed: Signature) -> None:
    consent_parts.words(signed.title, signed.summary, signed.body)


def sure(signed: Signature, required: bool, found: dict[str, str]) -> None:
    """What follows, before it does."""
    page("take-back", found, "Take your agreement back")
    st.write(f"**{plain(signed.title)}**, signed on {moment(signed.signed_at, viewer.zone)}.")
    follows = ["Your signature stays on file, with both dates.", "What was done until now stays lawful."]
    if required:
        follows = [
            "From now on you can't book or join a session by video.",
            "Sessions you have booked stay in the calendar. Cancel them under Sessions, or call us.",
            *follows,
        ]
    else:
        follows = ["From now on we stop what you agreed to here.", *follows]
    st.markdown("\n".join(f"- {line}" for line in [*follows, "You can agree again at any time."]))
    with st.container(horizontal=True):
        st.button("Take it back", type="primary", on_click=take_back, args=(signed,))
        st.button("Keep my agreement", on_click=turn_to, args=(TAKE_BACK, None))


def show(state: ConsentState, found: dict[str, str], now: datetime) -> None:
    """The screen that is due."""
    signed = {s.public_id: (s, False) for s in state.earlier}
    signed |= {c.decided.public_id: (c.decided, c.required) for c in state.consents if c.decided}
    chosen = signed.get(st.session_state.get(TAKE_BACK) or "")
    if chosen and chosen[0].agreed:
        sure(*chosen, found)
        return
    later = bool(st.session_state.get(LATER))
    due = [c for c in state.consents if c.due and (c.required or not later)]
    again = [c for c in state.consents if c.code == st.session_state.get(AGAIN) and not c.agreed]
    asked = again or due
    if asked and state.standing is Standing.TOO_YOUNG:
        too_young(state, found)
    elif asked and state.standing is Standing.UNKNOWN:
        ask_born(found)
    elif asked:
        ask(asked[0], state, len(asked), found)
    else:
        overview(state, found, now)


now = datetime.now(UTC)
show(own_consents(viewer, now), forms.problems(FORM_NAME), now)
shell.foot(viewer)
