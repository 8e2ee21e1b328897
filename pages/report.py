"""The clinic's report: outcomes, waiting times and attendance of groups, and of nobody alone."""

from datetime import UTC, datetime

import streamlit as st

from clinic.errors import NotFound
from clinic.oversight.rates import WILSON, Rate
from clinic.oversight.report import LARGEST, SMALLEST, WHOLE, Line, Report, Wait, report, set_smallest_group
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, forms, shell

viewer = access.require(Permission.REPORT_READ)
FORM_NAME, SAID = "report", "report:said"
HIDDEN = "Withheld"


@forms.callback(FORM_NAME)
def keep_smallest(asker: Viewer) -> None:
    st.session_state[SAID] = ""
    set_smallest_group(asker, st.session_state.get("report:smallest"), datetime.now(UTC))
    st.session_state[SAID] = "Saved. The report below keeps to it."


def shares(line: Line, counted: str = "Clients counted") -> list[dict[str, str]]:
    """A row a figure, in three columns, which fit on a phone."""
    return [
        {
            "Rate": rate.name,
            counted: HIDDEN if rate.count is None else f"{rate.count} of {rate.of}",
            "Share (95 % interval)": percent(rate),
        }
        for rate in line.rates
    ]


def percent(rate: Rate) -> str:
    """ "40 % (25 to 58)"."""
    if rate.count is None or not rate.of or rate.interval is None:
        return ""
    low, high = (round(end * 100) for end in rate.interval)
    return f"{rate.count / rate.of * 100:.0f} % ({low} to {high})"


def outcomes(made: Report, period: str) -> None:
    st.header("Outcomes", anchor=False)
    st.write(
        "Each course counts once, in the quarter of its latest score. Recovery is of those who began on the "
        "case side."
    )
    for line in made.outcomes:
        if line.period == period:
            st.markdown(f"**{line.about}**")
            st.table(shares(line))
    if not made.outcomes:
        st.write("No scores in these quarters yet.")


def waiting(waits: tuple[Wait, ...]) -> None:
    st.header("Waiting for the first session", anchor=False)
    st.write("From the invitation or the first contact to the first session that took place.")
    st.table(
        [
            {
                "First session in": wait.period,
                "Clients": HIDDEN if wait.of is None else str(wait.of),
                "Median": "" if wait.median_days is None else f"{wait.median_days:g} days",
            }
            for wait in waits
        ]
    )


def sessions(made: Report, period: str) -> None:
    st.header("Sessions", anchor=False)
    for line in made.attendance:
        if line.period == period:
            st.table(shares(line, "Sessions"))
    if not made.attendance:
        st.write("No sessions in these quarters yet.")


def smallest_group(made: Report, found: dict[str, str]) -> None:
    """The administrator's choice; others read it."""
    st.header("What is withheld", anchor=False)
    st.write(
        f"Groups of fewer than {made.smallest} clients. Where one group alone would be withheld, the next "
        "smallest is too, so that it cannot be had by subtraction. A quarter is shown once it is over."
    )
    if viewer.role is not Role.ADMINISTRATOR:
        return
    with st.form("smallest", border=False):
        st.number_input(
            "Smallest group shown (clients)",
            min_value=SMALLEST,
            max_value=LARGEST,
            value=made.smallest,
            key="report:smallest",
        )
        forms.beside(found, "smallest_group")
        st.form_submit_button("Save", on_click=keep_smallest)
    if st.session_state.get(SAID):
        st.success(st.session_state[SAID])


back = (
    ("pages/clinic.py", "the clinic")
    if viewer.role is Role.ADMINISTRATOR
    else ("pages/clients.py", "clients")
)
found = forms.problems(FORM_NAME)
try:
    made = report(viewer, datetime.now(UTC))
except NotFound as error:
    shell.page("Outcomes report", viewer, back=back)
    st.warning(error.sentence)
    shell.foot(viewer)
    st.stop()
shell.page("Outcomes report", viewer, back=back, error=bool(found), wide=True)
forms.show_problems(found)
st.write("The last four quarters that are over, and nobody alone: groups that are too small are withheld.")
st.link_button("Download as a spreadsheet (CSV)", "/download/outcomes-report")
period = st.selectbox("Period", [WHOLE, *(one.label for one in reversed(made.quarters))], key="report:period")
outcomes(made, period)
sessions(made, period)
waiting(made.waits)
smallest_group(made, found)
st.caption(
    "Scores come from clients' own answers. A difference between two quarters may be chance: compare the "
    f"intervals. Intervals: {WILSON}."
)
shell.foot(viewer)
