"""My account: how one is called, the password, the second step, devices, one's own data."""

from datetime import UTC, datetime

import streamlit as st

from clinic.oversight.audit_log import looks_at_me
from clinic.people import own_account, second_factor
from clinic.people.own_account import Device, Profile
from clinic.people.permissions import Permission, allows
from clinic.people.viewer import Viewer
from clinic.scheduling import feed, reminders
from components import access, address, calendar_address, clinic_fields, forms, navigation, qr_code, shell
from components.crisis import plain
from components.disclosure import disclosure
from components.password_again import recently_given
from components.times import moment

viewer = access.require(Permission.ACCOUNT_OWN)
address.hold()
FORM_NAME = "account"
PROFILE, PASSWORD, SECOND_STEP, DEVICES, DATA = "profile", "password", "second-step", "devices", "data"
CALENDAR = "calendar"
SAID, CODES, ADDRESS = "account:said", "account:codes", "account:address"
TITLES = {
    PROFILE: "About me",
    PASSWORD: "Change my password",
    SECOND_STEP: "Second step for signing in",
    CALENDAR: "Reminders and calendar",
    DEVICES: "Where I am signed in",
    DATA: "My data",
}


def done(sentence: str) -> None:
    st.session_state[SAID] = sentence


@forms.callback(FORM_NAME)
def save_profile(asker: Viewer) -> None:
    state = st.session_state
    profile = Profile(
        state.get("own:name") or "",
        state.get("own:legal_name") or "",
        state.get("own:pronouns") or "",
        state.get("own:zone") or "",
        bool(state.get("own:mail")),
    )
    own_account.change_profile(asker, profile, datetime.now(UTC))
    done("Saved.")


@forms.callback(FORM_NAME)
def save_password(asker: Viewer) -> None:
    current, new = st.session_state.get("own:current") or "", st.session_state.get("own:new") or ""
    own_account.change_password(asker, current, new, datetime.now(UTC), address=access.address())
    for field in ("own:current", "own:new"):
        st.session_state[field] = ""
    done("Your password is changed. Every other device is signed out.")


@forms.callback(FORM_NAME)
def confirm_code(asker: Viewer) -> None:
    st.session_state[CODES] = second_factor.confirm(
        asker, st.session_state.get("own:code") or "", datetime.now(UTC)
    )
    done("Your second step is on.")


@forms.callback(FORM_NAME)
def fresh_codes(asker: Viewer) -> None:
    st.session_state[CODES] = second_factor.new_recovery_codes(asker, datetime.now(UTC))


@forms.callback(FORM_NAME)
def turn_off(asker: Viewer) -> None:
    second_factor.turn_off(asker, datetime.now(UTC))
    done("Your second step is off.")


@forms.callback(FORM_NAME)
def turn_reminders(asker: Viewer) -> None:
    on = bool(st.session_state.get("own:reminders"))
    reminders.turn_reminders(asker, on, datetime.now(UTC))
    done("Reminders are on." if on else "Reminders are off.")


@forms.callback(FORM_NAME)
def make_address(asker: Viewer) -> None:
    st.session_state[ADDRESS] = feed.make_feed(asker, datetime.now(UTC))


@forms.callback(FORM_NAME)
def stop_address(asker: Viewer) -> None:
    st.session_state.pop(ADDRESS, None)
    feed.revoke_feed(asker, datetime.now(UTC))
    done("The address is stopped. Your calendar will not be able to read it any more.")


@forms.callback(FORM_NAME)
def end_device(asker: Viewer, device: Device) -> None:
    own_account.end_device(asker, device, datetime.now(UTC))
    done("Signed out there.")


@forms.callback(FORM_NAME)
def end_others(asker: Viewer) -> None:
    own_account.end_other_devices(asker, datetime.now(UTC))
    done("Signed out everywhere else.")


def about_me(found: dict[str, str]) -> None:
    kept = own_account.own_account(viewer)
    st.write(f"You sign in with {plain(kept.email)}.")
    st.text_input("Name", kept.profile.name, key="own:name", max_chars=100, placeholder="")
    st.caption("What everyone here sees. Any name you like to be called by.")
    forms.beside(found, "name")
    st.text_input("Pronouns (optional)", kept.profile.pronouns, key="own:pronouns", placeholder="")
    forms.beside(found, "pronouns")
    st.text_input(
        "Legal name (optional)", kept.profile.legal_name, key="own:legal_name", max_chars=100, placeholder=""
    )
    st.caption("Only for documents that need it. It is shown nowhere else.")
    forms.beside(found, "legal_name")
    clinic_fields.zone_field("Time zone", "own:zone", kept.profile.zone)
    forms.beside(found, "zone")
    st.checkbox("Email me when a new browser signs in", kept.profile.mail_on_sign_in, key="own:mail")
    st.button("Save", type="primary", on_click=save_profile)


def password(found: dict[str, str]) -> None:
    clinic_fields.password_field("Password now", "own:current", "current-password")
    forms.beside(found, "current")
    clinic_fields.new_password("New password", "own:new")
    forms.beside(found, "new")
    st.button("Change password", type="primary", on_click=save_password)


