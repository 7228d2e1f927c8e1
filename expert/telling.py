"""Explanations in words: each tree of `expert.explain` as a list of lines below lines, and that as Markdown or HTML.

The tree of lines is what every renderer starts from, so that terminal, Markdown, HTML and notebook say the same.
Without a base (in a notebook, where an explanation stands for itself) ids take the place of names that only it knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from expert.consultation import Consultation
from expert.explain import Explanation, Nearby, NearMiss, OpenFlag, WhatIf, WhyNot
from expert.harmless import for_markdown, harmless, is_web_address
from expert.logic import Truth
from expert.model import (
    URGENCIES,
    Advise,
    Answers,
    Base,
    Establish,
    Evidence,
    Raise,
    Reply,
    Rule,
    Source,
    Urgency,
)
from expert.proof import Cited, Proof
from expert.verdict import Verdict
from expert.words import (
    answer_in_words,
    band_in_words,
    question_in_words,
    reply_in_words,
    strength_in_words,
    urgency_in_words,
    urgency_so_far,
)

if TYPE_CHECKING:
    from expert.infer import FactSeen, Firing, Trace

#: What a line says of what it claims, for colours: it is so, it is not, it is not known, or it is only a line.
Tone = Literal["yes", "no", "unknown", "plain"]
#: Near misses told; `legwise rules --about` lists all rules.
MOST_NEAR = 5
#: Single answers told for each tier that they lead to; the JSON has all.
MOST_NEARBY = 3
#: Names listed of one section of a base.
MOST_NAMED = 8
#: Rules told that an answer gains or loses.
MOST_RULES = 6


class Item(Struct, frozen=True):
    """One line: its first words, its text, the ids of its sources, and the lines below it."""

    text: str
    lead: str = ""
    tone: Tone = "plain"
    sources: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()


class Telling(Struct, frozen=True):
    """One explanation in words: a title, perhaps a sentence below it, and lines."""

    title: str
    items: tuple[Item, ...]
    note: str = ""


class SourceTold(Struct, frozen=True):
    """A source on one line, with whether it was seen, and its address if it has one that is safe to follow."""

    words: str
    url: str | None


# --- how --------------------------------------------------------------------------------------------------------------

_TONES: dict[Truth, Tone] = {True: "yes", False: "no", None: "unknown"}
_LEADS: dict[str, tuple[str, str, str]] = {  # when true, false, unknown
    "urgency": ("How soon:", "How soon:", "How soon:"),
    "hypothesis": ("", "", ""),
    "red_flag": ("Red flag raised:", "Red flag ruled out:", "Red flag not ruled out:"),
    "finding": ("Found:", "Not so:", "Not known:"),
    "advice": ("Advice given:", "Advice not given:", "Advice to check first:"),
    "all": ("All of these:", "Not all of these:", "Not all known:"),
    "any": ("One of these is enough:", "None of these:", "Not known of these:"),
    "count": ("It takes", "It takes", "It takes"),
    "not": ("Not so:", "It is so:", "Not known:"),
    "reply": ("You said:", "You said:", "You said:"),
    "score": ("Score:", "Score:", "Score:"),
    "rule": ("Because:", "Does not hold:", "Not decided:"),
}


def tell_proof(proof: Proof, *, arithmetic: bool = False, rule_ids: bool = True) -> Telling:
    """Tell how something was concluded.

    Args: arithmetic: also how the certainty came about; rule_ids: name each rule, for whoever wants to look it up.
    """
    teller = _Teller(rule_ids=rule_ids)
    return Telling(_proof_title(proof), teller.parts(proof), _proof_note(proof, arithmetic=arithmetic))


def _proof_title(proof: Proof) -> str:
    if proof.kind == "rule":
        return f"Rule {proof.subject}: {_TRUTH_WORDS[proof.truth]}"
    lead = _LEADS[proof.kind][_place(proof.truth)]
    return f"{lead} {proof.claim}".strip()


_TRUTH_WORDS: dict[Truth, str] = {True: "it holds", False: "it does not hold", None: "it is not decided"}


def _place(truth: Truth) -> int:
    return {True: 0, False: 1, None: 2}[truth]


def _proof_note(proof: Proof, *, arithmetic: bool) -> str:
    if proof.kind != "hypothesis":
        return proof.note
    if proof.truth is None:  # withheld: the note says why
        return proof.note
    note = "" if proof.parts else "No rule about it holds."
    worked_out = f"Worked out: {proof.note}." if arithmetic else ""
    return " ".join(part for part in (note, worked_out) if part)


class _Teller:
    """Tells proofs; a finding is told in full only the first time."""

    def __init__(self, *, rule_ids: bool, brief: bool = False) -> None:
        """Begin; `brief` leaves out what holds below a finding, and how a question came not to apply."""
        self.rule_ids = rule_ids
        self._brief = brief
        self._told: set[str] = set()
        #: Negations around what is being told.
        self._nots = 0
        #: Findings around it that are not to be: what they would need is not needed.
        self._denied = 0

    def parts(self, proof: Proof) -> tuple[Item, ...]:
        if proof.kind == "rule":
            return (self.rule(proof),)
        return tuple(map(self.item, proof.parts))

    def item(self, proof: Proof) -> Item:
        match proof.kind:
            case "rule":
                return self.rule(proof)
            case "not":
                return self.negated(proof)
            case "finding" if proof.parts and self._brief:
                return self.line(proof, proof.claim, self.below_finding(proof))
            case "reply" if self._brief:
                return self.line(proof, proof.claim)
            case "finding" if proof.parts:
                if proof.subject in self._told:
                    return self.line(proof, f"{proof.claim} (as above)")
                self._told.add(proof.subject)
        return self.line(proof, proof.claim, tuple(map(self.item, proof.parts)))

    def line(self, proof: Proof, claim: str, items: tuple[Item, ...] = ()) -> Item:
        lead = _LEADS[proof.kind][_place(proof.truth)]
        if proof.kind == "count":
            claim = f"{claim}:"
        elif proof.kind in ("all", "any"):
            claim = ""
        elif proof.kind == "reply" and claim.lower().endswith(("not answered", "does not apply", "whether it applies")):
            lead = ""
        note = f" ({_shortened(proof.note, claim)})" if proof.note and not self._denied else ""
        return Item(claim + note, lead, self.tone(proof), items=items)

    def tone(self, proof: Proof) -> Tone:
        truth = proof.truth
        return _TONES[not truth if truth is not None and self._nots % 2 else truth]

    def below_finding(self, proof: Proof) -> tuple[Item, ...]:
        """Tell briefly why a finding is not there: the conditions of its only rule, or its rules."""
        if proof.truth is True:
            return ()
        parts = proof.parts[0].parts if len(proof.parts) == 1 else proof.parts
        return tuple(map(self.item, parts))

    def negated(self, proof: Proof) -> Item:
        """Tell that something is not so by what is: the person's own no says it best."""
        of_finding = proof.parts[0].kind == "finding"
        self._nots += 1
        self._denied += of_finding
        told = self.item(proof.parts[0])
        self._nots -= 1
        self._denied -= of_finding
        note = "(needed: that this is not so)" if of_finding and not proof.truth and not self._denied else ""
        text = " ".join(part for part in (told.text, note) if part)
        return Item(text, told.lead, told.tone, told.sources, told.items)

    def rule(self, proof: Proof) -> Item:
        lead = _LEADS["rule"][_place(proof.truth)]
        if proof.strength:
            strength, _, direction = proof.strength.rpartition(" ")
            lead = f"{direction.capitalize()} ({strength}):" if proof.truth else f"{lead} {direction} ({strength}):"
        text = because(proof.claim, proof.cited, proof.note)
        if self.rule_ids:
            text = f"{text} (rule {proof.subject})"
        sources = proof.cited.sources if proof.cited else ()
        return Item(text, lead, self.tone(proof), sources, tuple(map(self.item, proof.parts)))


