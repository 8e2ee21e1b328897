"""Setting the clinic up, step by step: what is done, what is left, and where to do it."""

from datetime import UTC, datetime

import streamlit as st

from clinic.oversight.getting_ready import SETTLED_BY_HAND, Stand, Step, put_off, settle, steps
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.words import counted

viewer = access.require(Permission.CLINIC_MANAGE)
FORM_NAME = "getting-ready"
WORKING = "pages/working.py"
# Title, why, and the screen it is done on.
WORDS = {
    Step.SECOND_STEP: (
        "A second step for signing in",
        "Nobody gets in with a password alone.",
        "pages/account.py",
    ),
    Step.CRISIS: (
        "Crisis numbers, tried",
        "Call each number for the places your clients live in. They are shown once somebody has tried them.",
        "pages/safety.py",
    ),
    Step.ANSWERS: (
        "Who answers when a client may be at risk",
        "Until somebody is named, no question about self-harm is asked.",
        "pages/safety.py",
    ),
    Step.CONSENTS: (
        "Consent texts",
        "Every client signs them first. Ours are a beginning: have yours looked at by a lawyer.",
        "pages/consents.py",
    ),
    Step.SESSIONS: (
        "Kinds of session",
        "There is one of 50 minutes by video. Add your own, with their lengths and pauses.",
        "pages/booking_rules.py",
    ),
    Step.LOOK: ("Logo and colour", "So that clients see that they are with you.", "pages/look.py"),
    Step.ADDRESS: (
        "An address with HTTPS",
        "Browsers give no camera without it. On the server: QUIET_ROOM_ORIGINS (docs/deployment.md).",
        WORKING,
    ),
    Step.MAIL: (
        "Mails that arrive",
        "Set the mail server (QUIET_ROOM_SMTP_URL), then send yourself a test mail and enter its code.",
        WORKING,
    ),
    Step.VIDEO: (
        "Video through firewalls",
        "A TURN server, for clients in offices and hospitals. Test it there.",
        "pages/video_settings.py",
    ),
    Step.KEYS: (
        "A copy of the keys, away from the server",
        "Without QUIET_ROOM_KEYS or var/keys.json nobody can read the records or a backup: nor can you.",
        WORKING,
    ),
    Step.BACKUP: (
        "A backup that was restored",
        "The portal makes one each night, and restores one a week to see that it can be.",
        WORKING,
    ),
    Step.THERAPIST: (
        "The first therapist",
        "Invite them. Then they and you can invite clients.",
        "pages/clinic.py",
    ),
}
SIGNS = {
    Stand.DONE: (":material/check_circle:", "Done"),
    Stand.PUT_OFF: (":material/schedule:", "Not now"),
    Stand.OPEN: (":material/radio_button_unchecked:", "To do"),
}


@forms.callback(FORM_NAME)
def is_right(asker: Viewer, step: Step) -> None:
    settle(asker, step, datetime.now(UTC))


@forms.callback(FORM_NAME)
def not_now(asker: Viewer, step: Step) -> None:
    put_off(asker, step, datetime.now(UTC))


def one(step: Step, stand: Stand) -> None:
    title, why, _ = WORDS[step]
    sign, words = SIGNS[stand]
    with st.container(border=True):
        st.markdown(f"{sign} **{title}** · {words}")
        if stand is Stand.DONE:
            return
        st.write(why)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(WORDS[step][2], label=f"Open: {title}")
            if step in SETTLED_BY_HAND:
                said = "I have a copy" if step is Step.KEYS else "It is right as it is"
                st.button(said, key=f"right:{step}", on_click=is_right, args=(step,))
            if stand is Stand.OPEN:
                st.button("Not now", key=f"later:{step}", on_click=not_now, args=(step,))


found = forms.problems(FORM_NAME)
stands = steps(viewer)
left = [step for step, stand in stands.items() if stand is not Stand.DONE]
shell.page("Getting ready", viewer, back=("pages/clinic.py", "the clinic"), error=bool(found))
forms.show_problems(found)
st.write(f"{len(stands) - len(left)} of {len(stands)} steps are done.")
st.progress(1 - len(left) / len(stands))
if not left:
    st.success("Everything is set up.")
elif opens := [step for step in left if stands[step] is Stand.OPEN]:
    if st.button(f"Next: {WORDS[opens[0]][0]}", type="primary"):
        st.switch_page(WORDS[opens[0]][2])
else:
    st.write(f"{counted(len(left), 'step is', 'steps are')} put off. They stay here until they are done.")
for step, stand in stands.items():
    one(step, stand)
shell.foot(viewer)
