"""The clinic's intake form: its versions, the draft one works on, a look at it, publishing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from clinic.errors import FormChanged, FormMalformed, InvalidInput, NotFound
from clinic.intake import form_edits
from clinic.intake import forms as versions
from clinic.intake.definition import LONGEST_LABEL, LONGEST_TITLE
from clinic.intake.form import Field, Form, Kind, Section
from clinic.intake.forms import DRAFT, PUBLISHED, FormDraft, FormVersion
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, address, form_editor, form_preview, forms, shell
from components.crisis import plain
from components.times import day_of, long_day, moment

viewer = access.require(Permission.FORM_MANAGE)
address.hold()
PAGE, FORM_NAME, SAID, SEEN = "pages/form_builder.py", "builder", "builder:said", "builder:seen"
OUTLINE, SECTION, FIELD, ADD = "outline", "section", "question", "add"
KEPT = "Every change is kept in the draft as you make it."
PREVIEW, PUBLISH, WITHDRAW = "preview", "publish", "withdraw"


def go(part: str = "", **params: str) -> None:
    forms.forget_problems(FORM_NAME)
    st.query_params.from_dict({"part": part, **params} if part else {})


def link(label: str, part: str, **params: str) -> None:
    st.page_link(PAGE, label=label, query_params={"part": part, **params}, width="stretch")


def save(asker: Viewer, form: Form) -> None:
    """Keep the draft as `form`, made from what this tab last saw of it."""
    seen: FormDraft = st.session_state[SEEN]
    try:
        revision = versions.save_draft(asker, form, seen.revision, datetime.now(UTC))
    except (FormMalformed, FormChanged) as error:
        raise InvalidInput({"form": in_words(error, asker)}) from error
    st.session_state[SEEN] = replace(seen, form=form, revision=revision)


def in_words(error: FormMalformed | FormChanged, asker: Viewer) -> str:
    if isinstance(error, FormMalformed):
        return plain(error.sentence)
    return (
        f"{plain(error.by)} changed this form on {moment(error.at, asker.zone)}, after you opened it here. "
        "Nothing was written over. Look at it as it is now, then make your change again."
    )


@forms.callback(FORM_NAME)
def edit(asker: Viewer, change: Callable[[Form], Form]) -> None:
    save(asker, change(st.session_state[SEEN].form))


@forms.callback(FORM_NAME)
def delete(asker: Viewer, change: Callable[[Form], Form], up: dict[str, str]) -> None:
    save(asker, change(st.session_state[SEEN].form))
    go(**up)


@forms.callback(FORM_NAME)
def add_section(asker: Viewer) -> None:
    title = (st.session_state.get("new:title") or "").strip()
    if not title:
        raise InvalidInput({"title": "Enter a title for the section."})
    form, name = form_edits.add_section(st.session_state[SEEN].form, title)
    save(asker, form)
    go(SECTION, of=name)


@forms.callback(FORM_NAME)
def add_field(asker: Viewer, section: str) -> None:
    label, kind = (st.session_state.get("new:label") or "").strip(), st.session_state.get("new:kind")
    problems = {} if label else {"label": "Enter the question."}
    if kind is None:
        problems["kind"] = "Choose how it is answered."
    if problems or kind is None:
        raise InvalidInput(problems)
    form, name = form_edits.add_field(st.session_state[SEEN].form, section, label, kind)
    save(asker, form)
    go(FIELD, of=name)


@forms.callback(FORM_NAME)
def bring_back(asker: Viewer, section: str, name: str) -> None:
    save(asker, form_edits.add_known(st.session_state[SEEN].form, section, name))
    go(FIELD, of=name)


@forms.callback(FORM_NAME)
def publish(asker: Viewer) -> None:
    try:
        version = versions.publish(asker, st.session_state[SEEN].revision, datetime.now(UTC))
    except (FormMalformed, FormChanged) as error:
        raise InvalidInput({"form": in_words(error, asker)}) from error
    go()
    st.session_state[SAID] = f"Version {version} is published. Clients who begin from now on fill it in."


@forms.callback(FORM_NAME)
def withdraw(asker: Viewer, one: FormVersion) -> None:
    versions.withdraw(asker, one.public_id, datetime.now(UTC))
    go()
    st.session_state[SAID] = f"Version {one.version} is withdrawn. What was sent on it stays as it is."


def frame(title: str, back: str, step: str, **up: str) -> dict[str, str]:
    """The screen's head; returns the problems, to stand beside their fields."""
    found = forms.problems(FORM_NAME)
    shell.page(title, viewer, back=(PAGE, back, up), error=bool(found), step=step)
    forms.show_problems(found)
    return found


