"""A therapist's clients, those who need an answer first."""

from datetime import UTC, datetime

import streamlit as st

from clinic.measures.instrument import instrument
from clinic.measures.questionnaires import AT_INTAKE
from clinic.people.permissions import Permission
from clinic.records.client_record import ClientSummary, clients
from components import access, shell
from components.crisis import plain
from components.times import day_of, short_day

viewer = access.require(Permission.CLIENT_LIST)
FIRST = 20


def totals(client: ClientSummary) -> str:
    """The latest totals in words: "PHQ-9: 8 on Mon 2 Nov"."""
    said = [
        f"{instrument(name).name}: {total} on {short_day(day_of(at, viewer.zone))}"
        for name in AT_INTAKE
        if name in client.latest
        for total, at in (client.latest[name],)
    ]
    return ". ".join(said) or "No measures answered"


def sessions(client: ClientSummary) -> str:
    last, following = client.last_session, client.next_session
    return (
        f"Last session: {short_day(day_of(last, viewer.zone)) if last else 'none'}. "
        f"Next: {short_day(day_of(following, viewer.zone)) if following else 'none booked'}."
    )


def row(client: ClientSummary) -> None:
    with st.container(border=True):
        st.page_link(
            "pages/client_record.py", label=plain(client.name), query_params={"client": client.client_id}
        )
        if client.open_alerts:
            st.markdown(":red[**To answer:** a risk answer nobody has marked as seen.]")
        st.write(totals(client))
        st.caption(sessions(client))


shell.page("Clients", viewer, wide=True)
with st.container(horizontal=True):
    st.page_link("pages/invite.py", label="Invite a client")
    st.page_link("pages/emergency.py", label="Open another record in an emergency")
everyone = clients(viewer, datetime.now(UTC))
if everyone:
    wanted = st.text_input("Find by name", key="wanted", placeholder="", live="1s", autocomplete="off")
    matching = [client for client in everyone if wanted.strip().casefold() in client.name.casefold()]
    st.caption(f"{len(matching)} of {len(everyone)} clients")
    whole = st.session_state.get("clients:all", False)
    for client in matching if whole else matching[:FIRST]:
        row(client)
    if not matching:
        st.write("No client has a name like that.")
    if len(matching) > FIRST and not whole:
        st.button("Show all", on_click=lambda: st.session_state.update({"clients:all": True}))
else:
    st.write("You have no clients yet. Invite one, or wait until a client books with you.")
shell.foot(viewer)
