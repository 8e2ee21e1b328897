"""What every screen keeps to: its guard first, no shared cache, no markup of its own, light charts."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import ROOT, Source, dotted, product, within

# Reached signed out, on purpose. Anything else that is new in pages/ needs a guard.
PUBLIC = ("first_contact", "help_now", "set_up", "sign_in", "sign_out", "welcome")
# (file, function) that may be cached for all users: nothing of a client's goes through them.
MAY_CACHE: frozenset[tuple[str, str]] = frozenset()
CACHES = ("cache_data", "cache_resource", "experimental_memo", "experimental_singleton")
# Each costs 3 to 10 times a graph_objects figure at every rerun: docs/decisions/0003-tuned-start.md.
HEAVY_CHARTS = ("altair", "plotly.express", "plotly.figure_factory")
HEAVY_CALLS = ("st.line_chart", "st.area_chart", "st.bar_chart", "st.scatter_chart", "st.altair_chart")
# Its file lies under /media, open to whoever guesses the address, signed in or not.
SHARED_FILES = ("st.download_button", "st.connection")
STYLED_BY = "components/shell.py"


def missing_guard(source: Source) -> list[str]:
    """A page whose first statement, after docstring and imports, is not its guard."""
    name = source.path.removeprefix("pages/").removesuffix(".py")
    if name in PUBLIC:
        return []
    for node in source.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if (
            isinstance(node, ast.Assign | ast.Expr)
            and isinstance(node.value, ast.Call)
            and dotted(node.value.func) in ("access.require", "require")
            and len(node.value.args) == 1
            and dotted(node.value.args[0]).startswith("Permission.")
        ):
            return []
        break
    return [source.at(1, "its first statement must be: viewer = access.require(Permission.…)")]


def loses_its_address(source: Source) -> list[str]:
    """A page that links to itself and does not hold its address: the next press would leave the screen."""
    names_itself = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and node.value == source.path and source.layer == "pages"
    ]
    if not names_itself or any(name == "address.hold" for _, name, _ in source.calls()):
        return []
    return [source.at(names_itself[0], "links to itself: say address.hold() after the guard")]


def shared_caches(source: Source) -> list[str]:
    """Streamlit caches and files, which all users share."""
    found = [
        source.at(line, f"shared by all users: {name}")
        for line, name, _ in source.calls()
        if name in SHARED_FILES
    ]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = dotted(node).rpartition(".")[2]
            if name in CACHES and (source.path, _decorated(source, node)) not in MAY_CACHE:
                found.append(source.at(node.lineno, f"shared by all users: {name}"))
    return found


def _decorated(source: Source, wanted: ast.expr) -> str:
    """The name of the function that this expression decorates, if any."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef) and any(
            wanted is part for decorator in node.decorator_list for part in ast.walk(decorator)
        ):
            return node.name
    return ""


def raw_markup(source: Source) -> list[str]:
    """HTML passed through outside the one place for it."""
    if source.path == STYLED_BY:
        return []
    return [
        source.at(node.value.lineno, "unsafe_allow_html belongs to components/shell.py alone")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html"
    ]


def heavy_charts(source: Source) -> list[str]:
    found = [(line, name) for line, name in source.imports() if within(name, *HEAVY_CHARTS)]
    found += [(line, name) for line, name, _ in source.calls() if name in HEAVY_CALLS]
    return [source.at(line, f"draw with plotly.graph_objects, not {name}") for line, name in found]


def test_every_page_begins_with_its_guard() -> None:
    pages = [source for source in product() if source.layer == "pages"]
    assert pages
    assert [said for source in pages for said in missing_guard(source)] == []


def test_every_public_page_is_there() -> None:
    assert [name for name in PUBLIC if not (ROOT / "pages" / f"{name}.py").is_file()] == []


@pytest.mark.parametrize("rule", [shared_caches, raw_markup, heavy_charts, loses_its_address])
def test_no_screen_breaks(rule) -> None:
    assert [said for source in product() for said in rule(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        '"""Nothing but words."""',
        "import streamlit as st\nst.title('Today')",
        "from components import access\nst.title('Today')\nviewer = access.require(Permission.DAY_READ)",
        "from components import access\nif True:\n    viewer = access.require(Permission.DAY_READ)",
        "from components import access\ndef show():\n    access.require(Permission.DAY_READ)\nshow()",
        "from components import access\nviewer = access.viewer_or_none()",
        "from components import access\nviewer = access.require()",
        "from components import access\nviewer = access.require('day.read')",
        "from components import access\naccess.require",
    ],
)
def test_a_page_without_its_guard_is_found(text: str) -> None:
    assert missing_guard(Source.of("pages/today.py", text))


def test_a_guarded_page_is_let_be() -> None:
    text = '"""A day."""\nimport streamlit as st\nviewer = access.require(Permission.DAY_READ)\nst.write(1)'
    assert missing_guard(Source.of("pages/today.py", text)) == []


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (shared_caches, "@st.cache_data\ndef record(): ..."),
        (shared_caches, "@st.cache_data(ttl=60)\ndef record(): ..."),
        (shared_caches, "from streamlit import cache_resource\n@cache_resource\ndef record(): ..."),
        (shared_caches, "kept = st.cache_data(record)"),
        (shared_caches, "st.download_button('Export', data)"),
        (raw_markup, "st.markdown(name, unsafe_allow_html=True)"),
        (raw_markup, "st.write(name, unsafe_allow_html=flag)"),
        (heavy_charts, "import plotly.express as px"),
        (heavy_charts, "from plotly import express"),
        (heavy_charts, "def late():\n    import altair as alt"),
        (heavy_charts, "st.line_chart(scores)"),
        (loses_its_address, "st.page_link('pages/progress.py', query_params={'of': name})"),
    ],
)
def test_a_screen_that_breaks_a_rule_is_found(rule, text: str) -> None:
    assert rule(Source.of("pages/progress.py", text))


@pytest.mark.parametrize("rule", [shared_caches, raw_markup, heavy_charts, loses_its_address])
def test_a_screen_that_keeps_the_rules_is_let_be(rule) -> None:
    text = (
        "import plotly.graph_objects as go\nst.plotly_chart(go.Figure())\nst.markdown('**Mood**')\n"
        "address.hold()\nst.page_link('pages/progress.py', query_params={'of': name})"
    )
    assert rule(Source.of("pages/progress.py", text)) == []
