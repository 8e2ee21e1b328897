"""Messages between a client and whoever looks after them: the list, one conversation, a new one."""

from datetime import UTC, datetime

import streamlit as st

from clinic.between.messages import begin, close, correspondents, open_again, read_thread, send, threads
from clinic.between.threads import Conversation, ThreadRow
from clinic.errors import NotFound
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, address, away_form, forms, message_parts, shell, unread, whole_screen
from components.crisis import plain
from components.disclosure import disclosure
from components.message_parts import FORM_NAME
from components.times import moment
from components.words import counted

viewer = access.require(Permission.MESSAGE_WRITE)
own = viewer.role is Role.CLIENT
SENT = "message:sent"
ITSELF = "pages/messages.py"


@forms.callback(FORM_NAME)
def send_answer(asker: Viewer, client_id: str, thread_id: str) -> None:
    whole_screen.due()
    draft = message_parts.typed(client_id, thread_id)
    submit_key, now = forms.submit_key(f"message:{thread_id}"), datetime.now(UTC)
    send(asker, thread_id, draft.body, submit_key, now, draft_revision=draft.revision)
    forms.submitted(f"message:{thread_id}")
    message_parts.sent(client_id, thread_id)
    st.session_state[SENT] = thread_id


@forms.callback(FORM_NAME)
def send_first(asker: Viewer, client_id: str) -> None:
    whole_screen.due()
    draft = message_parts.typed(client_id, "")
    submit_key, now = forms.submit_key(f"message:{client_id}"), datetime.now(UTC)
    begun = begin(asker, client_id, draft.subject, draft.body, submit_key, now, draft_revision=draft.revision)
    forms.submitted(f"message:{client_id}")
    message_parts.sent(client_id, "")
    st.session_state[SENT] = begun
    st.query_params.from_dict({"thread": begun})


@forms.callback(FORM_NAME)
def close_thread(asker: Viewer, thread_id: str, closed: bool) -> None:
    whole_screen.due()
    (close if closed else open_again)(asker, thread_id, datetime.now(UTC))


def choose_client() -> None:
    """The address says whom one writes to, so that a reload finds the draft."""
    if chosen := st.session_state.get("message:to"):
        st.query_params["client"] = chosen


def new_link() -> None:
    if st.button("Write a new message", type="primary"):
        st.query_params.from_dict({"new": "1"})
        st.rerun()


def row(thread: ThreadRow) -> None:
    with st.container(border=True):
        unread = counted(thread.unread, "new message", "new messages")
        lead = f"**{unread}** · " if thread.unread else ""
        who = "" if own else f"{plain(thread.client_name)}: "
        st.page_link(ITSELF, label=f"{who}{plain(thread.subject)}", query_params={"thread": thread.public_id})
        closed = " · Closed" if thread.closed else ""
        st.caption(f"{lead}{moment(thread.last_at, viewer.zone)}{closed}")


def overview(now: datetime) -> None:
    shell.page("Messages", viewer, error=bool(forms.problems(away_form.FORM_NAME)))
    forms.show_problems(forms.problems(away_form.FORM_NAME))
    if own:
        message_parts.away_texts(viewer, now)
        message_parts.not_watched()
    found = threads(viewer, now)
    new_link()
    if not found:
        st.write(
            "No messages yet. Write to your therapist about anything that can wait for an answer."
            if own
            else "No messages yet. Your clients' messages to you are listed here."
        )
    for thread in found:
        row(thread)
    if not own:
        disclosure("When you are away", lambda: away_form.away_form(viewer), key="away")


def conversation(found: Conversation, now: datetime) -> None:
    problems = forms.problems(FORM_NAME)
    shell.page(
        found.subject if own else f"{found.client_name}: {found.subject}",
        viewer,
        back=(ITSELF, "messages"),
        error=bool(problems),
        step=found.public_id,
        tab="Messages",
    )
    forms.show_problems(problems)
    if own:
        message_parts.away_texts(viewer, now)
    message_parts.said(found.public_id)
    if st.session_state.get(SENT) == found.public_id and not problems:
        st.success("Sent.")
        if own:
            message_parts.away_texts(viewer, now)
    if found.may_write:
        message_parts.field(found.client_id, found.public_id)
        st.button("Send", type="primary", on_click=send_answer, args=(found.client_id, found.public_id))
    elif found.care_ended:
        st.write("Care here has ended. What was written stays to be read; nobody adds to it.")
    else:
        st.write("This conversation is closed. What was written stays to be read.")
    if own:
        message_parts.not_watched()
    elif not found.care_ended:
        st.button(
            "Open this conversation again" if found.closed else "Close this conversation",
            on_click=close_thread,
            args=(found.public_id, not found.closed),
        )


def new(now: datetime) -> None:
    problems = forms.problems(FORM_NAME)
    shell.page("New message", viewer, back=(ITSELF, "messages"), error=bool(problems), step="new")
    forms.show_problems(problems)
    if own:
        message_parts.away_texts(viewer, now)
        message_parts.not_watched()
        client_id: str | None = viewer.public_id
    else:
        client_id = chosen_client()
    if client_id is not None:
        message_parts.field(client_id, "")
        st.button("Send", type="primary", on_click=send_first, args=(client_id,))


def chosen_client() -> str | None:
    """Who a therapist writes to: the one in the address, or one of their clients."""
    names = {one.client_id: one.name for one in correspondents(viewer)}
    if not names:
        st.write("You look after no client now, so there is nobody to write to.")
        return None
    asked = st.query_params.get("client", "")
    if asked and asked not in names:
        st.warning("You can't write to this client: you do not look after them, or their care has ended.")
    return st.selectbox(
        "To",
        list(names),
        index=list(names).index(asked) if asked in names else None,
        format_func=lambda one: names[one],
        key="message:to",
        placeholder="Choose a client",
        on_change=choose_client,
    )


address.hold()
now = datetime.now(UTC)
asked = st.query_params.get("thread", "")
if st.session_state.get("message:at") != (at := st.query_params.to_dict()):
    # Another conversation begins without the last one's problems.
    if st.session_state.get(SENT) != asked:
        st.session_state.pop(SENT, None)
    forms.forget_problems(FORM_NAME)
    st.session_state["message:at"] = at
if asked:
    try:
        read = read_thread(viewer, asked, now)
        unread.forget()  # what is read is new no more
        conversation(read, now)
    except NotFound as error:
        shell.page("Messages", viewer, back=(ITSELF, "messages"))
        st.warning(error.sentence)
elif st.query_params.get("new"):
    new(now)
else:
    overview(now)
shell.foot(viewer)
