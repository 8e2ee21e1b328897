"""In a host's own frame, as Streamlit Community Cloud shows its apps: the portal under /~/+/, the host's page
at every other address (streamlit/streamlit issue 5084)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Street
from tests.factories import PASSWORD
from tests.portal import free_port
from tests.programs import program
from tests.proxies import Proxy, running


def test_one_signs_in_and_out_by_the_portal_s_routes(street: Street, tmp_path: Path, phone: Page) -> None:
    with _host(tmp_path, street.portal.port) as host:
        phone.goto(f"http://127.0.0.1:{host.port}/")
        _sign_in(phone)
        assert _cookie(phone)["httpOnly"] is True
        _sign_out(phone)


def test_one_signs_in_and_out_where_the_host_leads_nobody_to_the_routes(
    street: Street, tmp_path: Path, phone: Page
) -> None:
    with _host(tmp_path, street.portal.port, routes=False) as host:
        phone.goto(f"http://127.0.0.1:{host.port}/")
        _sign_in(phone)
        assert _cookie(phone)["httpOnly"] is False
        _sign_out(phone)


def test_leaving_leaves_the_whole_window(street: Street, tmp_path: Path, phone: Page) -> None:
    phone.route("https://www.wikipedia.org/**", lambda route: route.fulfill(body="Elsewhere"))
    with _host(tmp_path, street.portal.port) as host:
        phone.goto(f"http://127.0.0.1:{host.port}/")
        _sign_in(phone)
        phone.frame_locator("iframe").get_by_role("button", name="Leave this page").click()
        expect(phone.get_by_text("Elsewhere")).to_be_visible()
        assert phone.url == "https://www.wikipedia.org/"
        assert not [each for each in phone.context.cookies() if each["name"] == "quiet_room"]


def _sign_in(page: Page) -> None:
    frame = page.frame_locator("iframe")
    frame.get_by_label("Email").fill("sam@example.org")
    frame.get_by_role("textbox", name="Password").fill(PASSWORD)
    frame.get_by_role("button", name="Sign in", exact=True).click()
    expect(frame.get_by_text("Hello Sam Rivera.")).to_be_visible()
    page.reload()
    expect(frame.get_by_text("Hello Sam Rivera.")).to_be_visible()


def _sign_out(page: Page) -> None:
    frame = page.frame_locator("iframe")
    frame.get_by_role("link", name="Sign out").click()
    frame.get_by_role("button", name="Sign out").click()
    expect(frame.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    page.reload()
    expect(frame.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def _cookie(page: Page) -> dict[str, object]:
    return next(dict(each) for each in page.context.cookies() if each["name"] == "quiet_room")


@contextmanager
def _host(folder: Path, port: int, *, routes: bool = True) -> Iterator[Proxy]:
    host = Proxy(free_port(), free_port(), folder)
    closed = "" if routes else "location ~ ^/~/\\+/session { return 404; }"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    (folder / "host.conf").write_text(
        f"""daemon off; worker_processes 1; pid {folder / "nginx.pid"}; events {{ worker_connections 256; }}
http {{ {temporary} access_log off;
  map $http_upgrade $upgrading {{ default upgrade; "" ""; }}
  server {{ listen 127.0.0.1:{host.port};
    location / {{ default_type text/html;
      return 200 '<!doctype html><iframe src="/~/+/" style="width:100%;height:800px;border:0"></iframe>'; }}
    {closed}
    location /~/+/ {{ proxy_pass http://127.0.0.1:{port}/; proxy_http_version 1.1;
      proxy_set_header Host $http_host; proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $upgrading; }} }} }}
"""
    )
    command: list[str | Path] = [
        program("nginx"),
        "-p",
        folder,
        "-c",
        folder / "host.conf",
        "-e",
        folder / "error.log",
    ]
    with running(command, host):
        yield host
