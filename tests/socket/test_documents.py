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
from tests.socket.streamlit_client import Run, Visitor, visitor

NAME = "Brief für „Sam“.pdf"
PIECE = 384 * 1024  # as components/upload.js
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


def _sent(run: Run, value: object) -> BackMsg:
    """What the field for a file says, past our own script."""
    drawn = next(
        m.delta
        for m in run.messages
        if m.WhichOneof("type") == "delta" and "documents:file" in m.delta.new_element.bidi_component.id
    )
    message = BackMsg()
    message.rerun_script.fragment_id = drawn.fragment_id
    message.rerun_script.page_script_hash = next(
        m.navigation.page_script_hash for m in run.messages if m.WhichOneof("type") == "navigation"
    )
    state = message.rerun_script.widget_states.widgets.add()
    state.id = _EVENTS.format(drawn.new_element.bidi_component.id)
    state.json_trigger_value = json.dumps([{"event": "piece", "value": value}])
    return message


def _piece(
    content: object, *, id: object = "one", name: object = "a.txt", at: int = 0, size: int = 0
) -> object:
    coded = b64encode(content).decode() if isinstance(content, bytes) else content
    return {"id": id, "name": name, "at": at, "size": size, "content": coded}


def _all_of(tab: Visitor, run: Run, content: bytes, name: str) -> Run:
    """Piece by piece, until the whole page is drawn: the file was taken or refused."""
    for at in range(0, len(content), PIECE):
        piece = _piece(content[at : at + PIECE], id=name, name=name, at=at, size=len(content))
        answer = tab.send(_sent(run, piece))
        if answer.title:
            return answer
    raise AssertionError("the page was not drawn anew")


def test_more_than_ten_megabytes_past_the_browser_are_refused_and_nine_arrive(town: Town) -> None:
    before = len(_there(town.client))
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        run = tab.open("documents")
        assert run.title == "Documents"
        answer = _all_of(tab, run, b"a" * 20_000_000, "twenty.txt")
        assert answer.says("This file is larger than 10 MB.")
        assert len(_there(town.client)) == before
        answer = _all_of(tab, answer, b"a" * 9_000_000, "nine.txt")
        assert answer.says("Sent. It is in the list below.")
    assert _there(town.client)[0] == "nine.txt"


def test_one_message_of_megabytes_ends_the_connection(town: Town) -> None:
    before = _there(town.client)
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        run = tab.open("documents")
        with pytest.raises(ConnectionClosed) as closed:
            tab.send(_sent(run, _piece(b"a" * 3_000_000, size=3_000_000)))
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG
    assert _there(town.client) == before
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        assert tab.open("documents").title == "Documents", "the portal goes on"


def test_what_is_disguised_or_no_file_at_all_is_said_and_not_kept(town: Town) -> None:
    before = _there(town.client)
    page = b"<html><script>alert(1)</script></html>"
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        run = tab.open("documents")
        for n, (value, said) in enumerate(
            (
                (_piece(page, id="page", name="letter.pdf"), "This file can't be taken."),
                (_piece("not base64!", id="coded"), "This file is empty."),
                (_piece("", id="none", size=9), "This file is empty."),
                (_piece(5), "This file is empty."),
                (_piece(page, name=None), "This file is empty."),
                ("a word", "This file is empty."),
            )
        ):
            run = tab.send(_sent(run, value))
            assert run.says(said), n
    assert _there(town.client) == before


def test_a_piece_that_comes_twice_is_taken_once_and_one_without_its_beginning_waits_for_it(
    town: Town,
) -> None:
    with visitor(town.portal.host, cookie=town.token(town.client)) as tab:
        run = tab.open("documents")
        for content, at in ((b"world", 6), (b"Hello ", 0), (b"Hello ", 0)):
            answer = tab.send(_sent(run, _piece(content, id="two", name="two.txt", at=at, size=11)))
            assert answer.title == "", "not whole yet"
        last = _sent(run, _piece(b"world", id="two", name="two.txt", at=6, size=11))
        run = tab.send(last)
        assert run.says("Sent. It is in the list below.")
        tab.send(_sent(run, _piece(b"world", id="two", name="two.txt", at=6, size=11)))
    [newest, second, *_] = documents.documents(town.client, datetime.now(UTC)).documents
    assert newest.name == "two.txt" != second.name
    assert documents.read_document(town.client, newest.public_id, datetime.now(UTC))[2] == b"Hello world"
