"""The consents a new clinic starts with. A clinic's own lawyer should read them before real use.

The first covers what the telehealth guidance of HHS, the APA (2013) and the ATA (2013) asks to be said,
in our own words: nature, limits and alternatives; technology and its risks; confidentiality and its
limits; who sees what; fees; contact between sessions; lost connections; emergencies; recording; place
and licence; complaints; withdrawal; how long records are kept. The second is optional: whether a
therapist may write to the family doctor is asked by most clinics, and costs nothing to refuse.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

TELETHERAPY, FAMILY_DOCTOR = "teletherapy", "family-doctor"
LONGEST_TITLE, LONGEST_SUMMARY, LONGEST_BODY = 200, 2_000, 50_000


@dataclass(frozen=True)
class Wording:
    """What a client reads: a title of one line, short points one a line, and the text in Markdown."""

    title: str
    summary: str
    body: str
    required: bool


def fingerprint(title: str, summary: str, body: str) -> str:
    """The SHA-256 of exactly the words that are shown: title, points and text, with an empty line between.

    Title and points hold no empty line, so two different texts never read as the same. As 64 hex digits.
    """
    return hashlib.sha256(f"{title}\n\n{summary}\n\n{body}".encode()).hexdigest()


def tidy(wording: Wording) -> Wording:
    """Without stray spaces and empty points; the text keeps its own lines."""
    points = [re.sub(r"^[-*•](\s+|$)", "", line.strip()) for line in wording.summary.splitlines()]
    body = "\n".join(line.rstrip() for line in wording.body.splitlines()).strip()
    title = " ".join(wording.title.split())
    return Wording(title, "\n".join(point for point in points if point), body, wording.required)


def too_long(wording: Wording) -> dict[str, str]:
    """Field name to sentence, for each part that even a draft may not hold."""
    return {
        field: f"Use {longest:,} characters or fewer here; these are {len(value):,}."
        for field, value, longest in (
            ("title", wording.title, LONGEST_TITLE),
            ("summary", wording.summary, LONGEST_SUMMARY),
            ("body", wording.body, LONGEST_BODY),
        )
        if len(value) > longest
    }


def not_ready(wording: Wording) -> dict[str, str]:
    """Field name to sentence, for everything to put right before clients can read it."""
    problems = {}
    if not wording.title:
        problems["title"] = "Enter a title."
    if not wording.summary:
        problems["summary"] = "Enter at least one short point."
    if not wording.body:
        problems["body"] = "Enter the whole text."
    elif any(line.startswith("# ") for line in wording.body.splitlines()):
        problems["body"] = "Begin headings with ## : the page has its own title."
    elif "![" in wording.body:
        problems["body"] = "Pictures can't be shown in a consent. Describe them in words."
    return problems


FIRST: dict[str, Wording] = {
    TELETHERAPY: Wording(
        title="Agreeing to therapy by video",
        required=True,
        summary="""\
We meet by video. It suits many people, and you can ask for another way at any time.
What you tell us stays private, unless someone is in danger or the law makes us share it.
Nothing is recorded. The video passes through our server while you talk and is not kept.
Messages and answers here are not watched all day. In an emergency call the emergency number.
You can say no, or change your mind later, and we will talk about what else we can offer.""",
        body="""\
**What therapy by video is.** You and your therapist meet in a private video room of {clinic}. \
It works well for many people and problems. It has limits: a screen shows less than a room does, \
and we cannot be with you if you need someone at once. It is not right for everyone. You or your \
therapist can ask to meet in person, by phone, or with another service instead.

**Your place, and where we may work.** Choose a private place where you will not be overheard. At \
the start of a session your therapist may ask where you are, because help in an emergency depends \
on it, and because a therapist may only work with people in places where they are licensed. Tell us \
before you travel or move.

**Technology and its risks.** The picture and sound are encrypted on the way between your device \
and our server. The server passes them on and could, in principle, see them: this is not end-to-end \
encryption. What you write here is kept encrypted. No system is without risk: calls can drop or \
freeze, and a device can be lost or read by others. Use a device and a network you trust, and sign \
out on a device that others use.

**If the connection is lost.** Stay on the page: it tries again by itself. If it does not come \
back, your therapist will call you on the number you gave us. If we cannot reach you and are worried \
about you, we may call your emergency contact.

**Privacy and its limits.** What you tell us is confidential. We must share it when you or someone \
else is in serious danger, when a child or a vulnerable adult is at risk, or when a court orders \
it. We tell you first when we can.

**Who sees your answers.** Your therapist sees your intake, your answers to questions about how \
you feel, the scores they add up to, and your mood check-ins. So does a supervisor of your therapist \
whom the clinic has named. The clinic's administrator can see your name and your appointments, not \
what you write. Each time a member of staff opens your record it is written down, and you can see it.

**Between sessions.** This portal is **not watched around the clock**. Your therapist reads it in \
working hours, and may answer on the next working day. If you might act on thoughts of ending your \
life, or are not safe, call the emergency number or the crisis line shown under "Help now".

**In an emergency.** You give us someone to call. We call them or the emergency services when we \
believe that your life or someone else's is in danger. You and your therapist agree on a plan for \
this in your first sessions.

**Recording.** Nobody records a session: not you, not your therapist, not the portal.

**Fees and cancelling.** Your therapist tells you the fee, and what a late cancellation costs, before \
the first session. You can cancel under "Sessions". Cancel as early as you can.

**Your records.** We keep your records as long as the law asks, then delete them. You may ask to \
see them, to have a copy, and to have mistakes put right. Under "My account" you can download \
everything we hold about you.

**Complaints.** Tell your therapist or {clinic}. You can also complain to the body that licenses \
your therapist.

**Saying no, or changing your mind.** Signing is your choice. You can take your agreement back at any \
time, here or by telling us. Sessions by video then stop; what was done until then stays lawful, and \
we talk about what else we can offer.
""",
    ),
    FAMILY_DOCTOR: Wording(
        title="Writing to your family doctor",
        required=False,
        summary="""\
With your agreement, your therapist may tell your family doctor that you come here.
They write what helps your doctor look after you, not what you talk about.
Yes or no: your therapy is the same, and you can change your mind at any time.""",
        body="""\
**What we would write.** That you come to {clinic}, since when, in a few words what for, and anything \
your doctor should know about medicines. At the end, that therapy has ended.

**What we would not write.** What you talk about, what you answered here, or any score. You may read \
each letter before it is sent.

**If you say no.** We do not write to your doctor, and nothing else changes. The limits of privacy \
when someone is in serious danger stay as they are.

**Changing your mind.** You can take this back here at any time. Letters already sent cannot be called \
back; no more are written.
""",
    ),
}
