"""Pressing and choosing without a browser: what a run drew, and the message that using it sends."""

from __future__ import annotations

from dataclasses import dataclass

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.socket.streamlit_client import Run

_KINDS = ("button", "radio", "text_area", "text_input", "selectbox", "checkbox", "button_group")


@dataclass(frozen=True)
class Widget:
    """A widget of a run: its id, what it is, what it offers, and the fragment that it stands in."""

    id: str
    kind: str
    options: tuple[str, ...]
    fragment_id: str


def widget(run: Run, label: str) -> Widget:
    """The last widget with this label that the run drew."""
    found = None
    for message in run.messages:
        if message.WhichOneof("type") != "delta":
            continue
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind in _KINDS and (drawn := getattr(element, kind)).label == label:
            found = Widget(drawn.id, kind, tuple(getattr(drawn, "options", ())), message.delta.fragment_id)
    if found is None:
        raise LookupError(f"nothing here is called {label!r}")
    return found


def using(run: Run, widget: Widget, value: object, query: str = "") -> BackMsg:
    """What a browser sends when somebody uses the widget on the page that `run` drew."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_script_hash = page_of(run)
    message.rerun_script.fragment_id = widget.fragment_id
    _set(message.rerun_script.widget_states.widgets.add(), widget, value)
    return message


def page_of(run: Run) -> str:
    """The hash of the page that the run showed."""
    return next(m.navigation.page_script_hash for m in run.messages if m.HasField("navigation"))


def _set(state: WidgetState, widget: Widget, value: object) -> None:
    state.id = widget.id
    if widget.kind == "button":
        state.trigger_value = True
    elif widget.kind == "checkbox":
        state.bool_value = bool(value)
    else:
        state.string_value = str(value)
