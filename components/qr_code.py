"""A QR code as a picture that is sent with the page and kept nowhere."""

from __future__ import annotations

import io

import segno
import streamlit as st

_SCALE = 5


def show(text: str, words: str) -> None:
    """`words` say what the picture is for, to whoever does not see it."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=_SCALE, border=4, light="#FFFFFF")
    # As text in the page: a file under /media could be fetched by whoever guesses its address.
    st.html(f'<div role="img" aria-label="{words}">{drawn.getvalue().decode().partition("?>")[2]}</div>')
