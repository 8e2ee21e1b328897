"""Tasks between sessions: a client's own, or a therapist's clients'; one of them; a new one."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from clinic.between.task_list import ClientTasks, TaskView, client_tasks, read_task, to_look_at
from clinic.between.task_states import LONGEST_REASON, Act, Kind, State
from clinic.between.tasks import look_at, withdraw
from clinic.errors import CareEnded, NotFound
from clinic.people.permissions import Permission
from clinic.people.viewer import Role, Viewer
from components import access, address, document_parts, forms, shell, task_form, task_parts, task_reply
from components.crisis import plain
from components.disclosure import disclosure
from components.task_reply import FORM_NAME, SAID
from components.times import day_of, long_day, moment
from components.upload import upload

viewer = access.require(Permission.TASK_READ)
own = viewer.role is Role.CLIENT
ITSELF = "pages/tasks.py"


@forms.callback(FORM_NAME)
def seen(asker: Viewer, task_id: str) -> None:
    look_at(asker, task_id, datetime.now(UTC))
    st.session_state[SAID] = "Looked at. It is among the tasks that are done."


@forms.callback(FORM_NAME)
def take_away(asker: Viewer, task_id: str) -> None:
    withdraw(asker, task_id, str(st.session_state.get(f"task:why:{task_id}") or ""), datetime.now(UTC))
    st.session_state[SAID] = "Withdrawn. The client reads why."


def overview(now: datetime) -> None:
    """A therapist's: what came back and nobody has looked at."""
    shell.page("Tasks", viewer)
    found = to_look_at(viewer, now)
    if not found:
        st.write("Nothing to look at. What your clients have done is listed here until somebody looks at it.")
    task_parts.rows(found, viewer, named=True)
    st.write("You set a task in a client's record, under Tasks.")
    st.page_link("pages/clients.py", label="Your clients")


def of_client(found: ClientTasks) -> None:
    """One client's: what is open, and what is not any more."""
    shell.page(
        "Tasks" if own else f"Tasks: {plain(found.client_name)}",
        viewer,
        back=None if own else ("pages/client_record.py", "the record", {"client": found.client_id}),
        tab="Tasks",
    )
    if not own and st.session_state.pop(task_form.SET, None) == found.client_id:
        st.success("Set. The client is told by mail that there is something new.")
    if found.care_ended:
        st.write(
            "Your care here has ended. What you wrote stays here for you to read."
            if own
            else "This client's care here has ended. What was written stays; nothing new is set."
        )
    elif not own and st.button("Set a task", type="primary"):
        st.query_params.from_dict({"client": found.client_id, "new": "1"})
        st.rerun()
    if not found.open:
        st.write(
            "No tasks now. What your therapist gives you to do between sessions is listed here."
            if own
            else "No open tasks."
        )
    task_parts.rows(found.open, viewer)
    waiting = () if own else tuple(one for one in found.ended if is_waiting(one.state, one.looked_at))
    if waiting:
        st.header("To look at", anchor=False)
        task_parts.rows(waiting, viewer)
    rest = tuple(one for one in found.ended if one not in waiting)
    if rest:
        disclosure("Earlier tasks", lambda: task_parts.rows(rest, viewer), key="tasks-ended")


def is_waiting(state: State, looked_at: datetime | None) -> bool:
    return state is State.DONE and looked_at is None


def one_task(view: TaskView) -> None:
    row, problems = view.row, forms.problems(FORM_NAME)
    said = st.session_state.pop(SAID, "") if not problems else ""
    title = plain(row.title)
    shell.page(
        title if own else f"{plain(row.client_name)}: {title}",
        viewer,
        back=(ITSELF, "tasks") if own else (ITSELF, "their tasks", {"client": row.client_id}),
        error=bool(problems),
        step=f"{row.public_id}{row.state}{said}",
        tab="Tasks",
    )
    forms.show_problems(problems)
    if said:
        st.success(said)
    task_parts.asked_for(view, viewer)
    (answering if own else looking)(view)


def answering(view: TaskView) -> None:
    """The client's side: the reply, then the press that hands it over."""
    row, task_id = view.row, view.row.public_id
    task_reply.left_over(view)
    if row.kind is Kind.MEASURE and row.state is State.OPEN and view.standing.cared_for:
        task_parts.answer_button(view)
        return
    if not view.may(Act.REPLY):
        ended(view)
        return
    task_reply.restore(view)
    task_reply.field(task_id)
    handed_in(view)
    upload(
        "Send a file with it (optional)",
        document_parts.FILE,
        key="task-file",
        on_picked=partial(task_reply.send, task_id),
        press="Send this file",
    )
    st.button("This is done", type="primary", on_click=task_reply.done, args=(task_id,))
    st.caption("Replies are not watched around the clock.")
    st.page_link("pages/help_now.py", label="Help now: who to call")


