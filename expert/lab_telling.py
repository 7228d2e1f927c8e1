"""Exercises of `expert.lab` in words: what is to be done, hints, what a mark says, and the solution."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from expert.consultation import Consultation
from expert.harmless import harmless
from expert.lab import (
    BugMark,
    ChangeMark,
    Difference,
    Exercise,
    Mark,
    MissingRule,
    PlantedBug,
    RuleMark,
    SmallestChange,
    Trial,
    Wish,
    truth_of,
)
from expert.logic import Outlook, Truth, leaves, parts
from expert.model import (
    BANDS,
    URGENCIES,
    All,
    Any,
    Base,
    Condition,
    Count,
    Evidence,
    Not,
    Question,
    Reply,
    Rule,
)
from expert.mutants import KIND_WORDS
from expert.reads import Reads
from expert.rulebook import rules_about, sentence
from expert.telling import Item, Telling, conclusion_in_words, tell_difference
from expert.verdict import foresee, open_signs
from expert.words import (
    answer_in_words,
    band_in_words,
    number_in_words,
    question_in_words,
    urgency_in_words,
)
from expert.written import answers_as_written, conclusion_as_written, condition_as_written

KIND_TITLES = {"bug": "Find the planted bug", "rule": "Write the missing rule", "change": "Make the smallest change"}

#: Questions, examples, cases, answers and rules listed; `show` has the rest.
_MOST_QUESTIONS = 9
_MOST_OPTIONS = 8
_MOST_TRIALS = 4
_MOST_LOSSES = 3
_MOST_ANSWERS = 12
_MOST_RULES = 8
_TRUTHS: dict[Truth, str] = {True: "holds", False: "does not hold", None: "is open"}
_FINDING_TRUTHS: dict[Truth, str] = {True: "found", False: "ruled out", None: "open"}


def tell(shown: object) -> Telling:
    """Tell an exercise, or a mark, as a notebook shows it. Raises: TypeError: it is neither."""
    match shown:
        case PlantedBug() | MissingRule() | SmallestChange():
            return tell_task(shown)
        case BugMark() | RuleMark() | ChangeMark():
            return tell_mark(shown)
    raise TypeError(f"{type(shown).__name__} is no exercise")


# --- what is to be done -----------------------------------------------------------------------------------------------


def tell_task(exercise: Exercise, title: str = "") -> Telling:
    """Tell what is given and what is to be found."""
    title = ": ".join(part for part in (title, KIND_TITLES[exercise.kind]) if part)
    match exercise:
        case PlantedBug():
            return Telling(title, tuple(_task_of_bug(exercise)), _BUG_NOTE)
        case MissingRule():
            return Telling(title, tuple(_task_of_rule(exercise)), _RULE_NOTE)
        case SmallestChange():
            return Telling(title, tuple(_task_of_change(exercise)), _CHANGE_NOTE)


_BUG_NOTE = (
    "One of these rules does not say what its reason says: somebody made a mistake in it. Find answers on which the "
    "base now goes wrong. What it says is wrong on purpose: do not go by it."
)
_RULE_NOTE = "A rule is gone from the base. Write it again: its `if` and its `then`."
_CHANGE_NOTE = (
    "Change as few of these answers as you can, so that the result is as wished. A question counts once, however many "
    "options you choose."
)


def _task_of_bug(exercise: PlantedBug) -> Iterator[Item]:
    base = exercise.given
    shown = [base.rules[rule] for rule in exercise.shown]
    yield Item("", "Rules:", items=tuple(_rule_item(base, rule) for rule in shown))
    yield _questions_item(base, [rule.condition for rule in shown], exercise.exposed_by)


def _task_of_rule(exercise: MissingRule) -> Iterator[Item]:
    base, rule = exercise.base, exercise.rule
    yield Item(harmless(rule.because), "Because:")
    yield Item(conclusion_told(base, rule), "It concluded:")
    yield _trials_item("It held, for example:", exercise.fires)
    if exercise.spares:
        yield _trials_item("It did not hold, for example:", exercise.spares)
    if exercise.losses:
        lost = [
            Item("; ".join(loss.expected), f"{harmless(loss.case.title)} ({harmless(loss.case.id)}):")
            for loss in exercise.losses
        ]
        yield Item(
            "", "Cases that go wrong without it, and what they should come to:", items=_first(lost, _MOST_LOSSES)
        )
    named = {name for trial in (*exercise.fires, *exercise.spares)[:_MOST_TRIALS] for name in trial.answers}
    yield _questions_item(base, [rule.condition], named, only=named)
    yield Item("if: {question: reply} and then: {finding: name}, each on a line", "Written like this:")


def _task_of_change(exercise: SmallestChange) -> Iterator[Item]:
    base, wish = exercise.base, exercise.wish
    outlook = Outlook(base, exercise.answers)
    if exercise.case is not None:
        yield Item(harmless(exercise.case.title), "Who:")
    yield Item(_stands(exercise), "As it stands:")
    yield Item(wish_in_words(base, wish), "Wished:")
    rules = _rules_bearing_on(base, exercise)
    told = (
        Item(f"{sentence(base, rule)} It {_TRUTHS[outlook.truth(rule.condition)]} now.", f"{rule.id}:")
        for rule in rules
    )
    yield Item("", "Rules that bear on it:", items=_first(tuple(told), _MOST_RULES))
    read = Reads(base)
    names = frozenset[str]().union(*(read.of(rule.condition) for rule in rules[:_MOST_RULES]))
    answers = [
        Item(
            f"({typed(question, exercise.answers[question])})",
            answer_in_words(base, question, exercise.answers[question]),
        )
        for question in base.questions
        if question in names and question in exercise.answers
    ]
    if answers:
        yield Item("", "Answers that these rules read:", items=_first(answers, _MOST_ANSWERS))
    conditions = [rule.condition for rule in rules[:_MOST_RULES]]
    missing = [name for name in names if name in base.questions and name not in exercise.answers]
    if missing:
        yield _questions_item(base, conditions, missing, lead="Not answered yet:", only=missing)


def _stands(exercise: SmallestChange) -> str:
    base, wish, outlook = exercise.base, exercise.wish, Outlook(exercise.base, exercise.answers)
    verdict = foresee(base, outlook)
    if not wish.hypothesis:
        return urgency_in_words(verdict.urgency)
    band = verdict.weight(wish.hypothesis).band
    is_open = band == "none" and wish.hypothesis in open_signs(base, outlook)
    words = "cannot be told, for a sign of it is open" if is_open else band_in_words(band)
    return f"{harmless(base.hypotheses[wish.hypothesis].label)}: {words}"


def wish_in_words(base: Base, wish: Wish) -> str:
    """Return what is wished, such as "Low iron: possible, or more certain"."""
    if not wish.hypothesis:
        tier = next(tier for tier in URGENCIES if tier == wish.step)
        return f"{urgency_in_words(tier)}, or {'more' if wish.or_more else 'less'} urgent"
    band = next(band for band in BANDS if band == wish.step)
    label = harmless(base.hypotheses[wish.hypothesis].label)
    return f"{label}: {band_in_words(band)}, or {'more' if wish.or_more else 'less'} certain"


def _rules_bearing_on(base: Base, exercise: SmallestChange) -> list[Rule]:
    """Return the rules about the hypothesis, or about the red flags that are in the way or would lead there."""
    wish = exercise.wish
    if wish.hypothesis:
        return list(rules_about(base, wish.hypothesis))
    place = URGENCIES.index(next(tier for tier in URGENCIES if tier == wish.step))
    outlook = Outlook(base, exercise.answers)
    rules = [
        (rule, URGENCIES.index(base.red_flags[flag].urgency)) for flag, of in base.flag_rules.items() for rule in of
    ]
    if wish.or_more:
        return [rule for rule, tier in rules if tier <= place]
    # Those that hold, and those left open by a "not sure", are in the way.
    return [rule for rule, tier in rules if tier < place and outlook.truth(rule.condition) is not False]


# --- parts of tasks ---------------------------------------------------------------------------------------------------


def conclusion_told(base: Base, rule: Rule) -> str:
    """Return what a rule concludes with the ids that it takes to write it."""
    match rule.conclusion:
        case Evidence(_, _, strength, role, group):
            written = [f"strength {harmless(strength)}", *([f"as {role}"] if role else [])]
            written += [f"group {harmless(group)}"] if group else []
            ids = f"{rule.conclusion.hypothesis}; {', '.join(written)}"
        case conclusion:
            (ids,) = (str(getattr(conclusion, name)) for name in conclusion.__struct_fields__)
    return f"{conclusion_in_words(base, rule)} [{ids}]"


def _rule_item(base: Base, rule: Rule) -> Item:
    written = f"if: {condition_as_written(rule.condition)} then: {conclusion_as_written(rule.conclusion)}"
    return Item(
        sentence(base, rule), f"{rule.id}:", items=(Item(harmless(rule.because), "Because:"), Item(written, "Written:"))
    )


def _trials_item(lead: str, trials: Collection[Trial]) -> Item:
    items = [Item(answers_as_written(trial.answers), f"{harmless(trial.name) or 'With'}:") for trial in trials]
    return Item("", lead, items=_first(items, _MOST_TRIALS))


def _questions_item(
    base: Base,
    conditions: Collection[Condition],
    first: Collection[str],
    *,
    lead: str = "Questions to answer:",
    only: Collection[str] | None = None,
) -> Item:
    """List the questions that conditions hang on: `first` some, then those named, then the rest."""
    named = {leaf.subject for condition in conditions for leaf in leaves(condition)}
    reads = Reads(base)
    behind = frozenset[str]().union(*map(reads.of, conditions))
    wanted = [name for name in base.questions if name in behind or name in first]
    kept = [name for name in wanted if only is None or name in only]
    chosen = sorted(kept, key=lambda name: (name not in first, name not in named))
    shown = sorted(chosen[:_MOST_QUESTIONS], key=kept.index)
    tested = {value for condition in conditions for leaf in leaves(condition) for value in getattr(leaf, "values", ())}
    items = [question_item(base, base.questions[name], tested) for name in shown]
    return Item("", lead, items=(*items, *_and_more(len(kept) - len(shown))))


def question_item(base: Base, question: Question, first: Collection[str] = (), most: int = _MOST_OPTIONS) -> Item:
    """Tell a question and what can be replied; of many options, `first` those that are named."""
    options = sorted(question.options, key=lambda option: option not in first)
    listed = sorted(options[:most], key=list(question.options).index)
    more = f" and {len(options) - most} more" if len(options) > most else ""
    match question.type:
        case "yes_no":
            replies = "yes or no"
        case "one":
            replies = f"one of {', '.join(listed)}{more}"
        case "many":
            replies = f"any of {', '.join(listed)}{more}"
        case "number":
            replies = " ".join(("a number", *_span(question)))
    gate = f" Asked only if: {condition_as_written(question.ask_if)}." if question.ask_if is not None else ""
    return Item(f"{question_in_words(base, question.id)} ({replies}){gate}", f"{question.id}:")


def _span(question: Question) -> Iterator[str]:
    for word, end in (("from", question.min), ("to", question.max)):
        if end is not None:
            yield f"{word} {number_in_words(end)}"
    if question.unit:
        yield harmless(question.unit)


def typed(question: str, reply: Reply) -> str:
    """Return a reply as it is typed: `diet=vegan,no_dairy`."""
    return f"{question}={','.join(reply) if isinstance(reply, tuple) else reply}"


def _first(items: Collection[Item], most: int) -> tuple[Item, ...]:
    return (*islice(items, most), *_and_more(len(items) - most))


def _and_more(count: int) -> tuple[Item, ...]:
    return (Item(f"and {count} more"),) if count > 0 else ()


# --- hints ------------------------------------------------------------------------------------------------------------


def hints(exercise: Exercise) -> tuple[str, ...]:
    """Return hints, the vaguest first."""
    match exercise:
        case PlantedBug(base, mutant, _, answers):
            named = ", ".join(question_in_words(base, question) for question in answers)
            reads = "" if mutant.kind == "drop" else f" It is this part: {mutant.after}."
            return (
                f"The mistake is in the rule {mutant.id}.",
                f"What is wrong with it: {KIND_WORDS[mutant.kind]}.{reads}",
                f"It is enough to answer: {named}.",
            )
        case MissingRule(base, rule):
            read = "; ".join(dict.fromkeys(_subject_in_words(base, leaf.subject) for leaf in leaves(rule.condition)))
            return (
                f"Its conclusion is written: then: {conclusion_as_written(rule.conclusion)}",
                f"Its condition reads: {read}.",
                f"Its shape: {_shape(rule.condition)}.",
            )
        case SmallestChange(base, _, _, _, ways):
            named = ", ".join(question_in_words(base, question) for question in ways[0].replies)
            count = exercise.fewest
            return (
                f"{count} {'reply is' if count == 1 else 'replies are'} enough.",
                f"You can do it with: {named}.",
            )


def _subject_in_words(base: Base, subject: str) -> str:
    if subject in base.findings:
        return f'the finding "{harmless(base.findings[subject].label)}" [{subject}]'
    if subject in base.scores:
        return f'the score "{harmless(base.scores[subject].label)}" [{subject}]'
    return f'"{question_in_words(base, subject)}" [{subject}]'


def _shape(condition: Condition) -> str:
    match condition:
        case Not(of):
            return f"not ({_shape(of)})"
        case All() | Any() | Count():
            word = {All: "all of", Any: "any of", Count: "at least so many of"}[type(condition)]
            return f"{word} ({', '.join(map(_shape, parts(condition)))})"
    return "a test"


# --- marks ------------------------------------------------------------------------------------------------------------


def tell_mark(mark: Mark) -> Telling:
    """Tell whether a reply is right, and what running it showed."""
    match mark:
        case BugMark():
            return _tell_bug_mark(mark)
        case RuleMark():
            return _tell_rule_mark(mark)
        case ChangeMark():
            return _tell_change_mark(mark)


def _tell_bug_mark(mark: BugMark) -> Telling:
    exercise = mark.exercise
    if mark.is_right:
        differences = tuple(_differences(mark.sound, mark.faulty, mark.difference))
        items = (Item("", "As it should be, then with the bug:", items=differences), *_solution_of_bug(exercise))
        return Telling("Right: these answers expose it", items)
    note = "The base says the same with the bug and without it."
    return Telling("Not yet", tuple(_said(mark.faulty, exercise.shown)), note)


def _tell_rule_mark(mark: RuleMark) -> Telling:
    exercise = mark.exercise
    if mark.is_right:
        sure = " No answers at all tell the two apart." if mark.is_proved else ""
        note = f"Your rule concludes the same as the one that is gone, on {mark.tried} sets of answers.{sure}"
        return Telling("Right", _solution_of_rule(exercise), note)
    rule = exercise.rule.id
    truths = [_TRUTHS[truth_of(each, rule)] for each in (mark.sound, mark.own)]
    differences = tuple(_differences(mark.sound, mark.own, mark.difference))
    items = (
        Item(_trial_in_words(mark.trial), "On these answers:"),
        Item(f"the rule that is gone {truths[0]}; yours {truths[1]}.", "Then"),
        Item("", "With the rule that is gone, then with yours:", items=differences),
    )
    return Telling("Not yet: yours is another rule", items)


def _tell_change_mark(mark: ChangeMark) -> Telling:
    exercise, base, count = mark.exercise, mark.exercise.base, len(mark.changed)
    if mark.unsure:
        named = ", ".join(question_in_words(base, question) for question in mark.unsure)
        return Telling("Not yet", (), f'"Not sure" is no change that counts: say what is so. ({named})')
    changes = tuple(_verdicts_apart(mark.before, mark.after)) or (Item("Nothing that is told changes."),)
    effect = Item("", "Before, then after:", items=changes)
    replies = f"{count} {'reply' if count == 1 else 'replies'}"
    if mark.is_right:
        return Telling(
            "Right", (effect, *_solution_of_change(exercise)), f"It takes {replies}, and none fewer will do."
        )
    if mark.is_met:
        return Telling("Almost: it can be done with fewer", (effect,), f"You changed {replies}; {mark.fewest} will do.")
    return Telling("Not yet: that does not lead there", (effect,), f"Wished: {wish_in_words(base, exercise.wish)}.")


def _trial_in_words(trial: Trial) -> str:
    if trial.kind == "case":
        return f"those of the case {harmless(trial.name)}"
    if trial.kind == "example":
        return f"{answers_as_written(trial.answers)} (example: {harmless(trial.name)})"
    return answers_as_written(trial.answers)


def _said(consultation: Consultation, rules: Iterable[str]) -> Iterator[Item]:
    """Tell in short what a base says: urgency, flags, hypotheses, findings, and whether some rules hold."""
    base, verdict, outlook = consultation.base, consultation.verdict, consultation.outlook
    yield Item(urgency_in_words(verdict.urgency), "How soon:")
    for flag in verdict.red_flags:
        yield Item(harmless(base.red_flags[flag].label), "Red flag:")
    for weight in verdict.hypotheses:
        if weight.band != "none":
            yield Item(band_in_words(weight.band), f"{harmless(base.hypotheses[weight.hypothesis].label)}:")
    found = [harmless(base.findings[finding].label) for finding in base.findings if outlook.finding(finding) is True]
    if found:
        yield Item("; ".join(found), "Found:")
    yield Item("; ".join(f"{rule} {_TRUTHS[truth_of(consultation, rule)]}" for rule in rules), "Rules:")


def _verdicts_apart(first: Consultation, second: Consultation) -> Iterator[Item]:
    return tell_difference(
        first.verdict,
        second.verdict,
        first.base,
        (open_signs(first.base, first.outlook), open_signs(second.base, second.outlook)),
    )


def _differences(first: Consultation, second: Consultation, found: Difference) -> Iterator[Item]:
    """Tell what two bases say differently."""
    base = first.base
    told = tuple(_verdicts_apart(first, second))
    yield from told
    for finding, truths in found.findings.items():
        words = ", then ".join(_FINDING_TRUTHS[truth] for truth in truths)
        yield Item(words, f"{harmless(base.findings[finding].label)}:")
    for rule, truths in found.rules.items():
        yield Item(", then ".join(_TRUTHS[truth] for truth in truths), f"Rule {rule}:")
    if found.verdict and not told:
        weights = {weight.hypothesis: weight for weight in second.verdict.hypotheses}
        for weight in first.verdict.hypotheses:
            other = weights.get(weight.hypothesis)
            if other is not None and other != weight:
                label = harmless(base.hypotheses[weight.hypothesis].label)
                yield Item(f"weighs {weight.certainty:.2f}, then {other.certainty:.2f}; the same band", f"{label}:")
    if found.advice:
        yield Item("other advice is given", "Advice:")


# --- solutions --------------------------------------------------------------------------------------------------------


def tell_solution(exercise: Exercise) -> Telling:
    """Tell a solution."""
    match exercise:
        case PlantedBug():
            answers = Item(answers_as_written(exercise.exposed_by), "Answers that expose it, for example:")
            return Telling("Solution", (*_solution_of_bug(exercise), answers))
        case MissingRule():
            return Telling("Solution", _solution_of_rule(exercise))
        case SmallestChange():
            return Telling("Solution", _solution_of_change(exercise))


def _solution_of_bug(exercise: PlantedBug) -> tuple[Item, ...]:
    rule, mutant = exercise.base.rules[exercise.mutant.id], exercise.mutant
    if mutant.old is None:
        planted = exercise.given.rules[rule.id]
        right, wrong = conclusion_as_written(rule.conclusion), conclusion_as_written(planted.conclusion)
    else:
        right, wrong = mutant.before, mutant.after
    return (
        Item(f"{KIND_WORDS[mutant.kind]} ({mutant.what})", f"The bug is in {rule.id}:"),
        Item(right, "It should say:"),
        Item(wrong, "It said:"),
    )


def _solution_of_rule(exercise: MissingRule) -> tuple[Item, ...]:
    rule = exercise.rule
    return (
        Item(sentence(exercise.base, rule), f"{rule.id}:"),
        Item(condition_as_written(rule.condition), "if:"),
        Item(conclusion_as_written(rule.conclusion), "then:"),
    )


def _solution_of_change(exercise: SmallestChange) -> tuple[Item, ...]:
    def told(question: str, reply: Reply) -> str:
        return f"{answer_in_words(exercise.base, question, reply)} ({typed(question, reply)})"

    ways = tuple(Item("; ".join(told(*pair) for pair in way.replies.items())) for way in exercise.ways)
    return (Item("", "The smallest change:" if len(ways) == 1 else "Smallest changes, any one of them:", items=ways),)
