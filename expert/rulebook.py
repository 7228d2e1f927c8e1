"""A rule base to be read: each rule as an English sentence, with what feeds it, what it feeds, and where it holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from expert.cases import Case
from expert.codes import code_in_words, notices_of
from expert.examples import KINDS, Example, of_rule
from expert.harmless import for_markdown, harmless
from expert.logic import Outlook, leaves
from expert.model import Advise, Base, Condition, Establish, Evidence, Raise, Rule
from expert.proof import cite
from expert.telling import Item, Telling, because, conclusion_in_words, source_told, to_markdown
from expert.words import (
    answer_in_words,
    condition_in_words,
    question_in_words,
    strength_in_words,
    urgency_in_words,
)


class Links(Struct, frozen=True):
    """What a rule hangs together with, by ids in the order of the base.

    `questions`, `findings` and `scores` are what its condition names; `fed_by` the rules that conclude those findings;
    `feeds` the rules that read the finding it concludes, and `gates` the questions asked only because of it; `cases`
    those in which it holds.
    """

    questions: tuple[str, ...]
    findings: tuple[str, ...]
    scores: tuple[str, ...]
    fed_by: tuple[str, ...]
    feeds: tuple[str, ...]
    gates: tuple[str, ...]
    cases: tuple[str, ...]


def links(base: Base, rule: Rule, cases: Iterable[Case] = ()) -> Links:
    """Return what a rule hangs together with."""
    named = {leaf.subject for leaf in leaves(rule.condition)}
    findings = tuple(finding for finding in base.findings if finding in named)
    concluded = rule.conclusion.finding if isinstance(rule.conclusion, Establish) else None

    def reads_it(condition: Condition) -> bool:
        return concluded is not None and any(leaf.subject == concluded for leaf in leaves(condition))

    return Links(
        questions=tuple(question for question in base.questions if question in named),
        findings=findings,
        scores=tuple(score for score in base.scores if score in named),
        fed_by=tuple(other.id for finding in findings for other in base.finding_rules[finding]),
        feeds=tuple(other.id for other in base.rules.values() if reads_it(other.condition)),
        gates=tuple(
            question.id
            for question in base.questions.values()
            if question.ask_if is not None and reads_it(question.ask_if)
        ),
        cases=tuple(case.id for case in cases if Outlook(base, case.answers).truth(rule.condition) is True),
    )


# --- choosing rules ---------------------------------------------------------------------------------------------------


def rules_about(base: Base, name: str) -> tuple[Rule, ...]:
    """Return the rules that conclude something about a hypothesis, red flag, finding or advice, in file order."""
    return tuple(rule for rule in base.rules.values() if concluded_by(rule) == name)


def rules_of_source(base: Base, source: str) -> tuple[Rule, ...]:
    """Return the rules that rest on a source."""
    return tuple(rule for rule in base.rules.values() if source in rule.sources)


def rules_of_claim(base: Base, claim: str) -> tuple[Rule, ...]:
    """Return the rules that carry a claim of the evidence dossier."""
    return tuple(rule for rule in base.rules.values() if claim in rule.claims)


def concluded_by(rule: Rule) -> str:
    """Return the id of what a rule concludes."""
    match rule.conclusion:
        case Evidence(hypothesis):
            return hypothesis
        case Raise(flag):
            return flag
        case Establish(finding):
            return finding
        case Advise(advice):
            return advice


def claims_of(base: Base) -> frozenset[str]:
    """Return every claim that a rule carries."""
    return frozenset(claim for rule in base.rules.values() for claim in rule.claims)


# --- sentences --------------------------------------------------------------------------------------------------------


def sentence(base: Base, rule: Rule) -> str:
    """Return a rule as a sentence: "If ..., that is a strong sign for low magnesium."."""
    return f"If {condition_in_words(base, rule.condition)}, {_then(base, rule)}."


def _then(base: Base, rule: Rule) -> str:
    match rule.conclusion:
        case Evidence(hypothesis, direction, strength, role):
            words = strength_in_words(strength, role)
            label = harmless(base.hypotheses[hypothesis].label)
            return f'that is {"an" if words[0] in "aeiou" else "a"} {words} {direction} "{label}"'
        case Raise(flag):
            known = base.red_flags[flag]
            return f'that raises the red flag "{harmless(known.label)}" ({urgency_in_words(known.urgency).lower()})'
        case Establish(finding):
            return f'then the finding "{harmless(base.findings[finding].label)}" holds'
        case Advise(advice):
            return f'then this is advised: "{harmless(base.advice[advice].text).rstrip(".")}"'


def tell_rules(base: Base, rules: Sequence[Rule]) -> list[Telling]:
    """Tell rules, those with one conclusion together, in the order of the base."""
    groups: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        groups.setdefault((type(rule.conclusion).__name__, concluded_by(rule)), []).append(rule)
    return [
        Telling(
            f"{_about(base, found[0])} ({_counted(len(found), 'rule')})", tuple(_line(base, rule) for rule in found)
        )
        for found in groups.values()
    ]


def tell_codes(base: Base, name: str) -> list[Telling]:
    """Tell the codes of a hypothesis and of the tests advised for it, or of advice; nothing where there are none."""
    groups = {label: codes for label, codes in _coded(base, name) if codes}
    if not groups:
        return []
    items = [
        Item("", f"{label}:", items=tuple(Item(code_in_words(base, base.codes[code])) for code in codes))
        for label, codes in groups.items()
    ]
    notices = notices_of(base, (code for codes in groups.values() for code in codes))
    note = "For cross-reference, not for diagnosis."
    return [Telling("Codes", tuple(items), " ".join((note, *notices)))]


def _coded(base: Base, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    if name in base.hypotheses:
        yield harmless(base.hypotheses[name].label), base.hypotheses[name].codes
        tests = (advice.codes for advice in base.advice.values() if name in advice.for_)
        yield "Tests and other advice for it", tuple(dict.fromkeys(code for codes in tests for code in codes))
    elif name in base.advice:
        yield f"Advice {name}", base.advice[name].codes


def codes_as_object(base: Base, name: str) -> dict[str, object]:
    """Return the same codes as plain data, with the systems that they are of."""
    groups = dict(_coded(base, name))
    named = {code for codes in groups.values() for code in codes}
    codes = {code.id: code for code in base.codes.values() if code.id in named}
    systems = {code.system for code in codes.values()}
    return {
        "codes": {
            id_: {"system": code.system, "code": code.code, "name": code.name, "status": code.status, "note": code.note}
            for id_, code in codes.items()
        },
        "code_systems": {
            system.id: {"name": system.name, "notice": system.notice, "url": system.url}
            for system in base.code_systems.values()
            if system.id in systems
        },
    }


def _about(base: Base, rule: Rule) -> str:
    name = concluded_by(rule)
    match rule.conclusion:
        case Evidence():
            return f"{harmless(base.hypotheses[name].label)} [{name}]"
        case Raise():
            urgency = urgency_in_words(base.red_flags[name].urgency).lower()
            return f"Red flag: {harmless(base.red_flags[name].label)} ({urgency}) [{name}]"
        case Establish():
            return f"Finding: {harmless(base.findings[name].label)} [{name}]"
        case Advise():
            return f"Advice: {harmless(base.advice[name].text)} [{name}]"


def _line(base: Base, rule: Rule) -> Item:
    lead = f"{rule.id}:"
    reason = Item(because(harmless(rule.because), cite(rule)), "Because:", sources=rule.sources)
    return Item(sentence(base, rule), lead, items=(reason,))


def tell_rule(base: Base, rule: Rule, cases: Collection[Case] = (), examples: Collection[Example] = ()) -> Telling:
    """Tell one rule: its sentence, why, on what it rests, examples, what feeds it and what it feeds."""
    linked = links(base, rule, cases)
    titles = {case.id: case.title for case in cases}
    items = [
        Item(sentence(base, rule)),
        Item(because(harmless(rule.because), cite(rule)), "Because:", sources=rule.sources),
        *_examples(base, "Fires, for example:", of_rule(examples, rule.id, "fires")),
        *_examples(base, "Does not fire, for example:", of_rule(examples, rule.id, "not")),
        *_listed("Reads the questions:", (f"{question_in_words(base, q)} ({q})" for q in linked.questions)),
        *_listed("Reads the scores:", (f"{harmless(base.scores[score].label)} ({score})" for score in linked.scores)),
        *_listed("Reads the findings:", (f"{harmless(base.findings[f].label)} ({f})" for f in linked.findings)),
        *_listed("Fed by the rules:", (_named(base, other) for other in linked.fed_by)),
        *_listed("Feeds the rules:", (_named(base, other) for other in linked.feeds)),
        *_listed("Decides whether these are asked:", (f"{question_in_words(base, q)} ({q})" for q in linked.gates)),
        *_listed("Holds in the cases:", (f"{harmless(titles[case])} ({harmless(case)})" for case in linked.cases)),
    ]
    if cases and not linked.cases:
        items.append(Item(f"in none of {_counted(len(cases), 'case')}", "Holds"))
    if rule.claims:
        items.append(Item(", ".join(map(harmless, rule.claims)), "Claims of the dossier:"))
    if rule.place:
        items.append(Item(harmless(rule.place), "Stands in:"))
    return Telling(f"Rule {rule.id}", tuple(items))


def _named(base: Base, rule: str) -> str:
    return f"{rule}: {conclusion_in_words(base, base.rules[rule])}"


def _listed(lead: str, lines: Iterable[str]) -> Iterator[Item]:
    items = tuple(Item(line) for line in lines)
    if items:
        yield Item("", lead, items=items)


def _examples(base: Base, lead: str, examples: Iterable[Example]) -> Iterator[Item]:
    items = tuple(Item(_replies(base, example), f"{harmless(example.name)}:") for example in examples)
    if items:
        yield Item("", lead, items=items)


def _replies(base: Base, example: Example) -> str:
    return "; ".join(answer_in_words(base, question, reply) for question, reply in example.answers.items())


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


# --- pages for the docs -----------------------------------------------------------------------------------------------


def pages(base: Base, cases: Collection[Case] = (), examples: Collection[Example] = ()) -> dict[str, str]:
    """Return one Markdown page for every file of rules, by the file's name without its ending; for the docs."""
    by_file: dict[str, list[Rule]] = {}
    for rule in base.rules.values():
        by_file.setdefault(rule.place.partition(":")[0].rpartition(".")[0] or "rules", []).append(rule)
    by_rule: dict[str, list[Example]] = {rule: [] for rule in base.rules}
    for example in examples:
        by_rule[example.rule].append(example)
    told = {file: [tell_rule(base, rule, cases, by_rule[rule.id]) for rule in rules] for file, rules in by_file.items()}
    return {file: _page(base, file, tellings) for file, tellings in told.items()}


