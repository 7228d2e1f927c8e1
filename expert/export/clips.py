"""A rule base as a CLIPS 6.4 program: `legwise export clips`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from expert.export.comments import about_rule, about_sources, asked, commented, fill, filled, number
from expert.export.program import Absent, And, Clause, Expression, Fact, Meets, NotSure, Or, Slot, translate
from expert.model import NOT_SURE, URGENCIES, Base, Is, Limit, Question, Reply

_WIDTH = 100
_FRAME = Path(__file__).with_name("frame.clp")
#: What comes after this line of the frame only prints.
_PRINTING = "\n;;; Printing the result.\n"


def to_clips(base: Base, emergency_number: str) -> str:
    """Return a base as one CLIPS source file; the emergency number is filled in."""
    return fill(_FRAME, _Writer(base, emergency_number).parts())


def inference(base: Base) -> list[str]:
    """Return the constructs of the program one by one, without those that print."""
    blocks = to_clips(base, "").partition(_PRINTING)[0].split("\n\n")
    bare = ("\n".join(line for line in block.split("\n") if not line.startswith(";")) for block in blocks)
    return [construct for construct in bare if construct]


def symbols(reply: Reply) -> str:
    """Return a valid reply as the fields of an answer's `reply`."""
    if isinstance(reply, tuple):
        return " ".join(reply)
    return reply if isinstance(reply, str) else number(reply)


class _Writer:
    """Writes one base down."""

    def __init__(self, base: Base, emergency_number: str) -> None:
        self.base = base
        self.program = translate(base)
        self.number = emergency_number

    def parts(self) -> dict[str, str]:
        """Return what stands in the places of the frame."""
        program = self.program
        helpers = (
            ("Parts of conditions.", program.parts),
            ("Gates: whether a question that is not for everybody applies.", program.gates),
            ("Ruling out: a finding or red flag is ruled out when every rule for it is false.", program.ruling_out),
            ("Whom the base is not made for.", program.scopes),
        )
        base = self.base
        return {
            "title": _comment(f"    {base.title} ({base.name} {base.version})").rstrip("\n"),
            "answer": "(deftemplate answer\n  (slot question (type SYMBOL)\n    "
            f"{_wrapped('allowed-symbols', base.questions)})\n  (multislot reply))",
            "names": "\n\n".join(self._names()),
            "rules": self._written(program.rules),
            "helpers": "\n\n".join(f"; --- {told}\n\n{self._written(of)}" for told, of in helpers if of),
            "sums": self._sums(),
            "points": self._written(program.points),
            "closing": self._written(program.closing),
            "factors": _deffacts(
                "factors",
                [
                    *(f"(strength (name {name}) (factor {factor!r}))" for name, factor in base.strengths.items()),
                    *(f"(band (name {name}) (least {least!r}))" for name, least in base.bands.items()),
                ],
            ),
            "sources": "\n".join(_comment(line).rstrip("\n") for line in about_sources(base)),
        }

    # --- names ----------------------------------------------------------------------------------------------------

    def _names(self) -> Iterator[str]:
        base = self.base
        tiers = ((tier, base.urgencies[tier]) for tier in URGENCIES)
        flags = (base.red_flags[flag] for flag in base.flag_rules)
        hypotheses = enumerate(base.hypotheses.values(), 1)
        yield _deffacts("questions", map(self._question, base.questions.values()))
        text = self._text
        yield _deffacts(
            "tiers",
            (f"(tier (urgency {tier}) (do {text(words.do)}) (when {text(words.when)}))" for tier, words in tiers),
        )
        yield "; Red flags, the most urgent first.\n" + _deffacts(
            "red-flags", (f"(flag (id {one.id}) (label {text(one.label)}) (urgency {one.urgency}))" for one in flags)
        )
        yield _deffacts(
            "findings", (f"(label (of {one.id}) (text {text(one.label)}))" for one in base.findings.values())
        )
        yield _deffacts(
            "hypotheses",
            (f"(hypothesis (id {one.id}) (label {text(one.label)}) (place {place}))" for place, one in hypotheses),
        )
        yield _deffacts(
            "scopes", (f"(scope (id {one.id}) (say {text(one.say)}))" for one in base.out_of_scope.values())
        )

    def _question(self, question: Question) -> str:
        lines = [f"(question (id {question.id}) (type {question.type})", f"(ask {self._text(question.ask)})"]
        if question.type == "number":
            low, high = asked(question)
            lines[0] += f" (low {number(low)}) (high {number(high)})"
        else:
            lines.append(_wrapped("options", question.options or ("yes", "no")))
        return "\n    ".join(lines) + ")"

    def _sums(self) -> str:
        items = (
            f"(item (of {one.name}) (after {place - 1}) (place {place}) (name {item}))"
            for one in self.program.sums
            for place, item in enumerate(one.items, 1)
        )
        return _deffacts("sums", (*items, *map(self._fact, self.program.opening)))

    def _text(self, text: str) -> str:
        """Return a string of CLIPS."""
        escaped = filled(text, self.number).replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    # --- clauses --------------------------------------------------------------------------------------------------

    def _written(self, clauses: Iterable[Clause]) -> str:
        return "\n\n".join(
            _comment(about_rule(clause.rule) if clause.rule else clause.told) + self._defrule(clause)
            for clause in clauses
        )

    def _defrule(self, clause: Clause) -> str:
        when = clause.when.of if isinstance(clause.when, And) else (clause.when,)
        lines = [line for one in when for line in self._lines(one, "  ")]
        then = [line for one in clause.then for line in _broken(f"  (assert {self._fact(one)})")]
        return "\n".join([f"(defrule {clause.name}", *lines, "  =>", *then]) + ")"

    def _lines(self, expression: Expression, indent: str) -> list[str]:
        match expression:
            case Fact():
                return _broken(indent + self._fact(expression))
            case Absent(of):
                return _broken(f"{indent}(not {self._fact(of)})")
            case And(of) | Or(of):
                word = "and" if isinstance(expression, And) else "or"
                lines = [line for one in of for line in self._lines(one, indent + " " * (len(word) + 2))]
                lines[0] = f"{indent}({word} {lines[0].lstrip()}"
                lines[-1] += ")"
                return lines

    def _fact(self, fact: Fact) -> str:
        slots = dict(fact.slots)
        written = (f"({name} {self._slot(slots, value)})" for name, value in fact.slots)
        return f"({fact.template} {' '.join(written)})"

    def _slot(self, slots: dict[str, Slot], value: Slot) -> str:
        match value:
            case Meets(leaf, want):
                return self._reply(leaf, want=want)
            case NotSure(leaf):
                if leaf is not None and self.base.questions[leaf.subject].type == "many":
                    assert isinstance(leaf, Is)
                    return f"$?{leaf.subject}&:(unsure-of ?{leaf.subject} {' '.join(leaf.values)})"
                return NOT_SURE
            case Limit():
                # A name that no id of a base can have.
                return _within(value, f"?{str(slots['of']).replace(':', '.')}.{slots['bound']}")
            case str():
                return value
        return number(float(value))

    def _reply(self, leaf: Is | Limit, *, want: bool) -> str:
        question = self.base.questions[leaf.subject]
        if isinstance(leaf, Limit):
            return _within(leaf, f"?{question.id}", want=want, check="(numberp {0})")
        if question.type == "many":
            test = "ticked" if want else "not-ticked"
            return f"$?{question.id}&:({test} ?{question.id} {' '.join(leaf.values)})"
        others = [option for option in (tuple(question.options) or ("yes", "no")) if option not in leaf.values]
        if want:
            return "|".join(leaf.values)
        return "|".join(others) or "&".join(f"~{one}" for one in (*leaf.values, NOT_SURE))


