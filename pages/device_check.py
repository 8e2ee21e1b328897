"""Trying camera, microphone, sound and network, at any time before a session."""

import streamlit as st

from clinic.people.permissions import Permission
from clinic.video.device_checks import own_check
from components import access, device_check, forms, shell
from components.device_words import last_check
from components.room_parts import home_of

viewer = access.require(Permission.ROOM_ENTER)
found = forms.problems(device_check.FORM_NAME)
shell.page("Camera and sound check", viewer, back=home_of(viewer), error=bool(found))
forms.show_problems(found)
st.write("Try your camera, microphone and sound before your session. Your picture stays on this device.")
if checked := own_check(viewer):
    st.caption(f"Last time: {last_check(checked, viewer.zone)}")
sound_only = st.toggle("Sound only, without a camera", key="device-check:sound-only")
device_check.device_check(sound_only=sound_only)
shell.foot(viewer)
