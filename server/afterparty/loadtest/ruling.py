"""What a whole run comes to: its verdict, the limit it found, a sentence, an exit code. Pure."""

from dataclasses import dataclass

from afterparty.loadtest.course import Course, Step
from afterparty.loadtest.level import Clause, Ruling, Verdict, rule, sound_clause
from afterparty.loadtest.plan import LoadPlan

HELD, BROKEN, NOT_JUDGED, INTERRUPTED = 0, 1, 3, 130
"""Exit codes of the command; 2 is what the command line itself uses."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run."""

    verdict: Verdict
    says: str
    """A sentence for people."""
    code: int
    """The command's exit code."""
    good: Step | None = None
    """The highest step that held."""
    bad: Step | None = None
    """The first that did not."""


def result(plan: LoadPlan, course: Course) -> Result:
    """Judge a run."""
    good = next((s for s in reversed(course.steps) if s.verdict.ruling is Ruling.HELD), None)
    bad = next((s for s in course.steps if s.verdict.ruling is not Ruling.HELD), None)
    verdict = _verdict(plan, course, good, bad)
    says = _says(plan, course, verdict, good, bad)
    if course.interrupted:
        return Result(verdict, says, INTERRUPTED, good, bad)
    codes = {Ruling.HELD: HELD, Ruling.BROKEN: BROKEN, Ruling.NOT_JUDGED: NOT_JUDGED}
    return Result(verdict, says, codes[verdict.ruling], good, bad)


def _verdict(plan: LoadPlan, course: Course, good: Step | None, bad: Step | None) -> Verdict:
    """That of the step that says most: where a limit is looked for, the last one that held."""
    sound = sound_clause(plan.level, course.sound) if course.sound is not None else ()
    if course.trouble:
        return rule(_clauses(good or bad, sound), course.trouble)
    # A limit that was found is a success: what broke at it is told beside.
    step = (good or bad) if plan.find_limit else (bad or good)
    if step is None:
        return rule(sound, "The run was broken off before anything was measured.")
    if course.interrupted:
        return rule(_clauses(step, sound), "The run was broken off.")
    return rule(_clauses(step, sound), step.verdict.because)


def _clauses(step: Step | None, sound: tuple[Clause, ...]) -> tuple[Clause, ...]:
    return (*(step.verdict.clauses if step else ()), *sound)


def _says(
    plan: LoadPlan, course: Course, verdict: Verdict, good: Step | None, bad: Step | None
) -> str:
    if verdict.ruling is Ruling.NOT_JUDGED:
        return f"Not judged. {verdict.because}"
    failed = ", ".join(clause.name for clause in verdict.broken)
    if plan.find_limit and good is not None:
        told = f"The service level held with {good.wanted:,} simulated listeners"
        if failed:
            return f"{told}, but for {failed}."
        if bad is None:
            return f"{told}, the most that were asked for: the limit is higher."
        if bad.verdict.ruling is Ruling.NOT_JUDGED:
            return f"{told}. With {bad.wanted:,} it could not be judged: {bad.verdict.because}"
        broken = ", ".join(clause.name for clause in bad.verdict.broken)
        return f"{told}, and broke with {bad.wanted:,} ({broken})."
    many = f"{plan.listeners if bad is None else bad.wanted:,} simulated listeners"
    if verdict.ruling is Ruling.HELD:
        return f"The service level held with {many}."
    return f"The service level broke with {many}: {failed}."
