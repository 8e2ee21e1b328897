"""Documents over the wire: the one door they leave by, and files that no browser of ours would send."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from clinic.between import documents
from clinic.people.viewer import Viewer
from tests.between.files import pdf
from tests.socket.conftest import Town
from tests.socket.streamlit_client import Run, visitor

NAME = "Brief für „Sam“.pdf"
_EVENTS = "$$STREAMLIT_INTERNAL_KEY_{}__events"


def _added(by: Viewer, client: Viewer, key: str, name: str = NAME) -> str:
    path = documents.add(by, client.public_id, name, pdf(), key, datetime.now(UTC))
    return f"/download/document?id={path}"


def _there(viewer: Viewer) -> list[str]:
    return [one.name for one in documents.documents(viewer, datetime.now(UTC), viewer.public_id).documents]


def test_a_document_is_a_file_to_save_for_both_sides_and_for_nobody_else(town: Town) -> None:
    path = _added(town.client, town.client, "route")
    for viewer in (town.client, town.therapist):
        answer = town.get(path, cookie=town.token(viewer))
        assert answer.status == 200
        assert answer.body == pdf()
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"] == (
            "attachment; filename=\"Brief fur _Sam_.pdf\"; filename*=UTF-8''"
            "Brief%20f%C3%BCr%20%E2%80%9ESam%E2%80%9C.pdf"
        )
    for stranger in (town.other_client, town.administrator):
        assert town.get(path, cookie=town.token(stranger)).status == 404
    assert town.get(path).status == 401
    assert town.get(path, cookie="forged").status == 401
    client = town.token(town.client)
    for wrong in ("", "?id=", "?id=AAAAAAAAAAAAAAAAAAAAAA", "?id=%00", "?id=" + "a" * 2000):
        assert town.get(f"/download/document{wrong}", cookie=client).status == 404


def test_withdrawn_it_is_gone_for_both(town: Town) -> None:
    path = _added(town.therapist, town.client, "withdrawn")
    tokens = [town.token(viewer) for viewer in (town.client, town.therapist)]
    assert [town.get(path, cookie=token).status for token in tokens] == [200, 200]
    documents.withdraw(town.therapist, path.partition("=")[2], datetime.now(UTC))
    assert [town.get(path, cookie=token).status for token in tokens] == [404, 404]


def test_a_text_is_sent_as_text_and_never_as_a_page(town: Town) -> None:
    made = documents.add(
        town.client, town.client.public_id, "list.txt", "5 < 6, Grüße".encode(), "text", datetime.now(UTC)
    )
    answer = town.get(f"/download/document?id={made}", cookie=town.token(town.client))
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment")


def _sent(run: Run, name: object, content: object) -> BackMsg:
    """A file in the page's field for one, past our own script."""
    field = next(
        m.delta.new_element.bidi_component.id
        for m in run.messages
        if m.WhichOneof("type") == "delta" and "documents:file" in m.delta.new_element.bidi_component.id
    )
    message = BackMsg()
    message.rerun_script.page_script_hash = next(
        m.navigation.page_script_hash for m in run.messages if m.WhichOneof("type") == "navigation"
    )
    state = message.rerun_script.widget_states.widgets.add()
    state.id = _EVENTS.format(field)
    state.json_trigger_value = json.dumps([{"event": "picked", "value": {"name": name, "content": content}}])
    return message


def test_more_than_ten_megabytes_past_the_browser_are_refused_and_nine_arrive(town: Town) -> None:
    before = len(_there(town.client))
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        run = tab.open("documents")
        assert run.title == "Documents"
        answer = tab.send(_sent(run, "eleven.txt", b64encode(b"a" * 11_000_000).decode()))
        assert answer.says("This file is larger than 10 MB.")
        assert len(_there(town.client)) == before
        answer = tab.send(_sent(run, "nine.txt", b64encode(b"a" * 9_000_000).decode()))
        assert answer.says("Sent. It is in the list below.")
    assert _there(town.client)[0] == "nine.txt"


def test_twenty_megabytes_end_the_connection_before_they_are_read(town: Town) -> None:
    before = _there(town.client)
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        run = tab.open("documents")
        with pytest.raises(ConnectionClosed) as closed:
            tab.send(_sent(run, "twenty.txt", b64encode(b"a" * 20_000_000).decode()))
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG
    assert _there(town.client) == before
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        assert tab.open("documents").title == "Documents", "the portal goes on"


def test_what_is_disguised_or_no_file_at_all_is_said_and_not_kept(town: Town) -> None:
    before = _there(town.client)
    page = b64encode(b"<html><script>alert(1)</script></html>").decode()
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        run = tab.open("documents")
        for name, content, said in (
            ("letter.pdf", page, "This file can't be taken."),
            ("letter.pdf", "not base64!", "This file is empty."),
            ("letter.pdf", 5, "This file is empty."),
            (None, page, "This file is empty."),
        ):
            assert tab.send(_sent(run, name, content)).says(said), (name, content)
    assert _there(town.client) == before