def _within(limit: Limit, variable: str, *, want: bool = True, check: str = "") -> str:
    low, high = limit.low, limit.high
    tests = []
    if low is not None:
        sign = (">" if limit.low_open else ">=") if want else ("<=" if limit.low_open else "<")
        tests.append(f"({sign} {variable} {number(low)})")
    if high is not None:
        sign = ("<" if limit.high_open else "<=") if want else (">=" if limit.high_open else ">")
        tests.append(f"({sign} {variable} {number(high)})")
    test = tests[0] if len(tests) == 1 else f"({'and' if want else 'or'} {' '.join(tests)})"
    return f"{variable}&:(and {check.format(variable)} {test})" if check else f"{variable}&:{test}"


def _broken(line: str) -> list[str]:
    """Return a fact on as many lines as it needs, broken between slots."""
    first, *slots = re.split(r" (?=\([a-z-]+ )", line)
    lines = [first]
    for slot in slots:
        if len(lines[-1]) + 1 + len(slot) <= _WIDTH or lines[-1] == first:
            lines[-1] += f" {slot}"
        else:
            lines.append(" " * (len(first) - len(first.lstrip()) + 4) + slot)
    return lines


def _deffacts(name: str, facts: Iterable[str]) -> str:
    return "\n".join([f"(deffacts {name}", *(f"  {one}" for one in facts)]) + ")"


def _wrapped(slot: str, names: Iterable[str]) -> str:
    lines = textwrap.wrap(f"({slot} {' '.join(names)})", _WIDTH - 6, break_long_words=False, break_on_hyphens=False)
    return "\n      ".join(lines)


def _comment(text: str) -> str:
    return commented(text, ";", _WIDTH)
