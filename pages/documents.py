"""Documents between a client and whoever looks after them: one more to add, and those there are to open."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from clinic.between.documents import add, documents, withdraw
from clinic.between.folder import DocumentRow, Folder
from clinic.between.messages import correspondents
from clinic.errors import NotFound
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, address, document_parts, forms, shell
from components.crisis import plain
from components.upload import Picked, upload

viewer = access.require(Permission.DOCUMENT_KEEP)
own = viewer.role is Role.CLIENT
FORM_NAME, SAID, WITHDRAWING = "documents", "documents:said", "documents:withdrawing"
ITSELF = "pages/documents.py"


@forms.callback(FORM_NAME)
def take(asker: Viewer, client_id: str, picked: Picked) -> None:
    st.session_state.pop(SAID, None)
    key, now = forms.submit_key(f"document:{client_id}"), datetime.now(UTC)
    add(asker, client_id, picked.name, picked.content, key, now)
    forms.submitted(f"document:{client_id}")
    st.session_state[SAID] = "Sent. It is in the list below."


def ask_to_withdraw(document_id: str | None) -> None:
    st.session_state[WITHDRAWING] = document_id
    st.session_state.pop(SAID, None)


@forms.callback(FORM_NAME)
def take_back(asker: Viewer, document_id: str) -> None:
    st.session_state[WITHDRAWING] = None
    withdraw(asker, document_id, datetime.now(UTC))
    st.session_state[SAID] = "Withdrawn. Nobody can open it any more."


def choose_client() -> None:
    """The address says whose documents are on the screen, so that a reload shows them again."""
    if chosen := st.session_state.get("documents:whose"):
        st.query_params["client"] = chosen


def row(one: DocumentRow) -> None:
    with st.container(border=True):
        document_parts.facts(one, viewer)
        if st.session_state.get(WITHDRAWING) == one.public_id:
            st.write("Withdraw this? Nobody can open it any more. It can't be undone.")
            with st.container(horizontal=True):
                st.button("Withdraw it", key="documents:yes", on_click=take_back, args=(one.public_id,))
                st.button("Keep it", key="documents:no", on_click=ask_to_withdraw, args=(None,))
            return
        with st.container(horizontal=True):
            st.link_button(
                f"Download {plain(one.name)}", f"/download/document?id={one.public_id}", width="content"
            )
            if one.own:
                st.button(
                    "Withdraw",
                    key=f"documents:withdraw:{one.public_id}",
                    type="tertiary",
                    on_click=ask_to_withdraw,
                    args=(one.public_id,),
                )


def folder(found: Folder) -> None:
    """One client's: add, then the list, newest first."""
    if found.refusal:
        st.write(plain(found.refusal))
    else:
        document_parts.before_adding(own)
        upload(
            "Choose a file",
            document_parts.FILE,
            key="documents:file",
            on_picked=partial(take, found.client_id),
            press="Send this file",
        )
    st.header("What there is", anchor=False)
    if not found.documents:
        st.write(
            "No documents yet. What you and your therapist send each other is listed here."
            if own
            else "No documents yet. What you and this client send each other is listed here."
        )
    for one in found.documents:
        row(one)


def across(found: Folder) -> None:
    """What is new from all of a therapist's clients, and the way to each one's documents."""
    if not found.documents:
        st.write("Nothing new. What your clients send is listed here until somebody opens it.")
    for one in found.documents:
        with st.container(border=True):
            st.page_link(ITSELF, label=plain(one.client_name), query_params={"client": one.client_id})
            document_parts.facts(one, viewer)
    names = {one.client_id: one.name for one in correspondents(viewer)}
    if names:
        st.selectbox(
            "Whose documents?",
            list(names),
            index=None,
            format_func=lambda one: names[one],
            key="documents:whose",
            placeholder="Choose a client",
            on_change=choose_client,
        )


address.hold()
now = datetime.now(UTC)
asked = None if own else st.query_params.get("client") or None
if st.session_state.get("documents:at", "") != (asked or ""):
    # Another client's begin without the last one's problems.
    forms.forget_problems(FORM_NAME)
    for name in (SAID, WITHDRAWING):
        st.session_state.pop(name, None)
st.session_state["documents:at"] = asked or ""
problems = forms.problems(FORM_NAME)
try:
    found = documents(viewer, now, asked)
except NotFound as error:
    shell.page("Documents", viewer, back=(ITSELF, "documents"))
    st.warning(error.sentence)
else:
    said = st.session_state.get(SAID, "") if not problems else ""
    shell.page(
        f"{found.client_name}: documents" if asked else "Documents",
        viewer,
        back=("pages/client_record.py", "the record", {"client": asked}) if asked else None,
        error=bool(problems),
        step=f"{asked}{said}",
        tab="Documents",
    )
    forms.show_problems(problems)
    if said:
        st.success(said)
    (folder if found.client_id else across)(found)
shell.foot(viewer)