def because(claim: str, cited: Cited | None, note: str = "") -> str:
    """Return why a rule holds, with what is to be known of it: textbook knowledge, disputed, or outdone."""
    parts = [_sentence(claim)]
    if cited is not None and cited.basis == "textbook":
        parts.append("(Textbook knowledge.)")
    if cited is not None and cited.contested:
        parts.append(f"(Disputed: {_sentence(cited.contested)})")
    if note:
        parts.append(f"({_sentence(note)})")
    return " ".join(parts)


def _sentence(text: str) -> str:
    return text if text.rstrip('")').endswith((".", "!", "?")) else f"{text}."


def _shortened(note: str, claim: str) -> str:
    """Return a note without the question, where the claim has just named it."""
    head, found, quoted = note.rpartition(' to "')
    return head if found and claim.startswith(quoted.rstrip('"')) else note


# --- why not ----------------------------------------------------------------------------------------------------------


def tell_why_not(
    why_not: WhyNot, base: Base | None = None, answers: Answers | None = None, *, rule_ids: bool = True
) -> Telling:
    """Tell why something was not concluded: what would change that, and the rules that missed, nearest first."""
    title = f"Why not {why_not.claim}?" if not why_not.reached else f"{why_not.claim}: it is so already"
    changes = _tell_changes(why_not, base, answers or {}, ids=rule_ids)
    near = why_not.near[:MOST_NEAR]
    teller = _Teller(rule_ids=rule_ids, brief=True)
    rules = tuple(_tell_miss(teller, miss, base) for miss in near)
    more = len(why_not.near) - len(near)
    if more:
        rules = (*rules, Item(f"and {more} more {'rule' if more == 1 else 'rules'}, no nearer than these."))
    items = list(changes)
    if why_not.against and not why_not.reached:
        items.append(Item("", "What stands in the way:", items=tuple(map(teller.item, why_not.against))))
    if rules and not why_not.reached:
        items.append(Item("nearest first", "Rules that would lead there:", items=rules))
    return Telling(title, tuple(items), why_not.note)