def ended(view: TaskView) -> None:
    """It is done, withdrawn, or care has ended: what was written stays to be read."""
    row = view.row
    if row.state is State.WITHDRAWN and view.withdrawn_at is not None:
        st.write(f"Your therapist withdrew this on {long_day(day_of(view.withdrawn_at, viewer.zone))}:")
        st.text(view.withdrawn_reason)
    elif row.state is State.DONE and row.done_at is not None:
        looked = "Your therapist has looked at it." if row.looked_at else "Your therapist can see it now."
        st.write(f"Done on {long_day(day_of(row.done_at, viewer.zone))}. {looked}")
    elif not view.standing.cared_for:
        st.write("Your care here has ended, so nobody looks at new replies. What you wrote stays here.")
    reply_text(view, "Your reply")
    handed_in(view)
    if view.may(Act.TAKE_BACK):
        st.button("Go on with it", on_click=task_reply.again, args=(row.public_id,))


def looking(view: TaskView) -> None:
    """The therapist's side: what came back, and what there is to do about it."""
    row = view.row
    if row.state is State.WITHDRAWN and view.withdrawn_at is not None:
        st.write(f"Withdrawn, {moment(view.withdrawn_at, viewer.zone)}:")
        st.text(view.withdrawn_reason)
    elif row.state is State.DONE and row.done_at is not None:
        st.markdown(f"**Done, {moment(row.done_at, viewer.zone)}.**")
        reply_text(view, "Their reply")
    elif row.kind is Kind.MEASURE:
        st.write("Not answered yet.")
    else:
        st.write("Not done yet. Their reply comes to you once they say that it is done.")
    handed_in(view)
    if row.kind is Kind.MEASURE and row.state is State.DONE:
        st.page_link(
            "pages/client_record.py",
            label="The answers are in the record",
            query_params={"client": row.client_id},
        )
    if view.may(Act.LOOK_AT):
        if row.looked_at is None:
            st.button("I have looked at this", type="primary", on_click=seen, args=(row.public_id,))
        else:
            st.caption(f"Looked at, {moment(row.looked_at, viewer.zone)}.")
    if row.state is State.OPEN:
        disclosure("Withdraw this task", lambda: withdrawing(view), key="task-withdraw")


def withdrawing(view: TaskView) -> None:
    st.text_area(
        "Why? The client reads it.",
        key=f"task:why:{view.row.public_id}",
        max_chars=LONGEST_REASON,
        placeholder="",
    )
    forms.beside(forms.problems(FORM_NAME), "reason")
    if view.row.kind is Kind.MEASURE:
        st.write("The questions are asked all the same. You stop them under What is asked, and when.")
    st.button("Withdraw it", on_click=take_away, args=(view.row.public_id,))


def reply_text(view: TaskView, label: str) -> None:
    if view.reply:
        st.markdown(f"**{label}**")
        with st.container(border=True):
            st.text(view.reply)
    elif view.row.kind is not Kind.MEASURE:
        st.write("No words were written with it.")


def handed_in(view: TaskView) -> None:
    for one in view.handed_in:
        task_parts.paper(one, "Open")


def new(found: ClientTasks) -> None:
    problems = forms.problems(task_form.FORM_NAME)
    shell.page(
        f"New task: {plain(found.client_name)}",
        viewer,
        back=(ITSELF, "their tasks", {"client": found.client_id}),
        error=bool(problems),
        step="new",
        tab="New task",
    )
    forms.show_problems(problems)
    if found.care_ended and not problems:
        st.warning(CareEnded.sentence)
    task_form.fields(found.client_id)
    st.button("Set this task", type="primary", on_click=task_form.set_it, args=(found.client_id,))


address.hold()
now = datetime.now(UTC)
if st.session_state.get("task:at") != (at := st.query_params.to_dict()):
    # Another task begins without the last one's problems.
    for name in (FORM_NAME, task_form.FORM_NAME):
        forms.forget_problems(name)
    st.session_state["task:at"] = at
client_id = viewer.public_id if own else st.query_params.get("client", "")
try:
    if asked := st.query_params.get("task", ""):
        one_task(read_task(viewer, asked, now))
    elif not client_id:
        overview(now)
    elif st.query_params.get("new") and not own:
        new(client_tasks(viewer, client_id, now))
    else:
        of_client(client_tasks(viewer, client_id, now))
except NotFound as error:
    shell.page("Tasks", viewer, back=(ITSELF, "tasks"))
    st.warning(error.sentence)
shell.foot(viewer)
