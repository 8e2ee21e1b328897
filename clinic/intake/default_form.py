"""The intake form that a new clinic starts with. About ten minutes; little of it is required.

What it asks follows what the guidance on therapy by video wants to be known before a first session (HHS
and ATA: where the client is, a local emergency contact with a release, a plan for a lost connection).
"""

from __future__ import annotations

from clinic.intake.form import (
    BORN,
    GUARDIAN,
    UNDER_18,
    YES,
    Condition,
    Field,
    Form,
    Kind,
    Section,
)

_NAME, _LONG = 100, 4000

_ABOUT_YOU = Section(
    "about-you",
    "About you",
    "So that we call you what you want to be called.",
    (
        Field(
            "preferred_name",
            "What should we call you?",
            Kind.TEXT,
            required=True,
            autocomplete="nickname",
            longest=_NAME,
            missing="Enter the name we should use.",
        ),
        Field(
            "full_name",
            "Your full name",
            Kind.TEXT,
            required=True,
            help="As on official papers. Used only where a document needs it.",
            autocomplete="name",
            longest=_NAME,
            missing="Enter your full name.",
        ),
        Field("pronouns", "Your pronouns", Kind.TEXT, help="For example, she/her", longest=40),
        Field(
            BORN,
            "Your date of birth",
            Kind.BIRTH_DATE,
            required=True,
            help="For example, 27 3 1990",
            missing="Enter your date of birth.",
        ),
    ),
)

_CONTACT = Section(
    "contact",
    "How to reach you",
    "So that we can call you if a video call drops.",
    (
        Field(
            "phone",
            "Your phone number",
            Kind.PHONE,
            required=True,
            autocomplete="tel",
            longest=40,
            missing="Enter a phone number we can call you on.",
        ),
        Field(
            "voicemail",
            "May we leave a message?",
            Kind.YES_NO,
            required=True,
            help="We only say our name and ask you to call back.",
            missing="Choose whether we may leave a message.",
        ),
        Field(
            "usual_place",
            "Where are you usually during sessions?",
            Kind.TEXT,
            required=True,
            help="A town or an address. It tells us where to send help in an emergency.",
            missing="Enter the town or address you are usually at.",
        ),
    ),
)

_EMERGENCY = Section(
    "emergency",
    "Emergency contact",
    "Someone you trust, whom we call only if we think that a life is in danger.",
    (
        Field(
            "emergency_name",
            "Their name",
            Kind.TEXT,
            required=True,
            autocomplete="off",
            longest=_NAME,
            missing="Enter the name of someone we can call in an emergency.",
        ),
        Field(
            "emergency_relation",
            "Who they are to you",
            Kind.TEXT,
            required=True,
            help="For example, partner, sister, friend",
            autocomplete="off",
            longest=60,
            missing="Enter who they are to you.",
        ),
        Field(
            "emergency_phone",
            "Their phone number",
            Kind.PHONE,
            required=True,
            autocomplete="off",
            longest=40,
            missing="Enter their phone number.",
        ),
        Field(
            "emergency_release",
            "May we call them if we think your life is in danger?",
            Kind.YES_NO,
            required=True,
            help="We tell them only what they need to help you stay safe.",
            missing="Choose whether we may call them.",
        ),
    ),
)

_GUARDIAN = Section(
    "guardian",
    "Parent or guardian",
    "You are under 18, so a parent or guardian agrees too. What you tell your therapist stays between you, "
    "unless you choose otherwise here or someone is in danger.",
    (
        Field(
            GUARDIAN,
            "Their full name",
            Kind.TEXT,
            required=True,
            autocomplete="off",
            longest=_NAME,
            missing="Enter the name of your parent or guardian.",
        ),
        Field(
            "guardian_relation",
            "Who they are to you",
            Kind.TEXT,
            required=True,
            help="For example, mother, father, foster carer",
            autocomplete="off",
            longest=60,
            missing="Enter who your parent or guardian is to you.",
        ),
        Field(
            "guardian_phone",
            "Their phone number",
            Kind.PHONE,
            required=True,
            autocomplete="off",
            longest=40,
            missing="Enter the phone number of your parent or guardian.",
        ),
        Field(
            "guardian_papers",
            "What shows that they may decide for you?",
            Kind.CHOICE,
            required=True,
            help="We may ask to see it.",
            options=("They are a parent on my birth certificate", "A court's paper", "Another paper"),
            missing="Choose what shows that they may decide for you.",
        ),
        Field(
            "guardian_sees",
            "What may they see here?",
            Kind.CHOICE,
            help="If you leave this out, they see nothing of what you write or talk about.",
            options=("Nothing of what I write or talk about", "Dates of sessions only"),
        ),
    ),
    show_when=Condition(BORN, (UNDER_18,)),
)

