"""Arrows point down: pages -> components -> clinic -> db, web -> clinic -> db, Home.py on top."""

from __future__ import annotations

import pytest

from tests.architecture.source import PRODUCT, Source, product, within

OWN = {part.removesuffix(".py") for part in PRODUCT}
MAY_IMPORT = {
    "Home": ("web", "components", "clinic", "db"),
    "pages": ("components", "clinic"),
    # "The database does not answer" is a fact a screen must be able to say.
    "components": ("components", "clinic", "db.errors"),
    "web": ("web", "clinic", "db"),
    "clinic": ("clinic", "db"),
    "db": ("db",),
}
KNOW_SQL = ("clinic", "db")
KNOW_NO_SCREEN = ("clinic", "db")
SQL = ("sqlalchemy", "alembic", "psycopg", "sqlite3")
SCREENS_AND_HTTP = ("streamlit", "streamlit_webrtc", "starlette", "uvicorn", "web", "components", "pages")


def upward_imports(source: Source) -> list[str]:
    """Imports of our own modules that the file's layer may not know."""
    return [
        source.at(line, f"{source.layer} may not import {name}")
        for line, name in source.imports()
        if name.partition(".")[0] in OWN and not within(name, *MAY_IMPORT[source.layer])
    ]


def foreign_knowledge(source: Source) -> list[str]:
    """SQL above the services; Streamlit or HTTP below the screens."""
    found = []
    for line, name in source.imports():
        if within(name, *SQL) and source.layer not in KNOW_SQL:
            found.append(source.at(line, f"only db and the services know {name}"))
        if within(name, *SCREENS_AND_HTTP) and source.layer in KNOW_NO_SCREEN:
            found.append(source.at(line, f"{source.layer} knows neither screens nor HTTP: {name}"))
    return found


def test_nothing_imports_upward() -> None:
    assert [said for source in product() for said in upward_imports(source)] == []


def test_each_layer_knows_only_its_own_tools() -> None:
    assert [said for source in product() for said in foreign_knowledge(source)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("db/work.py", "from clinic.errors import NotFound"),
        ("db/tables/base.py", "from ...clinic import errors"),
        ("clinic/people/care.py", "import components.access"),
        ("clinic/people/care.py", "from web import routes"),
        ("clinic/people/care.py", "def late():\n    from pages import today"),
        ("components/access.py", "import db"),
        ("components/access.py", "from db.tables import Account"),
        ("components/access.py", "from web.session import route"),
        ("pages/today.py", "from db.errors import DatabaseUnreachable"),
        ("pages/today.py", "from pages import clients"),
        ("web/session.py", "from components import access"),
        ("web/session.py", "import Home"),
        ("Home.py", "import pages.today"),
    ],
)
def test_an_upward_import_is_found(path: str, text: str) -> None:
    assert upward_imports(Source.of(path, text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pages/today.py", "import sqlalchemy"),
        ("components/access.py", "from sqlalchemy import select"),
        ("web/session.py", "import sqlite3"),
        ("clinic/people/care.py", "import streamlit as st"),
        ("clinic/video/relay.py", "from streamlit_webrtc import webrtc_streamer"),
        ("clinic/video/relay.py", "from starlette.responses import Response"),
        ("db/work.py", "def late():\n    import streamlit"),
    ],
)
def test_foreign_knowledge_is_found(path: str, text: str) -> None:
    assert foreign_knowledge(Source.of(path, text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "clinic/people/care.py",
            "import db\nfrom sqlalchemy import select\nfrom clinic.errors import NotFound",
        ),
        ("components/errors.py", "import streamlit as st\nfrom db.errors import DatabaseUnreachable"),
        ("db/__init__.py", "from .work import reading"),
        ("web/lifespan.py", "import db\nfrom starlette.routing import Route"),
    ],
)
def test_a_downward_import_is_let_be(path: str, text: str) -> None:
    source = Source.of(path, text)
    assert upward_imports(source) + foreign_knowledge(source) == []
