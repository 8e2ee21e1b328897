"""What two scores, or many pairs of them, say about change. Pure.

Three published ways, each with its source in what it returns: a measure's own threshold of reliable change,
the definitions of NHS Talking Therapies, and Jacobson and Truax's method for a group. None is a verdict on
a person or on a therapist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import mean, stdev

from clinic.measures.definition import CutOff, Direction, Instrument, ReliableChange

NHS_SOURCE = "NHS Talking Therapies convention (registry NCT05134103); the manual itself was not opened"
NHS_COMPLETED = "NHS Talking Therapies counts a reliable recovery only after two or more contacts"
JACOBSON_TRUAX = "Jacobson NS, Truax P. J Consult Clin Psychol 1991;59:12-19"
Z = 1.96  # the two-sided 95 % point of the normal distribution: Jacobson and Truax's
LARGEST = 1e12  # no score is; above it, squares would overflow


class ChangeError(ValueError):
    """Numbers that no change can be told from. The message is a sentence for whoever gave them."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A cut-off that lies between the two scores. `met`: whether it holds now. `way`: "down" or "up"."""

    needs: str
    meaning: str
    met: bool
    way: str
    group: str
    default: bool
    source: str


@dataclass(frozen=True, slots=True)
class Change:
    """`points` is last minus first. `direction` is "better", "worse" or "same", by what the measure's scores
    mean. `reliable` is None where the measure has no threshold."""

    points: int
    direction: str
    reliable: bool | None
    threshold: ReliableChange | None
    crossed: tuple[Crossing, ...]
    sentence: str


def change(instrument: Instrument, first: int, last: int) -> Change:
    """From one total to another. A change of exactly the threshold is reliable.

    Raises:
        ChangeError: the measure has no total, or a total is outside its range.
    """
    if not instrument.has_total:
        raise ChangeError(f"{instrument.name} has no total: its answers are read one by one.")
    for total in (first, last):
        _in_range(instrument.name, total, instrument.lowest, instrument.highest)
    points, threshold = last - first, instrument.reliable_change
    reliable = None if threshold is None else abs(points) >= threshold.points
    crossed = tuple(
        Crossing(cut.words, cut.meaning, cut.met(last), _way(points), cut.group, cut.default, cut.source)
        for cut in instrument.cut_offs
        if cut.met(first) != cut.met(last)
    )
    return Change(
        points=points,
        direction=_direction(instrument.direction, points),
        reliable=reliable,
        threshold=threshold,
        crossed=crossed,
        sentence=_sentence(instrument, first, last, reliable),
    )


def _direction(direction: Direction, points: int) -> str:
    if not points:
        return "same"
    return "better" if (points < 0) == (direction is Direction.HIGHER_WORSE) else "worse"


def _way(points: int) -> str:
    return "down" if points < 0 else "up"


def _sentence(instrument: Instrument, first: int, last: int, reliable: bool | None) -> str:
    """The one way to say it, for staff. It names the cut-offs in use, not all that are known."""
    points = last - first
    if not points:
        return f"No change since the first score ({first})."
    said = f"{_way(points).capitalize()} {abs(points)} since the first score ({first} to {last})"
    if instrument.reliable_change is not None:
        threshold = instrument.reliable_change.points
        said += (
            f": more than measurement error alone ({threshold})"
            if reliable
            else f": measurement error alone could explain it (under {threshold})"
        )
    in_use = [cut for cut in instrument.cut_offs if cut.default or (cut.group and not instrument.cut_off)]
    crossed = [_crossed(cut, last) for cut in in_use if cut.met(first) != cut.met(last)]
    return " ".join([f"{said}.", *crossed])


def _crossed(cut: CutOff, last: int) -> str:
    if cut.met(last):
        side = "at or above" if cut.upwards else "at or below"
    else:
        side = "below" if cut.upwards else "above"
    whose = f" for {cut.group}" if cut.group else ""
    return f"Now {side} the case cut-off{whose} ({cut.limit})."


@dataclass(frozen=True, slots=True)
class Threshold:
    """Of a measure in the NHS definitions: a case from `case` on, a reliable change from `reliable` on."""

    name: str
    highest: int
    case: int
    reliable: int


NHS_PHQ_9 = Threshold("PHQ-9", 27, case=10, reliable=6)
NHS_GAD_7 = Threshold("GAD-7", 21, case=8, reliable=4)


@dataclass(frozen=True, slots=True)
class NhsOutcome:
    """The five yes-or-no outcomes of a course of treatment, by its first and last scores."""

    caseness: bool
    recovery: bool
    reliable_improvement: bool
    reliable_deterioration: bool
    reliable_recovery: bool
    thresholds: tuple[Threshold, ...] = (NHS_PHQ_9, NHS_GAD_7)
    source: str = NHS_SOURCE
    note: str = NHS_COMPLETED


def nhs(phq9: tuple[int, int], gad7: tuple[int, int]) -> NhsOutcome:
    """NHS Talking Therapies' definitions. Each pair is (first, last).

    Caseness: either measure at its limit or above at first. Recovery: caseness, and both below at last.
    Reliable improvement: a fall of the reliable change or more on either, and no such rise on the other;
    deterioration is its mirror image, so that one of each is neither. Reliable recovery: both at once.

    Raises:
        ChangeError: a total outside its measure's range.
    """
    measured = ((NHS_PHQ_9, *phq9), (NHS_GAD_7, *gad7))
    for of, *totals in measured:
        for total in totals:
            _in_range(of.name, total, 0, of.highest)
    caseness = any(first >= of.case for of, first, _ in measured)
    recovery = caseness and all(last < of.case for of, _, last in measured)
    fell = any(first - last >= of.reliable for of, first, last in measured)
    rose = any(last - first >= of.reliable for of, first, last in measured)
    return NhsOutcome(
        caseness=caseness,
        recovery=recovery,
        reliable_improvement=fell and not rose,
        reliable_deterioration=rose and not fell,
        reliable_recovery=recovery and fell and not rose,
    )


