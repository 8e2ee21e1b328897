"""Choosing one of the offered times: the next ones first, then a month of days, then a day.

What was chosen is in st.session_state under `{form}:chosen`; how far one looked under `{form}:view`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

import streamlit as st

from clinic.scheduling.offers import Offer
from components import forms
from components.crisis import plain
from components.times import clock, day_of, long_day, short_day, zone_words
from components.words import counted

FIRST = 3
FEW_DAYS = 5


def pick(
    form: str, zone: str, offers: Sequence[Offer], found: Mapping[str, str], nearest: Collection[datetime]
) -> None:
    """The times of the step one is at. There is at least one offer.

    Args:
        nearest: starts to show first instead of the next ones, after a time was taken.
    """
    st.write(f"Times are shown in {zone_words(zone)}.")
    days = Counter(day_of(offer.starts_at, zone) for offer in offers)
    view = st.session_state.get(f"{form}:view")
    if view == "days":
        _days(form, days)
    elif isinstance(view, date) and view in days:
        of_day = [offer for offer in offers if day_of(offer.starts_at, zone) == view]
        _times(form, zone, of_day, found, long_day(view), one_day=True)
        st.button("See other days", on_click=_look, args=(form, "days"))
    else:
        close = [offer for offer in offers if offer.starts_at in nearest]
        title = "The nearest free times" if close else "Next free times"
        _times(form, zone, close or offers[:FIRST], found, title, one_day=False)
        st.button("See more days", on_click=_look, args=(form, "days"))


def their_time(offer: Offer, zone: str) -> str:
    """The therapist's own clock, as a sentence; "" where it shows the same."""
    if _same_clock(offer, zone):
        return ""
    theirs = clock(offer.starts_at, offer.therapist_zone)
    return f"That is {theirs} {zone_words(offer.therapist_zone)}, where {plain(offer.therapist_name)} is."


def forget_choice(form: str) -> None:
    """Back to the times, or done with them."""
    forms.forget_problems(form)
    st.session_state.pop(f"{form}:chosen", None)


def start_over(form: str) -> None:
    """The next free times again."""
    forget_choice(form)
    st.session_state.pop(f"{form}:view", None)


def _times(
    form: str, zone: str, shown: Sequence[Offer], found: Mapping[str, str], title: str, *, one_day: bool
) -> None:
    several = len({offer.therapist_id for offer in shown}) > 1

    one_zone = len({offer.therapist_zone for offer in shown}) == 1
    if one_zone and not all(_same_clock(offer, zone) for offer in shown):
        st.write(f"In brackets: {zone_words(shown[0].therapist_zone)}, where your therapist is.")

    def words(index: int) -> str:
        offer = shown[index]
        when = clock(offer.starts_at, zone)
        when = when if one_day else f"{short_day(day_of(offer.starts_at, zone))}, {when}"
        if not _same_clock(offer, zone):
            theirs = clock(offer.starts_at, offer.therapist_zone)
            when += f" ({theirs})" if one_zone else f" ({theirs} {zone_words(offer.therapist_zone)})"
        return f"{when}, with {plain(offer.therapist_name)}" if several else when

    # A radio of other times is another radio: a place in one list means nothing in the next.
    st.radio(title, range(len(shown)), index=None, format_func=words, key="time")
    forms.beside(found, "time")
    st.button("Continue", type="primary", on_click=_choose, args=(form, shown))


def _days(form: str, days: Counter[date]) -> None:
    months = by_month(days)
    first = next(iter(months))
    if len(months) > 1:
        first = st.selectbox(
            "Month", list(months), format_func=lambda one: _month_words(months[one]), key=f"{form}:month"
        )
    for day in months[first]:
        label = f"{day:%A} {day.day} {day:%B}: {counted(days[day], 'free time', 'free times')}"
        st.button(label, key=f"{form}:{day}", width="stretch", on_click=_look, args=(form, day))
    st.button("Back to the next free times", on_click=start_over, args=(form,))


def by_month(days: Collection[date]) -> dict[date, list[date]]:
    """The days in order, a month's together under its first; the last few of a month go with the next one's,
    so that nobody finds a single day on the thirtieth."""
    months: list[list[date]] = []
    for day in sorted(days):
        if months and (months[-1][0].year, months[-1][0].month) == (day.year, day.month):
            months[-1].append(day)
        else:
            months.append([day])
    if len(months) > 1 and len(months[0]) < FEW_DAYS:
        months[:2] = [months[0] + months[1]]
    return {month[0]: month for month in months}


def _month_words(days: Sequence[date]) -> str:
    first, last = days[0], days[-1]
    if first.month == last.month:
        return f"{first:%B} {first.year}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first:%B}{year} and {last:%B} {last.year}"


def _choose(form: str, offers: Sequence[Offer]) -> None:
    """Continue: remember which time, and go on to the check."""
    picked = st.session_state.get("time")
    if picked is None:
        st.session_state[f"problems:{form}"] = {"time": "Choose a time."}
        return
    forms.forget_problems(form)
    st.session_state[f"{form}:chosen"] = offers[picked]


def _look(form: str, view: str | date) -> None:
    forms.forget_problems(form)
    st.session_state[f"{form}:view"] = view
    st.session_state.pop("time", None)


def _same_clock(offer: Offer, zone: str) -> bool:
    return clock(offer.starts_at, offer.therapist_zone) == clock(offer.starts_at, zone)
