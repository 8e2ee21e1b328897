"""What screens share: the shell, forms, figures, the video frame. Draws; decides nothing."""

from __future__ import annotations

import importlib
import pkgutil

# Its library puts its frame on the list of served ones only when a visitor's run imports it.
_NOT_YET = "video"


def preload() -> None:
    """Import every part now, so that the first visitor does not wait for it."""
    for module in pkgutil.iter_modules(__path__):
        if module.name != _NOT_YET:
            importlib.import_module(f"{__name__}.{module.name}")
