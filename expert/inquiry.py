"""Which question to ask next, how many can still come, and why one is asked.

A question is asked only while, by the bounds of `expert.logic.Outlook`, its answer could still change the verdict:
raise or rule out a red flag, or move a hypothesis to another band. Safety and about questions are always asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from expert.certainty import weigh
from expert.logic import Outlook, leaves
from expert.model import NOT_SURE, Answers, Base, Checklist, Evidence, Question, Raise, Reply, Rule

#: How much an undecided rule counts when topics are compared: by tier for red flags, by strength for evidence.
_TIER_WEIGHT = {"emergency": 8.0, "same-day": 4.0, "soon": 2.0, "routine": 1.0}

#: Between the ids of the checklists on one screen; no id holds it.
_AND = "+"
#: Lines on a screen that is filled up from several checklists or questions.
_FULL = 9
#: Larger questions that make it worth asking first which of them concern the person.
_WORTH_ASKING_FIRST = 3
#: A rule, or a rule with the evidence it gives.
_Spoken = Rule | tuple[Rule, Evidence]


class Screen(Struct, frozen=True):
    """What is asked at once: one question, lines of checklists, or a few short questions with one reply each.

    Those of checklists stand in the order of the `lists` that they belong to. `topics` are those it asks about, in
    order.
    """

    questions: tuple[Question, ...]
    topics: tuple[str, ...]
    lists: tuple[Checklist, ...] = ()

    @property
    def id(self) -> str:
        """The ids of its checklists, or of its questions."""
        return _AND.join(one.id for one in self.lists or self.questions)

    @property
    def topic(self) -> str:
        """The topic that it leaves the person with."""
        return self.topics[-1]

    @property
    def lines(self) -> tuple[tuple[Question, ...], ...]:
        """The questions by the lines that stand for them, on a screen of checklists."""
        lines: dict[str, list[Question]] = {}
        for question in self.questions:
            lines.setdefault(question.line_with or question.id, []).append(question)
        return tuple(map(tuple, lines.values()))

    @property
    def groups(self) -> tuple[tuple[Checklist, tuple[Question, ...]], ...]:
        """Its checklists with those of their items that it shows."""
        return tuple((one, tuple(q for q in self.questions if q.id in one.items)) for one in self.lists)

    def taken(self, answers: Answers) -> dict[str, Reply]:
        """Return what a person with these answers can reply here.

        The line of a question that is more than yes or no can be left unticked or marked *not sure*. When it is ticked,
        the question is still to be asked.
        """
        replies = {question.id: answers[question.id] for question in self.questions}
        if not self.lists:
            return replies
        for line in self.lines:
            unticked = all(replies[question.id] == question.reply_if_unticked for question in line)
            unsure = all(replies[question.id] in (NOT_SURE, (NOT_SURE,)) for question in line)
            if line[0].type != "yes_no" and not (unticked or unsure):
                for question in line:
                    del replies[question.id]
        return replies


def lists_of(screen: str) -> tuple[str, ...]:
    """Return the ids in the id of a screen."""
    return tuple(screen.split(_AND))


class Inquiry:
    """The questions still open for one set of answers."""

    def __init__(
        self,
        base: Base,
        outlook: Outlook,
        one_by_one: Collection[str] = (),
        skipped: Collection[str] = (),
        *,
        earlier: Inquiry | None = None,
    ) -> None:
        """Look for open questions.

        Checklists in `one_by_one` are asked item by item (after *not sure*); questions in `skipped` are left
        unanswered and not offered again. `earlier` may be the inquiry over the outlook that `outlook` was made from: a
        rule that could no longer change the verdict then cannot do so now.
        """
        self.base = base
        self.outlook = outlook
        self.one_by_one = one_by_one
        self.skipped = skipped
        #: The undecided rules about each red flag, and about each hypothesis, that could still change the verdict.
        self.about_flag: dict[str, tuple[Rule, ...]] = self._look(
            base.flag_rules, self._undecided_flag_rules, None if earlier is None else earlier.about_flag
        )
        self.about_hypothesis: dict[str, tuple[Rule, ...]] = self._look(
            base.evidence_rules, self._undecided_evidence, None if earlier is None else earlier.about_hypothesis
        )
        self.undecided: tuple[Rule, ...] = self._undecided_rules()
        #: The unanswered questions on which each undecided rule hangs, by rule id.
        self.hanging = self._find_hanging(earlier)
        self.possible = self._possible_questions()

    def _look(
        self,
        rules_about: Mapping[str, Sequence[_Spoken]],
        undecided: Callable[[str], Iterable[Rule]],
        before: Mapping[str, tuple[Rule, ...]] | None,
    ) -> dict[str, tuple[Rule, ...]]:
        """Return the undecided rules by what they are about; what the new answers do not touch is as it was before."""
        found = {}
        for name, rules in rules_about.items():
            is_as_before = before is not None and not (before[name] and any(map(self._is_touched, rules)))
            found[name] = before[name] if before is not None and is_as_before else tuple(undecided(name))
        return found

    def _is_touched(self, spoken: _Spoken) -> bool:
        rule = spoken if isinstance(spoken, Rule) else spoken[0]
        return self.outlook.touched is None or id(rule.condition) in self.outlook.touched

    def _undecided_rules(self) -> tuple[Rule, ...]:
        """Return the undecided rules that could still change the verdict, in file order."""
        groups = [*self.about_flag.values(), *(() if self._out_of_scope() else self.about_hypothesis.values())]
        place = self.base.rule_places
        return tuple(sorted((rule for rules in groups for rule in rules), key=lambda rule: place[rule.id]))

    def _find_hanging(self, earlier: Inquiry | None) -> dict[str, frozenset[str]]:
        before = earlier.hanging if earlier else {}
        return {
            rule.id: before[rule.id]
            if rule.id in before and not self._is_touched(rule)
            else self.outlook.unsettled(rule.condition)
            for rule in self.undecided
        }

    def _out_of_scope(self) -> bool:
        return any(self.outlook.truth(scope.condition) for scope in self.base.out_of_scope.values())

    def _undecided_flag_rules(self, flag: str) -> Iterable[Rule]:
        rules = self.base.flag_rules[flag]
        can_be, truth = self.outlook.can_be, self.outlook.truth
        conditions = [rule.condition for rule in rules]
        if any(map(truth, conditions)):
            return
        can_go_out = all(can_be(condition, False) for condition in conditions)
        for rule in rules:
            if truth(rule.condition) is None and (can_go_out or can_be(rule.condition, True)):
                yield rule

    def _undecided_evidence(self, hypothesis: str) -> Iterable[Rule]:
        rules = self.base.evidence_rules[hypothesis]
        true = [pair for pair in rules if self.outlook.truth(pair[0].condition)]
        open_ = [
            pair
            for pair in rules
            if self.outlook.truth(pair[0].condition) is None and self.outlook.can_be(pair[0].condition, True)
        ]
        lowest = weigh(self.base, hypothesis, true + _in_direction(open_, "against")).band
        highest = weigh(self.base, hypothesis, true + _in_direction(open_, "for")).band
        if lowest != highest:
            yield from (rule for rule, _ in open_)

    def _possible_questions(self) -> frozenset[str]:
        """Return every question that may still come to be asked, gates included."""
        always = (question for question in self.base.questions.values() if question.kind in ("safety", "about"))
        possible = {question.id for question in always if question.id not in self.outlook.answers}
        possible = {question for question in possible if self.outlook.is_open(question)}
        for hanging in self.hanging.values():
            possible |= hanging
        for scope in self.base.out_of_scope.values():
            if self.outlook.can_be(scope.condition, True):
                possible |= self.outlook.unsettled(scope.condition)
        if self._out_of_scope():
            possible = {q for q in possible if self.base.questions[q].kind in ("safety", "about")}
        return frozenset(possible)

    def screens(self) -> tuple[Screen, ...]:
        """Return the screens that can be asked now, in file order.

        A larger question is asked straight away, not by its line on a checklist, where an emergency hangs on it, and
        where there are only a few of them.
        """
        wanted = [question for question in self.open_questions() if question not in self.skipped]
        screens: list[Screen] = []
        for screen in self._as_screens(wanted):
            large = [question for question in screen.questions if question.type != "yes_no"] if screen.lists else []
            at_once = [q for q in large if len(large) < _WORTH_ASKING_FIRST or q.id in self._live]
            screens += [Screen((question,), (question.topic,)) for question in at_once]
            if rest := tuple(question for question in screen.questions if question not in at_once):
                screens.append(replace(screen, questions=rest))
        return tuple(screens)

    def open_questions(self) -> frozenset[str]:
        """Return the unanswered questions that can be asked, and could change the verdict (or are always asked)."""
        return frozenset(filter(self.outlook.can_be_asked, self.possible))

    def at_most_left(self) -> int:
        """Return how many screens can still come at the most, unless a *not sure* takes a checklist apart.

        Items of a checklist that cannot be asked yet come on a screen of their own, with those that open with them; the
        line of a larger question can lead to one more.
        """
        ready = self.outlook.can_be_asked
        return sum(
            len({None if ready(question.id) else question.ask_if for question in screen.questions})
            + sum(question.type != "yes_no" for question in screen.questions if screen.lists)
            for screen in self._as_screens(self.possible)
        )

    def _as_screens(self, wanted: Collection[str]) -> tuple[Screen, ...]:
        """Return questions as screens, a checklist each at the most; those with a single line are not yet taken out."""
        screens: dict[str, Screen] = {}
        for question in self.base.questions.values():
            if question.id not in wanted:
                continue
            checklist = self.base.checklist_of.get(question.id)
            if checklist is None or checklist.id in self.one_by_one:
                screens[question.id] = Screen((question,), (question.topic,))
            elif checklist.id not in screens:
                items = tuple(self.base.questions[item] for item in checklist.items if item in wanted)
                screens[checklist.id] = Screen(items, (question.topic,), (checklist,))
        return tuple(screens.values())

    def next_screen(self, last_topic: str | None = None) -> Screen | None:
        """Return the screen to ask next, or None when no answer could change the verdict.

        Safety and about come first, as the base orders them; then whatever an emergency still hangs on; then symptoms
        before risks, the weightiest topic first, each topic to its end (`last_topic` is the one being asked).
        """
        screens = self.screens()
        for screen in self._always(screens):
            return _plainly(screen)
        for screen in self._for_live_emergencies(screens):
            return _plainly(self._filled(screen, screens))
        for kind in ("symptom", "risk"):
            of_kind = [screen for screen in screens if screen.questions[0].kind == kind]
            if of_kind:
                return _plainly(self._filled(self._take_next(list(of_kind), last_topic), screens))
        return None

    def _filled(self, page: Screen, screens: Collection[Screen]) -> Screen:
        """Return a screen filled up with those of its kind that would come after it, as far as they can stand on it."""
        kind = page.questions[0].kind
        left = [screen for screen in screens if screen.questions[0].kind == kind and screen != page]
        while left:
            more = self._take_next(left, page.topic)
            room = _room_for(more, page)
            if not room:
                break
            page = Screen(
                (*page.questions, *more.questions[:room]),
                tuple(dict.fromkeys((*page.topics, *more.topics))),
                (*page.lists, *more.lists),
            )
        return page

    def _take_next(self, screens: list[Screen], last_topic: str | None) -> Screen:
        topic = self._weightiest_topic(screens, last_topic)
        first = next(screen for screen in screens if screen.topic == topic)
        screens.remove(first)
        return first

    @staticmethod
    def _always(screens: Iterable[Screen]) -> list[Screen]:
        return [screen for screen in screens if screen.questions[0].kind in ("safety", "about")]

    @cached_property
    def _live(self) -> frozenset[str]:
        """The questions needed by an emergency rule of which some part already holds."""
        needed: set[str] = set()
        for rule in self.undecided:
            if self._weight(rule) == _TIER_WEIGHT["emergency"] and any(map(self.outlook.truth, leaves(rule.condition))):
                needed |= self.hanging[rule.id]
        return frozenset(needed)

    def _for_live_emergencies(self, screens: Iterable[Screen]) -> list[Screen]:
        return [screen for screen in screens if any(question.id in self._live for question in screen.questions)]

    def _weightiest_topic(self, screens: Collection[Screen], last_topic: str | None) -> str:
        if any(screen.topic == last_topic for screen in screens):
            return str(last_topic)
        weights = dict.fromkeys((screen.topic for screen in screens), 0.0)
        topic_of = {question.id: screen.topic for screen in screens for question in screen.questions}
        for rule in self.undecided:
            for topic in {topic_of[question] for question in self.hanging[rule.id] if question in topic_of}:
                weights[topic] += self._weight(rule)
        return max(weights, key=lambda topic: weights[topic])

    def _weight(self, rule: Rule) -> float:
        conclusion = rule.conclusion
        if isinstance(conclusion, Raise):
            return _TIER_WEIGHT[self.base.red_flags[conclusion.red_flag].urgency]
        return self.base.strengths[conclusion.strength] if isinstance(conclusion, Evidence) else 0.0

    def rules_needing(self, question: str) -> tuple[Rule, ...]:
        """Return the undecided rules that hang on a question, those for the most urgent red flags first."""
        needing = [rule for rule in self.undecided if question in self.hanging[rule.id]]
        return tuple(sorted(needing, key=lambda rule: -self._weight(rule)))


def _room_for(more: Screen, page: Screen) -> int:
    """Return how many questions of one screen another has room for; lines go with lines, short choices with such."""
    questions = (*page.questions, *more.questions)
    if page.lists and more.lists and all(question.type == "yes_no" for question in questions):
        return max(_FULL - len(page.questions), 0)
    is_short = all(question.type == "one" for question in questions)
    if not page.lists and not more.lists and is_short and more.topics == page.topics:
        return int(sum(len(question.options) for question in questions) <= _FULL)
    return 0


def _plainly(screen: Screen) -> Screen:
    """Return a screen with a single line as the whole question."""
    return screen if len(screen.questions) > 1 else Screen(screen.questions, screen.topics)


def _in_direction(pairs: Iterable[tuple[Rule, Evidence]], direction: str) -> list[tuple[Rule, Evidence]]:
    return [pair for pair in pairs if pair[1].direction == direction]