def second_step(found: dict[str, str]) -> None:
    if codes := st.session_state.get(CODES):
        recovery_codes(codes)
        return
    if viewer.second_factor_due:
        st.info("Everyone who works here needs this before they can go on.")
    if not recently_given(viewer):
        return
    if own_account.own_account(viewer).second_factor:
        st.write("On. Signing in asks for a code of your app.")
        st.button("New recovery codes", on_click=fresh_codes)
        st.button("Turn the second step off", on_click=turn_off)
        return
    setup = second_factor.begin(viewer, datetime.now(UTC))
    st.write("1. Open an authenticator app on your phone, and add an account by this picture.")
    qr_code.show(setup.address, "A QR code for your authenticator app. The same in letters is below.")
    disclosure("I can't scan it", lambda: st.code(setup.secret, language=None), key="totp-secret")
    st.text_input(
        "2. Enter the code the app shows",
        key="own:code",
        autocomplete="one-time-code",
        placeholder="",
        max_chars=6,
    )
    forms.beside(found, "form")
    st.button("Turn it on", type="primary", on_click=confirm_code)


def recovery_codes(codes: list[str]) -> None:
    st.write(
        "**Write these down now.** Each lets you in once when your phone is gone. We show them only here."
    )
    st.code("\n".join(codes), language=None)
    if st.button("I have written them down", type="primary"):
        st.session_state.pop(CODES)
        st.switch_page(navigation.first_screen(viewer))


def calendar(_found: dict[str, str]) -> None:
    st.checkbox(
        "Email me reminders of my sessions",
        reminders.reminders_on(viewer),
        key="own:reminders",
        on_change=turn_reminders,
    )
    st.header("My sessions in my calendar", anchor=False)
    st.write(
        "With a private address, your calendar shows your sessions by itself, and changes with them. It says "
        "“Appointment” and when, and nothing else."
    )
    if not calendar_address.is_there():
        st.info("This server has no such addresses. Use the entry in the email we send for each session.")
        return
    kept = feed.own_feed(viewer)
    if token := st.session_state.pop(ADDRESS, None):
        st.success("**Copy this address now.** We show it only here, and only once.")
        st.code(calendar_address.of(token), language=None, wrap_lines=True)
        st.write(
            "In your calendar, choose “Subscribe” or “Add from URL” and paste it. Whoever has it can "
            "see when you have appointments. If somebody got it who should not have it, stop it here."
        )
    elif kept:
        st.write(f"You have an address since {moment(kept.made_at, viewer.zone)}.")
    if kept:
        st.button("Stop this address", on_click=stop_address)
    if recently_given(viewer):
        st.button(
            "Make a new address" if kept else "Make an address",
            type="secondary" if kept else "primary",
            on_click=make_address,
        )
        if kept:
            st.caption("A new address stops the one you have.")


def devices(_found: dict[str, str]) -> None:
    listed = own_account.devices(viewer, datetime.now(UTC))
    for device in listed:
        with st.container(border=True):
            where = f" ({plain(device.address)})" if device.address else ""
            st.markdown(f"**{device.browser}**{where}{', this one' if device.this_one else ''}")
            st.caption(f"Since {moment(device.since_at, viewer.zone)}")
            if not device.this_one:
                st.button("Sign out there", key=f"end:{device.id}", on_click=end_device, args=(device,))
    if len(listed) > 1:
        st.button("Sign out everywhere else", type="primary", on_click=end_others)


def data(_found: dict[str, str]) -> None:
    st.header("Who opened my record", anchor=False)
    looks = looks_at_me(viewer)
    if looks:
        st.table(
            {
                "When": [moment(look.at, viewer.zone) for look in looks],
                "Who": [
                    plain(look.who) + (", in an emergency" if look.in_emergency else "") for look in looks
                ],
            }
        )
    else:
        st.write("Nobody yet.")
    st.header("A copy of everything", anchor=False)
    if recently_given(viewer):
        st.write(
            "All that is kept about you, to read and to give to another clinic: PDFs, tables and your files "
            "in one zip. Keep it where nobody else reads it."
        )
        st.link_button("Download my record (zip)", "/download/record", type="primary")
        st.link_button("Only the data, in one file (JSON)", "/download/my-data")


PARTS = {PROFILE: about_me, PASSWORD: password, SECOND_STEP: second_step, DEVICES: devices}
if allows(viewer.role, Permission.APPOINTMENT_READ):
    PARTS[CALENDAR] = calendar
if allows(viewer.role, Permission.DATA_OWN):
    PARTS[DATA] = data
part = SECOND_STEP if viewer.second_factor_due else st.query_params.get("part", "")
found = forms.problems(FORM_NAME)
home = (navigation.first_screen(viewer), "the first page")
if part in PARTS:
    shell.page(TITLES[part], viewer, back=("pages/account.py", "My account"), error=bool(found), step=part)
    forms.show_problems(found)
    if (said := st.session_state.pop(SAID, None)) and not found:
        st.success(said)
    PARTS[part](found)
else:
    forms.forget_problems(FORM_NAME)
    shell.page("My account", viewer, back=home)
    for name in PARTS:
        st.page_link("pages/account.py", label=TITLES[name], query_params={"part": name})
    if allows(viewer.role, Permission.ROOM_ENTER):
        st.page_link("pages/device_check.py", label="Check camera and sound")
shell.foot(viewer)
