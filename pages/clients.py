"""A therapist's caseload: everyone, those to look at first, a page at a time."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.records.caseload import Caseload, caseload
from clinic.records.caseload_order import Look, Only, Order
from components import access, shell
from components.caseload_rows import row
from components.words import counted

viewer = access.require(Permission.CLIENT_LIST)
PAGE = "caseload:page"
ONLY = {
    Only.EVERYONE: "Everyone",
    Only.ATTENTION: "To look at",
    Only.ALERT: "Open risk alert",
    Only.RED: "Deteriorating",
    Only.AMBER: "Not yet responding",
    Only.GREEN: "Improving",
    Only.NONE: "No colour",
    Only.UNREVIEWED: "Results not reviewed",
    Only.NOT_DONE: "Consent or intake not done",
    Only.OVERDUE: "Questions not answered yet",
    Only.DISCHARGED: "Discharged",
}
ORDER = {
    Order.ATTENTION: "To look at first",
    Order.NAME: "Name",
    Order.NEXT_SESSION: "Next session",
    Order.NEWEST_RESULT: "Newest result",
}


def first_page() -> None:
    """Another search begins at its first page."""
    st.session_state[PAGE] = 0


def turn(by: int) -> None:
    st.session_state[PAGE] = max(int(st.session_state.get(PAGE, 0)) + by, 0)


def looked_for() -> Look:
    """What the fields say; they are drawn after it, with how many there are of each."""
    said = st.session_state
    return Look(
        words=str(said.get("caseload:words") or ""),
        only=said.get("caseload:only") or Only.EVERYONE,
        order=said.get("caseload:order") or Order.ATTENTION,
        page=int(said.get(PAGE, 0)),
    )


def fields(found: Caseload) -> None:
    st.text_input(
        "Find by name",
        key="caseload:words",
        placeholder="",
        live="1s",
        autocomplete="off",
        on_change=first_page,
    )
    with st.container(horizontal=True):
        st.selectbox(
            "Show",
            list(ONLY),
            format_func=lambda only: (
                f"{ONLY[only]} ({found.counts[only]})" if only in found.counts else ONLY[only]
            ),
            key="caseload:only",
            on_change=first_page,
        )
        st.selectbox(
            "Order", list(ORDER), format_func=ORDER.__getitem__, key="caseload:order", on_change=first_page
        )


def pages(found: Caseload) -> None:
    if found.pages == 1:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Previous page", on_click=turn, args=(-1,), disabled=found.page == 0)
        st.button("Next page", on_click=turn, args=(1,), disabled=found.page == found.pages - 1)
        st.caption(f"Page {found.page + 1} of {found.pages}")


shell.page("Clients", viewer, wide=True)
found = caseload(viewer, datetime.now(UTC), looked_for())
st.session_state[PAGE] = found.page
with st.container(horizontal=True):
    st.page_link("pages/invite.py", label="Invite a client")
    st.page_link("pages/emergency.py", label="Open another record in an emergency")
    if found.supervises:
        st.page_link("pages/report.py", label="Outcomes report")
if found.everyone:
    fields(found)
    st.caption(f"{found.matching} of {counted(found.everyone, 'client', 'clients')}")
    for client in found.rows:
        row(client, viewer.zone)
    if not found.matching:
        st.write("No client is like that. Change the name, or show everyone.")
    pages(found)
    st.caption(
        "A colour says where to look first. It is a rule about two scores, not a verdict on a person: "
        "“Why these colours” has the rule."
    )
else:
    st.write("You have no clients yet. Invite one, or wait until a client books with you.")
shell.foot(viewer)
