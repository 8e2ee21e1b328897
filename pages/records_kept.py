"""Records kept and erased: how long, which may go, which are held; and erasing one."""

from datetime import UTC, date, datetime

import streamlit as st

from clinic.oversight.erasure import erase
from clinic.oversight.keeping import (
    LONGEST_REASON,
    Kept,
    KeptRecord,
    lift_hold,
    place_hold,
    records_kept,
    set_retention,
)
from clinic.oversight.retention import AFTER_18_SOURCE, FEWEST, MOST, YEARS_SOURCE
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, kept_words, shell
from components.crisis import plain
from components.password_again import recently_given
from components.times import day_of, long_day, moment

viewer = access.require(Permission.RECORD_ERASE)
FORM_NAME, SAID, WHICH = "records-kept", "kept:said", "kept:which"
TITLE = "Records kept and erased"


def show(client_id: str | None) -> None:
    """One client, or all; problems and what was typed for another are left behind."""
    forms.forget_problems(FORM_NAME)
    for key in (SAID, "kept:hold", "kept:lift", "kept:name", "kept:reason"):
        st.session_state.pop(key, None)
    st.session_state[WHICH] = client_id


def opened() -> None:
    chosen: KeptRecord | None = st.session_state.get("kept:open")
    if chosen is not None:
        show(chosen.client_id)


@forms.callback(FORM_NAME)
def save_rules(asker: Viewer) -> None:
    state = st.session_state
    set_retention(asker, state.get("kept:years"), state.get("kept:after_18"), datetime.now(UTC))
    st.session_state[SAID] = "Saved. It counts from now on, for every record."


@forms.callback(FORM_NAME)
def hold(asker: Viewer, client_id: str) -> None:
    place_hold(asker, client_id, st.session_state.get("kept:hold") or "", datetime.now(UTC))
    st.session_state[SAID] = "The hold is placed. Nobody erases this record until it is lifted."


@forms.callback(FORM_NAME)
def lift(asker: Viewer, client_id: str) -> None:
    lift_hold(asker, client_id, st.session_state.get("kept:lift") or "", datetime.now(UTC))
    st.session_state[SAID] = "The hold is lifted."


@forms.callback(FORM_NAME)
def do_erase(asker: Viewer, client_id: str) -> None:
    state = st.session_state
    typed, reason = state.get("kept:name") or "", state.get("kept:reason") or ""
    done = erase(asker, client_id, typed, reason, datetime.now(UTC))
    show(None)
    said = f"{kept_words.erased_sentence(done.counts)} Backups made before today still hold it."
    if done.settled is False:
        said += " The database's journal may hold traces until the portal is started again."
    st.session_state[SAID] = said


def day(value: date | None) -> str:
    return "" if value is None else f"{value.day} {value:%b} {value.year}"


def every_record(kept: Kept, found: dict[str, str]) -> None:
    shell.page(
        TITLE,
        viewer,
        back=("pages/clinic.py", "the clinic"),
        error=bool(found),
        step=str(st.session_state.get(SAID, "")),
        wide=True,
    )
    forms.show_problems(found)
    if said := st.session_state.get(SAID):
        st.success(said)
    ready = sum(one.standing.erasable for one in kept.records)
    st.write(
        f"{ready} of {len(kept.records)} records can be erased now. You see names and dates, no contents."
    )
    if kept.records:
        st.selectbox(
            "Open one: erase it, or place a hold",
            kept.records,
            index=None,
            format_func=lambda one: f"{one.name}: {kept_words.state(one).lower()}",
            key="kept:open",
            placeholder="",
            on_change=opened,
        )
    ended = [one for one in kept.records if one.ended_on is not None or one.hold]
    if ended:
        st.table(
            [
                {
                    "Client": plain(one.name),
                    "Care ended": day(one.ended_on),
                    "Kept until": day(one.standing.kept_until_on),
                    "State": kept_words.state(one),
                }
                for one in ended
            ]
        )
    else:
        st.write("Nobody's care has ended yet.")
    if in_care := len(kept.records) - len(ended):
        st.caption(f"Not listed: {in_care} {'client' if in_care == 1 else 'clients'} in care.")
    how_long(kept, found)
    already_erased(kept)


