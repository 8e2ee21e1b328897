"""The header that makes an answer a file to save, under a name that people gave it."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from clinic.between.file_names import safe_name

# What RFC 5987 lets stand as it is, beside letters and numbers (which `quote` leaves alone, with "_.-~").
_PLAIN = "!#$&+^`|"
_SIMPLE = " ._-()+,&"


def attachment(name: str) -> str:
    """Content-Disposition for a file of this name (RFC 6266): to be saved, never shown in the portal's place.

    The name is made safe first. Where it has other letters, browsers take the second one, in UTF-8.
    """
    name = safe_name(name)
    spelled = unicodedata.normalize("NFKD", name)
    # Chosen, not cleaned: a wide quotation mark becomes a plain one by being spelled out.
    simple = "".join(
        sign if sign.isascii() and (sign.isalnum() or sign in _SIMPLE) else "_"
        for sign in spelled
        if not unicodedata.combining(sign)
    )
    first = f'attachment; filename="{simple}"'
    return first if simple == name else f"{first}; filename*=UTF-8''{quote(name, safe=_PLAIN)}"