def _tell_changes(why_not: WhyNot, base: Base | None, answers: Answers, *, ids: bool) -> Iterator[Item]:
    if why_not.reached:
        return
    if not why_not.changes:
        yield Item(f"No change of up to {why_not.none_up_to} answers would reach it.", "Smallest change:")
        return
    size = len(why_not.changes[0].replies)
    lead = f"Smallest change ({size} {'answer' if size == 1 else 'answers'}):"
    ways = tuple(_tell_replies(change.replies, base, answers, ids=ids) for change in why_not.changes)
    if len(ways) == 1:
        yield Item("", lead, items=ways[0].items or ways)
    else:
        yield Item("for example, any one of these", lead, items=ways)


def _tell_replies(replies: Mapping[str, Reply], base: Base | None, answers: Answers, *, ids: bool) -> Item:
    lines = tuple(Item(_reply_changed(base, answers, question, reply, ids=ids)) for question, reply in replies.items())
    return lines[0] if len(lines) == 1 else Item("", "Together:", items=lines)


def _reply_changed(base: Base | None, answers: Answers, question: str, reply: Reply, *, ids: bool = False) -> str:
    """Return a reply beside the present one; with `ids`, also as `--what-if` takes it."""
    written = f"{question}={','.join(reply) if isinstance(reply, tuple) else reply}"
    if base is None:
        return written
    now = answers.get(question)
    was = "not answered now" if now is None else f"now: {reply_in_words(base, question, now)}"
    return f"{answer_in_words(base, question, reply)} ({was}{f'; {written}' if ids else ''})"


def _tell_miss(teller: _Teller, miss: NearMiss, base: Base | None) -> Item:
    parts = (
        *((proof, "no") for proof in miss.failed),
        *((proof, "unknown") for proof in miss.unknown),
        *((proof, "yes") for proof in miss.held),
    )
    words = {"no": "Missing.", "unknown": "Unknown.", "yes": "Held."}
    items = []
    for proof, tone in parts:
        told = teller.item(proof)
        items.append(Item(told.text, f"{words[tone]} {told.lead}".strip(), told.tone, told.sources, told.items))
    lead = "" if base is None else f"{conclusion_in_words(base, base.rules[miss.rule])}:"
    text = because(miss.claim, miss.cited)
    if teller.rule_ids:
        text = f"{text} (rule {miss.rule})"
    return Item(text, lead, sources=miss.cited.sources, items=tuple(items))


# --- what if ----------------------------------------------------------------------------------------------------------


