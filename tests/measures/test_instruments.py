"""The measures that ship are the published ones. Pinned here once more: a change must be meant."""

from __future__ import annotations

import pytest

from clinic.errors import NotFound
from clinic.measures.definition import Direction, Instrument
from clinic.measures.instrument import instrument, load_problems, shipped

ALL = list(shipped().values())
PHQ_9 = [
    "Little interest or pleasure in doing things",
    "Feeling down, depressed, or hopeless",
    "Trouble falling or staying asleep, or sleeping too much",
    "Feeling tired or having little energy",
    "Poor appetite or overeating",
    "Feeling bad about yourself - or that you are a failure or have let yourself or your family down",
    "Trouble concentrating on things, such as reading the newspaper or watching television",
    "Moving or speaking so slowly that other people could have noticed? Or the opposite - being so fidgety "
    "or restless that you have been moving around a lot more than usual",
    "Thoughts that you would be better off dead or of hurting yourself in some way",
]
GAD_7 = [
    "Feeling nervous, anxious or on edge",
    "Not being able to stop or control worrying",
    "Worrying too much about different things",
    "Trouble relaxing",
    "Being so restless that it is hard to sit still",
    "Becoming easily annoyed or irritable",
    "Feeling afraid as if something awful might happen",
]
PC_PTSD_5 = [
    "Had nightmares about the event(s) or thought about the event(s) when you did not want to?",
    "Tried hard not to think about the event(s) or went out of your way to avoid situations that reminded "
    "you of the event(s)?",
    "Been constantly on guard, watchful, or easily startled?",
    "Felt numb or detached from people, activities, or your surroundings?",
    "Felt guilty or unable to stop blaming yourself or others for the event(s) or any problems the event(s) "
    "may have caused?",
]
PCL_5 = [
    "Repeated, disturbing, and unwanted memories of the stressful experience?",
    "Repeated, disturbing dreams of the stressful experience?",
    "Suddenly feeling or acting as if the stressful experience were actually happening again (as if you were "
    "actually back there reliving it)?",
    "Feeling very upset when something reminded you of the stressful experience?",
    "Having strong physical reactions when something reminded you of the stressful experience (for example, "
    "heart pounding, trouble breathing, sweating)?",
    "Avoiding memories, thoughts, or feelings related to the stressful experience?",
    "Avoiding external reminders of the stressful experience (for example, people, places, conversations, "
    "activities, objects, or situations)?",
    "Trouble remembering important parts of the stressful experience?",
    "Having strong negative beliefs about yourself, other people, or the world (for example, having thoughts "
    "such as: I am bad, there is something seriously wrong with me, no one can be trusted, the world is "
    "completely dangerous)?",
    "Blaming yourself or someone else for the stressful experience or what happened after it?",
    "Having strong negative feelings such as fear, horror, anger, guilt, or shame?",
    "Loss of interest in activities that you used to enjoy?",
    "Feeling distant or cut off from other people?",
    "Trouble experiencing positive feelings (for example, being unable to feel happiness or have loving "
    "feelings for people close to you)?",
    "Irritable behavior, angry outbursts, or acting aggressively?",
    "Taking too many risks or doing things that could cause you harm?",
    "Being “superalert” or watchful or on guard?",
    "Feeling jumpy or easily startled?",
    "Having difficulty concentrating?",
    "Trouble falling or staying asleep?",
]
AUDIT_C = [
    "How often did you have a drink containing alcohol in the past year?",
    "How many drinks did you have on a typical day when you were drinking in the past year?",
    "How often did you have 6 or more drinks on one occasion in the past year?",
]
ONS_4 = [
    "Overall, how satisfied are you with your life nowadays?",
    "Overall, to what extent do you feel that the things you do in your life are worthwhile?",
    "Overall, how happy did you feel yesterday?",
    "On a scale where nought is ‘not at all anxious’ and 10 is ‘completely anxious’, overall, how anxious "
    "did you feel yesterday?",
]
PSWQ = [
    "If I do not have enough time to do everything, I do not worry about it.",
    "My worries overwhelm me.",
    "I do not tend to worry about things.",
    "Many situations make me worry.",
    "I know I should not worry about things, but I just cannot help it.",
    "When I am under pressure I worry a lot.",
    "I am always worrying about something.",
    "I find it easy to dismiss worrisome thoughts.",
    "As soon as I finish one task, I start to worry about everything else I have to do.",
    "I never worry about anything.",
    "When there is nothing more I can do about a concern, I do not worry about it any more.",
    "I have been a worrier all my life.",
    "I notice that I have been worrying about things.",
    "Once I start worrying, I cannot stop.",
    "I worry all the time.",
    "I worry about projects until they are all done.",
]
WORDS = {
    "audit-c": AUDIT_C,
    "gad-7": GAD_7,
    "ons4": ONS_4,
    "pc-ptsd-5": PC_PTSD_5,
    "pcl-5": PCL_5,
    "phq-8": PHQ_9[:8],
    "phq-9": PHQ_9,
    "pswq": PSWQ,
}
PHQ_OPTIONS = [
    (0, "Not at all"),
    (1, "Several days"),
    (2, "More than half the days"),
    (3, "Nearly every day"),
]
HOW_OFTEN = [
    (0, "Never"),
    (1, "Monthly or less"),
    (2, "2 to 4 times a month"),
    (3, "2 to 3 times a week"),
    (4, "4 or more times a week"),
]
HOW_MANY = [(0, "1 or 2"), (1, "3 or 4"), (2, "5 or 6"), (3, "7 to 9"), (4, "10 or more")]
SIX_OR_MORE = [
    (0, "Never"),
    (1, "Less than monthly"),
    (2, "Monthly"),
    (3, "Weekly"),
    (4, "Daily or almost daily"),
]
EXTENT = [(0, "Not at all"), (1, "A little bit"), (2, "Moderately"), (3, "Quite a bit"), (4, "Extremely")]
NUMBERS = [(n, str(n)) for n in range(1, 10)]
ANSWERS = {
    "audit-c": [HOW_OFTEN, HOW_MANY, SIX_OR_MORE],
    "gad-7": [PHQ_OPTIONS] * 7,
    "ons4": [[(0, "0 - not at all"), *NUMBERS, (10, "10 - completely")]] * 3
    + [[(0, "0 - not at all anxious"), *NUMBERS, (10, "10 - completely anxious")]],
    "pc-ptsd-5": [[(0, "No"), (1, "Yes")]] * 5,
    "pcl-5": [EXTENT] * 20,
    "phq-8": [PHQ_OPTIONS] * 8,
    "phq-9": [PHQ_OPTIONS] * 9,
    "pswq": [
        [(1, "1 - Not at all typical of me"), (2, "2"), (3, "3"), (4, "4"), (5, "5 - Very typical of me")]
    ]
    * 16,
}
RANGES = {
    "audit-c": (0, 12),
    "gad-7": (0, 21),
    "ons4": (0, 10),
    "pc-ptsd-5": (0, 5),
    "pcl-5": (0, 80),
    "phq-8": (0, 24),
    "phq-9": (0, 27),
    "pswq": (16, 80),
}
TWO_WEEKS = "Over the last 2 weeks, how often have you been bothered by any of the following problems?"
# What stands before all questions, and before each.
LEADS = {
    "audit-c": ("", ""),
    "gad-7": ("", TWO_WEEKS),
    "ons4": (
        "Next I would like to ask you four questions about your feelings on aspects of your life. There are "
        "no right or wrong answers. For each of these questions I’d like you to give an answer on a scale of "
        "nought to 10, where nought is ‘not at all’ and 10 is ‘completely’.",
        "",
    ),
    "pc-ptsd-5": ("", "In the past month, have you…"),
    "pcl-5": (
        "Below is a list of problems that people sometimes have in response to a very stressful experience. "
        "Please read each problem carefully and then select one of the options to indicate how much you have "
        "been bothered by that problem in the past month.",
        "In the past month, how much were you bothered by:",
    ),
    "phq-8": ("", TWO_WEEKS),
    "phq-9": ("", TWO_WEEKS),
    "pswq": (
        "Rate each of the following statements on a scale of 1 (“not at all typical of me”) to 5 (“very "
        "typical of me”). Please do not leave any items blank.",
        "",
    ),
}
# The limit in words, and whether it is the one in use.
CUT_OFFS = {
    "audit-c": [("4 or more for men", False), ("3 or more for women", False)],
    "gad-7": [("8 or more", True), ("10 or more", False)],
    "ons4": [],
    "pc-ptsd-5": [("4 or more", True), ("3 or more", False)],
    "pcl-5": [("31 or more", True), ("33 or more", False), ("28 or less", False)],
    "phq-8": [("10 or more", True)],
    "phq-9": [("10 or more", True), ("10 or more", False), ("4 or less", False)],
    "pswq": [],
}
RELIABLE = {"gad-7": [4, 5, 6], "pcl-5": [15, 18], "phq-9": [6]}
IMPORTANT = {"pcl-5": [(9, 12)], "phq-9": [(5, 5)]}


