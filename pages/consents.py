"""The administrator's consents: what is asked, drafts, a preview, publishing, and the minimum age."""

from datetime import UTC, datetime

import streamlit as st

from clinic.intake import consent_texts
from clinic.intake.consent_text import LONGEST_BODY, LONGEST_SUMMARY, LONGEST_TITLE, Wording
from clinic.intake.consent_texts import OLDEST_MINIMUM_AGE, ConsentOverview, TextVersion, consents
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, consent_parts, forms, shell
from components.crisis import plain
from components.times import moment

viewer = access.require(Permission.CONSENT_MANAGE)
FORM_NAME = "consents"
PART, CODE, SAID = "consents:part", "consents:code", "consents:said"
SEEN, OPENED = "consents:seen", "consents:opened"  # the draft's revision as last kept here, and as opened
LIST, EDIT, PREVIEW, PUBLISH, STOP, DISCARD = "list", "edit", "preview", "publish", "stop", "discard"
NEEDED = ("Optional", "Required: nobody books or joins without it")


def turn_to(part: str, code: str = "") -> None:
    forms.forget_problems(FORM_NAME)
    st.session_state.pop(SAID, None)
    st.session_state[PART] = part
    if code:
        st.session_state[CODE] = code


def edit(draft: TextVersion) -> None:
    turn_to(EDIT, draft.code)
    st.session_state[SEEN] = st.session_state[OPENED] = draft.revision


def field(part: str, text_id: str) -> str:
    """A widget's key: opening the draft anew shows what is kept, and drops what was typed before."""
    return f"consents:{part}:{text_id}:{st.session_state.get(OPENED)}"


def done(sentence: str) -> None:
    turn_to(LIST)
    st.session_state[SAID] = sentence


@forms.callback(FORM_NAME)
def open_draft(asker: Viewer, code: str) -> None:
    edit(consent_texts.open_draft(asker, code, datetime.now(UTC)))


@forms.callback(FORM_NAME)
def begin(asker: Viewer) -> None:
    edit(consent_texts.begin_consent(asker, datetime.now(UTC)))


@forms.callback(FORM_NAME)
def keep(asker: Viewer, text_id: str, then: str) -> None:
    state = st.session_state
    wording = Wording(
        state.get(field("title", text_id)) or "",
        state.get(field("summary", text_id)) or "",
        state.get(field("body", text_id)) or "",
        state.get(field("required", text_id)) == NEEDED[1],
    )
    kept = consent_texts.keep_draft(asker, text_id, state[SEEN], wording, datetime.now(UTC))
    state[SEEN] = kept.revision
    state[PART] = then
    state[SAID] = "Saved as a draft. Clients see it once it is published."


@forms.callback(FORM_NAME)
def publish(asker: Viewer, text_id: str) -> None:
    consent_texts.publish(asker, text_id, st.session_state[SEEN], datetime.now(UTC))
    done("Published. Clients are asked at their next visit.")


@forms.callback(FORM_NAME)
def discard(asker: Viewer, text_id: str) -> None:
    consent_texts.discard_draft(asker, text_id, st.session_state[SEEN], datetime.now(UTC))
    done("The draft is thrown away.")


@forms.callback(FORM_NAME)
def stop(asker: Viewer, code: str) -> None:
    consent_texts.stop_asking(asker, code, datetime.now(UTC))
    done("Nobody is asked for it any more. Signatures and copies stay.")


@forms.callback(FORM_NAME)
def save_age(asker: Viewer) -> None:
    years = st.session_state.get("consents:age")
    consent_texts.set_minimum_age(asker, -1 if years is None else int(years), datetime.now(UTC))
    done("The minimum age is saved.")


def head(title: str, step: str, found: dict[str, str], wide: bool = False) -> None:
    back = ("pages/clinic.py", "the clinic") if step == LIST else None
    step = f"{step}:{st.session_state.get(SAID, '')}"
    shell.page(title, viewer, back=back, error=bool(found), step=step, wide=wide)
    forms.show_problems(found)
    if (said := st.session_state.get(SAID)) and not found:
        st.success(said)


def back_to(part: str, label: str) -> None:
    st.button(f"‹ Back to {label}", on_click=turn_to, args=(part,), type="tertiary")


def listed(everything: list[ConsentOverview], found: dict[str, str]) -> None:
    head("Consents", LIST, found)
    st.write("What clients read and sign. A published text never changes; a new version asks everyone again.")
    st.button("Add a consent", on_click=begin)
    for asked in everything:
        with st.container(border=True):
            overview(asked)
    st.header("Minimum age", anchor=False)
    st.number_input(
        "From this age clients may sign",
        min_value=0,
        max_value=OLDEST_MINIMUM_AGE,
        value=consent_texts.minimum_age(viewer),
        step=1,
        key="consents:age",
    )
    forms.beside(found, "minimum_age")
    st.caption(
        "Younger people are asked to call. Under 18 a parent or guardian signs too. "
        "The questionnaires that ship are made for adults."
    )
    st.button("Save the age", on_click=save_age)