def state_of(one: FormVersion) -> str:
    if one.status == DRAFT:
        return f"Draft, last changed {moment(one.edited_at, viewer.zone)}"
    since = one.published_at if one.status == PUBLISHED else one.withdrawn_at
    when = f" {long_day(day_of(since, viewer.zone))}" if since else ""
    return f"{'In use since' if one.status == PUBLISHED else 'Withdrawn'}{when}"


def all_versions(listed: list[FormVersion]) -> None:
    found = forms.problems(FORM_NAME)
    said = st.session_state.pop(SAID, "")
    shell.page("Intake form", viewer, back=("pages/clinic.py", "the clinic"), error=bool(found), step=said)
    forms.show_problems(found)
    if said:
        st.success(said)
    in_force = next(one for one in listed if one.in_force)
    st.write(f"Clients who begin now fill in version {in_force.version}.")
    has_draft = any(one.status == DRAFT for one in listed)
    label = "Carry on with the draft" if has_draft else "Make a new version"
    st.button(label, type="primary", on_click=go, args=(OUTLINE,))
    for one in listed:
        with st.container(border=True):
            st.header(f"Version {one.version}", anchor=False)
            st.write(state_of(one) + ".")
            if one.status != DRAFT:
                st.write(f"{one.filling} filling it in now, {one.sent} sent.")
            link(f"Look at version {one.version} as a client", PREVIEW, version=one.public_id)
            if one.status == PUBLISHED and sum(v.status == PUBLISHED for v in listed) > 1:
                link(f"Withdraw version {one.version}", WITHDRAW, version=one.public_id)


def outline(draft: FormDraft) -> None:
    found = frame(f"Version {draft.version}, draft", "all versions", OUTLINE)
    st.write(f"{KEPT} Clients see it once you publish.")
    for section in draft.form.sections:
        number = len(section.fields)
        asked = "" if section.show_when is None else ", asked only sometimes"
        link(
            f"{plain(section.title)} ({number} question{'' if number == 1 else 's'}{asked})",
            SECTION,
            of=section.name,
        )
    st.text_input("Add a section: its title", key="new:title", max_chars=LONGEST_TITLE, placeholder="")
    forms.beside(found, "title")
    st.button("Add the section", on_click=add_section)
    st.divider()
    link("Preview as a client on a phone", PREVIEW, version=draft.public_id)
    st.button("Publish", type="primary", on_click=go, args=(PUBLISH,))


def one_section(draft: FormDraft, section: Section) -> None:
    frame(f"Section: {section.title}", "the draft", f"{SECTION}:{section.name}", part=OUTLINE)
    place = draft.form.sections.index(section)
    st.caption(f"Section {place + 1} of {len(draft.form.sections)}. {KEPT}")
    st.header("Questions", anchor=False)
    for field in section.fields:
        asked = "" if field.show_when is None else ", asked only sometimes"
        required = "required" if field.required else "optional"
        link(f"{plain(field.label)} ({required}{asked})", FIELD, of=field.name)
    if not section.fields:
        st.write("None yet.")
    st.button("Add a question", type="primary", on_click=go, args=(ADD,), kwargs={"of": section.name})
    st.header("The section itself", anchor=False)
    form_editor.section_editor(draft.form, section, edit)
    order(
        lambda by: lambda form: form_edits.move_section(form, section.name, by),
        place,
        len(draft.form.sections),
    )
    if all(form_edits.can_be_deleted(field) for field in section.fields):
        st.button(
            "Delete this section",
            on_click=delete,
            args=(lambda form: form_edits.delete_section(form, section.name), {"part": OUTLINE}),
        )


def one_field(draft: FormDraft, section: Section, field: Field) -> None:
    up = {"part": SECTION, "of": section.name}
    frame("Question", f"section {section.title}", f"{FIELD}:{field.name}", **up)
    place = section.fields.index(field)
    st.caption(
        f"Question {place + 1} of {len(section.fields)} in {plain(section.title)} · "
        f"{form_editor.KIND_WORDS[field.kind]}. {KEPT}"
    )
    form_editor.field_editor(draft.form, section, field, edit)
    everything = list(draft.form.fields())
    order(
        lambda by: lambda form: form_edits.move_field(form, field.name, by),
        everything.index(field),
        len(everything),
    )
    if form_edits.can_be_deleted(field):
        st.button(
            "Delete this question",
            on_click=delete,
            args=(lambda form: form_edits.delete_field(form, field.name), up),
        )