def each() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("measure", ALL, ids=lambda measure: measure.id)


def _plain(words: str) -> str:
    """Dashes and the spaces around them differ between printings."""
    return " ".join(words.replace("–", "-").replace("—", "-").replace("-", " - ").split()).lower()


def test_these_measures_ship_and_no_other() -> None:
    assert list(shipped()) == list(WORDS)
    assert load_problems() == ()


@each()
def test_the_words_are_the_published_ones(measure: Instrument) -> None:
    assert [_plain(item.text) for item in measure.items] == [_plain(text) for text in WORDS[measure.id]]
    answers = [[(option.value, option.label) for option in item.options] for item in measure.items]
    assert answers == ANSWERS[measure.id]


@each()
def test_the_numbers_are_the_published_ones(measure: Instrument) -> None:
    assert (measure.lowest, measure.highest) == RANGES[measure.id]
    assert [(cut.words, cut.default) for cut in measure.cut_offs] == CUT_OFFS[measure.id]
    assert [change.points for change in measure.reliable_changes] == RELIABLE.get(measure.id, [])
    said = [(change.lowest, change.highest) for change in measure.important_changes]
    assert said == IMPORTANT.get(measure.id, [])
    if measure.reliable_change:
        assert measure.reliable_change.points == RELIABLE[measure.id][0]


