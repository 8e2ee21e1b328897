"""The waiting list: what one waits for, and the times that have become free."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import ClinicError
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from clinic.scheduling.booking import book
from clinic.scheduling.waiting import OfferState
from clinic.scheduling.waiting_list import OfferedTime, Waiting, WaitingPage, join, leave, waiting_page
from components import access, forms, shell
from components.crisis import plain
from components.errors import sentence_for
from components.offered import kept_until, when_and_with_whom
from components.times import minute_of_day, moment, zone_words

viewer = access.require(Permission.APPOINTMENT_BOOK)
FORM_NAME = "waiting"
SAID, CHANGING = "waiting:said", "waiting:changing"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = tuple(range(0, 25 * 60, 60))
ANY = "any"
ENDED = {
    OfferState.YOURS: "Booked by you",
    OfferState.TAKEN: "Taken",
    OfferState.PAST: "No longer kept",
}


@forms.callback(FORM_NAME)
def book_it(asker: Viewer, offer: OfferedTime) -> None:
    key = forms.submit_key(FORM_NAME)
    book(
        asker,
        offer.therapist_id,
        offer.starts_at,
        key,
        datetime.now(UTC),
        session_type_id=offer.session_type_id,
    )
    forms.submitted(FORM_NAME)
    st.session_state[SAID] = (
        f"Your session on {moment(offer.starts_at, asker.zone)} is booked. "
        "We have sent you an email with an entry for your calendar."
    )


@forms.callback(FORM_NAME)
def save(asker: Viewer) -> None:
    state = st.session_state
    therapist = state.get("waiting:therapist", ANY)
    join(
        asker,
        state.get("waiting:type") or "",
        None if therapist == ANY else therapist,
        "".join(str(n) for n in range(7) if state.get(f"waiting:day:{n}")),
        state.get("waiting:from", 0),
        state.get("waiting:until", 0),
        datetime.now(UTC),
    )
    state.pop(CHANGING, None)
    state[SAID] = "You are on the waiting list. We email you when such a time becomes free."


@forms.callback(FORM_NAME)
def stop(asker: Viewer) -> None:
    leave(asker, datetime.now(UTC))
    st.session_state[SAID] = "You are off the waiting list."


def change(begin: bool) -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state[CHANGING] = begin


def offered(offers: list[OfferedTime], now: datetime) -> None:
    for number, offer in enumerate(offers):
        with st.container(border=True):
            st.header("A time has become free", anchor=False)
            when_and_with_whom(offer, viewer.zone)
            st.write(kept_until(offer, viewer.zone, now))
            # The label says which: a list of buttons that all say "Book" is no use to a screen reader.
            st.button(
                f"Book {moment(offer.starts_at, viewer.zone)}",
                type="primary" if number == 0 else "secondary",
                key=f"book:{offer.therapist_id}:{offer.starts_at.isoformat()}",
                on_click=book_it,
                args=(offer,),
            )


def waits(waiting: Waiting) -> None:
    st.header("You are waiting for", anchor=False)
    with st.container(border=True):
        who = plain(waiting.therapist_name) if waiting.therapist_name else "any of your therapists"
        st.write(f"{plain(waiting.session_type_name)}, with {who}")
        st.write(f"On {days_in_words(waiting.weekdays)}")
        st.write(hours_in_words(waiting))
        st.caption(f"Since {moment(waiting.since_at, viewer.zone)}")
        with st.container(horizontal=True):
            st.button("Change", on_click=change, args=(True,))
            st.button("Leave the waiting list", on_click=stop)


def days_in_words(weekdays: str) -> str:
    if len(weekdays) == len(DAYS):
        return "any day"
    return ", ".join(DAYS[int(digit)] for digit in weekdays)


def hours_in_words(waiting: Waiting) -> str:
    begins, ends = waiting.from_minute, waiting.until_minute
    if (begins, ends) == (0, HOURS[-1]):
        return "At any time"
    return f"Between {minute_of_day(begins)} and {minute_of_day(ends)} ({zone_words(viewer.zone)})"


def wish(page: WaitingPage, found: dict[str, str], *, primary: bool) -> None:
    """The form, filled with what is waited for already."""
    kept = page.waiting
    if len(page.types) > 1:
        ids = list(page.types)
        st.radio(
            "What kind of session?",
            ids,
            index=ids.index(kept.session_type_id) if kept and kept.session_type_id in ids else 0,
            format_func=lambda one: plain(page.types[one]),
            key="waiting:type",
        )
    else:
        st.session_state["waiting:type"] = next(iter(page.types))
    if len(page.therapists) > 1:
        names = {ANY: "Anyone of them", **page.therapists}
        ids = list(names)
        st.radio(
            "With whom?",
            ids,
            index=ids.index(kept.therapist_id) if kept and kept.therapist_id in ids else 0,
            format_func=lambda one: plain(names[one]),
            key="waiting:therapist",
        )
    st.write("Which days?")
    with st.container(horizontal=True):
        for number, day in enumerate(DAYS):
            chosen = str(number) in kept.weekdays if kept else number < 5
            st.checkbox(day, chosen, key=f"waiting:day:{number}")
    forms.beside(found, "weekdays")
    st.write(f"At what time? In {zone_words(viewer.zone)}.")
    with st.container(horizontal=True):
        hour("From", "waiting:from", kept.from_minute if kept else 9 * 60)
        hour("Until", "waiting:until", kept.until_minute if kept else 17 * 60)
    forms.beside(found, "until")
    st.button(
        "Save" if kept else "Join the waiting list", type="primary" if primary else "secondary", on_click=save
    )
    if kept:
        st.button("Keep it as it is", on_click=change, args=(False,))


def hour(label: str, key: str, minute: int) -> None:
    st.selectbox(label, HOURS, minute // 60, format_func=minute_of_day, key=key)


def over(offers: list[OfferedTime]) -> None:
    if offers:
        st.header("Offered in the last 7 days", anchor=False)
        st.table(
            {
                "When": [moment(offer.starts_at, viewer.zone) for offer in offers],
                "With": [plain(offer.therapist_name) for offer in offers],
                "What became of it": [ENDED[offer.state] for offer in offers],
            }
        )


def show(page: WaitingPage, found: dict[str, str], now: datetime) -> None:
    open_now = [offer for offer in page.offers if offer.state is OfferState.OPEN]
    offered(open_now, now)
    if page.waiting and not st.session_state.get(CHANGING):
        waits(page.waiting)
    elif page.types:
        if not page.waiting:
            st.write(
                "Tell us which times suit you. When one becomes free, we keep it for a while for those who "
                "wait, and email you. The first to book it has it."
            )
        wish(page, found, primary=not open_now)
    else:
        st.info("Nothing can be booked here yet. Call the clinic to book.")
    over([offer for offer in page.offers if offer.state is not OfferState.OPEN])


now = datetime.now(UTC)
found = forms.problems(FORM_NAME)
said = st.session_state.pop(SAID, None)
shell.page(
    "Waiting list",
    viewer,
    back=("pages/sessions.py", "Sessions"),
    error=bool(found),
    step=f"{said or ''}{st.session_state.get(CHANGING) or ''}",
)
forms.show_problems(found)
if said and not found:
    st.success(said)
    st.page_link("pages/sessions.py", label="See your sessions")
try:
    page = waiting_page(viewer, now)
except ClinicError as error:
    st.warning(sentence_for(error))
    st.page_link("pages/consent.py", label="Read and sign the consent")
else:
    show(page, found, now)
shell.foot(viewer)
