"""Who is booked when, for the administrator: by day, with nothing of why."""

from datetime import UTC, date, datetime, timedelta
from itertools import groupby

import streamlit as st

from clinic.people.permissions import Permission
from clinic.scheduling.calendar import Booked, booked_on
from components import access, shell
from components.crisis import plain
from components.time_fields import day_field, day_typed
from components.times import clock, day_of, long_day, zone_words
from components.words import how

viewer = access.require(Permission.CLINIC_MANAGE)
DAYS = 7


def day(on: date, booked: list[Booked]) -> None:
    st.header(long_day(on), anchor=False)
    st.table(
        {
            "When": [
                f"{clock(one.starts_at, viewer.zone)} to {clock(one.ends_at, viewer.zone)}" for one in booked
            ],
            "Who": [f"{plain(one.therapist_name)} with {plain(one.client_name)}" for one in booked],
            "What": [what(one) for one in booked],
        }
    )


def what(one: Booked) -> str:
    room = f", {one.room_name}" if one.room_name else ""
    return plain(f"{one.session_type_name}, {how(one.modality)}{room}")


shell.page("Who is booked when", viewer, back=("pages/booking_rules.py", "booking"), wide=True)
today = day_of(datetime.now(UTC), viewer.zone)
day_field("From", "booked:from", today)
first = day_typed("booked:from") or today
last = first + timedelta(days=DAYS - 1)
st.write(f"{long_day(first)} to {long_day(last)}, in {zone_words(viewer.zone)}.")
found = booked_on(viewer, first, last)
for on, rows in groupby(found, key=lambda one: day_of(one.starts_at, viewer.zone)):
    day(on, list(rows))
if not found:
    st.write("Nobody is booked on these days.")
shell.foot(viewer)
