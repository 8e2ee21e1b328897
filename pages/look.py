"""The clinic's logo and colour, as every screen shows them."""

from datetime import UTC, datetime

import streamlit as st

from clinic.documents.pictures import MOST_BYTES
from clinic.people import look
from clinic.people.look import Colour, clinic_look
from clinic.people.permissions import Permission
from clinic.people.viewer import Viewer
from components import access, forms, shell
from components import look as worn
from components.upload import Kind, Picked, upload

viewer = access.require(Permission.CLINIC_MANAGE)
FORM_NAME, SAID = "look", "look:said"
PICTURE = Kind("image/jpeg,image/png", MOST_BYTES, "The picture is larger than 2 MB. Choose a smaller one.")


@forms.callback(FORM_NAME)
def keep_logo(asker: Viewer, picked: Picked) -> None:
    look.choose_logo(asker, picked.content, datetime.now(UTC))
    done("The logo is saved. Every screen shows it from now on.")


@forms.callback(FORM_NAME)
def remove_logo(asker: Viewer) -> None:
    look.remove_logo(asker, datetime.now(UTC))
    done("The logo is removed.")


@forms.callback(FORM_NAME)
def keep_colour(asker: Viewer) -> None:
    look.choose_colour(asker, Colour(st.session_state["look:colour"]), datetime.now(UTC))
    done("The colour is saved. Screens that are open take it on with their next press.")


def done(sentence: str) -> None:
    worn.forget()
    st.session_state[SAID] = sentence


found, kept = forms.problems(FORM_NAME), clinic_look()
said = str(st.session_state.pop(SAID, ""))
shell.page("Logo and colour", viewer, back=("pages/clinic.py", "the clinic"), error=bool(found), step=said)
forms.show_problems(found)
if said and not found:
    st.success(said)
st.header("Logo", anchor=False)
if kept.logo:
    st.image(kept.logo, caption="Your logo now")
    st.button("Remove the logo", on_click=remove_logo)
upload("Another logo" if kept.logo else "A logo", PICTURE, key="look:logo", on_picked=keep_logo)
st.caption("JPEG or PNG, 2 MB at the most. It is saved at once, 480 by 120 pixels at the most.")
forms.beside(found, "logo")
st.header("Colour of buttons", anchor=False)
names = [colour.value for colour in Colour]
st.radio(
    "Colour",
    names,
    index=names.index(kept.colour),
    format_func=str.capitalize,
    key="look:colour",
    horizontal=True,
)
st.caption("Each can be read on light and on dark screens.")
st.button("Save the colour", type="primary", on_click=keep_colour)
shell.foot(viewer)