def _page(base: Base, file: str, tellings: Sequence[Telling]) -> str:
    origin = f"Generated from the rule base {for_markdown(base.name)}: {_counted(len(tellings), 'rule')}."
    head = f"# Rules: {for_markdown(file)}\n\n{origin}\n\n"
    return head + to_markdown(tellings, base)


# --- data -------------------------------------------------------------------------------------------------------------


def as_object(
    base: Base, rule: Rule, cases: Collection[Case] = (), examples: Collection[Example] = ()
) -> dict[str, object]:
    """Return one rule as plain data."""
    linked = links(base, rule, cases)
    conclusion = rule.conclusion
    kinds = {Evidence: "hypothesis", Raise: "red_flag", Establish: "finding", Advise: "advice"}
    evidence = conclusion if isinstance(conclusion, Evidence) else None
    return {
        "id": rule.id,
        "sentence": sentence(base, rule),
        "concludes": {"kind": kinds[type(conclusion)], "id": concluded_by(rule)},
        "direction": evidence.direction if evidence else None,
        "strength": evidence.strength if evidence else None,
        "role": evidence.role if evidence else None,
        "group": evidence.group if evidence else None,
        "because": harmless(rule.because),
        "basis": rule.basis,
        "contested": rule.contested,
        "sources": {source: source_told(base.sources[source]).words for source in rule.sources},
        "claims": list(rule.claims),
        "place": rule.place,
        "reads": {
            "questions": list(linked.questions),
            "findings": list(linked.findings),
            "scores": list(linked.scores),
        },
        "fed_by": list(linked.fed_by),
        "feeds": list(linked.feeds),
        "gates": list(linked.gates),
        "cases": list(linked.cases),
        "examples": {
            kind: {example.name: example.answers for example in of_rule(examples, rule.id, kind)} for kind in KINDS
        },
    }
