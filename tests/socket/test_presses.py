"""A press is never lost, whatever else the page asks for in the same moment.

Small pages of their own under the portal's settings: a call's frame asks for whole runs by itself, again and
again, and somebody presses a button meanwhile.
"""

from __future__ import annotations

import shutil
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.portal import ROOT, running_portal
from tests.socket.streamlit_client import Run, visitor

_PAGE = """
import time
from pathlib import Path

import streamlit as st

here = Path(__file__).parent


def press() -> None:
    (here / "pressed").touch()


@st.fragment
def part() -> None:
    st.button("Press", on_click=press)


part()
(here / "running").touch()
while not (here / "go-on").exists():
    time.sleep(0.01)
st.write("done")
"""


def test_a_press_is_not_lost_while_the_page_runs_and_is_asked_to_run_again(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".streamlit", tmp_path / ".streamlit")
    (tmp_path / "page.py").write_text(_PAGE)
    go_on, running = tmp_path / "go-on", tmp_path / "running"
    go_on.touch()
    with running_portal(tmp_path, {}, "page.py", tmp_path) as portal, visitor(portal.host) as tab:
        first = tab.open("")
        go_on.unlink()
        running.unlink()
        tab.post(_whole())
        _until(running.exists)
        tab.post(_pressed(first))
        tab.post(_whole())
        # By its answer to this, the server has read what was sent before.
        urllib.request.urlopen(f"{portal.address}/_stcore/health").close()
        go_on.touch()
        _until((tmp_path / "pressed").exists)


_LONG_PRESS = """
import sys
import time
from pathlib import Path

import streamlit as st

sys.path.insert(0, ROOT)
from components import forms

here = Path(__file__).parent


def press() -> None:
    with forms.keeping_problems("form"):
        (here / "pressing").touch()
        while not (here / "go-on").exists():
            time.sleep(0.01)
        st.session_state["seen"] = st.session_state.get("seen", 0) + 1
        (here / "pressed").touch()


st.button("Press", on_click=press)
"""


def test_what_a_press_began_is_finished_although_a_newer_run_waits(tmp_path: Path) -> None:
    shutil.copytree(ROOT / ".streamlit", tmp_path / ".streamlit")
    (tmp_path / "page.py").write_text(_LONG_PRESS.replace("ROOT", repr(str(ROOT))))
    with running_portal(tmp_path, {}, "page.py", tmp_path) as portal, visitor(portal.host) as tab:
        first = tab.open("")
        tab.post(_pressed(first))
        _until((tmp_path / "pressing").exists)
        tab.post(_whole())
        # By its answer to this, the server has read what was sent before.
        urllib.request.urlopen(f"{portal.address}/_stcore/health").close()
        (tmp_path / "go-on").touch()
        _until((tmp_path / "pressed").exists)


def _whole() -> BackMsg:
    message = BackMsg()
    message.rerun_script.query_string = ""
    return message


def _pressed(run: Run) -> BackMsg:
    """The button of the part that runs alone, as the first run drew it."""
    drawn = next(
        m.delta
        for m in run.messages
        if m.WhichOneof("type") == "delta" and m.delta.new_element.WhichOneof("type") == "button"
    )
    message = BackMsg()
    message.rerun_script.fragment_id = drawn.fragment_id
    state = message.rerun_script.widget_states.widgets.add()
    state.id, state.trigger_value = drawn.new_element.button.id, True
    return message


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "the press was lost"
        time.sleep(0.02)
