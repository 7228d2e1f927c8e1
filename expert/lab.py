"""Exercises about a rule base, as values: made from a seed, and marked by running.

- `PlantedBug`: a mutant of the base is given, and the case that exposes it is to be found.
- `MissingRule`: a rule is gone, and is to be written again.
- `SmallestChange`: somebody's answers and a goal are given, and the fewest replies that reach it are to be found.

One seed gives the same exercises everywhere. What they are in words is in `expert.lab_telling`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, pairwise, zip_longest
from pathlib import Path
from random import Random
from typing import ClassVar, Literal, TypeVar, get_args

from msgspec import Struct
from msgspec.structs import replace

from expert.answers import check_reply
from expert.cache import cached_load
from expert.cases import FOLDER as CASES
from expert.cases import Case, read_cases
from expert.consultation import Consultation, LateReasoner
from expert.examples import FOLDER as EXAMPLES
from expert.examples import Example, read_examples
from expert.judges import expectations_met
from expert.logic import Outlook, Truth, leaves
from expert.model import (
    BANDS,
    NONE_OF_THESE,
    NOT_SURE,
    URGENCIES,
    Answers,
    Band,
    Base,
    Evidence,
    Limit,
    Question,
    Reply,
    Rule,
    Urgency,
)
from expert.mutants import Kind as MutantKind
from expert.mutants import Mutant, mutants_of, normal
from expert.nearest import (
    Change,
    Goal,
    Route,
    Search,
    any_condition_goal,
    band_goal,
    calmer_goal,
    urgency_goal,
)
from expert.notebook import InNotebook
from expert.reads import Reads
from expert.rule_draft import read_draft
from expert.rulebook import concluded_by, links, rules_about
from expert.steps import TRUE, Aim
from expert.telling import Telling
from expert.verdict import Verdict, advice_for, foresee
from expert.witnesses import Witness, apart, witness

T = TypeVar("T")

Kind = Literal["bug", "rule", "change"]
KINDS: tuple[Kind, ...] = get_args(Kind)

#: Mistakes that show in what a rule says; strengths and the like are a matter of taste.
_PLANTED: tuple[MutantKind, ...] = ("drop", "negate", "join", "widen", "narrow", "shift", "side", "swap")
#: Rules with more tests than this are too much to take in, or to write.
_MOST_TESTS = 6
#: Rules shown around a bug.
_MOST_SHOWN = 5
#: Bugs, rules or goals looked at before a kind of exercise is given up.
_MOST_TRIES = 60
#: The fewest replies of a goal are at most so many; goals of one reply are taken only where nothing better is near.
_LARGEST_CHANGE = 3
_EASY_CHANGES = 12
#: Bands that are worth reaching or leaving.
_TOLD: tuple[Band, ...] = ("likely", "possible")
#: Answers on which a written rule goes wrong are searched for up to this many; more would take minutes.
_LARGEST_SEARCH = 3
#: Random answers on which a written rule is compared with the one that is gone.
RANDOM_TRIALS = 1000


class Material(Struct, frozen=True):
    """What exercises are made of."""

    base: Base
    cases: tuple[Case, ...] = ()
    examples: tuple[Example, ...] = ()


def material_in(folder: Path | str) -> Material:
    """Return the base in a folder with its cases and examples.

    Raises: expert.faults.FaultsError: with all faults of one of them.
    """
    base, path = cached_load(folder), Path(folder)
    return Material(base, read_cases(base, path / CASES), read_examples(base, path / EXAMPLES))


class Difference(Struct, frozen=True):
    """What two bases say differently on the same answers; findings and rules with the truth in each."""

    verdict: bool
    advice: bool
    findings: dict[str, tuple[Truth, Truth]]
    rules: dict[str, tuple[Truth, Truth]]

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.verdict or self.advice or self.findings or self.rules)


def difference(first: Consultation, second: Consultation, rules: Iterable[str] = ()) -> Difference:
    """Compare what two bases say, each run on its answers: verdict, advice, findings, and whether some rules hold."""
    return Difference(
        first.verdict != second.verdict,
        first.advice != second.advice,
        _otherwise(
            (finding, first.outlook.finding(finding), second.outlook.finding(finding))
            for finding in first.base.findings
        ),
        _otherwise((rule, truth_of(first, rule), truth_of(second, rule)) for rule in rules),
    )


def truth_of(consultation: Consultation, rule: str) -> Truth:
    """Return whether a rule holds."""
    return consultation.outlook.truth(consultation.base.rules[rule].condition)


def _otherwise(truths: Iterable[tuple[str, Truth, Truth]]) -> dict[str, tuple[Truth, Truth]]:
    return {name: (one, other) for name, one, other in truths if one is not other}


def run(base: Base, answers: Answers, reasoner: LateReasoner | None = None) -> Consultation:
    """Run a base on some answers."""
    return Consultation.start(base, reasoner).add(dict(answers))


def _checked(base: Base, answers: Mapping[str, object]) -> dict[str, Reply]:
    return {question: check_reply(base, question, reply) for question, reply in answers.items()}


class _Shown(InNotebook):
    """Shown in a notebook by `expert.lab_telling`."""

    __slots__ = ()

    def _told(self) -> tuple[list[Telling], Base | None]:
        from expert.lab_telling import tell  # noqa: PLC0415 - it imports this module

        return [tell(self)], None


# --- find the planted bug ---------------------------------------------------------------------------------------------


class PlantedBug(_Shown, Struct, frozen=True):
    """A mutant of a base: which answers expose it? `shown` are the rules around it; `exposed_by` is one solution."""

    kind: ClassVar[Kind] = "bug"
    base: Base
    mutant: Mutant
    shown: tuple[str, ...]
    exposed_by: dict[str, Reply]

    @property
    def given(self) -> Base:
        """The base as the learner has it."""
        return self.mutant.applied(self.base)

    def mark(self, answers: Mapping[str, object]) -> BugMark:
        """Run the base with and without the bug on some answers. Raises: ReplyError: one does not fit."""
        replies = _checked(self.base, answers)
        sound, faulty = run(self.base, replies), run(self.given, replies)
        return BugMark(self, sound, faulty, difference(sound, faulty, (self.mutant.id,)))


class BugMark(_Shown, Struct, frozen=True):
    """What the base says without the bug and with it."""

    exercise: PlantedBug
    sound: Consultation
    faulty: Consultation
    difference: Difference

    @property
    def is_right(self) -> bool:
        """Whether the answers expose the bug."""
        return bool(self.difference)


def _planted_bug(material: Material, random: Random, used: Collection[str]) -> PlantedBug | None:
    base = material.base
    reads = Reads(base)
    for rule in islice(_small_rules(base, random, used), _MOST_TRIES):
        planted = [mutant for mutant in mutants_of(base, ("rules", rule.id)).mutants if mutant.kind in _PLANTED]
        for mutant in _shuffled(random, planted):
            answers = witness(base, mutant, reads).answers
            if answers:
                exercise = PlantedBug(base, mutant, _around(base, rule), answers)
                if exercise.mark(answers).is_right:
                    return exercise
    return None


def _small_rules(base: Base, random: Random, used: Collection[str]) -> Iterator[Rule]:
    return (
        rule for rule in _shuffled(random, base.rules.values()) if rule.id not in used and _tests(rule) <= _MOST_TESTS
    )


def _tests(rule: Rule) -> int:
    return sum(1 for _ in leaves(rule.condition))


def _around(base: Base, rule: Rule) -> tuple[str, ...]:
    """Return a rule and some that it hangs together with, in the order of the base, so that nothing tells it apart."""
    linked = links(base, rule)
    alike = (
        other.id for other in rules_about(base, concluded_by(rule)) if type(other.conclusion) is type(rule.conclusion)
    )
    in_turn = chain.from_iterable(zip_longest(linked.fed_by, alike, linked.feeds))
    by_place = sorted(base.rules, key=lambda other: abs(base.rule_places[other] - base.rule_places[rule.id]))
    chosen = dict.fromkeys([rule.id, *(other for other in in_turn if other is not None), *by_place])
    small = [other for other in chosen if _tests(base.rules[other]) <= _MOST_TESTS]
    return tuple(sorted(small[:_MOST_SHOWN], key=base.rule_places.__getitem__))


# --- write the missing rule -------------------------------------------------------------------------------------------


class Trial(Struct, frozen=True):
    """Answers to try a base on: an `example` of a rule, a `case`, or some made up at `random`."""

    kind: Literal["example", "case", "random"]
    name: str
    answers: dict[str, Reply]


class Loss(Struct, frozen=True):
    """What goes wrong without a rule: a case, and what it expects that is no longer so."""

    case: Case
    expected: tuple[str, ...]


class MissingRule(_Shown, Struct, frozen=True):
    """A rule is gone from a base: what was it? `fires` and `spares` are answers on which it held, and did not."""

    kind: ClassVar[Kind] = "rule"
    base: Base
    rule: Rule
    fires: tuple[Trial, ...]
    spares: tuple[Trial, ...]
    losses: tuple[Loss, ...]
    trials: tuple[Trial, ...]

    @property
    def given(self) -> Base:
        """The base as the learner has it."""
        return _with_rule(self.base, self.rule.id, None)

    def mark(self, draft: Rule | str) -> RuleMark:
        """Compare a draft (see `expert.rule_draft`) with the rule on examples, cases and random answers, and by search.

        The search is for the fewest answers on which they differ; where it comes to its end, there are none at all.

        Raises: expert.rule_draft.DraftError: all that is wrong with a draft given as text.
        """
        if isinstance(draft, str):
            draft = read_draft(self.given, draft, self.rule)
        pair = _Pair(self, draft)
        for trial in self._trials_of(draft):
            mark = pair.compared(trial)
            if mark is not None and not mark.is_right:
                smaller = pair.searched() if trial.kind == "random" else mark
                return mark if smaller.is_right else smaller
        return pair.searched()

    def _trials_of(self, draft: Rule) -> Iterator[Trial]:
        yield from self.trials
        if draft.conclusion != self.rule.conclusion:
            yield from self._beside_others()
        random = _random(f"{self.base.name} {self.rule.id}")
        names = frozenset[str]().union(*(Reads(self.base).of(rule.condition) for rule in (self.rule, draft)))
        questions = [question for question in self.base.questions if question in names]
        for _ in range(RANDOM_TRIALS):
            yield Trial("random", "", random_answers(self.base, random, questions))

    def _beside_others(self) -> Iterator[Trial]:
        """Yield answers on which another rule about the same holds as well: there a group or a strength shows."""
        search = Search(self.base, {})
        for other in rules_about(self.base, concluded_by(self.rule)):
            both = tuple((Aim(rule.condition, TRUE),) for rule in (self.rule, other))
            for change in search.smallest((Route(both),), most=1).changes:
                yield Trial("random", "", change.replies)


class _Pair:
    """A base with the rule that is gone, and with a draft in its place."""

    def __init__(self, exercise: MissingRule, draft: Rule) -> None:
        self._exercise = exercise
        self._rule, self._draft = exercise.rule, draft
        self._base, self._drafted = exercise.base, _with_rule(exercise.base, exercise.rule.id, draft)
        self._reasoners = LateReasoner(self._base), LateReasoner(self._drafted)
        self._is_alike = draft.conclusion == exercise.rule.conclusion
        self._tried = 0

    def compared(self, trial: Trial) -> RuleMark | None:
        """Run both on the answers of a trial; None where evaluation alone tells that they do not differ."""
        self._tried += 1
        outlooks = Outlook(self._base, trial.answers), Outlook(self._drafted, trial.answers)
        first = self._standing(outlooks[0].truth(self._rule.condition))
        second = self._standing(outlooks[1].truth(self._draft.condition))
        # All else is the same in both.
        is_same = first is second and (self._is_alike or first is False)
        return None if is_same or _told(outlooks[0]) == _told(outlooks[1]) else self._run(trial)

    def _standing(self, truth: Truth) -> Truth:
        """Return what of a truth matters: evidence counts when it is true, and whether it is open is all one."""
        is_evidence = isinstance(self._rule.conclusion, Evidence) and isinstance(self._draft.conclusion, Evidence)
        return truth is True if is_evidence else truth

    def searched(self) -> RuleMark:
        """Look for the fewest answers on which the conditions differ; nothing is to be found where conclusions do."""
        if not self._is_alike:
            return self._run(Trial("random", "", {}))
        ours, theirs = self._rule.condition, self._draft.condition
        is_same = normal(self._base, ours) == normal(self._base, theirs)
        found = Witness("same") if is_same else apart(self._base, ours, theirs, self._rule.id, most=_LARGEST_SEARCH)
        return replace(self._run(Trial("random", "", found.answers)), is_proved=found.kind == "same")

    def _run(self, trial: Trial) -> RuleMark:
        sound = run(self._base, trial.answers, self._reasoners[0])
        own = run(self._drafted, trial.answers, self._reasoners[1])
        return RuleMark(self._exercise, sound, own, difference(sound, own), trial, self._tried, is_proved=False)


def _told(outlook: Outlook) -> tuple[object, ...]:
    """Return all that a base says, by evaluation."""
    verdict = foresee(outlook.base, outlook)
    findings = tuple(outlook.finding(finding) for finding in outlook.base.findings)
    return verdict, advice_for(outlook.base, verdict, outlook), findings


class RuleMark(_Shown, Struct, frozen=True):
    """What the base says with the rule that is gone, and with the learner's in its place, on the answers of a trial.

    `tried` is how many answers they were compared on; `is_proved` whether no answers at all tell them apart.
    """

    exercise: MissingRule
    sound: Consultation
    own: Consultation
    difference: Difference
    trial: Trial
    tried: int
    is_proved: bool

    @property
    def is_right(self) -> bool:
        """Whether nothing is concluded otherwise."""
        return not self.difference


def _with_rule(base: Base, id_: str, rule: Rule | None) -> Base:
    """Return a base with another rule in the place of one, or without it."""
    rules = {other: known for other, known in base.rules.items() if other != id_}
    return replace(base, rules=rules if rule is None else {**base.rules, id_: rule})


def _missing_rule(material: Material, random: Random, used: Collection[str]) -> MissingRule | None:
    base = material.base
    reasoner = LateReasoner(base)
    for rule in islice(_small_rules(base, random, used), _MOST_TRIES):
        without = _with_rule(base, rule.id, None)
        own = [example for example in material.examples if example.rule == rule.id]
        fires = [Trial("example", one.name, one.answers) for one in own if one.kind == "fires"]
        if not fires:
            found = Search(base, {}).smallest(any_condition_goal([rule.condition]), most=1).changes
            fires = [Trial("random", "", change.replies) for change in found]
        is_missed = any(difference(run(base, trial.answers, reasoner), run(without, trial.answers)) for trial in fires)
        if is_missed:
            return MissingRule(
                base,
                rule,
                tuple(fires),
                tuple(Trial("example", one.name, one.answers) for one in own if one.kind == "not"),
                tuple(_losses(base, without, material.cases)),
                (*fires, *_trials(material)),
            )
    return None


def _trials(material: Material) -> Iterator[Trial]:
    yield from (Trial("example", example.name, example.answers) for example in material.examples)
    yield from (Trial("case", case.id, case.answers) for case in material.cases)


def _losses(base: Base, without: Base, cases: Iterable[Case]) -> Iterator[Loss]:
    for case in cases:
        before, after = (
            set(expectations_met(each, case, foresee(each, Outlook(each, case.answers)))) for each in (base, without)
        )
        if lost := before - after:
            yield Loss(case, tuple(sorted(lost)))


# --- make the smallest change -----------------------------------------------------------------------------------------


class Wish(Struct, frozen=True):
    """What a verdict should come to: a hypothesis in a band, or (`hypothesis` empty) an urgency; that or more, or less.

    More is more certain, or more urgent.
    """

    hypothesis: str
    step: Band | Urgency
    or_more: bool

    def goal(self, base: Base) -> Goal:
        """Return it as a goal of the search."""
        if self.hypothesis:
            band = next(band for band in BANDS if band == self.step)
            return band_goal(base, self.hypothesis, band, at_least=self.or_more)
        tier = next(tier for tier in URGENCIES if tier == self.step)
        return urgency_goal(base, tier) if self.or_more else calmer_goal(base, tier)

    def met(self, verdict: Verdict) -> bool:
        """Tell whether a verdict is as wished."""
        order: tuple[str, ...] = BANDS if self.hypothesis else URGENCIES
        if not self.hypothesis:
            now: str = verdict.urgency
        elif verdict.out_of_scope is None:
            now = verdict.weight(self.hypothesis).band
        else:
            return False
        places = order.index(now), order.index(self.step)
        return places[0] <= places[1] if self.or_more else places[0] >= places[1]


class SmallestChange(_Shown, Struct, frozen=True):
    """Somebody's answers and a wish: which replies, as few as can be, fulfil it? `ways` are some of the fewest.

    `case` is None for somebody made up.
    """

    kind: ClassVar[Kind] = "change"
    base: Base
    case: Case | None
    answers: dict[str, Reply]
    wish: Wish
    ways: tuple[Change, ...]

    @property
    def given(self) -> Base:
        """The base as the learner has it."""
        return self.base

    @property
    def fewest(self) -> int:
        """How many replies it takes."""
        return len(self.ways[0].replies)

    def mark(self, replies: Mapping[str, object]) -> ChangeMark:
        """Run the base on the answers with some replies in their place. Raises: ReplyError: one does not fit."""
        checked = _checked(self.base, replies)
        changed = {question: reply for question, reply in checked.items() if self.answers.get(question) != reply}
        unsure = tuple(
            q for q, reply in changed.items() if NOT_SURE in (reply if isinstance(reply, tuple) else (reply,))
        )
        before, after = run(self.base, self.answers), run(self.base, {**self.answers, **changed})
        return ChangeMark(self, before, after, changed, unsure, self.wish.met(after.verdict), self.fewest)


class ChangeMark(_Shown, Struct, frozen=True):
    """What the base says before and after a change, and whether that meets the wish; `unsure` replies do not count."""

    exercise: SmallestChange
    before: Consultation
    after: Consultation
    changed: dict[str, Reply]
    unsure: tuple[str, ...]
    is_met: bool
    fewest: int

    @property
    def is_right(self) -> bool:
        """Whether it meets the wish, and as small as can be."""
        return self.is_met and not self.unsure and len(self.changed) <= self.fewest


def _smallest_change(material: Material, random: Random, used: Collection[str]) -> SmallestChange | None:
    base = material.base
    people: list[tuple[Case | None, dict[str, Reply]]] = [
        (case, case.answers) for case in _shuffled(random, material.cases) if case.id not in used
    ]
    people = people[:_MOST_TRIES] or [(None, random_answers(base, random)) for _ in range(_EASY_CHANGES)]
    easy: SmallestChange | None = None
    looked = 0
    for case, answers in people:
        search = Search(base, answers)
        for wish in _shuffled(random, _wishes(run(base, answers).verdict)):
            ways = search.smallest(wish.goal(base), largest=_LARGEST_CHANGE).changes
            looked += 1
            if ways:
                exercise = SmallestChange(base, case, answers, wish, ways)
                if exercise.fewest > 1:
                    return exercise
                easy = easy or exercise
            if looked >= _EASY_CHANGES and easy is not None:
                return easy
            if looked >= _MOST_TRIES:
                return easy
    return easy


def _wishes(verdict: Verdict) -> Iterator[Wish]:
    for weight in verdict.hypotheses:
        now = BANDS.index(weight.band)
        yield from (Wish(weight.hypothesis, band, True) for band in _TOLD if BANDS.index(band) < now)
        if weight.band in _TOLD:
            yield Wish(weight.hypothesis, BANDS[now + 1], False)
    now = URGENCIES.index(verdict.urgency)
    yield from (Wish("", tier, True) for tier in URGENCIES[:now])
    yield from (Wish("", tier, False) for tier in URGENCIES[now + 1 :])


# --- all of them ------------------------------------------------------------------------------------------------------

Exercise = PlantedBug | MissingRule | SmallestChange
Mark = BugMark | RuleMark | ChangeMark
_MAKERS = {"bug": _planted_bug, "rule": _missing_rule, "change": _smallest_change}


def exercises(material: Material, seed: int, kinds: Sequence[Kind] = KINDS) -> Iterator[Exercise]:
    """Yield exercises, without end while the base has more: the kinds in turn, none about the same thing twice.

    The same seed and kinds give the same exercises, of the same base, on every Python.
    """
    used: set[str] = set()
    number = 0
    while True:
        made = False
        for kind in _shuffled(_random(f"{material.base.name} {seed} {number}"), kinds):
            number += 1
            exercise = _MAKERS[kind](material, _random(f"{material.base.name} {seed} {number} {kind}"), used)
            if exercise is not None:
                used.add(about(exercise))
                made = True
                yield exercise
        if not made:
            return


def about(exercise: Exercise) -> str:
    """Return the id of the rule or case that an exercise is about; empty for somebody made up."""
    match exercise:
        case PlantedBug(mutant=mutant):
            return mutant.id
        case MissingRule(rule=rule):
            return rule.id
        case SmallestChange(case=case):
            return "" if case is None else case.id


def _random(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - for exercises, not for secrets


def _shuffled(random: Random, items: Iterable[T]) -> list[T]:
    # By `random()` alone: only its sequence is promised to stay the same in later versions of Python.
    return [item for _, item in sorted(((random.random(), place), item) for place, item in enumerate(items))]


# --- answers at random ------------------------------------------------------------------------------------------------


def random_answers(base: Base, random: Random, questions: Iterable[str] | None = None) -> dict[str, Reply]:
    """Return replies to most of some questions (all of them), now and then *not sure*."""
    answers: dict[str, Reply] = {}
    for name in base.questions if questions is None else questions:
        replies = _replies(base, base.questions[name])
        place = int(random.random() * (len(replies) + 1))
        if place < len(replies):
            answers[name] = replies[place]
    return answers


def _replies(base: Base, question: Question) -> list[Reply]:
    """Return the replies to try: each option alone and the first two together; of numbers, those around every limit."""
    match question.type:
        case "yes_no":
            return ["yes", "no", NOT_SURE]
        case "one":
            return [*question.options, NOT_SURE]
        case "many":
            chosen = [option for option in question.options if option != NONE_OF_THESE]
            pairs = pairwise(chosen)
            return [(NONE_OF_THESE,), *((option,) for option in chosen), *pairs, (NOT_SURE,)]
        case "number":
            ends = {end for limit in _limits(base, question.id) for end in (limit.low, limit.high) if end is not None}
            low, high = question.min or 0, question.max
            near = {number for end in ends or {low} for number in (end - 1, end, end + 1)}
            fit = sorted(number for number in near if number >= low and (high is None or number <= high))
            return [*(int(number) if number == int(number) else number for number in fit), NOT_SURE]


def _limits(base: Base, question: str) -> Iterator[Limit]:
    conditions = (rule.condition for rule in base.rules.values())
    gates = (other.ask_if for other in base.questions.values() if other.ask_if is not None)
    for condition in chain(conditions, gates):
        yield from (leaf for leaf in leaves(condition) if isinstance(leaf, Limit) and leaf.subject == question)
