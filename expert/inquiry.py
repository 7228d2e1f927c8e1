"""Which question to ask next, how many can still come, and why one is asked.

A question is asked only while, by the bounds of `expert.logic.Outlook`, its answer could still change the verdict:
raise or rule out a red flag, or move a hypothesis to another band. Safety and about questions are always asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec import Struct

from expert.certainty import weigh
from expert.logic import Outlook, leaves
from expert.model import Base, Checklist, Evidence, Question, Raise, Rule

#: How much an undecided rule counts when topics are compared: by tier for red flags, by strength for evidence.
_TIER_WEIGHT = {"emergency": 8.0, "same-day": 4.0, "soon": 2.0, "routine": 1.0}


class Screen(Struct, frozen=True):
    """What is asked at once: one question, or the items of a checklist that apply and are still open."""

    questions: tuple[Question, ...]
    topic: str
    checklist: Checklist | None = None

    @property
    def id(self) -> str:
        """The id of the checklist, or of the only question."""
        return self.checklist.id if self.checklist else self.questions[0].id

    @property
    def ask(self) -> str:
        """The words above the choices."""
        return self.checklist.ask if self.checklist else self.questions[0].ask


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
        unanswered and not offered again. `earlier` may be an inquiry over some of these very answers: a rule that could
        no longer change the verdict then cannot do so now.
        """
        self.base = base
        self.outlook = outlook
        self.one_by_one = one_by_one
        self.skipped = skipped
        self._candidates = None if earlier is None else {rule.id for rule in earlier.undecided}
        self.undecided: tuple[Rule, ...] = self._undecided_rules()
        self._hanging = {rule.id: outlook.unsettled(rule.condition) for rule in self.undecided}
        self.possible = self._possible_questions()

    def _undecided_rules(self) -> tuple[Rule, ...]:
        """Return the undecided rules that could still change the verdict, in file order."""
        rules = [*self._undecided_flag_rules()]
        if not self._out_of_scope():
            rules += self._undecided_evidence()
        place = {rule: index for index, rule in enumerate(self.base.rules)}
        return tuple(sorted(rules, key=lambda rule: place[rule.id]))

    def _out_of_scope(self) -> bool:
        return any(self.outlook.truth(scope.condition) for scope in self.base.out_of_scope.values())

    def _undecided_flag_rules(self) -> Iterable[Rule]:
        can_be = self.outlook.can_be
        for rules in self.base.flag_rules.values():
            if not self._has_candidate(rules):
                continue
            conditions = [rule.condition for rule in rules]
            if any(self.outlook.truth(condition) for condition in conditions):
                continue
            can_go_out = all(can_be(condition, False) for condition in conditions)
            for rule in rules:
                if self.outlook.truth(rule.condition) is None and (can_go_out or can_be(rule.condition, True)):
                    yield rule

    def _undecided_evidence(self) -> Iterable[Rule]:
        for hypothesis, rules in self.base.evidence_rules.items():
            if not self._has_candidate(rule for rule, _ in rules):
                continue
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

    def _has_candidate(self, rules: Iterable[Rule]) -> bool:
        return self._candidates is None or any(rule.id in self._candidates for rule in rules)

    def _possible_questions(self) -> frozenset[str]:
        """Return every question that may still come to be asked, gates included."""
        always = (question for question in self.base.questions.values() if question.kind in ("safety", "about"))
        possible = {question.id for question in always if question.id not in self.outlook.answers}
        possible = {question for question in possible if self.outlook.is_open(question)}
        for hanging in self._hanging.values():
            possible |= hanging
        for scope in self.base.out_of_scope.values():
            if self.outlook.can_be(scope.condition, True):
                possible |= self.outlook.unsettled(scope.condition)
        if self._out_of_scope():
            possible = {q for q in possible if self.base.questions[q].kind in ("safety", "about")}
        return frozenset(possible)

    def screens(self) -> tuple[Screen, ...]:
        """Return the screens that can be asked now, in file order."""
        return self._as_screens([question for question in self.open_questions() if question not in self.skipped])

    def open_questions(self) -> frozenset[str]:
        """Return the unanswered questions that can be asked, and could change the verdict (or are always asked)."""
        return frozenset(filter(self.outlook.can_be_asked, self.possible))

    def at_most_left(self) -> int:
        """Return how many screens can still come at the most, unless a *not sure* takes a checklist apart.

        Items of a checklist that cannot be asked yet come on a screen of their own, with those that open with them.
        """
        ready = self.outlook.can_be_asked
        return sum(
            len({None if ready(question.id) else question.ask_if for question in screen.questions})
            for screen in self._as_screens(self.possible)
        )

    def _as_screens(self, wanted: Collection[str]) -> tuple[Screen, ...]:
        in_checklist = {item: checklist for checklist in self.base.checklists.values() for item in checklist.items}
        screens: dict[str, Screen] = {}
        for question in self.base.questions.values():
            if question.id not in wanted:
                continue
            checklist = in_checklist.get(question.id)
            if checklist is None or checklist.id in self.one_by_one:
                screens[question.id] = Screen((question,), question.topic)
            elif checklist.id not in screens:
                items = tuple(self.base.questions[item] for item in checklist.items if item in wanted)
                shown = checklist if len(items) > 1 else None
                screens[checklist.id] = Screen(items, question.topic, shown)
        return tuple(screens.values())

    def next_screen(self, last_topic: str | None = None) -> Screen | None:
        """Return the screen to ask next, or None when no answer could change the verdict.

        Safety and about come first, as the base orders them; then whatever an emergency still hangs on; then symptoms
        before risks, the weightiest topic first, each topic to its end (`last_topic` is the one being asked).
        """
        screens = self.screens()
        for group in (self._always(screens), self._for_live_emergencies(screens)):
            if group:
                return group[0]
        for kind in ("symptom", "risk"):
            of_kind = [screen for screen in screens if screen.questions[0].kind == kind]
            if of_kind:
                topic = self._weightiest_topic(of_kind, last_topic)
                return next(screen for screen in of_kind if screen.topic == topic)
        return None

    @staticmethod
    def _always(screens: Iterable[Screen]) -> list[Screen]:
        return [screen for screen in screens if screen.questions[0].kind in ("safety", "about")]

    def _for_live_emergencies(self, screens: Iterable[Screen]) -> list[Screen]:
        """Return the screens needed by an emergency rule of which some part already holds."""
        needed: set[str] = set()
        for rule in self.undecided:
            if self._weight(rule) == _TIER_WEIGHT["emergency"] and any(map(self.outlook.truth, leaves(rule.condition))):
                needed |= self._hanging[rule.id]
        return [screen for screen in screens if any(question.id in needed for question in screen.questions)]

    def _weightiest_topic(self, screens: Collection[Screen], last_topic: str | None) -> str:
        if any(screen.topic == last_topic for screen in screens):
            return str(last_topic)
        weights = dict.fromkeys((screen.topic for screen in screens), 0.0)
        topic_of = {question.id: screen.topic for screen in screens for question in screen.questions}
        for rule in self.undecided:
            for topic in {topic_of[question] for question in self._hanging[rule.id] if question in topic_of}:
                weights[topic] += self._weight(rule)
        return max(weights, key=lambda topic: weights[topic])

    def _weight(self, rule: Rule) -> float:
        conclusion = rule.conclusion
        if isinstance(conclusion, Raise):
            return _TIER_WEIGHT[self.base.red_flags[conclusion.red_flag].urgency]
        return self.base.strengths[conclusion.strength] if isinstance(conclusion, Evidence) else 0.0

    def rules_needing(self, question: str) -> tuple[Rule, ...]:
        """Return the undecided rules that hang on a question, those for the most urgent red flags first."""
        needing = [rule for rule in self.undecided if question in self._hanging[rule.id]]
        return tuple(sorted(needing, key=lambda rule: -self._weight(rule)))


def _in_direction(pairs: Iterable[tuple[Rule, Evidence]], direction: str) -> list[tuple[Rule, Evidence]]:
    return [pair for pair in pairs if pair[1].direction == direction]
