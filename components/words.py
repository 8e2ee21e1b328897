"""What things are called on the clients' screens."""

from __future__ import annotations

from clinic.measures.definition import Instrument

# A client is not sent "a depression measure": the questions say what they ask.
MEASURES = {
    "phq-9": "Questions about mood",
    "phq-8": "Questions about mood",
    "gad-7": "Questions about worry",
    "pc-ptsd-5": "Questions about frightening events",
    "pcl-5": "Questions about stressful events",
    "audit-c": "Questions about alcohol",
    "ons4": "Questions about how life is going",
    "pswq": "Questions about how you worry",
}

# For staff: what each is for, in plain words.
PURPOSES = {
    "phq-9": "Low mood and depression over the last 2 weeks, with a question about self-harm.",
    "phq-8": "Low mood and depression over the last 2 weeks, without the question about self-harm.",
    "gad-7": "Worry and anxiety over the last 2 weeks.",
    "pc-ptsd-5": "A short screen after a frightening event: is it worth asking more?",
    "pcl-5": "How much a very stressful experience has troubled somebody in the past month.",
    "audit-c": "A short screen for drinking that may do harm.",
    "ons4": "How satisfied, worthwhile, happy and anxious life feels: four separate answers.",
    "pswq": "Worrying itself: how much, and how hard it is to stop.",
}


def measure_title(instrument_id: str) -> str:
    return MEASURES.get(instrument_id, "Questions about how you feel")


def measure_purpose(measure: Instrument) -> str:
    """What a measure is for; a clinic's own says its full name and the time it asks about."""
    return PURPOSES.get(measure.id, f"{measure.full_name} ({measure.recall}).")


def lower_first(words: str) -> str:
    """For the middle of a sentence."""
    return words[:1].lower() + words[1:]


def joined(names: list[str], otherwise: str) -> str:
    """ "Dana and Sam"; `otherwise` when there is nobody."""
    if not names:
        return otherwise
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_BY = {"video": "by video", "phone": "by phone", "in_person": "in person"}


def how(modality: str) -> str:
    """How a session takes place: "by video"."""
    return _BY[modality]


def counted(number: int, one: str, several: str) -> str:
    """ "1 free time", "5 free times"."""
    return f"{number} {one if number == 1 else several}"


def size_words(size: int) -> str:
    """How large a file is: "340 KB", "1.2 MB"."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"