def test_the_bands_are_the_published_ones() -> None:
    bands = {m.id: [(b.lowest, b.highest, b.label) for b in m.bands] for m in ALL if m.bands}
    assert bands == {
        "phq-9": [
            (0, 4, "minimal"),
            (5, 9, "mild"),
            (10, 14, "moderate"),
            (15, 19, "moderately severe"),
            (20, 27, "severe"),
        ],
        "gad-7": [(0, 4, "minimal"), (5, 9, "mild"), (10, 14, "moderate"), (15, 21, "severe")],
    }
    items = [[(b.lowest, b.highest, b.label) for b in item.bands] for item in instrument("ons4").items]
    assert items == [[(0, 4, "low"), (5, 6, "medium"), (7, 8, "high"), (9, 10, "very high")]] * 3 + [
        [(0, 1, "very low"), (2, 3, "low"), (4, 5, "medium"), (6, 10, "high")]
    ]


def test_the_parts_of_a_measure_are_the_published_ones() -> None:
    parts = {m.id: [(s.id, s.items, s.highest) for s in m.subscales] for m in ALL if m.subscales}
    assert parts == {
        "gad-7": [("gad-2", (1, 2), 6)],
        "phq-8": [("phq-2", (1, 2), 6)],
        "phq-9": [("phq-2", (1, 2), 6), ("phq-8", tuple(range(1, 9)), 24)],
        "pcl-5": [
            ("b", tuple(range(1, 6)), 20),
            ("c", (6, 7), 8),
            ("d", tuple(range(8, 15)), 28),
            ("e", tuple(range(15, 21)), 24),
        ],
    }
    assert [s.name for s in instrument("pcl-5").subscales] == [
        "Intrusion (B)",
        "Avoidance (C)",
        "Thoughts and mood (D)",
        "Arousal (E)",
    ]
    (rule,) = instrument("pcl-5").rules
    assert rule.endorsed_from == 2
    assert [(need.subscale, need.count) for need in rule.needs] == [("b", 1), ("c", 1), ("d", 2), ("e", 2)]