def order(move: Callable[[int], Callable[[Form], Form]], place: int, number: int) -> None:
    with st.container(horizontal=True):
        st.button("Move up", on_click=edit, args=(move(-1),), disabled=place == 0)
        st.button("Move down", on_click=edit, args=(move(1),), disabled=place + 1 == number)


def new_field(draft: FormDraft, section: Section) -> None:
    found = frame("Add a question", f"section {section.title}", ADD, part=SECTION, of=section.name)
    st.text_input("Question", key="new:label", max_chars=LONGEST_LABEL, autocomplete="off", placeholder="")
    forms.beside(found, "label")
    st.radio(
        "How it is answered",
        [kind for kind in Kind if kind is not Kind.BIRTH_DATE],
        index=None,
        format_func=form_editor.KIND_WORDS.__getitem__,
        key="new:kind",
    )
    forms.beside(found, "kind")
    st.button("Add the question", type="primary", on_click=add_field, args=(section.name,))
    if known := form_edits.missing_known(draft.form):
        st.header("Or bring back one that other screens use", anchor=False)
        for field in known:
            st.button(
                plain(field.label),
                key=f"back:{field.name}",
                on_click=bring_back,
                args=(section.name, field.name),
            )


def look(version: str) -> None:
    view = versions.form_of(viewer, version)
    up = {"part": OUTLINE} if view.is_draft else {}
    frame(f"Version {view.version} as on a phone", "the draft" if up else "all versions", PREVIEW, **up)
    st.write("Try it. What you type here is kept nowhere.")
    form_preview.preview(view.form, day_of(datetime.now(UTC), viewer.zone), view.minimum_age)
    st.button("Start the preview again", on_click=form_preview.forget)


def before_publishing(draft: FormDraft, listed: list[FormVersion]) -> None:
    frame(f"Publish version {draft.version}?", "the draft", PUBLISH, part=OUTLINE)
    filling = sum(one.filling for one in listed if one.status == PUBLISHED)
    st.markdown(
        "- Clients who begin from now on fill in this version.\n"
        f"- Clients in the middle of an older version go on with theirs ({filling} now).\n"
        "- What was sent before stays as it was sent.\n"
        "- A published version can't be changed any more. You can make another one."
    )
    st.button(f"Publish version {draft.version}", type="primary", on_click=publish)


def before_withdrawing(one: FormVersion) -> None:
    frame(f"Withdraw version {one.version}?", "all versions", WITHDRAW)
    st.markdown(
        f"- Clients in the middle of it can't go on with it ({one.filling} now). They read why, and one "
        "button takes them to the newest version, with every answer that fits.\n"
        f"- What was sent on it stays readable for ever ({one.sent} now).\n"
        "- A withdrawn version does not come back."
    )
    st.button(f"Withdraw version {one.version}", type="primary", on_click=withdraw, args=(one,))


def show() -> None:
    part, name = st.query_params.get("part", ""), st.query_params.get("of", "")
    if part == PREVIEW:
        return look(st.query_params.get("version", ""))
    listed = versions.form_versions(viewer)
    chosen = next((one for one in listed if one.public_id == st.query_params.get("version")), None)
    if part == WITHDRAW and chosen:
        return before_withdrawing(chosen)
    if part not in (OUTLINE, SECTION, FIELD, ADD, PUBLISH):
        return all_versions(listed)
    draft = versions.open_draft(viewer, datetime.now(UTC))
    seen = st.session_state.get(SEEN)
    if seen and seen.revision != draft.revision and not forms.problems(FORM_NAME):
        form_editor.forget()
    st.session_state[SEEN] = draft
    section = draft.form.section(name)
    if part == SECTION and section:
        return one_section(draft, section)
    if part == ADD and section:
        return new_field(draft, section)
    if part == PUBLISH:
        return before_publishing(draft, listed)
    for section in draft.form.sections:
        for field in section.fields:
            if part == FIELD and field.name == name:
                return one_field(draft, section, field)
    return outline(draft)


try:
    show()
except NotFound as error:
    shell.page("Intake form", viewer, back=(PAGE, "all versions"))
    st.warning(error.sentence)
shell.foot(viewer)
