"""A QR code as a picture that is sent with the page and kept nowhere."""

from __future__ import annotations

import html

import segno
import streamlit as st

_SCALE = 5


def show(text: str, words: str) -> None:
    """`words` say what the picture is for, to whoever does not see it."""
    # In the page itself: a file under /media could be fetched by whoever guesses its address.
    picture = segno.make(text, error="m").svg_data_uri(scale=_SCALE, border=4, light="#FFFFFF")
    st.html(f'<img alt="{html.escape(words)}" src="{html.escape(picture)}">')
