"""A consultation: a rule base and the answers given so far, as an immutable value.

There is no terminal here. The rich terminal, the line mode, answers files and the tests all drive this same value:
every operation returns a new consultation, so going back is keeping the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from threading import Lock, Thread
from typing import TYPE_CHECKING

from msgspec import Struct

from expert.inquiry import Inquiry, Screen, lists_of
from expert.logic import Outlook, leaves
from expert.model import NOT_SURE, Answers, Band, Base, Limit, Question, Reply, Urgency
from expert.notebook import InNotebook
from expert.verdict import AdviceGiven, Verdict, advice_for, foresee, judge

if TYPE_CHECKING:
    from expert.certainty import Weight
    from expert.explain import Explanation
    from expert.infer import Reasoner, Trace


class Turn(Struct, frozen=True):
    """One screen answered: the replies it gave, and whether its checklist is to be asked item by item from here on."""

    screen: str
    topic: str
    replies: dict[str, Reply]
    one_by_one: bool = False


class Effect(Struct, frozen=True):
    """What one reply to a question would do to the verdict as it stands."""

    reply: Reply
    verdict: Verdict


class Why(Struct, frozen=True):
    """Why a question is asked: the undecided rules that hang on it, weightiest first, and what each reply would do."""

    question: str
    rules: tuple[str, ...]
    effects: tuple[Effect, ...]


class LateReasoner:
    """A reasoner built when it is first needed, or beforehand in a thread while the person reads."""

    def __init__(self, base: Base) -> None:
        """Build nothing yet."""
        self._base = base
        self._lock = Lock()
        self._reasoner: Reasoner | None = None

    def get(self) -> Reasoner:
        """Return the reasoner, building it, or waiting until it is built, if need be."""
        with self._lock:
            if self._reasoner is None:
                from expert.infer import Reasoner  # noqa: PLC0415 - experta is slow to import

                self._reasoner = Reasoner(self._base)
            return self._reasoner

    def verdict(self, answers: Answers, outlook: Outlook) -> Verdict:
        """Return what the engine concludes from some answers; `outlook` is over the same answers."""
        return judge(self._base, self.get().infer(answers), outlook)

    def warm_up(self) -> None:
        """Build in the background what the second question needs."""
        Thread(target=self._warm_up, daemon=True).start()

    def _warm_up(self) -> None:
        _ = self._base.readers
        self.get()


class Consultation(InNotebook):
    """A consultation so far. Make one with `Consultation.start(base)`; do not change its attributes."""

    def __init__(
        self,
        base: Base,
        reasoner: LateReasoner,
        turns: tuple[Turn, ...] = (),
        drafts: Mapping[str, Reply] | None = None,
        skipped: frozenset[str] = frozenset(),
        *,
        earlier: Consultation | None = None,
    ) -> None:
        """Use `start`.

        Args: drafts: replies taken back, kept to be offered again; skipped: see `skip`; earlier: a consultation over
        some of the same answers, whose conclusions need not be drawn again.
        """
        self.base = base
        self.turns = turns
        self.drafts = dict(drafts or {})
        self.skipped = skipped
        # Not the consultation itself, or every state of a long interview would be kept.
        self._earlier = (earlier.outlook, earlier.inquiry) if earlier else (None, None)
        self.reasoner = reasoner

    @classmethod
    def start(cls, base: Base, reasoner: LateReasoner | None = None) -> Consultation:
        """Start a consultation; a reasoner for the same base can be shared by consultations of one thread."""
        return cls(base, reasoner or LateReasoner(base))

    # --- what is known --------------------------------------------------------------------------------------------

    @cached_property
    def answers(self) -> dict[str, Reply]:
        """All replies, by question id, in the order in which they were first given."""
        answers: dict[str, Reply] = {}
        for turn in self.turns:
            answers.update(turn.replies)
        return answers

    @cached_property
    def outlook(self) -> Outlook:
        """Three-valued truth of everything under the answers."""
        return Outlook(self.base, self.answers, self._earlier[0])

    @cached_property
    def trace(self) -> Trace:
        """The run of the engine over the answers, in the order of the base's questions.

        That order makes the trace a function of the answers alone, whatever edits led to them.
        """
        return self.reasoner.get().infer(in_base_order(self.base, self.answers))

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict on the answers so far; final only when `complete`."""
        # In the order given, so that the engine only has to run what the last answers added.
        return self.reasoner.verdict(self.answers, self.outlook)

    @cached_property
    def advice(self) -> tuple[AdviceGiven, ...]:
        """The advice that goes with the verdict."""
        return advice_for(self.base, self.verdict, self.outlook)

    # --- explaining -----------------------------------------------------------------------------------------------

    @property
    def urgency(self) -> Urgency:
        """How soon to see a doctor, on the answers so far."""
        return self.verdict.urgency

    @property
    def hypotheses(self) -> tuple[Weight, ...]:
        """Every hypothesis weighed, the most certain first."""
        return self.verdict.hypotheses

    def how(self, name: str) -> Explanation:
        """Explain how something was concluded: `urgency`, or the id of a hypothesis, red flag, finding, advice or rule.

        Raises: expert.explain.UnknownNameError.
        """
        from expert.explain import Explanation, find_subject, how  # noqa: PLC0415 - it imports this module

        return Explanation(how(self, find_subject(self.base, name)), self)

    def why_not(self, name: str, *, band: Band = "likely") -> Explanation:
        """Explain why something was not concluded: as `how`, or a tier such as `emergency`; for a hypothesis, a band.

        Raises: expert.explain.UnknownNameError.
        """
        from expert.explain import Explanation, find_unreached, why_not  # noqa: PLC0415 - it imports this module

        subject, tier = find_unreached(self.base, name)
        return Explanation(why_not(self, subject, band=band, tier=tier), self)

    def what_if(self, replies: Mapping[str, object]) -> Explanation:
        """Explain what other replies would change. Raises: expert.answers.ReplyError for one that does not fit."""
        from expert.answers import check_reply  # noqa: PLC0415 - only needed here
        from expert.explain import Explanation, what_if  # noqa: PLC0415 - it imports this module

        checked = {question: check_reply(self.base, question, reply) for question, reply in replies.items()}
        return Explanation(what_if(self, checked), self)

    # --- what to ask ----------------------------------------------------------------------------------------------

    @cached_property
    def inquiry(self) -> Inquiry:
        """The questions still open."""
        one_by_one = frozenset(name for turn in self.turns if turn.one_by_one for name in lists_of(turn.screen))
        return Inquiry(self.base, self.outlook, one_by_one, self.skipped, earlier=self._earlier[1])

    @cached_property
    def screen(self) -> Screen | None:
        """The screen to ask next, or None when nothing more could change the verdict."""
        return self.inquiry.next_screen(self.turns[-1].topic if self.turns else None)

    @property
    def complete(self) -> bool:
        """Whether no unanswered question could change the verdict."""
        return not self.inquiry.open_questions()

    @property
    def asked(self) -> tuple[str, ...]:
        """The questions that were asked and answered, in order."""
        return tuple(dict.fromkeys(question for turn in self.turns if turn.screen for question in turn.replies))

    @property
    def spared(self) -> tuple[str, ...]:
        """The questions that were not asked, because they do not apply or could not change the verdict."""
        asked, open_ = set(self.asked), self.inquiry.open_questions()
        return tuple(question for question in self.base.questions if question not in asked and question not in open_)

    @property
    def at_most_left(self) -> int:
        """How many screens can still come at the most, the present one included."""
        return self.inquiry.at_most_left()

    @property
    def emergencies(self) -> tuple[str, ...]:
        """The emergency red flags raised so far."""
        flags = self.base.red_flags
        return tuple(flag for flag in self.verdict.red_flags if flags[flag].urgency == "emergency")

    def draft(self, question: str) -> Reply | None:
        """Return the reply last given to a question, even if it was taken back."""
        return self.answers.get(question, self.drafts.get(question))

    def why(self, question: str) -> Why:
        """Say why a question is asked, from the live rules."""
        rules = tuple(rule.id for rule in self.inquiry.rules_needing(question))
        return Why(question, rules, tuple(self._effect(question, reply) for reply in self._replies_to(question)))

    def _replies_to(self, question: str) -> tuple[Reply, ...]:
        asked = self.base.questions[question]
        if asked.type == "yes_no":
            return ("yes", "no", NOT_SURE)
        if asked.type == "many":
            return (*((option,) for option in asked.options), (NOT_SURE,))
        if asked.type == "number":
            return (*self._telling_numbers(asked), NOT_SURE)
        return (*asked.options, NOT_SURE)

    def _telling_numbers(self, question: Question) -> tuple[float, ...]:
        """Return one number for every range that the rules tell apart: its lowest end."""
        conditions = [rule.condition for rule in self.base.rules.values()]
        conditions += [other.ask_if for other in self.base.questions.values() if other.ask_if is not None]
        limits = [leaf for condition in conditions for leaf in leaves(condition) if isinstance(leaf, Limit)]
        ends = {end for limit in limits if limit.subject == question.id for end in (limit.low, limit.high)}
        lowest = 0 if question.min is None else question.min
        return tuple(sorted({lowest, *(end for end in ends if end is not None)}))

    def _effect(self, question: str, reply: Reply) -> Effect:
        return Effect(reply, foresee(self.base, Outlook(self.base, {**self.answers, question: reply})))

    # --- answering ------------------------------------------------------------------------------------------------

    def answer(self, replies: Mapping[str, Reply], *, one_by_one: bool = False) -> Consultation:
        """Answer the present screen.

        Args: replies: valid replies by question id (see `expert.answers.check_reply`), for some or all of the screen's
        questions; one_by_one: ask the rest of the checklist item by item (the person was not sure, or ticked larger
        questions).
        Raises: ValueError when there is no screen, or a question is not on it.
        """
        screen = self.screen
        if screen is None:
            raise ValueError("nothing is being asked: the consultation is complete")
        strangers = set(replies) - {question.id for question in screen.questions}
        if strangers:
            raise ValueError(f"not asked on this screen: {', '.join(sorted(strangers))}")
        turn = Turn(screen.id, screen.topic, dict(replies), one_by_one)
        # A checklist item can be answered again, one by one; any other reply is new.
        earlier = self if self.answers.keys().isdisjoint(replies) else None
        return Consultation(self.base, self.reasoner, (*self.turns, turn), self.drafts, self.skipped, earlier=earlier)

    def back(self) -> Consultation:
        """Take the last turn back; its replies are kept as drafts. Raises ValueError at the first screen."""
        if not self.turns:
            raise ValueError("this is the first question")
        return self._with(self.turns[:-1], {**self.drafts, **self.turns[-1].replies})

    def change(self, question: str, reply: Reply) -> Consultation:
        """Change one earlier reply where it stands. Raises KeyError when the question was not answered.

        Later replies stay; those to questions that no longer apply are kept but count as not applying.
        """
        if question not in self.answers:
            raise KeyError(question)
        turns = tuple(
            Turn(turn.screen, turn.topic, {**turn.replies, question: reply}, turn.one_by_one)
            if question in turn.replies
            else turn
            for turn in self.turns
        )
        return self._with(turns, self.drafts)

    def skip(self, questions: Iterable[str]) -> Consultation:
        """Stop offering some questions without an answer to them; the consultation cannot become complete by that."""
        skipped = self.skipped.union(questions)
        return Consultation(self.base, self.reasoner, self.turns, self.drafts, skipped, earlier=self)

    def add(self, replies: Mapping[str, Reply]) -> Consultation:
        """Add valid replies to questions that were not asked for."""
        return self._with((*self.turns, Turn("", "", dict(replies))), self.drafts) if replies else self

    def _with(self, turns: tuple[Turn, ...], drafts: Mapping[str, Reply]) -> Consultation:
        return Consultation(self.base, self.reasoner, turns, drafts, self.skipped)


def in_base_order(base: Base, answers: Answers) -> dict[str, Reply]:
    """Return answers in the order of the base's questions."""
    return {question: answers[question] for question in base.questions if question in answers}


def consult(base: Base, answers: Answers, reasoner: LateReasoner | None = None) -> Consultation:
    """Hold the interview that `answers` (valid, any order) would have led to, without a person.

    Each screen is answered from `answers` until nothing more could change the verdict; a question that has no answer
    there stays open. Answers that were not asked for are added at the end, so that all of them count in the verdict.
    """
    consultation = Consultation.start(base, reasoner).skip(base.questions.keys() - answers.keys())
    while (screen := consultation.screen) is not None:
        replies = screen.taken(answers)
        consultation = consultation.answer(replies, one_by_one=len(replies) < len(screen.questions))
    asked = consultation.answers
    return consultation.add({question: reply for question, reply in answers.items() if question not in asked})