_CARE = Section(
    "care",
    "Care you have had",
    "So that you do not have to start from the beginning.",
    (
        Field(
            "before",
            "Have you had therapy before?",
            Kind.CHOICE,
            options=("No", "Yes, in the past", "Yes, now"),
        ),
        Field(
            "before_helped",
            "What helped, and what did not?",
            Kind.LONG_TEXT,
            longest=_LONG,
            show_when=Condition("before", ("Yes, in the past", "Yes, now")),
        ),
        Field(
            "hospital",
            "Have you stayed in hospital for your mental health?",
            Kind.YES_NO,
        ),
        Field(
            "hospital_when",
            "When was that, about?",
            Kind.TEXT,
            show_when=Condition("hospital", (YES,)),
        ),
        Field(
            "others_helping",
            "Who else is helping you now?",
            Kind.CHOICES,
            help="Choose all that fit.",
            options=("A family doctor", "A psychiatrist", "Another therapist", "A support group", "Nobody"),
        ),
    ),
)

_MEDICATION = Section(
    "medication",
    "Medicines",
    "Some medicines change sleep, mood or energy. It helps your therapist to know.",
    (
        Field("takes_medication", "Do you take any medicines?", Kind.YES_NO),
        Field(
            "medication",
            "Which ones, and how much?",
            Kind.LONG_TEXT,
            help="As it says on the packet, if you have it at hand.",
            longest=2000,
            show_when=Condition("takes_medication", (YES,)),
        ),
    ),
)

_REASON = Section(
    "reason",
    "What brings you here",
    "In your own words. A few lines are enough; your therapist reads them before you meet.",
    (
        Field(
            "brings",
            "What would you like help with?",
            Kind.LONG_TEXT,
            required=True,
            longest=_LONG,
            missing="Write a few words about what brings you here.",
        ),
        Field(
            "weighs",
            "How much does it weigh on your days?",
            Kind.SCALE,
            lowest=0,
            highest=10,
            lowest_label="not at all",
            highest_label="as much as I can imagine",
        ),
    ),
)

_GOALS = Section(
    "goals",
    "What you hope for",
    "There is no wrong answer. You can change it at any time.",
    (
        Field("hopes", "What would you like to be different?", Kind.LONG_TEXT, longest=_LONG),
        Field(
            "first_sign",
            "What would be a first small sign that things are getting better?",
            Kind.LONG_TEXT,
            longest=_LONG,
        ),
    ),
)

_VIDEO = Section(
    "video",
    "Meeting by video",
    "So that the first session works, and nobody listens in.",
    (
        Field(
            "device",
            "What will you use?",
            Kind.CHOICE,
            options=("A phone", "A tablet", "A computer", "I do not know yet"),
        ),
        Field(
            "private_place",
            "Do you have a place where nobody can hear you?",
            Kind.CHOICE,
            options=("Yes", "Sometimes", "No"),
        ),
        Field("headphones", "Do you have headphones?", Kind.YES_NO),
        Field(
            "connection",
            "How is your internet there?",
            Kind.CHOICE,
            options=("Video calls work well", "It stops now and then", "I do not know"),
        ),
        Field(
            "access",
            "Is there anything you need to take part?",
            Kind.CHOICES,
            help="Choose all that fit.",
            options=("Captions", "A sign language interpreter", "An interpreter", "Breaks", "Something else"),
        ),
        Field(
            "access_more",
            "Tell us more about what you need",
            Kind.LONG_TEXT,
            longest=1000,
            show_when=Condition(
                "access", ("A sign language interpreter", "An interpreter", "Breaks", "Something else")
            ),
        ),
        Field(
            "video_phone",
            "The best number if the video fails",
            Kind.PHONE,
            help="Leave this out if it is the number you gave before.",
            autocomplete="tel",
            longest=40,
        ),
    ),
)

DEFAULT_FORM = Form(
    (_ABOUT_YOU, _CONTACT, _EMERGENCY, _GUARDIAN, _CARE, _MEDICATION, _REASON, _GOALS, _VIDEO)
)
