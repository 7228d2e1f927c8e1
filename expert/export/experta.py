"""A rule base as a plain experta program: `legwise export experta`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from expert.export.comments import about_rule, about_sources, asked, commented, fill, filled, number
from expert.export.program import Absent, And, Clause, Expression, Fact, Meets, NotSure, Or, Slot, translate
from expert.model import NOT_SURE, URGENCIES, Base, Is, Limit

_WIDTH = 100
_FRAME = Path(__file__).with_name("frame.py.txt")


def to_experta(base: Base, emergency_number: str) -> str:
    """Return a base as a program that needs experta and nothing of Legwise; the emergency number is filled in."""
    return fill(_FRAME, _Writer(base, emergency_number).parts())


class _Writer:
    """Writes one base down."""

    def __init__(self, base: Base, emergency_number: str) -> None:
        self.base = base
        self.program = translate(base)
        self.number = emergency_number
        self._methods = {"add_up"}

    def parts(self) -> dict[str, str]:
        """Return what stands in the places of the frame."""
        program, base = self.program, self.base
        helpers = (
            ("Parts of conditions.", program.parts),
            ("Gates: whether a question that is not for everybody applies.", program.gates),
            ("Ruling out: a finding or red flag is ruled out when every rule for it is false.", program.ruling_out),
            ("Whom the base is not made for.", program.scopes),
        )
        return {
            "title": _comment(f"    {base.title} ({base.name} {base.version})").rstrip("\n"),
            "names": "\n".join(self._names()),
            "rules": self._written(program.rules),
            "helpers": "\n\n".join(f"    # --- {told}\n\n{self._written(of)}" for told, of in helpers if of),
            "points": self._written(program.points),
            "closing": self._written(program.closing),
            "sources": "\n".join(_comment(line).rstrip("\n") for line in about_sources(base)),
        }

    def _names(self) -> Iterator[str]:
        base = self.base
        yield from _table("QUESTIONS", ((one, self._question(one)) for one in base.questions))
        tiers = ((tier, base.urgencies[tier]) for tier in URGENCIES)
        yield from _table(
            "TIERS",
            ((tier, f'{{"do": {self._text(words.do)}, "when": {self._text(words.when)}}}') for tier, words in tiers),
        )
        yield "# The most urgent first."
        flags = (base.red_flags[flag] for flag in base.flag_rules)
        yield from _table(
            "RED_FLAGS",
            ((one.id, f'{{"label": {self._text(one.label)}, "urgency": "{one.urgency}"}}') for one in flags),
        )
        yield from _table("FINDINGS", ((one.id, self._text(one.label)) for one in base.findings.values()))
        yield from _table("HYPOTHESES", ((one.id, self._text(one.label)) for one in base.hypotheses.values()))
        yield from _table("SCOPES", ((one.id, self._text(one.say)) for one in base.out_of_scope.values()))
        yield "# The certainty factor of each strength, and the least certainty of each band."
        yield from _table("STRENGTHS", ((name, repr(factor)) for name, factor in base.strengths.items()))
        yield from _table("BANDS", ((name, repr(least)) for name, least in base.bands.items()))
        yield "# What is summed, in its place; and the bounds that hold before any answer."
        items = ((one.name, item, place) for one in self.program.sums for place, item in enumerate(one.items, 1))
        yield from ("ITEMS = {", *(f'    ("{of}", "{item}"): {place},' for of, item, place in items), "}")
        opening = [(one.template, dict(one.slots)) for one in self.program.opening]
        totals = (slots for template, slots in opening if template == "total")
        yield from ("TOTALS = [", *(f'    ("{one["of"]}", "{one["bound"]}"),' for one in totals), "]")
        points = (slots for template, slots in opening if template == "points")
        rows = (f'    ("{one["item"]}", "{one["bound"]}", {one["points"]}),' for one in points)
        yield from ("POINTS = [", *rows, "]")

    def _question(self, name: str) -> str:
        question = self.base.questions[name]
        options = tuple(question.options) or (("yes", "no") if question.type == "yes_no" else ())
        if question.type == "number":
            low, high = asked(question)
            rest = f'"low": {number(low)}, "high": {number(high)}'
        else:
            rest = f'"options": [{", ".join(map(_quoted, options))}]'
        return f'{{"type": "{question.type}", {rest},\n        "ask": {self._text(question.ask)}}}'

    def _written(self, clauses: Iterable[Clause]) -> str:
        return "\n\n".join(map(self._method, clauses))

    def _method(self, clause: Clause) -> str:
        when = clause.when.of if isinstance(clause.when, And) else (clause.when,)
        lines = [line for one in when for line in self._lines(one, "        ")]
        told = _comment(about_rule(clause.rule) if clause.rule else clause.told, "    #")
        name = self._name(f"rule_{clause.name}" if clause.rule else clause.name)
        return told + "\n".join(["    @Rule(", *lines, "    )", f"    def {name}(self):", *self._declared(clause.then)])

    def _declared(self, facts: Sequence[Fact]) -> list[str]:
        written = [self._fact(one) for one in facts]
        line = f"        self.declare({', '.join(written)})"
        return [line] if len(line) <= _WIDTH else ["        self.declare(", *map(_broken, written), "        )"]

    def _name(self, name: str) -> str:
        """Return a method name of its own: of two methods with one name, Python keeps the last and says nothing."""
        wanted = re.sub("[^a-z0-9_]", "_", name)
        unique, number_ = wanted, 2
        while unique in self._methods:
            unique, number_ = f"{wanted}__{number_}", number_ + 1
        self._methods.add(unique)
        return unique

    def _lines(self, expression: Expression, indent: str) -> list[str]:
        match expression:
            case Fact():
                return [f"{indent}{self._fact(expression)},"]
            case Absent(of):
                return [f"{indent}NOT({self._fact(of)}),"]
            case And(of) | Or(of):
                word = "AND" if isinstance(expression, And) else "OR"
                inner = [line for one in of for line in self._lines(one, indent + "    ")]
                return [f"{indent}{word}(", *inner, f"{indent}),"]

    def _fact(self, fact: Fact) -> str:
        kind = "".join(word.capitalize() for word in fact.template.split("-"))
        return f"{kind}({', '.join(f'{name}={self._slot(value)}' for name, value in fact.slots)})"

    def _slot(self, value: Slot) -> str:
        match value:
            case Meets(leaf, want):
                return self._reply(leaf, want=want)
            case NotSure(leaf):
                if leaf is not None and self.base.questions[leaf.subject].type == "many":
                    assert isinstance(leaf, Is)
                    return f"P(unsure_of({', '.join(map(_quoted, leaf.values))}))"
                return _quoted(NOT_SURE)
            case Limit():
                return _within(value, want=True)
            case str():
                return _quoted(value)
        return number(float(value))

    def _reply(self, leaf: Is | Limit, *, want: bool) -> str:
        if isinstance(leaf, Limit):
            return _within(leaf, want=want)
        question = self.base.questions[leaf.subject]
        if question.type == "many":
            return f"P({'ticked' if want else 'not_ticked'}({', '.join(map(_quoted, leaf.values))}))"
        others = [option for option in (tuple(question.options) or ("yes", "no")) if option not in leaf.values]
        chosen = leaf.values if want else others
        # Not `L(...) | L(...)`, which experta multiplies out like an OR.
        return _quoted(chosen[0]) if len(chosen) == 1 else f"P(one_of({', '.join(map(_quoted, chosen))}))"

    def _text(self, text: str) -> str:
        return _quoted(filled(text, self.number))


def _within(limit: Limit, *, want: bool) -> str:
    low, high = limit.low, limit.high
    above = ("more_than" if limit.low_open else "at_least") if want else ("at_most" if limit.low_open else "less_than")
    below = (
        ("less_than" if limit.high_open else "at_most") if want else ("at_least" if limit.high_open else "more_than")
    )
    tests = [f"{test}({number(end)})" for test, end in ((above, low), (below, high)) if end is not None]
    if len(tests) == 1:
        return f"P({tests[0]})"
    return f"P({'both' if want else 'either'}({', '.join(tests)}))"


def _broken(fact: str) -> str:
    """Return a fact to declare, a slot on each line when it is long."""
    line = f"            {fact},"
    if len(line) <= _WIDTH:
        return line
    kind, _, slots = fact.removesuffix(")").partition("(")
    inner = "".join(f"                {slot},\n" for slot in slots.split(", "))
    return f"            {kind}(\n{inner}            ),"


def _table(name: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f"{name} = {{"
    yield from (f"    {_quoted(key)}: {value}," for key, value in rows)
    yield "}"


def _quoted(text: str) -> str:
    """Return a string literal; what JSON escapes means the same to Python."""
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str, mark: str = "#") -> str:
    return commented(text, mark, _WIDTH)
