"""What every answer carries, and what nobody outside can ask."""

from __future__ import annotations

import gzip
import re
import urllib.request

import pytest

from tests.socket.conftest import Town, ask


@pytest.mark.parametrize("path", ["/", "/check_in", "/health", "/_stcore/health", "/no/such/file"])
def test_every_answer_carries_the_headers(town: Town, path: str) -> None:
    answer = ask(town.portal.address + path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/metrics",
        "//_stcore/metrics",
        "/_stcore/metrics/",
        "/_stcore//metrics",
        "/_stcore/upload_file/a/b",
    ],
)
def test_what_no_screen_needs_is_closed(town: Town, path: str) -> None:
    assert ask(town.portal.address + path).status in (400, 403, 404)
    assert ask(town.portal.address + "/_stcore/health").status == 200


def test_health_says_no_more_than_that_all_is_well(town: Town) -> None:
    answer = ask(town.portal.address + "/health")
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')


def test_scripts_are_sent_compressed_and_are_the_same_inside(town: Town) -> None:
    page = ask(town.portal.address + "/").body.decode()
    found = re.search(r'src="(?:\./|/)?(static/js/[^"]+\.js)"', page)
    assert found is not None
    address = f"{town.portal.address}/{found.group(1)}"
    plain = ask(address)
    for _ in range(2):  # the first answer compresses, the second is the kept one
        packed = ask(urllib.request.Request(address, headers={"Accept-Encoding": "gzip"}))
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 2
