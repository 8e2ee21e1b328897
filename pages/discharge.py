"""The end of a client's care: a summary kept as it is typed, what is open, and beginning again."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import EditedElsewhere, NotFound
from clinic.people.discharge import Ending, discharge, ending, keep_summary, reopen
from clinic.people.discharge_states import LONGEST_SUMMARY, REASONS, State
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components.autosave import autosave
from components.crisis import plain
from components.password_again import recently_given
from components.times import day_of, long_day, moment

viewer = access.require(Permission.CARE_END)
FORM_NAME = "discharge"
client_id = st.query_params.get("client", "")
REASON, SUMMARY, BASE, OTHER, COMING = (
    f"discharge:{client_id}:{part}" for part in ("reason", "summary", "base", "other", "coming")
)


@forms.callback(FORM_NAME, pressed=False)
def keep(asker: Viewer, client: str) -> None:
    state = st.session_state
    reason, text, base = state.get(REASON), str(state.get(SUMMARY) or ""), int(state.get(BASE, 0))
    try:
        revision = keep_summary(asker, client, reason, text, base, datetime.now(UTC))
    except EditedElsewhere as error:
        state[OTHER] = error.now["summary"]
        raise
    state[BASE] = revision


@forms.callback(FORM_NAME)
def take(asker: Viewer, client: str, mine: bool) -> None:
    """Of two texts, keep the one on this screen, or the one from elsewhere."""
    state = st.session_state
    other = state[OTHER]
    text = str(state.get(SUMMARY) or "") if mine else other.value
    reason = state.get(REASON)
    revision = keep_summary(asker, client, reason, text, other.revision, datetime.now(UTC))
    state[SUMMARY], state[BASE] = text, revision
    state.pop(OTHER, None)


@forms.callback(FORM_NAME)
def end(asker: Viewer, client: str) -> None:
    state = st.session_state
    base, cancel = int(state.get(BASE, 0)), state.get(COMING)
    discharge(asker, client, base, cancel, datetime.now(UTC))


@forms.callback(FORM_NAME)
def begin_again(asker: Viewer, client: str) -> None:
    reopen(asker, client, datetime.now(UTC))
    for key in (REASON, SUMMARY, BASE, OTHER, COMING):
        st.session_state.pop(key, None)


def write(page: Ending, found: dict[str, str]) -> None:
    """The summary, what is open, and the step that ends care."""
    current = page.current
    if BASE not in st.session_state:
        st.session_state[BASE] = current.revision if current else 0
        st.session_state[SUMMARY] = current.summary if current else ""
        st.session_state[REASON] = current.reason if current else None
    st.selectbox(
        "Why care ends",
        tuple(REASONS),
        index=None,
        format_func=REASONS.__getitem__,
        key=REASON,
        placeholder="",
        on_change=keep,
        args=(client_id,),
    )
    forms.beside(found, "reason")
    st.text_area(
        "Summary for the client",
        key=SUMMARY,
        height=240,
        max_chars=LONGEST_SUMMARY,
        placeholder="",
        on_change=keep,
        args=(client_id,),
    )
    st.caption("It is kept as you type. The client gets it once care has ended.")
    forms.beside(found, "summary")
    autosave()
    if OTHER in st.session_state:
        two_texts()
        return
    if current is not None:
        st.caption(f"Kept {moment(current.kept_at, viewer.zone)}, by {plain(current.by)}.")
        summary_link()
    what_is_open(page, found)


def two_texts() -> None:
    other = st.session_state[OTHER]
    with st.container(border=True):
        st.markdown(f"**Changed somewhere else, by {plain(other.by)}. There it says now:**")
        st.text(other.value or "(nothing)")
        with st.container(horizontal=True):
            st.button("Keep what I typed here", on_click=take, args=(client_id, True))
            st.button("Take the other text", on_click=take, args=(client_id, False))


def what_is_open(page: Ending, found: dict[str, str]) -> None:
    st.header("Before care ends", anchor=False)
    if page.alerts:
        st.warning("An alert is not closed. Close it first.")
        st.page_link("pages/alerts.py", label="Alerts")
    if page.unsigned:
        st.write(f"Notes that are not signed yet: {page.unsigned}. You can sign them afterwards too.")
    if page.tasks:
        st.write(
            "Tasks that are open. They stay as they are; the client can read them and adds nothing more:"
        )
        st.markdown("\n".join(f"- {plain(title)}" for title in page.tasks))
        st.page_link("pages/tasks.py", label="Withdraw a task", query_params={"client": client_id})
    if page.coming:
        st.write("Booked sessions:")
        st.markdown("\n".join(f"- {moment(at, viewer.zone)}" for at in page.coming))
        st.radio(
            "These sessions",
            (True, False),
            index=None,
            format_func=lambda yes: "Cancel them; the client is told" if yes else "Keep them",
            key=COMING,
        )
        forms.beside(found, "coming")
    st.write(
        "Once care has ended, nothing can be booked and nothing is asked or reminded of. The client can sign "
        "in, reads what is theirs, and Help now and the safety plan work as before."
    )
    if not page.alerts and recently_given(viewer):
        st.button("End care", type="primary", on_click=end, args=(client_id,))


def ended(page: Ending) -> None:
    current = page.current
    assert current is not None
    assert current.discharged_at is not None
    st.success(f"Care ended on {long_day(day_of(current.discharged_at, viewer.zone))}.")
    st.write(REASONS.get(current.reason or "", ""))
    st.text(current.summary)
    summary_link()
    st.write("Care can begin again. Change is then counted from that moment; all that was stays.")
    st.button("Begin care again", type="primary", on_click=begin_again, args=(client_id,))


def summary_link() -> None:
    st.link_button("The summary (PDF)", f"/download/discharge-summary?client={client_id}")


def earlier(page: Ending) -> None:
    if page.earlier:
        st.header("Earlier", anchor=False)
    for one in page.earlier:
        if one.discharged_at is not None:
            st.write(f"Ended on {long_day(day_of(one.discharged_at, viewer.zone))}, by {plain(one.by)}.")
            st.text(one.summary)


found = forms.problems(FORM_NAME)
try:
    page = ending(viewer, client_id, datetime.now(UTC))
except NotFound as error:
    shell.page("End of care", viewer, back=("pages/clients.py", "clients"))
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
shell.page(
    f"End of care: {page.client_name}", viewer, back=("pages/clients.py", "clients"), error=bool(found)
)
forms.show_problems(found)
if page.current is not None and page.current.state is State.DISCHARGED:
    ended(page)
else:
    write(page, found)
earlier(page)
shell.foot(viewer)