def how_long(kept: Kept, found: dict[str, str]) -> None:
    st.header("How long records are kept", anchor=False)
    st.write(
        f"{kept.rules.years} years after the last day of care, and at least until {kept.rules.after_18} "
        "years after the client's 18th birthday. Nothing is erased by itself."
    )
    st.caption(
        f"What a clinic begins with: {YEARS_SOURCE}. {AFTER_18_SOURCE}. Find out what the law asks of your "
        "clinic, and set it here."
    )
    if not recently_given(viewer):
        return
    with st.form("retention", border=False):
        st.number_input("Years after the end of care", FEWEST, MOST, kept.rules.years, key="kept:years")
        forms.beside(found, "years")
        st.number_input("Years after the 18th birthday", 0, MOST, kept.rules.after_18, key="kept:after_18")
        forms.beside(found, "after_18")
        st.form_submit_button("Save", on_click=save_rules)


def already_erased(kept: Kept) -> None:
    st.header(f"Erased ({len(kept.erased)})", anchor=False)
    if not kept.erased:
        st.write("Nobody yet.")
    for one in kept.erased:
        with st.container(border=True):
            st.markdown(f"**{moment(one.erased_at, viewer.zone)}**, by {plain(one.by)}")
            st.write(f"Care had ended on {day(one.ended_on)}; it was kept until {day(one.kept_until_on)}.")
            st.write(kept_words.erased_sentence(one.counts))
            st.text(one.reason)


def one_record(one: KeptRecord, found: dict[str, str]) -> None:
    shell.page(one.name, viewer, error=bool(found), step=str(st.session_state.get(SAID, "one")), tab=TITLE)
    forms.show_problems(found)
    st.button("‹ Back to all records", on_click=show, args=(None,), type="tertiary")
    if said := st.session_state.get(SAID):
        st.success(said)
    if one.ended_on is not None:
        st.write(f"Care ended on {long_day(one.ended_on)}.")
        if not one.birth_known:
            st.write("When they were born is not in the portal, so only the end of care counts.")
    for sentence in kept_words.why_not(one):
        st.warning(sentence)
    if not recently_given(viewer):
        return
    holding(one, found)
    if one.standing.erasable:
        erasing(one, found)


def holding(one: KeptRecord, found: dict[str, str]) -> None:
    st.header("Hold", anchor=False)
    if one.hold is None:
        st.write("A court, an authority or a complaint needs this record? Then place a hold on it.")
        st.text_area("Why", key="kept:hold", max_chars=LONGEST_REASON, placeholder="", height=80)
        forms.beside(found, "hold")
        st.button("Place a hold", on_click=hold, args=(one.client_id,))
        return
    placed = long_day(day_of(one.hold.placed_at, viewer.zone))
    st.write(f"Placed by {plain(one.hold.by)} on {placed}:")
    st.text(one.hold.reason)
    st.text_area("Why it is over", key="kept:lift", max_chars=LONGEST_REASON, placeholder="", height=80)
    forms.beside(found, "lift")
    st.button("Lift the hold", on_click=lift, args=(one.client_id,))


def erasing(one: KeptRecord, found: dict[str, str]) -> None:
    st.header("Erase this record", anchor=False)
    st.markdown(
        "- Everything of theirs goes, for good: notes, answers, messages, documents, their account.\n"
        "- What stays has no content: when sessions were, whether they took place, and the audit log.\n"
        "- The log keeps the internet addresses from which they used the portal.\n"
        "- **Backups made before today still hold it.** Delete those, or let them run out.\n"
        "- A copy that somebody downloaded is not reached."
    )
    st.text_input(
        f"Type the client's name to confirm: {plain(one.name)}",
        key="kept:name",
        max_chars=100,
        placeholder="",
        autocomplete="off",
    )
    forms.beside(found, "name")
    st.text_area(
        "Why it is erased (no name: this stays)",
        key="kept:reason",
        max_chars=LONGEST_REASON,
        placeholder="",
        height=80,
    )
    forms.beside(found, "reason")
    st.button("Erase for good", type="primary", on_click=do_erase, args=(one.client_id,))


found = forms.problems(FORM_NAME)
kept = records_kept(viewer, datetime.now(UTC))
which = st.session_state.get(WHICH)
chosen = next((one for one in kept.records if one.client_id == which), None)
if chosen is None:
    every_record(kept, found)
else:
    one_record(chosen, found)
shell.foot(viewer)
