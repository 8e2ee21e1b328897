"""Addresses of the clinic's own TURN server, with credentials that end by themselves. Pure.

A call that cannot go straight between browser and server (no open UDP port, a strict firewall) goes
through TURN. The credentials follow coturn's `use-auth-secret`: the user name is an expiry and a
label, the password its HMAC-SHA1 under the shared secret (draft-uberti-behave-turn-rest-00).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

Server = dict[str, str | list[str]]


def ice_servers(urls: Sequence[str], secret: str | None, label: str, until: datetime) -> list[Server]:
    """What a browser's RTCPeerConnection and aiortc both take; empty where no TURN is set up.

    Never left out of a call: the video library would otherwise ask a public server it knows.

    Args:
        label: tells calls apart in the TURN server's log; says nothing about a person.
        until: when the credentials end (UTC), to the second.
    """
    if not urls or not secret:
        return []
    username = f"{int(until.timestamp())}:{hashlib.sha256(label.encode()).hexdigest()[:16]}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return [{"urls": list(urls), "username": username, "credential": base64.b64encode(digest).decode()}]
