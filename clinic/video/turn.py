"""What a call's two ends are told about TURN: addresses, and credentials that end by themselves. Pure.

A call that cannot go straight between browser and server (no open UDP port, a strict firewall) goes
through TURN. The credentials follow coturn's `use-auth-secret`: the user name is an expiry and a
label, the password its HMAC-SHA1 under the shared secret (draft-uberti-behave-turn-rest-00).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Container, Sequence
from datetime import datetime

from clinic.video.turn_address import in_order

Server = dict[str, str | list[str]]


def ice_servers(urls: Sequence[str], secret: str | None, label: str, until: datetime) -> list[Server]:
    """What a browser's RTCPeerConnection and aiortc both take; empty where no TURN is set up.

    Never left out of a call: the video library would otherwise ask a public server it knows.

    Args:
        label: tells calls apart in the TURN server's log, which cannot work it out from the user name.
        until: when the credentials end (UTC), to the second.
    """
    if not urls or not secret:
        return []
    name = hmac.new(secret.encode(), f"label:{label}".encode(), hashlib.sha256).hexdigest()[:16]
    username = f"{int(until.timestamp())}:{name}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return with_password(urls, username, base64.b64encode(digest).decode())


def with_password(urls: Sequence[str], username: str, credential: str) -> list[Server]:
    """The same for a user name and password that somebody else made; addresses nobody can use are left out.

    UDP comes first: aiortc takes the first TURN address alone, browsers try them all.
    """
    addresses = [str(address) for address in in_order(urls)]
    return [{"urls": addresses, "username": username, "credential": credential}] if addresses else []


def failed_last(servers: Sequence[Server], failed: Container[str]) -> list[Server]:
    """The same, the addresses in `failed` behind the others: this process uses the first TURN address alone,
    and where it may not go out by UDP that must be one by TCP. Browsers find out for themselves."""
    sorted_inside = [
        {**server, "urls": sorted(server["urls"], key=lambda url: url in failed)} for server in servers
    ]
    return sorted(sorted_inside, key=lambda server: all(url in failed for url in server["urls"]))
