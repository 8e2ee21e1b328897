"""A note's text survives every change of format; what may be done with it depends on how far it is."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clinic.records.note_formats import (
    FORMATS,
    Act,
    Draft,
    Stage,
    after,
    as_body,
    as_words,
    drafted,
    free,
    from_body,
    in_format,
    missing,
    with_line,
)
from clinic.records.note_words import has_all, snippet, wanted

WORDS = st.text("abß \n", max_size=20)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    name = draw(st.sampled_from(sorted(FORMATS)))
    return drafted(name, {one.name: draw(WORDS) for one in FORMATS[name].sections}, draw(WORDS))


@settings(max_examples=50)
@given(drafts())
def test_what_is_kept_is_read_again(draft: Draft) -> None:
    assert from_body(draft.format, as_body(draft), draft.reason) == draft


@settings(max_examples=50)
@given(drafts(), st.lists(st.sampled_from(sorted(FORMATS)), max_size=4))
def test_another_format_keeps_every_text(draft: Draft, formats: list[str]) -> None:
    changed = draft
    for name in formats:
        changed = in_format(changed, name)
        assert changed.format == name
    everything = as_words(changed)
    assert all(text in everything for text in draft.texts.values())
    assert changed.reason == draft.reason


def test_what_has_no_place_in_the_new_format_stands_under_its_heading_in_the_first_section() -> None:
    soap = drafted("soap", {"subjective": "Tired", "objective": "Pale", "plan": "Walk"})
    assert in_format(soap, "dap").texts == {
        "data": "Subjective:\nTired\n\nObjective:\nPale",
        "plan": "Walk",
    }
    assert in_format(free("Tired"), "soap").texts == {"subjective": "Tired"}
    assert in_format(soap, "soap") == soap


def test_a_line_is_added_to_a_section_and_to_an_empty_one() -> None:
    assert with_line(free("Tired\n"), "text", "PHQ-9 9").texts == {"text": "Tired\nPHQ-9 9"}
    assert with_line(free(""), "text", "PHQ-9 9").texts == {"text": "PHQ-9 9"}


class NoteMachine(RuleBasedStateMachine):
    """A note as its author would work on it, beside what must hold of what was signed."""

    def __init__(self) -> None:
        super().__init__()
        self.stage, self.draft = Stage.DRAFT, free("")
        self.signed: list[Draft] = []
        self.once: list[Draft] = []

    def does(self, act: Act) -> bool:
        following = after(self.stage, act)
        self.stage = following or self.stage
        return following is not None

    @rule(text=WORDS, reason=WORDS)
    def keep(self, text: str, reason: str) -> None:
        if self.does(Act.KEEP):
            self.draft = drafted("free", {"text": text}, reason)
        else:
            assert self.stage is Stage.SIGNED

    @rule()
    def sign(self) -> None:
        before = self.signed[-1] if self.signed else None
        if self.stage is Stage.SIGNED:
            assert not self.does(Act.SIGN)
        elif not missing(self.stage, self.draft, before):
            assert self.does(Act.SIGN)
            self.signed.append(self.draft)

    @rule()
    def amend(self) -> None:
        if self.does(Act.AMEND):
            self.draft = drafted("free", self.signed[-1].texts)

    @rule()
    def drop(self) -> None:
        amending = self.stage is Stage.AMENDING
        assert self.does(Act.DROP) is amending

    @invariant()
    def nothing_signed_is_lost_empty_or_without_a_reason(self) -> None:
        assert self.signed[: len(self.once)] == self.once
        self.once = list(self.signed)
        assert bool(self.signed) is (self.stage is not Stage.DRAFT)
        assert not any(version.empty for version in self.signed)
        assert all(version.reason.strip() for version in self.signed[1:])
        for one, following in zip(self.signed, self.signed[1:], strict=False):
            assert one.texts != following.texts


NoteMachine.TestCase.settings = settings(max_examples=20, stateful_step_count=15)
TestNoteMachine = NoteMachine.TestCase


def test_words_are_found_in_any_order_and_any_case() -> None:
    assert wanted(" Letter  LETTER sister ") == ("letter", "sister")
    assert has_all("A letter to his Sister", wanted("SIST letter"))
    assert not has_all("A letter", wanted("letter sister"))


def test_a_snippet_is_the_text_around_the_first_word() -> None:
    long = f"{'ß' * 100} before the heron\nflew {'away ' * 40}"
    around = snippet(long, wanted("HERON"))
    assert "before the heron flew" in around
    assert around.startswith("… ")
    assert around.endswith(" …")
    assert snippet("A heron", wanted("heron")) == "A heron"
