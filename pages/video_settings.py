"""The administrator's side of the calls: how many this server carries, and how they get through firewalls."""

from datetime import UTC, datetime

import streamlit as st

from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.video import turn_settings
from clinic.video.capacity import capacity
from clinic.video.turn_probe import Tried
from clinic.video.turn_settings import SECRET_NAMES, Kind, TurnEntry, TurnView
from components import access, forms, shell
from components.crisis import plain
from components.errors import friendly_errors
from components.password_again import recently_given
from components.times import moment

viewer = access.require(Permission.CLINIC_MANAGE)
MAIN, CHANGE = "main", "change"
FORM_NAME, SAID, PART = "video-settings", "video:said", "video:part"
TRY, TRIED = "video:try", "video:tried"
KINDS = {
    Kind.OWN: "A TURN server of your own (coturn), with a shared secret",
    Kind.STATIC: "A provider's user name and password",
    Kind.MINTED: "A provider that gives short-lived credentials for a token",
    Kind.DEPLOYMENT: "What the server's own settings say (QUIET_ROOM_TURN_URLS)",
    Kind.NONE: "None",
}
STATES = {
    Kind.OWN: "Your own TURN server. Each person gets credentials for each call, which end with it.",
    Kind.STATIC: "A provider's user name and password. Everybody in a call is given them.",
    Kind.MINTED: "A provider gives credentials for each person and call.",
    Kind.NONE: "None. Calls connect directly.",
}


def show(part: str) -> None:
    """Another part of this page; its problems and its last success are left behind."""
    forms.forget_problems(FORM_NAME)
    for name in (SAID, TRIED, "turn:secret"):
        st.session_state.pop(name, None)
    st.session_state[PART] = part


@forms.callback(FORM_NAME)
def save(asker: Viewer) -> None:
    def typed(name: str) -> str:
        return st.session_state.get(f"turn:{name}") or ""

    entry = TurnEntry(
        Kind(typed("kind")), typed("urls"), typed("username"), typed("mint_url"), typed("secret")
    )
    turn_settings.save_turn(asker, entry, datetime.now(UTC))
    show(MAIN)
    st.session_state[SAID] = "Saved. Calls that begin from now on use it. Test it once."


def ask_to_try() -> None:
    show(MAIN)
    st.session_state[TRY] = True


def overview(found: dict[str, str]) -> None:
    said = str(st.session_state.get(SAID, ""))
    shell.page("Video", viewer, back=("pages/clinic.py", "the clinic"), error=bool(found), step=said)
    forms.show_problems(found)
    if said and not found:
        st.success(said)
    on_this_server()
    through_firewalls(turn_settings.turn_settings(viewer))


def on_this_server() -> None:
    st.header("Calls on this server", anchor=False)
    now = capacity(viewer, datetime.now(UTC))
    st.markdown(f"Calls now: **{now.calls}**. At most: **{now.limit}**.")
    if len(now.processes) > 1 or now.silent:
        rooms = [f"{each.name}: {each.calls} of {each.limit}" for each in now.processes]
        st.write(f"By process: {', '.join(rooms)}.")
    for each in now.silent:
        st.warning(
            f"The process {each.name} has not been heard of since {moment(each.seen_at, viewer.zone)}. "
            "Its calls were taken over by others. Start it again, or take its line out of the balancer."
        )
    if now.note:
        st.warning(now.note)
    else:
        st.write("Picture and sound are passed on as they come. Nothing is recorded.")
    st.caption(
        "One call more is refused, with a sentence and the clinic's phone number. QUIET_ROOM_CALLS in the "
        "server's settings changes how many."
    )


def through_firewalls(view: TurnView) -> None:
    st.header("Networks that block video", anchor=False)
    st.write(
        "Most calls connect by themselves. Some offices, hospitals and hotels let no video through. There a "
        "TURN server passes it on, still encrypted."
    )
    st.markdown(f"**Now:** {state_words(view)}")
    if view.mint_url:
        st.text(view.mint_url)
    if view.saved_at:
        st.caption(f"Saved by {plain(view.saved_by)}, {moment(view.saved_at, viewer.zone)}.")
    if view.failed_at:
        st.warning(
            f"{moment(view.failed_at, viewer.zone)}: the provider gave a call no credentials. "
            f"{view.failure} Until it does, calls go on without TURN."
        )
    something = bool(view.urls or view.mint_url)
    if something:
        addresses(view)
    with st.container(horizontal=True):
        if something:
            st.button("Test it now", type="primary", on_click=ask_to_try)
            st.button("Change", on_click=show, args=(CHANGE,))
        else:
            st.button("Set up TURN", type="primary", on_click=show, args=(CHANGE,))


