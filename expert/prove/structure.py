"""Whether every part of a base is of use: what can never be, adds nothing, is at odds, or need not be chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from expert.harmless import harmless
from expert.model import (
    BANDS,
    NONE_OF_THESE,
    URGENCIES,
    Advise,
    Band,
    Establish,
    Evidence,
    Question,
    Raise,
    Rule,
)
from expert.prove.checks import Check
from expert.prove.encode import Encoding, weighs
from expert.prove.formula import Formula, conjunction, differ, negation, variable
from expert.prove.replies import Said, exactly, one_more
from expert.prove.safety import Prover
from expert.words import band_in_words, options_in_words, question_in_words, urgency_in_words

# --- what can come to be ----------------------------------------------------------------------------------------------


def reached(prover: Prover) -> Iterator[Check]:
    """Yield whether each rule, finding, red flag, advice, band of a hypothesis, question and tier can come to be."""
    for id_, says, formula in (*_parts(prover), *_bands(prover), *_tiers(prover)):
        holds = prover.can_hold(formula)
        yield Check(id_, "reach", says, holds, () if holds else ("No answers lead to it.",))


#: A check's id, what it says, and when what it says comes to be.
_Claim = tuple[str, str, Formula]


def _parts(prover: Prover) -> Iterator[_Claim]:
    base, encoding = prover.base, prover.encoding
    for rule in base.rules.values():
        yield f"rule/{rule.id}", f"Rule '{rule.id}' can be true.", encoding.rule(rule).true
    for finding in base.findings.values():
        says = f"The finding '{harmless(finding.label)}' can be established."
        yield f"finding/{finding.id}", says, encoding.finding(finding.id).true
    for flag in base.red_flags.values():
        says = f"The red flag '{harmless(flag.label)}' can be raised."
        yield f"red_flag/{flag.id}", says, encoding.flag(flag.id).true
    for advice in base.advice.values():
        yield f"advice/{advice.id}", f"The advice '{advice.id}' can be given.", encoding.advice(advice.id)
    for question in base.questions.values():
        says = f"The question '{question_in_words(base, question.id)}' can apply."
        yield f"question/{question.id}", says, encoding.applies(question.id).true


def _bands(prover: Prover) -> Iterator[_Claim]:
    """Yield the bands that the strengths of the evidence for a hypothesis could add up to."""
    for hypothesis in prover.base.hypotheses.values():
        for band in BANDS:
            if not _adds_up(prover, hypothesis.id, band):
                continue  # nothing in the base says that it could be
            says = f"'{harmless(hypothesis.label)}' can come to \"{band_in_words(band)}\"."
            yield f"band/{hypothesis.id}/{band}", says, _just_band(prover.encoding, hypothesis.id, band)


def _tiers(prover: Prover) -> Iterator[_Claim]:
    """Yield the tiers of which the base says that they could be; not sure about an emergency is same-day."""
    declared = {flag.urgency for flag in prover.base.red_flags.values()} | {"routine"}
    declared |= {"same-day"} if "emergency" in declared else set()
    for place, tier in enumerate(URGENCIES):
        if tier in declared:
            higher = [negation(prover.encoding.urgency(one)) for one in URGENCIES[:place]]
            says = f'The urgency can be "{urgency_in_words(tier)}".'
            yield f"urgency/{tier}", says, conjunction(prover.encoding.urgency(tier), *higher)


def _adds_up(prover: Prover, hypothesis: str, band: Band) -> bool:
    """Tell whether evidence could come to just a band if every piece of it could be had, or not, by itself."""
    rules = prover.base.evidence_rules[hypothesis]
    pairs = [(variable(f"rule {rule.id}"), evidence) for rule, evidence in rules]
    place = BANDS.index(band)
    higher = weighs(prover.base, pairs, BANDS[place - 1]) if place else False
    return prover.can_hold(conjunction(weighs(prover.base, pairs, band), negation(higher)))


def _just_band(encoding: Encoding, hypothesis: str, band: Band) -> Formula:
    place = BANDS.index(band)
    higher = negation(encoding.band(hypothesis, BANDS[place - 1])) if place else True
    return conjunction(encoding.band(hypothesis, band), higher)


# --- rules that add nothing, or are at odds ---------------------------------------------------------------------------


def of_use(prover: Prover) -> Iterator[Check]:
    """Yield whether each rule adds something to the other rules with its conclusion.

    A rule adds nothing when another one is true wherever it is, and false only where it is. Evidence adds up, so there
    it is so only in a group, beside evidence of the same role that is no weaker; or for two that are always true
    together, which say one thing twice.
    """
    rivals: dict[object, list[Rule]] = defaultdict(list)
    for rule in prover.base.rules.values():
        rivals[_concluded(rule)].append(rule)
    for rule in prover.base.rules.values():
        others = [one for one in rivals[_concluded(rule)] if one is not rule]
        stronger = next((one for one in others if _makes_idle(prover, rule, one)), None)
        why = () if stronger is None else (f"Rule '{stronger.id}' is true whenever it is, and concludes as much.",)
        yield Check(f"useful/{rule.id}", "rules", f"Rule '{rule.id}' adds something.", stronger is None, why)


def _concluded(rule: Rule) -> tuple[str, ...]:
    match rule.conclusion:
        case Establish(finding):
            return "finding", finding
        case Raise(flag):
            return "red flag", flag
        case Advise(advice):
            return "advice", advice
        case Evidence(hypothesis, direction):
            return "evidence", hypothesis, direction


def _makes_idle(prover: Prover, rule: Rule, other: Rule) -> bool:
    first, second = rule.conclusion, other.conclusion
    if isinstance(first, Evidence) and isinstance(second, Evidence):
        strengths = prover.base.strengths
        grouped = first.group is not None and (first.group, first.role) == (second.group, second.role)
        is_weaker = grouped and strengths[first.strength] < strengths[second.strength]
        if not is_weaker and first != second:
            return False
        if not grouped:
            return (
                _comes_before(prover, other, rule) and _implies(prover, rule, other) and _implies(prover, other, rule)
            )
    # Of two that are quite the same, the one that comes first is of use.
    return _implies(prover, rule, other) and (_comes_before(prover, other, rule) or not _implies(prover, other, rule))


def _comes_before(prover: Prover, rule: Rule, other: Rule) -> bool:
    order = list(prover.base.rules)
    return order.index(rule.id) < order.index(other.id)


def _implies(prover: Prover, rule: Rule, other: Rule) -> bool:
    """Tell whether the other rule is true whenever a rule is, and the rule false whenever the other is."""
    first, second = prover.encoding.rule(rule), prover.encoding.rule(other)
    return not prover.can_hold(conjunction(first.true, negation(second.true))) and not prover.can_hold(
        conjunction(second.false, negation(first.false))
    )


def at_odds(prover: Prover) -> Iterator[Check]:
    """Yield whether each rule that argues for a hypothesis is ever true without one that argues against it.

    The other way round is no contradiction: an exception (against) may well hold only where the general case does.
    """
    for rules in prover.base.evidence_rules.values():
        against = [rule for rule, evidence in rules if evidence.direction == "against"]
        for rule, evidence in rules:
            if evidence.direction == "for" and against:
                true = prover.encoding.rule(rule).true
                beside = (one for one in against if not _apart(prover, true, one))
                other = next(beside, None)
                why = () if other is None else (f"Rule '{other.id}' argues against it in every such case.",)
                says = f"Rule '{rule.id}' can argue for its hypothesis alone."
                yield Check(f"alone/{rule.id}", "rules", says, other is None, why)


def _apart(prover: Prover, true: Formula, other: Rule) -> bool:
    return prover.can_hold(conjunction(true, negation(prover.encoding.rule(other).true)))


# --- options that change nothing --------------------------------------------------------------------------------------


def options_of_use(prover: Prover) -> Iterator[Check]:
    """Yield whether each choice can change the verdict or the advice.

    Of many, whether it is ticked or not; of one, whether it is chosen or the person is not sure; and yes or no. That
    somebody chose *none of these* matters only through the others.
    """
    for question in prover.base.questions.values():
        if question.unused is not None or question.type == "number":
            continue
        for option, first, second in _choices(prover, question):
            words = options_in_words(question, (option,))
            says = f"'{words}' to '{question_in_words(prover.base, question.id)}' can change something."
            holds = _matters(prover, question, first, second)
            why = () if holds else ("Nobody's result depends on it.",)
            yield Check(f"option/{question.id}/{option}", "options", says, holds, why)


def _choices(prover: Prover, question: Question) -> Iterator[tuple[str, Said, Said]]:
    said = prover.encoding.reply(question.id)
    unsure = exactly(question, "not_sure")
    if question.type == "yes_no":
        yield "yes", exactly(question, "no"), exactly(question, "yes")
    for option in question.options:
        if question.type == "one":
            yield option, exactly(question, option), unsure
        elif option != NONE_OF_THESE:
            no, _, _, yes = one_more(said, option)
            yield option, no, yes


def _matters(prover: Prover, question: Question, first: Said, second: Said) -> bool:
    common = prover.encoding
    one, other = (Encoding(prover.base, {question.id: said}, common) for said in (first, second))
    return any(
        prover.can_hold(differ(a, b))
        for a, b in zip(_results(one, question.id), _results(other, question.id), strict=True)
    )


def _results(encoding: Encoding, question: str) -> Iterable[Formula]:
    """Yield the parts of the verdict and of the advice that read a question."""
    base = encoding.base

    def read(rules: Iterable[Rule]) -> bool:
        return any(question in encoding.reads(rule.condition) for rule in rules)

    for flag, rules in base.flag_rules.items():
        if read(rules):
            kleene = encoding.flag(flag)
            yield kleene.true
            yield kleene.false
    for hypothesis, pairs in base.evidence_rules.items():
        if read(rule for rule, _ in pairs):
            for band in BANDS[:-1]:
                yield encoding.band(hypothesis, band)
    for advice, rules in base.advice_rules.items():
        if read(rules):
            yield encoding.advice(advice)
    yield encoding.out_of_scope()
