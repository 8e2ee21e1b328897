"""The consent a new clinic starts with. A clinic's own lawyer should read it before real use.

It covers what the telehealth guidance of HHS, the APA (2013) and the ATA (2013) asks to be said:
limits of teletherapy, technology and its risks, confidentiality and its limits, who sees what,
contact between sessions, lost connections, emergencies, recording, place, records and withdrawal.
"""

TITLE = "Agreeing to therapy by video"

SUMMARY = (
    "We meet by video. It suits many people, and you can ask for another way at any time.",
    "What you tell us stays private, unless someone is in danger or the law makes us share it.",
    "Nothing is recorded. The video passes through our server while you talk and is not kept.",
    "Messages and answers here are not watched all day. In an emergency call the emergency number.",
    "You can say no, or change your mind later, and we will talk about what else we can offer.",
)

BODY = """\
**What therapy by video is.** You and your therapist meet in a private video room of {clinic}. \
It works well for many people and problems. It is not right for everyone. You or your therapist \
can ask to meet in person, by phone, or with another service instead.

**Your place.** Choose a private place where you will not be overheard. At the start of a session \
your therapist may ask where you are, because help in an emergency depends on it, and because a \
therapist may only work with people in places where they are licensed.

**Technology and its risks.** The picture and sound are encrypted between your device and our \
server. The server passes them on and could, in principle, see them: this is not end-to-end \
encryption. Calls can drop or freeze. Use a device and a network you trust, and sign out on a \
device that others use.

**If the connection is lost.** Stay on the page: it tries again by itself. If it does not come \
back, your therapist will call you on the number you gave us.

**Privacy and its limits.** What you tell us is confidential. We must share it when you or someone \
else is in serious danger, when a child or a vulnerable adult is at risk, or when a court orders \
it. We tell you first when we can.

**Who sees your answers.** Your therapist sees your intake, your answers to questions about how \
you feel, and your mood check-ins. The clinic's administrator can see your name and your \
appointments, not what you write.

**Between sessions.** This portal is **not watched around the clock**. Your therapist reads it in \
working hours. If you might act on thoughts of ending your life, or are not safe, call the \
emergency number or the crisis line shown under "Help now".

**In an emergency.** You give us someone to call. We call them or the emergency services when we \
believe that your life or someone else's is in danger.

**Recording.** Nobody records a session: not you, not your therapist, not the portal.

**Fees and cancelling.** Your therapist tells you the fee before the first session. Please cancel \
as early as you can.

**Your records.** We keep your records as long as the law asks, then delete them. You may ask to \
see them, to have a copy, and to have mistakes put right.

**Complaints.** Tell your therapist or {clinic}. You can also complain to the body that licenses \
your therapist.

**Saying no.** Signing is your choice. You can withdraw at any time by telling us; what was done \
until then stays lawful.
"""