def tell_what_if(
    what_if: WhatIf, base: Base | None = None, answers: Answers | None = None, *, rule_ids: bool = True
) -> Telling:
    """Tell two verdicts side by side, and the rules gained and lost."""
    asked = tuple(
        Item(_reply_changed(base, answers or {}, question, reply), "If:") for question, reply in what_if.replies.items()
    )
    open_ = (what_if.open_before, what_if.open_after)
    complete = (what_if.complete_before, what_if.complete_after)
    changes = tuple(tell_difference(what_if.before, what_if.after, base, open_, complete))
    urgency = what_if.after.urgency
    same = Item(f"{urgency_so_far(urgency, complete=what_if.complete_after)}, as before.", "How soon:")
    soon = () if urgency != what_if.before.urgency else (same,)
    items = [*asked, *soon, *(changes or (Item("Nothing else in the verdict changes."),))]
    for lead, rules in (("Rules that come to hold:", what_if.gained), ("Rules that cease to hold:", what_if.lost)):
        if rules:
            items.append(Item("", lead, items=_tell_rules(base, rules, rule_ids=rule_ids)))
    return Telling("What if?", tuple(items))


def _tell_rules(base: Base | None, rules: Sequence[str], *, rule_ids: bool) -> tuple[Item, ...]:
    """Tell the weightiest rules: those on red flags, then evidence by strength, then the rest."""

    def weight(rule: str) -> tuple[int, float]:
        if base is None:
            return 0, 0.0
        conclusion = base.rules[rule].conclusion
        if isinstance(conclusion, Evidence):
            return 1, -base.strengths[conclusion.strength]
        return (0 if isinstance(conclusion, Raise) else 2), 0.0

    shown = sorted(rules, key=weight)[:MOST_RULES]
    more = len(rules) - len(shown)
    rest = (Item(f"and {more} more {'rule' if more == 1 else 'rules'}"),) if more else ()
    return (*(_rule_line(base, rule, rule_ids=rule_ids) for rule in shown), *rest)


def _rule_line(base: Base | None, rule: str, *, rule_ids: bool) -> Item:
    if base is None:
        return Item(rule)
    known = base.rules[rule]
    about = conclusion_in_words(base, known)
    text = _sentence(harmless(known.because))
    return Item(f"{text} (rule {rule})" if rule_ids else text, f"{about}:", sources=known.sources)


def tell_difference(
    before: Verdict,
    after: Verdict,
    base: Base | None = None,
    open_signs: tuple[Collection[str], Collection[str]] = ((), ()),
    complete: tuple[bool, bool] = (True, True),
) -> Iterator[Item]:
    """Yield what differs between two verdicts, a line each: urgency, red flags, what is open, bands.

    Args: open_signs: for each verdict the hypotheses of which a sign is not known, so that none can be denied;
    complete: whether each is final.
    """
    if before.urgency != after.urgency:
        higher = URGENCIES.index(after.urgency) < URGENCIES.index(before.urgency)
        tiers = zip((before.urgency, after.urgency), complete, strict=True)
        words = ", then ".join(urgency_so_far(tier, complete=whole) for tier, whole in tiers)
        yield Item(words, f"How soon ({'more' if higher else 'less'} urgent):", "no" if higher else "yes")
    sets = (
        ("Red flag raised:", "no", before.red_flags, after.red_flags),
        ("Red flag no longer raised:", "yes", after.red_flags, before.red_flags),
        ("No longer ruled out:", "unknown", (*before.not_ruled_out, *before.red_flags), after.not_ruled_out),
        ("Ruled out now:", "yes", (*after.not_ruled_out, *after.red_flags), before.not_ruled_out),
    )
    tones: dict[str, Tone] = {"no": "no", "yes": "yes", "unknown": "unknown"}
    for lead, tone, without, those in sets:
        for flag in those:
            if flag not in without:
                yield Item(_flag_name(base, flag), lead, tones[tone])
    if before.out_of_scope != after.out_of_scope:
        scope = after.out_of_scope
        say = "hypotheses are judged" if scope is None else scope if base is None else base.out_of_scope[scope].say
        yield Item(harmless(say), "Scope:")
    was = {weight.hypothesis: weight.band for weight in before.hypotheses}
    for weight in after.hypotheses:
        band = was.get(weight.hypothesis, weight.band)
        if band != weight.band:
            shown = (
                "cannot be told" if one == "none" and weight.hypothesis in open_ else band_in_words(one)
                for one, open_ in zip((band, weight.band), open_signs, strict=True)
            )
            yield Item(", then ".join(shown), f"{_hypothesis_name(base, weight.hypothesis)}:")


