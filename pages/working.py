"""Is everything working? Each part of the portal, looked at when the administrator asks, and what to do."""

from datetime import UTC, datetime

import streamlit as st

from clinic.oversight import mail_test
from clinic.oversight.doctor import examine
from clinic.oversight.findings import Finding, State, worst
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.crisis import plain
from components.errors import friendly_errors
from components.times import moment

viewer = access.require(Permission.CLINIC_MANAGE)
FORM_NAME, FOUND, SENT = "working", "working:found", "working:sent"
SIGNS = {
    State.WORKS: (":material/check_circle:", "Works"),
    State.LOOK: (":material/error:", "Look at this"),
    State.BROKEN: (":material/cancel:", "Does not work"),
}


def look_again() -> None:
    st.session_state.pop(FOUND, None)


@forms.callback(FORM_NAME)
def send(asker: Viewer) -> None:
    mail_test.send_test(asker, datetime.now(UTC))
    st.session_state[SENT] = True


@forms.callback(FORM_NAME)
def arrived(asker: Viewer) -> None:
    mail_test.say_arrived(asker, st.session_state.get("working:code") or "", datetime.now(UTC))
    st.session_state.pop(SENT, None)
    look_again()


def look() -> tuple[tuple[Finding, ...], datetime] | None:
    """What was found, kept until somebody asks for a new look: it takes seconds."""
    if FOUND not in st.session_state:
        now = datetime.now(UTC)
        with friendly_errors(), st.spinner("Looking at each part. This takes up to ten seconds."):
            st.session_state[FOUND] = (examine(viewer, now), now)
    return st.session_state.get(FOUND)


def whole(found: tuple[Finding, ...], at: datetime) -> None:
    counts = {state: sum(one.state is state for one in found) for state in State}
    match worst(found):
        case State.WORKS:
            st.success("Everything works.")
        case State.LOOK:
            st.warning(f"Everything works. {counts[State.LOOK]} of {len(found)} parts need a look.")
        case State.BROKEN:
            st.error(f"{counts[State.BROKEN]} of {len(found)} parts do not work.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Look again", type="primary", on_click=look_again)
        st.caption(f"Looked at {moment(at, viewer.zone)}.")


def part(one: Finding) -> None:
    sign, words = SIGNS[one.state]
    with st.container(border=True):
        st.markdown(f"{sign} **{one.title}** · {words}")
        st.caption(plain(one.said))
        if one.next_step:
            st.write(plain(one.next_step))


def test_mail(problems: dict[str, str]) -> None:
    st.header("Do mails arrive?", anchor=False)
    st.write("Send yourself a mail with a code, and enter the code here when it has come.")
    st.button("Send me a test mail", on_click=send)
    if st.session_state.get(SENT):
        st.info("It is on its way to the email of your account. It can take a minute.")
    st.text_input("Code in the mail", key="working:code", autocomplete="one-time-code", placeholder="")
    forms.beside(problems, "code")
    st.button("It has arrived", on_click=arrived)


problems = forms.problems(FORM_NAME)
shell.page("Is everything working?", viewer, back=("pages/clinic.py", "the clinic"), error=bool(problems))
forms.show_problems(problems)
if seen := look():
    whole(*seen)
    # What does not work first; within that in the order of how much hangs on it.
    for each in sorted(seen[0], key=lambda one: -list(State).index(one.state)):
        part(each)
test_mail(problems)
st.caption("The same on the server: make doctor. It ends with 0, 1 or 2, and gives JSON with ARGS=--json.")
shell.foot(viewer)