def overview(asked: ConsentOverview) -> None:
    st.header(plain(asked.title), anchor=False)
    if asked.in_force and asked.in_force.published_at:
        needed = "Required" if asked.in_force.wording.required else "Optional"
        since = moment(asked.in_force.published_at, viewer.zone)
        st.write(f"{needed}. Version {asked.in_force.version}, since {since}.")
        st.write(
            f"Of {asked.clients} clients {asked.agreed} agreed and {asked.declined} said no to this version."
            if asked.clients
            else "There are no clients yet."
        )
        st.caption(consent_parts.version_words(asked.in_force.version, asked.in_force.body_hash))
    elif asked.newest.published_at:
        st.write("Not asked any more. Signatures and copies stay.")
    else:
        st.write("Not published yet.")
    if asked.draft:
        st.write(f"A draft was last changed {moment(asked.draft.edited_at, viewer.zone)}.")
    with st.container(horizontal=True):
        label = "Go on with the draft" if asked.draft else "Write a new version"
        st.button(label, key=f"edit:{asked.code}", on_click=open_draft, args=(asked.code,))
        if asked.in_force:
            st.button("Stop asking", key=f"stop:{asked.code}", on_click=turn_to, args=(STOP, asked.code))


def editor(draft: TextVersion, found: dict[str, str]) -> None:
    head(f"Version {draft.version}, draft", EDIT, found)
    back_to(LIST, "the consents")
    if "form" in found:
        st.button("Open what is saved now", on_click=open_draft, args=(draft.code,))
    st.text_input(
        "Title",
        draft.wording.title,
        key=field("title", draft.public_id),
        max_chars=LONGEST_TITLE,
        placeholder="",
    )
    forms.beside(found, "title")
    st.text_area(
        "In short: one point a line",
        draft.wording.summary,
        key=field("summary", draft.public_id),
        max_chars=LONGEST_SUMMARY,
        height=180,
    )
    forms.beside(found, "summary")
    st.text_area(
        "The whole text",
        draft.wording.body,
        key=field("body", draft.public_id),
        max_chars=LONGEST_BODY,
        height=420,
    )
    st.caption(
        "Leave a line empty between paragraphs. Two stars on each side make words **bold**, "
        "a line that begins with - is a point of a list, and ## begins a heading."
    )
    forms.beside(found, "body")
    st.radio(
        "Is it needed?", NEEDED, index=int(draft.wording.required), key=field("required", draft.public_id)
    )
    with st.container(horizontal=True):
        st.button("Save and look at it", type="primary", on_click=keep, args=(draft.public_id, PREVIEW))
        st.button("Save", on_click=keep, args=(draft.public_id, EDIT))
        st.button("Throw the draft away", on_click=turn_to, args=(DISCARD,))


def preview(draft: TextVersion, found: dict[str, str]) -> None:
    head("As clients see it", PREVIEW, found)
    back_to(EDIT, "the draft")
    with st.container(border=True, width=390):
        consent_parts.words(
            draft.wording.title or "No title yet", draft.wording.summary.splitlines(), draft.wording.body
        )
        st.checkbox("I have read this and I agree", key="preview:agreed", disabled=True)
        st.text_input("Type your full name to sign", key="preview:name", disabled=True, placeholder="")
    st.write("Required." if draft.wording.required else "Optional.")
    st.button("Go on to publishing", type="primary", on_click=turn_to, args=(PUBLISH,))


def before_publishing(draft: TextVersion, clients: int, found: dict[str, str]) -> None:
    head("Publish this version?", PUBLISH, found)
    follows = [
        f"Everyone is asked again: {clients} clients read and decide at their next visit.",
        "What was signed before stays on file, with its own text.",
        "A published text can't be changed any more, only followed by a new version.",
    ]
    if draft.wording.required:
        follows.insert(1, "Until they agree they can't book or join a session. A call that is on goes on.")
    st.markdown("\n".join(f"- {line}" for line in follows))
    with st.container(horizontal=True):
        st.button(
            f"Publish version {draft.version}", type="primary", on_click=publish, args=(draft.public_id,)
        )
        st.button("Not yet", on_click=turn_to, args=(PREVIEW,))


def before_discarding(draft: TextVersion, found: dict[str, str]) -> None:
    head("Throw the draft away?", DISCARD, found)
    st.write("Its words are gone then. What is in force stays as it is.")
    with st.container(horizontal=True):
        st.button("Throw it away", type="primary", on_click=discard, args=(draft.public_id,))
        st.button("Keep the draft", on_click=turn_to, args=(EDIT,))


def before_stopping(asked: ConsentOverview, found: dict[str, str]) -> None:
    head("Stop asking for this?", STOP, found)
    follows = ["Nobody is asked for it any more.", "Signatures and copies stay."]
    if asked.in_force and asked.in_force.wording.required:
        follows.insert(0, "Clients can then book and join without agreeing to it.")
    st.write(f"**{plain(asked.title)}**")
    st.markdown("\n".join(f"- {line}" for line in follows))
    with st.container(horizontal=True):
        st.button("Stop asking", type="primary", on_click=stop, args=(asked.code,))
        st.button("Go on asking", on_click=turn_to, args=(LIST,))


def show(found: dict[str, str]) -> None:
    everything = consents(viewer)
    part = st.session_state.get(PART, LIST)
    asked = next((one for one in everything if one.code == st.session_state.get(CODE)), None)
    draft = asked.draft if asked else None
    if part == STOP and asked:
        before_stopping(asked, found)
    elif asked and draft and part == PUBLISH:
        before_publishing(draft, asked.clients, found)
    elif draft and part in (EDIT, PREVIEW, DISCARD):
        {EDIT: editor, PREVIEW: preview, DISCARD: before_discarding}[part](draft, found)
    else:
        listed(everything, found)


show(forms.problems(FORM_NAME))
shell.foot(viewer)