def _flag_name(base: Base | None, flag: str) -> str:
    if base is None:
        return flag
    return f"{harmless(base.red_flags[flag].label)} ({urgency_in_words(base.red_flags[flag].urgency).lower()})"


def _hypothesis_name(base: Base | None, hypothesis: str) -> str:
    return hypothesis if base is None else harmless(base.hypotheses[hypothesis].label)


# --- what is open, what is near ---------------------------------------------------------------------------------------


def tell_open_flags(flags: Sequence[OpenFlag], base: Base | None = None) -> Telling:
    """Tell each red flag left open with the questions that would settle it; those that hang on the same together."""
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[OpenFlag]] = {}
    for flag in flags:
        groups.setdefault((flag.doubts.not_sure, flag.doubts.not_asked), []).append(flag)
    items = []
    for (not_sure, not_asked), found in groups.items():
        names = "; ".join(_flag_name(base, flag.red_flag) for flag in found)
        questions = (
            *(Item(_question_name(base, question), "You were not sure:", "unknown") for question in not_sure),
            *(Item(_question_name(base, question), "Not answered:", "unknown") for question in not_asked),
        )
        items.append(Item(names, items=questions or (Item("No question here can settle it."),)))
    note = "" if items else "Nothing: every red flag was raised or ruled out."
    return Telling("What could not be ruled out", tuple(items), note)


def _question_name(base: Base | None, question: str) -> str:
    return question if base is None else question_in_words(base, question)


def tell_nearby(
    urgency: Urgency,
    nearby: Sequence[Nearby],
    base: Base | None = None,
    answers: Answers | None = None,
    *,
    ids: bool = False,
    complete: bool = True,
) -> Telling:
    """Tell which single answers would make it more urgent; with `ids`, also as `--what-if` takes them."""
    by_tier: dict[Urgency, list[Item]] = {}
    told: list[Mapping[str, Reply]] = []
    for near in nearby:
        if near.change.replies not in told:  # one that reaches an emergency has passed the lower tiers as well
            told.append(near.change.replies)
            by_tier.setdefault(near.urgency, []).append(
                _tell_replies(near.change.replies, base, answers or {}, ids=ids)
            )
    items = tuple(
        Item("", f"One answer from {urgency_in_words(tier).lower()}:", "no", items=_first_of(lines, MOST_NEARBY))
        for tier, lines in by_tier.items()
    )
    note = f"How soon as it stands: {urgency_so_far(urgency, complete=complete)}."
    if not items:
        note += " No single answer would make it more urgent."
    return Telling("What is one answer away", items, note)


def _first_of(lines: Sequence[Item], most: int) -> tuple[Item, ...]:
    more = [Item(f"and {len(lines) - most} more")] if len(lines) > most else []
    return (*lines[:most], *more)


# --- the verdict ------------------------------------------------------------------------------------------------------


def tell_verdict(verdict: Verdict, base: Base | None = None) -> Telling:
    """Tell a verdict in short: the urgency, the red flags, what is open, and every hypothesis that has a sign."""
    items = [
        *(Item(_flag_name(base, flag), "Red flag raised:", "no") for flag in verdict.red_flags),
        *(Item(_flag_name(base, flag), "Not ruled out:", "unknown") for flag in verdict.not_ruled_out[:MOST_NEAR]),
    ]
    more = len(verdict.not_ruled_out) - MOST_NEAR
    if more > 0:
        items.append(Item(f"and {more} more", "Not ruled out:", "unknown"))
    if verdict.out_of_scope is not None:
        scope = verdict.out_of_scope
        items.append(Item(scope if base is None else harmless(base.out_of_scope[scope].say), "Out of scope:"))
    for weight in verdict.hypotheses:
        if weight.band != "none":
            words = f"{band_in_words(weight.band)} ({len(weight.supporting)} for, {len(weight.opposing)} against)"
            items.append(Item(words, f"{_hypothesis_name(base, weight.hypothesis)}:"))
    return Telling(f"How soon: {urgency_in_words(verdict.urgency)}", tuple(items))