@dataclass(frozen=True, slots=True)
class Case:
    """One person's pair. `rc` is the change in units of its standard error.

    `outcome` is "recovered", "improved", "unchanged" or "deteriorated".
    """

    pre: float
    post: float
    change: float
    rc: float
    outcome: str


@dataclass(frozen=True, slots=True)
class JacobsonTruax:
    """A group by Jacobson and Truax. `cut_off_kind` is "a", "c" or "given"; `critical_change` is the change
    in points that must be exceeded; `cut_b` and `cut_c` are None without the functional group's numbers."""

    recovered: int
    improved: int
    unchanged: int
    deteriorated: int
    cut_off: float
    cut_off_kind: str
    cut_a: float
    cut_b: float | None
    cut_c: float | None
    critical_change: float
    mean_pre: float
    sd_pre: float
    se: float
    s_diff: float
    cases: tuple[Case, ...]
    source: str = JACOBSON_TRUAX


def jacobson_truax(
    pairs: Sequence[tuple[float, float]],
    reliability: float,
    *,
    functional_mean: float | None = None,
    functional_sd: float | None = None,
    cutoff: float | None = None,
    higher_is_better: bool = False,
) -> JacobsonTruax:
    """Reliable and clinically significant change of a group; `pairs` are (before, after).

    A change is reliable when it exceeds 1.96 standard errors of a difference, and not when it equals them.
    A score on the cut-off itself is on the clinical side. Recovered is who changed reliably for the better
    and crossed from the clinical side; who began on the functional side can at most improve. The standard
    deviation before is the sample's (n - 1). The cut-off is `cutoff` where given, else c where the
    functional group's numbers are, else a.

    Raises:
        ChangeError: too few pairs, all the same before, numbers that are not, or that contradict.
    """
    spread = _checked(pairs, reliability, functional_mean, functional_sd, cutoff)
    middle = mean(pre for pre, _ in pairs)
    se = spread * sqrt(1 - reliability)
    s_diff = sqrt(2) * se
    if not s_diff:
        raise ChangeError("A reliability of 1 leaves no measurement error to compare a change with.")
    better = 1 if higher_is_better else -1
    cut_a = middle + better * 2 * spread
    cut_b = cut_c = None
    if functional_mean is not None and functional_sd is not None:
        cut_b = functional_mean - better * 2 * functional_sd
        cut_c = (functional_sd * middle + spread * functional_mean) / (functional_sd + spread)
    if cutoff is not None:
        cut, kind = cutoff, "given"
    else:
        cut, kind = (cut_a, "a") if cut_c is None else (cut_c, "c")
    cases = tuple(_case(pre, post, s_diff, cut, better) for pre, post in pairs)
    outcomes = [case.outcome for case in cases]
    return JacobsonTruax(
        recovered=outcomes.count("recovered"),
        improved=outcomes.count("improved"),
        unchanged=outcomes.count("unchanged"),
        deteriorated=outcomes.count("deteriorated"),
        cut_off=cut,
        cut_off_kind=kind,
        cut_a=cut_a,
        cut_b=cut_b,
        cut_c=cut_c,
        critical_change=Z * s_diff,
        mean_pre=middle,
        sd_pre=spread,
        se=se,
        s_diff=s_diff,
        cases=cases,
    )


def _case(pre: float, post: float, s_diff: float, cut: float, better: int) -> Case:
    rc = (post - pre) / s_diff
    began_clinical, ended_functional = better * (pre - cut) <= 0, better * (post - cut) > 0
    if abs(rc) <= Z:
        outcome = "unchanged"
    elif better * rc < 0:
        outcome = "deteriorated"
    else:
        outcome = "recovered" if began_clinical and ended_functional else "improved"
    return Case(pre, post, post - pre, rc, outcome)


def _checked(
    pairs: Sequence[tuple[float, float]],
    reliability: float,
    functional_mean: float | None,
    functional_sd: float | None,
    cutoff: float | None,
) -> float:
    """The standard deviation before. Raises ChangeError: see `jacobson_truax`."""
    said = [functional_mean, functional_sd, cutoff]
    numbers = [reliability, *(n for pair in pairs for n in pair), *(n for n in said if n is not None)]
    if not all(isfinite(n) and abs(n) <= LARGEST for n in numbers):
        raise ChangeError("Every number must be a score's: not nan, not inf, and under a million million.")
    if not 0 <= reliability <= 1:
        raise ChangeError(f"A reliability lies between 0 and 1, and this is {reliability:g}.")
    if (functional_mean is None) != (functional_sd is None):
        raise ChangeError("The functional mean and its standard deviation go together: give both or neither.")
    if cutoff is not None and functional_mean is not None:
        raise ChangeError("Give either a cut-off or the functional group's numbers, not both.")
    if functional_sd is not None and functional_sd <= 0:
        raise ChangeError("The functional group's standard deviation must be above 0.")
    if len(pairs) < 2:
        raise ChangeError("Two or more cases with both scores are needed.")
    spread = stdev(pre for pre, _ in pairs)
    if not spread:
        raise ChangeError("All scores before are the same: there is no spread to compare a change with.")
    return spread


def _in_range(name: str, total: int, lowest: int, highest: int) -> None:
    # `type`, because True and 1.0 equal 1 and would pass for a total.
    if type(total) is not int or not lowest <= total <= highest:
        raise ChangeError(
            f"A {name} total is a whole number from {lowest} to {highest}, and this is {total}."
        )