def state_words(view: TurnView) -> str:
    if view.kind is not Kind.DEPLOYMENT:
        return STATES[view.kind]
    if not view.urls:
        return "None. Calls connect directly, and who sits behind such a network cannot join by video."
    if not view.has_secret:
        return "The server's own settings name a TURN server but no secret, so it is not used."
    return "The TURN server that this server's own settings name."


def addresses(view: TurnView) -> None:
    """Each address, and how it did when it was tried: in this run, where somebody asked for it, or last."""
    tried, at = view.tried, view.tried_at
    if st.session_state.pop(TRY, False):
        st.session_state.pop(TRIED, None)
        with friendly_errors(), st.spinner("Asking the TURN server. This takes up to ten seconds."):
            at = datetime.now(UTC)
            tried = turn_settings.try_turn(viewer, at)
            st.session_state[TRIED] = (tried, at)
    elif TRIED in st.session_state:
        tried, at = st.session_state[TRIED]
    if not tried:
        for address in view.urls:
            st.text(address)
        return
    whole(tried)
    for one in tried:
        with st.container(border=True):
            st.text(one.address)
            st.write(one.sentence)
    if at is not None:
        st.caption(f"Tested from this server, {moment(at, viewer.zone)}.")


def whole(tried: tuple[Tried, ...]) -> None:
    if all(one.works for one in tried):
        st.success("The TURN server works.")
    elif any(one.works for one in tried):
        st.warning("Some of the addresses work. Put the others right, or take them away.")
    else:
        st.error("The TURN server can't be used. Calls go on without it.")


def change(found: dict[str, str]) -> None:
    shell.page("Networks that block video", viewer, error=bool(found), step=CHANGE)
    forms.show_problems(found)
    st.button("‹ Back to video", on_click=show, args=(MAIN,), type="tertiary")
    if not recently_given(viewer):
        return
    view = turn_settings.turn_settings(viewer)
    kinds = [kind.value for kind in KINDS]
    chosen = st.radio(
        "Where TURN comes from",
        kinds,
        index=kinds.index(view.kind if view.urls or view.kind is not Kind.DEPLOYMENT else Kind.OWN),
        format_func=lambda kind: KINDS[Kind(kind)],
        key="turn:kind",
    )
    fields(Kind(chosen), view, found)
    st.button("Save", type="primary", on_click=save)


def fields(kind: Kind, view: TurnView, found: dict[str, str]) -> None:
    if kind in (Kind.OWN, Kind.STATIC):
        st.text_area(
            "Addresses, one a line",
            value="\n".join(view.urls),
            key="turn:urls",
            placeholder="",
        )
        forms.beside(found, "urls")
        st.caption(
            "As in turn:turn.example.org:3478?transport=udp. UDP carries a call best. Add "
            "turns:turn.example.org:443?transport=tcp for networks that let nothing else out."
        )
    if kind is Kind.STATIC:
        st.text_input(
            "User name", value=view.username, key="turn:username", autocomplete="off", placeholder=""
        )
        forms.beside(found, "username")
    if kind is Kind.MINTED:
        st.text_input(
            "Address that gives credentials",
            value=view.mint_url,
            key="turn:mint_url",
            autocomplete="off",
            placeholder="",
        )
        forms.beside(found, "mint_url")
        st.caption("It gets POST with the token, and answers with iceServers as JSON.")
    if kind in SECRET_NAMES:
        name = SECRET_NAMES[kind].removeprefix("the ").removeprefix("provider's ").capitalize()
        st.text_input(name, key="turn:secret", type="password", autocomplete="off", placeholder="")
        forms.beside(found, "secret")
        kept = view.has_secret and view.kind is kind
        st.caption(
            "There is one. Leave this empty to keep it. It is encrypted and never shown again."
            if kept
            else "It is kept encrypted and never shown again."
        )


PARTS = {MAIN: overview, CHANGE: change}
PARTS[st.session_state.get(PART, MAIN)](forms.problems(FORM_NAME))
shell.foot(viewer)