def tell_base(base: Base) -> Telling:
    """Tell what a base holds: a line for each section that has entries."""
    counts = {
        "Topics": [topic.title for topic in base.topics.values()],
        "Questions": [question_in_words(base, question) for question in base.questions],
        "Scores": [score.label for score in base.scores.values()],
        "Findings": [finding.label for finding in base.findings.values()],
        "Hypotheses": [hypothesis.label for hypothesis in base.hypotheses.values()],
        "Red flags": [flag.label for flag in base.red_flags.values()],
        "Advice": [advice.text for advice in base.advice.values()],
        "Rules": list(base.rules),
        "Sources": [source.title for source in base.sources.values()],
    }
    items = [
        Item(
            "; ".join((*map(harmless, names[:MOST_NAMED]), *(["..."] if len(names) > MOST_NAMED else []))),
            f"{section} ({len(names)}):",
        )
        for section, names in counts.items()
        if names
    ]
    return Telling(f"{harmless(base.title)} ({base.name} {harmless(base.version)})", tuple(items), harmless(base.about))


def tell_trace(trace: Trace) -> Telling:
    """Tell a run of the engine: each answer, and what fired after it, by the names of facts and productions."""
    count = len(trace.firings)
    steps = [
        Item(f"{step.question} = {_value(step.reply)}", f"{number}.", items=_firings(step.firings))
        for number, step in enumerate(trace.steps, 1)
    ]
    opening = [Item("", "Before any answer:", items=_firings(trace.opening))] if trace.opening else []
    return Telling(f"Trace: {len(trace.steps)} answers, {count} firings", (*opening, *steps))


def _firings(firings: Iterable[Firing]) -> tuple[Item, ...]:
    return tuple(Item(_matched_and_declared(firing), f"{firing.production}:") for firing in firings)


def _matched_and_declared(firing: Firing) -> str:
    declared = "nothing new" if firing.declared is None else _fact(firing.declared)
    return f"{', '.join(map(_fact, firing.matched))} -> {declared}"


def _fact(fact: FactSeen) -> str:
    return f"f-{fact.number} {fact.subject} = {_value(fact.value)}"


def _value(value: object) -> str:
    return harmless(", ".join(map(str, value)) if isinstance(value, tuple) else str(value))


def notebook(shown: object) -> tuple[list[Telling], Base | None]:
    """Return what a notebook is told of a value, with its base where the value has one.

    Raises: TypeError: it is none of the values that can be told in words.
    """
    match shown:
        case Consultation():
            incomplete = [] if shown.complete else [Telling("INCOMPLETE: not everything was answered", ())]
            return [*incomplete, tell_verdict(shown.verdict, shown.base)], shown.base
        case Verdict():
            return [tell_verdict(shown)], None
        case Explanation(data, consultation):
            base, answers = consultation.base, consultation.answers
            match data:
                case Proof():
                    return [tell_proof(data)], base
                case WhyNot():
                    return [tell_why_not(data, base, answers)], base
                case WhatIf():
                    return [tell_what_if(data, base, answers)], base
        case Proof():
            return [tell_proof(shown)], None
        case WhyNot():
            return [tell_why_not(shown)], None
        case WhatIf():
            return [tell_what_if(shown)], None
    raise TypeError(f"{type(shown).__name__} has no words")


# --- rules in words ---------------------------------------------------------------------------------------------------


def conclusion_in_words(base: Base, rule: Rule) -> str:
    """Return what a rule concludes, such as "Low magnesium, strong sign for" or "Red flag, same day: A clot"."""
    match rule.conclusion:
        case Evidence(hypothesis, direction, strength, role):
            label = harmless(base.hypotheses[hypothesis].label)
            return f"{label}, {strength_in_words(strength, role)} {direction}"
        case Raise(flag):
            return f"Red flag, {_flag_name(base, flag)}"
        case Establish(finding):
            return f'Finding "{harmless(base.findings[finding].label)}"'
        case Advise(advice):
            return f'Advice "{harmless(base.advice[advice].text)}"'


# --- sources ----------------------------------------------------------------------------------------------------------