@each()
def test_every_number_names_its_source(measure: Instrument) -> None:
    sources = [measure.licence.source]
    sources += [measure.bands_source] if measure.bands else []
    sources += [cut.source for cut in measure.cut_offs]
    sources += [change.source for change in measure.reliable_changes]
    sources += [change.source for change in measure.important_changes]
    sources += [cut.source for part in measure.subscales for cut in part.cut_offs]
    sources += [part.source for part in measure.subscales]
    sources += [rule.source for rule in measure.rules]
    sources += [measure.gate.source] if measure.gate else []
    for item in measure.items:
        sources += [item.bands_source] if item.bands else []
        sources += [item.risk.source] if item.risk else []
        sources += [item.review.source] if item.review else []
        sources += [item.skip.source] if item.skip else []
    assert all(source.strip() for source in sources)
    assert measure.licence.status
    assert measure.licence.attribution


def test_which_way_is_worse() -> None:
    assert {m.id for m in ALL if m.direction is not Direction.HIGHER_WORSE} == {"ons4"}
    better, worse = Direction.HIGHER_BETTER, Direction.HIGHER_WORSE
    assert [item.direction for item in instrument("ons4").items] == [better, better, better, worse]


def test_screens_are_not_charted_and_one_measure_has_no_total() -> None:
    assert {m.id for m in ALL if not m.charted} == {"audit-c", "ons4", "pc-ptsd-5"}
    assert {m.id for m in ALL if not m.has_total} == {"ons4"}
    assert all(m.adult_only and 1 <= m.minutes <= 10 for m in ALL)


def test_one_answer_about_risk_taking_asks_for_a_look_and_raises_no_alert() -> None:
    looks = [(m.id, item.number) for m in ALL for item in m.items if item.review]
    assert looks == [("pcl-5", 16)]
    assert not instrument("pcl-5").has_risk


def test_no_code_is_given_that_was_not_verified() -> None:
    given = {m.id: (m.loinc.panel, m.loinc.total) for m in ALL if m.loinc.panel or m.loinc.total}
    assert given == {
        "audit-c": ("72109-2", "75626-2"),
        "gad-7": ("69737-5", "70274-6"),
        "pcl-5": ("101697-1", "101698-9"),
        "phq-9": ("44249-1", "44261-6"),
    }
    with_codes = {m.id for m in ALL if any(item.loinc for item in m.items)}
    assert with_codes == {"audit-c", "gad-7", "phq-8", "phq-9"}


def test_the_questions_around_the_items_are_the_published_ones() -> None:
    hard = instrument("phq-9").difficulty
    assert hard == instrument("phq-8").difficulty
    assert hard is not None
    assert hard.text.startswith("If you checked off any problems, how difficult have these problems made it")
    assert [o.label for o in hard.options] == [
        "Not difficult at all",
        "Somewhat difficult",
        "Very difficult",
        "Extremely difficult",
    ]
    gate = instrument("pc-ptsd-5").gate
    assert gate is not None
    assert gate.text.startswith(
        "Sometimes things happen to people that are unusually or especially frightening"
    )
    assert gate.text.endswith("Have you ever experienced this kind of event?")
    assert {m.id: (m.instructions, m.stem) for m in ALL} == LEADS


def test_a_measure_that_does_not_ship_is_not_found() -> None:
    assert instrument("phq-9").name == "PHQ-9"
    for name in ("", "k10", "../phq-9", "PHQ-9"):
        with pytest.raises(NotFound):
            instrument(name)
