"""The forms a progress note can have, its text in sections, and what may be done with it when. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Section:
    """One heading of a note. `hint` says in plain words what belongs under it."""

    name: str
    heading: str
    hint: str


@dataclass(frozen=True)
class Format:
    """A form of note: what its sections are, in order."""

    name: str
    title: str
    sections: tuple[Section, ...]


_PLAN = Section("plan", "Plan", "What happens next: what you agreed, and until when.")
_ASSESSMENT = Section("assessment", "Assessment", "What you make of it, and how things are going.")
FREE, TEXT = "free", "text"
FORMATS = {
    one.name: one
    for one in (
        Format(FREE, "Free text", (Section(TEXT, "Your notes on this session", ""),)),
        Format(
            "soap",
            "SOAP",
            (
                Section("subjective", "Subjective", "What the client told you, in their words."),
                Section("objective", "Objective", "What you saw and heard, and scores of measures."),
                _ASSESSMENT,
                _PLAN,
            ),
        ),
        Format(
            "dap",
            "DAP",
            (
                Section("data", "Data", "What was said and what you observed."),
                _ASSESSMENT,
                _PLAN,
            ),
        ),
        Format(
            "birp",
            "BIRP",
            (
                Section("behavior", "Behavior", "How the client was, and what they reported."),
                Section("intervention", "Intervention", "What you did in the session."),
                Section("response", "Response", "How the client took it."),
                _PLAN,
            ),
        ),
    )
}
_HEADINGS = {one.name: one.heading for form in FORMATS.values() for one in form.sections}


@dataclass(frozen=True)
class Draft:
    """A note as it is typed: text by section, in order and none of it "", and why it is changed where it was
    signed before."""

    format: str
    texts: Mapping[str, str]
    reason: str = ""

    @property
    def empty(self) -> bool:
        """Nothing but blanks."""
        return not any(text.strip() for text in self.texts.values())

    @property
    def length(self) -> int:
        return sum(map(len, self.texts.values()))


def drafted(format_name: str, texts: Mapping[str, str], reason: str = "") -> Draft:
    """A draft of what stands in the sections of this format."""
    sections = FORMATS[format_name].sections
    return Draft(format_name, {one.name: texts[one.name] for one in sections if texts.get(one.name)}, reason)


def free(text: str) -> Draft:
    """A note of one section."""
    return drafted(FREE, {TEXT: text})


def as_body(draft: Draft) -> str:
    """The draft's texts as they are kept."""
    return json.dumps(dict(draft.texts), ensure_ascii=False)


def from_body(format_name: str, body: str | None, reason: str | None = None) -> Draft:
    """What was kept. Notes from before there were sections are plain text, and so the one free section."""
    return drafted(format_name, _texts(format_name, body or ""), reason or "")


def _texts(format_name: str, body: str) -> dict[str, str]:
    known = {one.name for one in FORMATS[format_name].sections}
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if isinstance(found, dict) and all(k in known and isinstance(v, str) for k, v in found.items()):
        return dict(found)
    return {FORMATS[format_name].sections[0].name: body} if body else {}


def in_format(draft: Draft, format_name: str) -> Draft:
    """The same text under another format's headings. A section that both have stays where it is; what has
    no place there goes to the end of the first section, under the heading it had."""
    wanted = FORMATS[format_name].sections
    kept = {one.name: draft.texts[one.name] for one in wanted if one.name in draft.texts}
    moved = [
        text if name == TEXT else f"{_HEADINGS[name]}:\n{text}"
        for name, text in draft.texts.items()
        if name not in kept
    ]
    first = wanted[0].name
    if moved:
        kept[first] = "\n\n".join([*([kept[first]] if first in kept else []), *moved])
    return drafted(format_name, kept, draft.reason)


def with_line(draft: Draft, section: str, line: str) -> Draft:
    """The draft with a line of its own at the end of a section."""
    before = draft.texts.get(section, "")
    text = f"{before.rstrip()}\n{line}" if before.strip() else line
    return drafted(draft.format, {**draft.texts, section: text}, draft.reason)


def as_words(draft: Draft) -> str:
    """The note as one text, each section under its heading; the free form without one."""
    return "\n\n".join(
        text if name == TEXT else f"{_HEADINGS[name]}:\n{text}" for name, text in draft.texts.items()
    )


class Stage(StrEnum):
    """DRAFT: being written. SIGNED: locked. AMENDING: locked, and a change to it is being written."""

    DRAFT = "draft"
    SIGNED = "signed"
    AMENDING = "amending"


class Act(StrEnum):
    """What an author does with a note."""

    KEEP = "keep"
    SIGN = "sign"
    AMEND = "amend"
    DROP = "drop"  # leave it as it was signed after all


_NEXT = {
    (Stage.DRAFT, Act.KEEP): Stage.DRAFT,
    (Stage.DRAFT, Act.SIGN): Stage.SIGNED,
    (Stage.SIGNED, Act.AMEND): Stage.AMENDING,
    (Stage.AMENDING, Act.KEEP): Stage.AMENDING,
    (Stage.AMENDING, Act.SIGN): Stage.SIGNED,
    (Stage.AMENDING, Act.DROP): Stage.SIGNED,
}


def after(stage: Stage, act: Act) -> Stage | None:
    """The stage that follows; None where this cannot be done now."""
    return _NEXT.get((stage, act))


def missing(stage: Stage, draft: Draft, before: Draft | None) -> dict[str, str]:
    """What keeps a draft from being signed: field name to sentence. `before`: what was signed last."""
    found: dict[str, str] = {}
    if draft.empty:
        found["note"] = "This note is empty. Write something first, then sign it."
    if stage is Stage.AMENDING:
        if not draft.reason.strip():
            found["reason"] = "Say in a few words why you change this note."
        if before is not None and (draft.format, draft.texts) == (before.format, before.texts):
            found["note"] = "Nothing is changed yet. Change the text, or leave the note as it is."
    return found
