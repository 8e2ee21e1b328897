"""What screens share: the shell, forms, figures, the video frame. Draws; decides nothing."""

from __future__ import annotations

import importlib
import pkgutil

# The library of `video` puts its frame on the list of served ones only when a visitor's run imports it, and
# `call_screen` imports that.
_NOT_YET = ("video", "call_screen")


def preload() -> None:
    """Import every part now, so that the first visitor does not wait for it."""
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _NOT_YET:
            importlib.import_module(f"{__name__}.{module.name}")
