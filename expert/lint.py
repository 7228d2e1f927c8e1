"""What is wrong with a base as a whole, although it loads: things that nobody uses, and rules that cannot ever hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, combinations, pairwise
from pathlib import Path

from expert.faults import Fault, Faults, FaultsError, suggestion
from expert.language import MAX_NUMBER
from expert.load import Name, read_base
from expert.logic import Outlook, leaves
from expert.model import (
    NONE_OF_THESE,
    Advise,
    Answers,
    Base,
    Condition,
    Establish,
    Evidence,
    Is,
    Limit,
    Question,
    Raise,
    Reply,
    Rule,
)

#: Tests evaluated, in all, in the search for answers that make conditions true.
MAX_EFFORT = 300_000
#: Words shorter than this differ by a letter too easily for that to mean anything.
_SHORTEST_SLIP = 4
#: More groups than this, of one hypothesis, are not compared with one another.
_MAX_GROUPS = 500


def check(folder: Path | str) -> tuple[Fault, ...]:
    """Return every fault of the base in a folder, of the load and of the whole, in the order of the files."""
    try:
        reading = read_base(folder)
    except FaultsError as error:
        return error.faults
    if not reading.is_complete:
        return reading.faults.sorted()
    reading.faults.add(*_faults(reading.base, reading.excused, is_sound=reading.is_sound))
    return reading.faults.sorted()


def lint(base: Base) -> list[Fault]:
    """Return the faults of a loaded base as a whole, in the order of the files."""
    faults = Faults()
    faults.add(*_faults(base, frozenset(), is_sound=True))
    return list(faults.sorted())


def _faults(base: Base, excused: frozenset[Name], *, is_sound: bool) -> Iterator[Fault]:
    # Faulty entries are not in the base; nothing is said that they might refute of what they name.
    yield from _without_rules(base, excused)
    yield from _without_readers(base, excused)
    yield from _codes_of_nothing(base, excused)
    yield from _options_alike(base, excused)
    yield from _lonely_groups(base)
    if is_sound:
        yield from _never_true(base, excused)
    yield from _scope_reads_too_much(base)


def _fault(place: str, entry: str, message: str) -> Fault:
    file, _, line = place.rpartition(":")
    return Fault(file, int(line or 0), entry, message)


# --- what nothing concludes, and what nothing reads -------------------------------------------------------------------


def _without_rules(base: Base, excused: frozenset[Name]) -> Iterator[Fault]:
    conclusions = [rule.conclusion for rule in base.rules.values()]
    established = {then.finding for then in conclusions if isinstance(then, Establish)}
    raised = {then.red_flag for then in conclusions if isinstance(then, Raise)}
    advised = {then.advice for then in conclusions if isinstance(then, Advise)}
    signs = {then.hypothesis for then in conclusions if isinstance(then, Evidence) and then.role == "sign"}
    for finding in base.findings.values():
        if finding.id not in established and ("findings", finding.id) not in excused:
            yield _fault(finding.place, f"finding '{finding.id}'", "no rule concludes it; it can never be established.")
    for flag in base.red_flags.values():
        if flag.id not in raised and ("red_flags", flag.id) not in excused:
            yield _fault(flag.place, f"red flag '{flag.id}'", "no rule raises it.")
    for hypothesis in base.hypotheses.values():
        if hypothesis.id not in signs and ("hypotheses", hypothesis.id) not in excused:
            message = "no rule is a sign of it (then: {for: ..., as: sign}); it would never be asked about."
            yield _fault(hypothesis.place, f"hypothesis '{hypothesis.id}'", message)
    for advice in base.advice.values():
        if not (advice.always or advice.for_ or advice.id in advised or ("advice", advice.id) in excused):
            message = "is never shown; it needs `for`, a rule that gives it, or `always: true`."
            yield _fault(advice.place, f"advice '{advice.id}'", message)


def _conditions(base: Base) -> Iterator[Condition]:
    yield from (rule.condition for rule in base.rules.values())
    yield from (scope.condition for scope in base.out_of_scope.values())
    yield from (question.ask_if for question in base.questions.values() if question.ask_if is not None)


def _without_readers(base: Base, excused: frozenset[Name]) -> Iterator[Fault]:
    read = {leaf.subject for condition in _conditions(base) for leaf in leaves(condition)}
    read |= {name for _, name in excused}
    summed = set(chain.from_iterable(score.sum for score in base.scores.values()))
    for question in base.questions.values():
        is_read = question.id in read or question.id in summed
        if not is_read and question.unused is None:
            message = "no rule uses it; add a rule, or say why under `unused`."
            yield _fault(question.place, f"question '{question.id}'", message)
        elif question.id in read and question.unused is not None:
            yield _fault(question.place, f"question '{question.id}', unused", "is wrong: a condition reads it.")
    for score in base.scores.values():
        if score.id not in read:
            yield _fault(score.place, f"score '{score.id}'", "no rule uses it.")
    for finding in base.findings.values():
        if finding.id not in read:
            yield _fault(finding.place, f"finding '{finding.id}'", "nothing uses it; no condition reads it.")


def _codes_of_nothing(base: Base, excused: frozenset[Name]) -> Iterator[Fault]:
    used = {name for hypothesis in base.hypotheses.values() for name in hypothesis.codes}
    used |= {name for advice in base.advice.values() for name in advice.codes}
    systems = {code.system for code in base.codes.values()}
    for code in base.codes.values():
        if code.id not in used and ("codes", code.id) not in excused:
            yield _fault(code.place, f"code '{code.id}'", "no hypothesis or advice has it.")
    for system in base.code_systems.values():
        if system.id not in systems and ("code_systems", system.id) not in excused:
            yield _fault(system.place, f"code system '{system.id}'", "no code is of it.")


# --- options that make no difference ----------------------------------------------------------------------------------


def _options_alike(base: Base, excused: frozenset[Name]) -> Iterator[Fault]:
    tests = _tests_by_subject(base)
    summed = set(chain.from_iterable(score.sum for score in base.scores.values()))
    for question in base.questions.values():
        if not question.options or question.unused is not None or ("questions", question.id) in excused:
            continue
        if question.id not in tests and question.id not in summed:
            continue  # unused: told already
        yield from _alike_in(question, tests[question.id], question.id in summed)


def _tests_by_subject(base: Base) -> dict[str, list[Is | Limit]]:
    tests: dict[str, list[Is | Limit]] = defaultdict(list)
    for condition in _conditions(base):
        for leaf in leaves(condition):
            tests[leaf.subject].append(leaf)
    return tests


def _classes(question: Question, tests: list[Is | Limit], is_summed: bool) -> list[list[str]]:
    """Return the options in groups whose members every test, and every score, treats the same."""
    classes: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for option in question.options.values():
        met = tuple(option.id in test.values for test in tests if isinstance(test, Is))
        classes[met, option.points if is_summed else None].append(option.id)
    return list(classes.values())


def _alike_in(question: Question, tests: list[Is | Limit], is_summed: bool) -> Iterator[Fault]:
    name = f"question '{question.id}'"
    for options in _classes(question, tests, is_summed):
        unmarked = [option for option in options if option not in question.alike]
        if len(unmarked) > 1:
            message = f"no rule tells {_and(unmarked)} apart; add a rule, merge them, or list them under `alike`."
            yield _fault(question.place, f"{name}, options", message)
        elif len(options) == 1 and options[0] in question.alike:
            message = f"'{options[0]}' is listed, but rules do tell it apart from every other option."
            yield _fault(question.place, f"{name}, alike", message)


def _and(words: list[str]) -> str:
    quoted = [f"'{word}'" for word in words]
    return " and ".join((", ".join(quoted[:-1]), quoted[-1]))


# --- groups -----------------------------------------------------------------------------------------------------------


def _lonely_groups(base: Base) -> Iterator[Fault]:
    """Find groups that look misspelt, for groups are declared nowhere.

    Such a group is used once and is nearly like another one of the same hypothesis and direction.
    """
    groups: dict[tuple[str, str], dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
    for rule in base.rules.values():
        if isinstance(then := rule.conclusion, Evidence) and then.group is not None:
            groups[then.hypothesis, then.direction][then.group].append(rule)
    for rivals in groups.values():
        for group, rules in rivals.items():
            if len(rules) > 1 or len(rivals) > _MAX_GROUPS:
                continue
            near = next((other for other in rivals if other != group and _is_slip(group, other)), None)
            if near:
                message = f"no other rule has the group '{group}'.{suggestion(near)}"
                yield _fault(rules[0].place, f"rule '{rules[0].id}', then.group", message)


def _is_slip(word: str, other: str) -> bool:
    """Tell whether two words differ by one letter left out, added or changed, or by `-` for `_`."""
    word, other = word.replace("-", "_"), other.replace("-", "_")
    if abs(len(word) - len(other)) > 1 or min(len(word), len(other)) < _SHORTEST_SLIP:
        return False
    same = 0
    while same < min(len(word), len(other)) and word[same] == other[same]:
        same += 1
    rest, other_rest = word[same:], other[same:]
    return rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]


# --- what can never be true -------------------------------------------------------------------------------------------


def _never_true(base: Base, excused: frozenset[Name]) -> Iterator[Fault]:
    # Findings that lack a rule, here or because it is faulty, have a fault already.
    unsure = {name for section, name in excused if section == "findings"}
    unsure |= {finding for finding, rules in base.finding_rules.items() if not rules}
    search = _Search(base, frozenset(unsure))
    for question in base.questions.values():
        if question.ask_if is not None and not search.can_be_true(question.ask_if):
            yield _fault(question.place, f"question '{question.id}', ask_if", "can never be true; it is never asked.")
    for scope in base.out_of_scope.values():
        if not search.can_be_true(scope.condition):
            yield _fault(scope.place, f"out_of_scope '{scope.id}', if", "can never be true.")
    for rule in base.rules.values():
        if not search.can_be_true(rule.condition):
            message = "can never be true: no answers meet all of it at once."
            yield _fault(rule.place, f"rule '{rule.id}', if", message)


class _Search:
    """Looks for answers that make a condition true, trying for each question only replies that tests can tell apart.

    The search is complete, so what it does not find does not exist; unless its effort runs out, and then it finds no
    fault. `Outlook` prunes it: a branch ends as soon as the condition can no longer become true.
    """

    def __init__(self, base: Base, unsure: frozenset[str]) -> None:
        """Search in `base`, claiming nothing about conditions that read a name in `unsure`."""
        self._base = base
        self._unsure = unsure
        self._effort = MAX_EFFORT

    def can_be_true(self, condition: Condition) -> bool:
        """Tell whether some answers make `condition` true, or the search for them is too long."""
        tests = self._tests(condition)
        if not self._unsure.isdisjoint(tests):
            return True
        size = sum(map(len, tests.values())) + 1
        questions = [subject for subject in tests if subject in self._base.questions]
        branches: list[Iterator[Answers]] = [iter([{}])]
        while branches:
            answers = next(branches[-1], None)
            if answers is None:
                branches.pop()
                continue
            self._effort -= size
            outlook = Outlook(self._base, answers)
            if self._effort < 0 or outlook.truth(condition):
                return True
            if not outlook.can_be(condition, True):
                continue
            asked = next((name for name in questions if name not in answers and outlook.is_open(name)), None)
            if asked is None:
                return True  # nothing left to ask and still undecided: no claim
            branches.append(self._extend(answers, asked, tests[asked]))
        return False

    def _tests(self, condition: Condition) -> dict[str, list[Is | Limit]]:
        """Return all that a condition reads, directly or through findings, scores and gates; gates come first."""
        found: dict[str, list[Is | Limit]] = {}
        waiting: list[Condition | str] = [condition]
        opened: set[str] = set()
        while waiting and self._effort > 0:
            self._effort -= 1
            item = waiting.pop()
            if not isinstance(item, str):
                for leaf in leaves(item):
                    found.setdefault(leaf.subject, []).append(leaf)
                    waiting.append(leaf.subject)
            elif item not in opened:
                opened.add(item)
                waiting.extend(self._behind(item))
        for score in [name for name in found if name in self._base.scores]:
            for question in self._base.scores[score].sum:
                found.setdefault(question, [])
        return dict(reversed(found.items()))

    def _behind(self, subject: str) -> Iterator[Condition | str]:
        if subject in self._base.findings:
            yield from (rule.condition for rule in self._base.finding_rules[subject])
        elif subject in self._base.scores:
            yield from self._base.scores[subject].sum
        elif (ask_if := self._base.questions[subject].ask_if) is not None:
            yield ask_if

    def _extend(self, answers: Answers, asked: str, tests: list[Is | Limit]) -> Iterator[Answers]:
        for reply in _replies(self._base.questions[asked], tests):
            yield {**answers, asked: reply}


def _replies(question: Question, tests: list[Is | Limit]) -> Iterator[Reply]:
    """Yield replies that stand for all: the tests treat every other reply like one of them."""
    match question.type:
        case "yes_no":
            yield from ("yes", "no")
        case "one":
            yield from (options[0] for options in _classes(question, tests, is_summed=True))
        case "many":
            yield from _choices(question, tests)
        case "number":
            yield from _numbers(question, tests)


def _choices(question: Question, tests: list[Is | Limit]) -> Iterator[tuple[str, ...]]:
    """Yield choices of options, one of each kind that tests treat the same, fewest first."""
    kinds = [
        next((option for option in options if option != NONE_OF_THESE), None)
        for options in _classes(question, tests, is_summed=False)
    ]
    yield (NONE_OF_THESE,)
    choosable = [kind for kind in kinds if kind is not None]
    for size in range(1, len(choosable) + 1):
        yield from combinations(choosable, size)


def _numbers(question: Question, tests: list[Is | Limit]) -> Iterator[float]:
    """Yield every end of a range, and a number between each two and beyond the last, within what is accepted."""
    low = question.min if question.min is not None else -MAX_NUMBER
    high = question.max if question.max is not None else MAX_NUMBER
    ends = {end for test in tests if isinstance(test, Limit) for end in (test.low, test.high) if end is not None}
    marks = sorted({low, high} | {end for end in ends if low < end < high})
    yield from marks
    yield from ((left + right) / 2 for left, right in pairwise(marks))


# --- out of scope -----------------------------------------------------------------------------------------------------


def _scope_reads_too_much(base: Base) -> Iterator[Fault]:
    """Whether somebody is out of scope must be known before anything but safety and about questions is asked."""
    for scope in base.out_of_scope.values():
        for leaf in leaves(scope.condition):
            question = base.questions.get(leaf.subject)
            if question is None or question.kind not in ("safety", "about"):
                message = f"reads '{leaf.subject}'; it may read only questions of kind safety or about."
                yield _fault(scope.place, f"out_of_scope '{scope.id}', if", message)
