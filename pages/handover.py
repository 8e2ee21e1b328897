"""Who looks after a client: hand them over, ask a colleague in, let a supervisor read, end a part."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import InvalidInput, NotFound
from clinic.people.handover import LONGEST_WORDS, CarePage, Part, care_page, end_part, share, transfer
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.crisis import plain
from components.password_again import recently_given
from components.times import day_of, long_day, moment

viewer = access.require(Permission.CARE_HAND_OVER)
FORM_NAME, CHECK, DONE = "handover", "handover:check", "handover:done"
client_id = st.query_params.get("client", "")
TRANSFER, BESIDE, READS, END = "transfer", "beside", "reads", "end"
ACTS = {
    TRANSFER: "Hand this client over to a colleague",
    BESIDE: "Ask a colleague to look after them with me",
    READS: "Let a supervisor read the record",
    END: "End somebody's part, or my own",
}
Asked = tuple[str, str, str, str, str, bool | None]  # client, act, colleague, their name, words, cancel


def start_again() -> None:
    forms.forget_problems(FORM_NAME)
    for key in (CHECK, DONE):
        st.session_state.pop(key, None)


@forms.callback(FORM_NAME)
def look(asker: Viewer, page: CarePage) -> None:
    """Continue: nothing is written yet."""
    state = st.session_state
    act = state.get("handover:act") or TRANSFER
    chosen: tuple[str, str] | None = state.get("handover:end" if act == END else "handover:colleague")
    cancel: bool | None = state.get("handover:coming") if act == TRANSFER else None
    words = str(state.get("handover:words") or "") if act != END else ""
    problems: dict[str, str] = {}
    if chosen is None:
        problems["colleague"] = "Choose a person."
    if act == TRANSFER and page.coming and cancel is None:
        problems["coming"] = "Choose what happens with the sessions that are booked."
    if problems or chosen is None:
        raise InvalidInput(problems)
    state[CHECK] = (page.client_id, act, chosen[0], chosen[1], words, cancel)


@forms.callback(FORM_NAME)
def do(asker: Viewer, asked: Asked) -> None:
    client, act, colleague, name, words, cancel = asked
    key, now = forms.submit_key(FORM_NAME), datetime.now(UTC)
    if act == TRANSFER:
        transfer(asker, client, colleague, words, cancel, key, now)
    elif act == END:
        end_part(asker, client, colleague, key, now)
    else:
        share(asker, client, colleague, act == READS, words, key, now)
    forms.submitted(FORM_NAME)
    start_again()
    st.session_state[DONE] = f"Done. {name} is told by mail, without the client's name."
    if act == END:
        st.session_state[DONE] = f"Done. {name} no longer opens this record."


def part_words(part: Part) -> str:
    reads = ", reads as a supervisor" if part.supervises else ""
    return f"{plain(part.name)}{reads}, since {long_day(day_of(part.since_at, viewer.zone))}"


def choose(page: CarePage, found: dict[str, str]) -> None:
    st.markdown("\n".join(f"- {part_words(part)}" for part in page.parts))
    act = st.radio(
        "What to do", tuple(ACTS), format_func=ACTS.__getitem__, key="handover:act", persist_state="page"
    )
    if act == END:
        st.selectbox(
            "Whose part",
            [(part.therapist_id, part.name) for part in page.parts],
            index=None,
            format_func=lambda one: one[1],
            key="handover:end",
            placeholder="",
            persist_state="page",
        )
        forms.beside(found, "colleague")
    else:
        st.selectbox(
            "Colleague",
            page.colleagues,
            index=None,
            format_func=lambda one: one[1],
            key="handover:colleague",
            placeholder="",
            persist_state="page",
        )
        forms.beside(found, "colleague")
        if act == TRANSFER and page.coming:
            coming(page, found)
        st.text_area(
            "What they should know first (optional)",
            key="handover:words",
            max_chars=LONGEST_WORDS,
            placeholder="",
            persist_state="page",
        )
        forms.beside(found, "words")
    st.button("Continue", type="primary", on_click=look, args=(page,))


def coming(page: CarePage, found: dict[str, str]) -> None:
    st.write("Booked with you:")
    st.markdown("\n".join(f"- {moment(at, viewer.zone)}" for at in page.coming))
    st.radio(
        "These sessions",
        (False, True),
        index=None,
        format_func=lambda yes: "Cancel them; the client is told" if yes else "Keep them; they stay with me",
        key="handover:coming",
        persist_state="page",
    )
    forms.beside(found, "coming")


def check(asked: Asked, client: str) -> None:
    """What happens, before it does."""
    _, act, _, name, words, cancel = asked
    st.button("‹ Change it", on_click=start_again, type="tertiary")
    with st.container(border=True):
        st.write(f"**{ACTS[act]}**")
        st.write(
            {
                TRANSFER: f"{plain(name)} looks after {plain(client)} from now on. You no longer open the "
                "record.",
                BESIDE: f"{plain(name)} looks after {plain(client)} together with you.",
                READS: f"{plain(name)} reads the record of {plain(client)}, and changes nothing.",
                END: f"{plain(name)} no longer opens the record of {plain(client)}.",
            }[act]
        )
        if cancel is not None:
            st.write(
                "Your booked sessions are cancelled." if cancel else "Your booked sessions stay with you."
            )
        if words:
            st.text(words)
    if act == END or recently_given(viewer):
        st.button("Do it", type="primary", on_click=do, args=(asked,))


found = forms.problems(FORM_NAME)
done = st.session_state.pop(DONE, None)
try:
    page = care_page(viewer, client_id, datetime.now(UTC))
except NotFound as error:
    shell.page("Who looks after a client", viewer, back=("pages/clients.py", "clients"))
    if done:
        st.success(plain(done))
    else:
        st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
asked: Asked | None = st.session_state.get(CHECK)
if asked is not None and asked[0] != page.client_id:
    start_again()
    asked = None
shell.page(
    f"Who looks after {page.client_name}",
    viewer,
    back=("pages/clients.py", "clients"),
    error=bool(found),
    step="check" if asked else "",
)
forms.show_problems(found)
if done:
    st.success(plain(done))
if asked is None:
    choose(page, found)
else:
    check(asked, page.client_name)
shell.foot(viewer)
