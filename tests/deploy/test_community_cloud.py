"""What Streamlit Community Cloud does to the portal, done here: it installs requirements.txt, keeps the
secrets where it likes, and turns error details on. Its frame: tests/browser/test_in_a_frame.py."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

import db
from tests.architecture.test_requirements import pins
from tests.databases import KEYS, forget, point_at
from tests.factories import make_client, make_clinic
from tests.portal import ROOT, running_portal
from tests.socket.streamlit_client import Run, visitor

CANARY = "what only the log may hold"
# An error in each place where one can come from: the script, a callback, a part that runs by itself.
_BROKEN = f"""
import streamlit as st
def fail():
    raise RuntimeError({CANARY!r})
st.button("In a callback", on_click=fail, key="callback")
@st.fragment
def part():
    if st.button("In a fragment", key="fragment"):
        fail()
part()
if st.button("In the script", key="script"):
    fail()
"""
_HOME = f"import runpy\nrunpy.run_path({str(ROOT / 'Home.py')!r}, run_name='__main__')\n"
# As that host sets it, over what config.toml says.
_DETAILS = {"STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full"}


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a clinic's database and its client Sam, and a copy of what the script needs beside it."""
    point_at(monkeypatch, tmp_path)
    db.start()
    now = datetime.now(UTC)
    make_clinic(now=now)
    make_client("Sam Rivera", email="sam@example.org", now=now)
    forget()
    (tmp_path / "pages").symlink_to(ROOT / "pages")
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").symlink_to(ROOT / ".streamlit" / "config.toml")
    return tmp_path


def _environment(clinic: Path, **more: str) -> dict[str, str]:
    return {"QUIET_ROOM_VAR": str(clinic), "QUIET_ROOM_KEYS": KEYS, "PYTHONPATH": str(ROOT), **more}


def test_it_runs_with_what_requirements_txt_has_and_nothing_else(clinic: Path) -> None:
    here, there = pins("requirements-dev.txt"), pins("requirements.txt")
    only_here = {name for name in here if name not in there}
    modules = {
        module
        for module, packages in packages_distributions().items()
        if {name.lower().replace("_", "-") for name in packages} <= only_here
    }
    assert {"pytest", "playwright"} <= modules
    (clinic / "sitecustomize.py").write_text(
        "import sys\n"
        f"refused = {sorted(modules)!r}\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in refused:\n"
        "            raise ModuleNotFoundError(f'{name} is not in requirements.txt')\n"
        "sys.meta_path.insert(0, Absent())\n"
    )
    environment = _environment(clinic, PYTHONPATH=f"{clinic}:{ROOT}")
    with running_portal(clinic, environment) as portal, visitor(portal.host) as somebody:
        assert somebody.open("").title == "Sign in"
        assert "not in requirements.txt" not in portal.log.read_text(encoding="utf-8")
    (clinic / "needs.py").write_text("import pytest\n")
    with running_portal(clinic, environment, "needs.py", clinic) as portal, visitor(portal.host) as somebody:
        somebody.open("")
        assert "not in requirements.txt" in portal.log.read_text(encoding="utf-8"), "and would not without"


def test_secrets_are_settings_wherever_the_host_keeps_them(clinic: Path) -> None:
    """In the folder that the script is started in, which is not the portal's own."""
    (clinic / ".streamlit" / "secrets.toml").write_text(
        f'QUIET_ROOM_VAR = "{clinic}"\nQUIET_ROOM_KEYS = "{KEYS}"\nQUIET_ROOM_DEMO = false\n[auth]\n'
    )
    (clinic / "alone.py").write_text(_HOME)
    environment = {"PYTHONPATH": str(ROOT)}
    with running_portal(clinic, environment, "alone.py", clinic) as portal, visitor(portal.host) as somebody:
        assert somebody.open("").says("Linden Practice"), "it found the clinic's database and its keys"


@pytest.mark.parametrize("place", ["callback", "fragment", "script"])
def test_no_stack_trace_is_shown_although_the_host_turns_them_on(clinic: Path, place: str) -> None:
    (clinic / "alone.py").write_text(f"{_HOME}{_BROKEN}")
    (clinic / "bare.py").write_text(_BROKEN)
    shown = {name: _press(clinic, f"{name}.py", place) for name in ("alone", "bare")}
    assert shown["bare"].says(CANARY), "without the portal's word, that host shows it"
    assert traces(shown["bare"]), "and where it happened"
    assert not shown["alone"].says(CANARY)
    assert traces(shown["alone"]) == []
    assert shown["alone"].says("error"), "that something went wrong is said"


def traces(run: Run) -> list[str]:
    """Each line of each stack trace on the screen."""
    return [line for message in run.messages for line in message.delta.new_element.exception.stack_trace]


def _press(clinic: Path, script: str, key: str) -> Run:
    environment = _environment(clinic, **_DETAILS)
    with running_portal(clinic, environment, script, clinic) as portal, visitor(portal.host) as somebody:
        first = somebody.open("")
        buttons = {
            message.delta.new_element.button.label: message.delta.new_element.button
            for message in first.messages
            if message.delta.new_element.HasField("button")
        }
        labels = {"callback": "In a callback", "fragment": "In a fragment", "script": "In the script"}
        pressed = BackMsg()
        state = pressed.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = buttons[labels[key]].id, True
        if key == "fragment":
            pressed.rerun_script.fragment_id = next(
                message.metadata.active_script_hash and message.delta.fragment_id
                for message in first.messages
                if message.delta.fragment_id
            )
        return somebody.send(pressed)