def sources_of(tellings: Iterable[Telling]) -> dict[str, int]:
    """Return a number for every source that is cited, in the order in which they are met."""
    numbers: dict[str, int] = {}

    def number(items: Iterable[Item]) -> None:
        for item in items:
            for source in item.sources:
                numbers.setdefault(source, len(numbers) + 1)
            number(item.items)

    for telling in tellings:
        number(telling.items)
    return numbers


def source_told(source: Source) -> SourceTold:
    """Return a source on one line: title, publisher and year, and whether it was seen."""
    origin = ", ".join(part for part in (source.publisher, str(source.year) if source.year else None) if part)
    words = " ".join(_sentence(harmless(part)) for part in (source.title, origin) if part)
    seen = "Seen." if source.seen else "Textbook knowledge, or a page that was not seen."
    url = source.url if source.url and is_web_address(source.url) else None
    return SourceTold(f"{words} {seen}", url)


def sources_told(base: Base | None, numbers: Iterable[str]) -> list[SourceTold]:
    """Return numbered sources in order; without a base, their ids."""
    return [SourceTold(source, None) if base is None else source_told(base.sources[source]) for source in numbers]


def words_of(item: Item, numbers: Mapping[str, int]) -> str:
    """Return a line in full: lead, text, and the numbers of its sources."""
    return " ".join(part for part in (item.lead, item.text, marks_of(item, numbers)) if part)


def marks_of(item: Item, numbers: Mapping[str, int]) -> str:
    """Return the numbers of a line's sources, as in "[1, 2]"."""
    marks = ", ".join(str(number) for number in sorted(numbers[source] for source in item.sources))
    return f"[{marks}]" if marks else ""


# --- Markdown and HTML ------------------------------------------------------------------------------------------------


def to_markdown(tellings: Sequence[Telling], base: Base | None = None, *, level: int = 2) -> str:
    """Return explanations as CommonMark, ending in a newline; every text in it is escaped."""
    numbers = sources_of(tellings)
    lines: list[str] = []
    for telling in tellings:
        lines += [f"{'#' * level} {for_markdown(telling.title)}", ""]
        lines += [for_markdown(telling.note), ""] if telling.note else []
        lines += [*_markdown_items(telling.items, numbers, 0), ""] if telling.items else []
    if numbers:
        lines += [f"{'#' * level} Sources", ""]
        for number, source in enumerate(sources_told(base, numbers), 1):
            lines.append(f"{number}. {for_markdown(source.words)}" + (f" <{source.url}>" if source.url else ""))
    return "\n".join(lines).rstrip("\n") + "\n"


def _markdown_items(items: Iterable[Item], numbers: Mapping[str, int], depth: int) -> Iterator[str]:
    for item in items:
        lead = f"**{for_markdown(item.lead)}**" if item.lead else ""
        words = " ".join(part for part in (lead, for_markdown(item.text), marks_of(item, numbers)) if part)
        yield f"{'  ' * depth}- {words}"
        yield from _markdown_items(item.items, numbers, depth + 1)


def to_html(tellings: Sequence[Telling], base: Base | None = None) -> str:
    """Return explanations as a fragment of HTML for a notebook: nested lists, no script, no style that needs one."""
    numbers = sources_of(tellings)
    parts = ['<div class="legwise">']
    for telling in tellings:
        parts.append(f"<p><strong>{escape(telling.title)}</strong></p>")
        if telling.note:
            parts.append(f"<p>{escape(telling.note)}</p>")
        parts += _html_items(telling.items, numbers)
    if numbers:
        parts.append("<p>Sources</p><ol>")
        for source in sources_told(base, numbers):
            link = f' <a href="{escape(source.url)}">{escape(source.url)}</a>' if source.url else ""
            parts.append(f"<li>{escape(source.words)}{link}</li>")
        parts.append("</ol>")
    return "\n".join([*parts, "</div>"])


def _html_items(items: Sequence[Item], numbers: Mapping[str, int]) -> Iterator[str]:
    if not items:
        return
    yield "<ul>"
    for item in items:
        lead = f"<b>{escape(item.lead)}</b>" if item.lead else ""
        words = " ".join(part for part in (lead, escape(item.text), marks_of(item, numbers)) if part)
        yield f"<li>{words}"
        yield from _html_items(item.items, numbers)
        yield "</li>"
    yield "</ul>"
