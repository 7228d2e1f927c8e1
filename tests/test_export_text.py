"""The exported programs as texts: legible, one rule for one rule, and safe whatever a base says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from itertools import pairwise, product
from pathlib import Path

import clips
import pytest
from exported import NUMBER, ExportedClips, ExportedExperta
from fixed_base import ANSWERS
from fixed_base import BASE as FIXED
from msgspec.structs import replace
from random_bases import whole
from small_base import SITUATIONS, poisoned, small_base

from expert.clips_engine import ClipsEngine
from expert.export.clips import to_clips
from expert.export.experta import to_experta
from expert.export.program import MOST_WAYS
from expert.load import load
from expert.model import All, Any, Base, Establish, Finding, Is, Limit, Option, Question, Raise, RedFlag, Rule

LEGS = Path(__file__).parent.parent / "rules" / "stiff_legs"

#: Where CLIPS closes, and `not` may be used.
CLOSING = "\n;;; Closing.\n"


# --- one rule for one rule --------------------------------------------------------------------------------------------


def test_every_rule_is_one_defrule_of_its_name_with_its_reason_above() -> None:
    """A student finds the rule that the base calls so, and reads why it holds before reading what it says."""
    base = load(LEGS)
    text = to_clips(base, NUMBER)
    section = text[text.index(";;; The rules of the base") : text.index(";;; Three values")]
    assert re.findall(r"^\(defrule (\S+)$", section, re.MULTILINE) == list(base.rules)
    for rule in base.rules.values():
        above = section[: section.index(f"\n(defrule {rule.id}\n")].rpartition("\n\n")[2]
        told = " ".join(re.sub("^; *", "", above, flags=re.MULTILINE).split())
        assert told.startswith(" ".join(rule.because.split()).rstrip("."))
        assert told.endswith(f"Sources: {', '.join(rule.sources)}.")
        assert ("Disputed: " in told) == (rule.contested is not None)


def test_every_rule_is_one_method() -> None:
    """The same in experta; a name used twice would silently lose a rule, so no two methods share one."""
    base = load(LEGS)
    tree = ast.parse(to_experta(base, NUMBER))
    (engine,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Consultation"]
    methods = [node.name for node in engine.body if isinstance(node, ast.FunctionDef)]
    assert len(methods) == len(set(methods))
    assert [name for name in methods if name.startswith("rule_")] == [
        "rule_" + rule.replace("-", "_") for rule in base.rules
    ]


def test_nothing_is_negated_or_retracted_before_the_end() -> None:
    """The comment on three values promises it: conclusions only grow, so that the order of firing changes nothing."""
    text = to_clips(load(LEGS), NUMBER)
    rules = re.findall(r"^\(defrule .*?(?=\n\n|\Z)", text[: text.index(CLOSING)], re.MULTILINE | re.DOTALL)
    assert len(rules) > 1000
    checks = [rule for rule in rules if rule.startswith("(defrule reply:")]
    assert [rule.split()[1] for rule in rules if re.search(r"^ *\((not|exists|forall) ", rule, re.MULTILINE)] == []
    assert not re.search(r"\((retract|modify|undefrule) ", text)
    # What is not a check of the answers does nothing but assert.
    done = {word for rule in rules if rule not in checks for word in re.findall(r"^  \((\S+)", rule.partition("=>")[2])}
    assert done <= {"assert"}


def test_an_or_is_never_multiplied_out_beyond_a_few_ways() -> None:
    """CLIPS and experta make a rule of every way through the `or`s of a rule; ten of three would be 59,049."""
    questions = [Question(f"q{number}", "t0", "?", "one", "symptom", _options("abcd")) for number in range(10)]
    choices = [
        Any(tuple(All((Is(one.id, (value,)), Is(other.id, (value,)))) for value in "abc"))
        for one, other in pairwise(questions)
    ]
    base = whole(questions, [Rule("all-of-it", All(tuple(choices)), Raise("f"), "", ())], flags=[_FLAG])
    program = ExportedExperta(base)
    from experta.matchers.rete.utils import prepare_rule  # noqa: PLC0415 - after expert.engine

    ways = [sum(1 for _ in _alternatives(prepare_rule(rule))) for rule in program.engine.get_rules()]
    assert max(ways) <= MOST_WAYS * len(choices)
    for value in "ad":
        answers = dict.fromkeys(base.questions, value)
        assert bool(ClipsEngine(base).run(answers).verdict.red_flags) is (value == "a")


def _alternatives(rule) -> list:
    from experta import OR  # noqa: PLC0415 - after expert.engine

    return list(rule[0]) if len(rule) == 1 and isinstance(rule[0], OR) else [rule]


def _options(names: Iterable[str]) -> dict[str, Option]:
    return {name: Option(name, name) for name in names}


_FLAG = RedFlag("f", "A flag", "soon")


EXPECTED = """\
Urgency: soon (within two weeks)
Ask to see a doctor in the next few days.

Red flags raised:
- Spinal cord damage (soon) [cord]: flag-unsteady

Red flags not ruled out:
- none

Findings established:
- Drinking at a risky level [heavy_drinking]
- Eats too little of it [poor_food]

Findings ruled out:
- none

Hypotheses:
- Low vitamin B12: likely, 0.98 [b12]
  for: b12-unsteady (hallmark sign)
  for: b12-numb (strong sign)
  for: b12-diet (strong risk)
  for: b12-metformin (moderate risk)
- Low magnesium: likely, 0.74 [magnesium]
  for: mg-drink (strong risk)
  for: mg-cramps (moderate sign)
  for: mg-night (weak sign, outdone)
- Ordinary night cramp: possible, 0.60 [night_cramp]
  for: night-cramp (strong sign)
- Low vitamin D: no sign of it, 0.35 [vitamin_d]
  for: d-sun (moderate risk)
- nothing for or against: artery
"""


# --- both print the same ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SITUATIONS)
def test_both_programs_print_the_same(name: str, tmp_path: Path) -> None:
    """CLIPS, loaded from its file, prints word for word what the experta program prints."""
    base = small_base()
    printed = ExportedClips(base, tmp_path).printed(SITUATIONS[name])
    assert printed == ExportedExperta(base).printed(SITUATIONS[name])


def test_both_print_the_same_of_the_fixed_base(tmp_path: Path) -> None:
    """Scores, counts and gates, with every answer in turn, twice over the same engine."""
    clips_program, program = ExportedClips(FIXED, tmp_path), ExportedExperta(FIXED)
    for answers in ANSWERS[:60]:
        assert clips_program.printed(answers) == program.printed(answers)


def test_what_is_printed(tmp_path: Path) -> None:
    """Urgency first; every list says so when it is empty; what spoke for and against stands with its strength."""
    base = small_base()
    assert ExportedClips(base, tmp_path).printed(SITUATIONS["b12"]) == EXPECTED


def test_few_answers_never_reassure(tmp_path: Path) -> None:
    """Without answers the first word is INCOMPLETE, and every red flag stands as not ruled out."""
    base = small_base()
    printed = ExportedClips(base, tmp_path).printed({})
    assert printed.startswith(f"INCOMPLETE: {len(base.questions)} questions that may apply have no answer.")
    assert "Urgency so far: routine" in printed
    open_flags = printed.partition("not ruled out:\n")[2].partition("\n\n")[0].split("\n")
    assert len(open_flags) == len(base.flag_rules)


def test_the_emergency_number_is_filled_in() -> None:
    """No reader meets the placeholder."""
    base = load(LEGS)
    for text in (to_clips(base, "112"), to_experta(base, "112")):
        assert "{emergency_number}" not in text
        assert "112" in text


# --- hostile bases ----------------------------------------------------------------------------------------------------

ATTACKS = (
    '"); (printout t "PWNED" crlf)\n(defrule pwned => (printout t "PWNED" crlf))\n; ',
    '\\" (defrule pwned => (printout t "PWNED" crlf)) ; \\',
    "\r(defrule pwned => (halt))\x0b\x0c\x85\u2028(defrule pwned2 => (halt))\u2029",
    '"""\nprint("PWNED")\n"""',
    "'''\rprint('PWNED')\r'''\\",
    "\nprint('PWNED')\n    print('PWNED')\n\tprint('PWNED')\n",
    "{PWNED} %s %n {{x}} ~ | & $?x ?y `PWNED`",
    "\n\n[[rules]]\n\n;;; Printing the result.\n\n",
    "\x1b[31m\x00\x07\ud800\u202e coding: latin-1 ",
    "Ménière ≥ 5 µg 維生素 🦵",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_words_of_a_base_stay_words(attack: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Quotes, line ends, brackets and controls in any text: the same constructs and conclusions, and nothing is run."""
    clean = small_base()
    base = poisoned(clean, attack)
    base = replace(
        base,
        rules={key: replace(rule, because=attack + rule.because, contested=attack) for key, rule in base.rules.items()},
        findings={key: replace(one, label=attack + one.label) for key, one in base.findings.items()},
        hypotheses={key: replace(one, label=attack + one.label) for key, one in base.hypotheses.items()},
        red_flags={key: replace(one, label=attack + one.label) for key, one in base.red_flags.items()},
        out_of_scope={key: replace(one, say=attack + one.say) for key, one in base.out_of_scope.items()},
    )
    of_clips, of_experta = ExportedClips(base, tmp_path), ExportedExperta(base)
    plain = ExportedClips(clean, tmp_path)
    assert _constructs(of_clips) == _constructs(plain)
    assert [type(one) for one in ast.parse(to_experta(base, "")).body] == [
        type(one) for one in ast.parse(to_experta(clean, "")).body
    ]
    engine, clean_engine = ClipsEngine(base), ClipsEngine(clean)
    for name, answers in SITUATIONS.items():
        printed = of_clips.printed(answers)
        assert printed == of_experta.printed(answers), name
        assert re.findall(r"\[(\w+)\](?=\n|: [\w, -]+\n)", printed) == re.findall(
            r"\[(\w+)\](?=\n|: [\w, -]+\n)", plain.printed(answers)
        )
        assert engine.run(answers) == clean_engine.run(answers)
        assert not any(character in printed for character in "\x00\x07\x1b\r\x0b\x0c\x85\u2028\u2029\u202e")
    assert capfd.readouterr() == ("", "")


def _constructs(program: ExportedClips) -> list[str]:
    environment = program.environment
    return [one.name for kind in (environment.rules, environment.templates, environment.functions) for one in kind()]


#: Ids that mean something to CLIPS, to Python, to experta, or to the exports themselves.
WORDS = (
    "crlf", "tab", "nil", "t", "test", "or", "and", "exists", "declare", "halt", "if", "then", "else", "class",
    "import", "none", "self", "run", "reset", "facts", "agenda", "yes", "no", "closing", "outdone", "add-up", "add_up",
    "raised", "answer", "result", "initial-fact", "e5", "inf", "count-1", "not-ruled-out", "a-b", "a_b",
)  # fmt: skip


def test_ids_of_a_base_are_only_names(tmp_path: Path) -> None:
    """A rule called `run` or `closing`, an option called `crlf`: none loses its meaning, none takes another's."""
    base = _base_of_words()
    of_clips, of_experta = ExportedClips(base, tmp_path), ExportedExperta(base)
    for word in WORDS:
        answers = {f"q-{word}": word, f"n-{word}": 7}
        printed = of_clips.printed(answers)
        assert printed == of_experta.printed(answers)
        raised = printed.partition("Red flags raised:\n")[2].partition("\n\n")[0]
        assert raised == f"- The flag (soon) [{word}]: {word}"
        assert f"- The finding [f-{word}]" in printed


def _base_of_words() -> Base:
    options = _options(WORDS)
    questions = [Question(f"q-{word}", "t0", "?", "one", "symptom", options) for word in WORDS]
    questions += [Question(f"n-{word}", "t0", "?", "number", "symptom", min=0, max=10) for word in WORDS]
    rules = [
        Rule(word, All((Is(f"q-{word}", (word,)), Is(f"f-{word}", ("yes",)))), Raise(word), "", ()) for word in WORDS
    ]
    rules += [Rule(f"of-{word}", Limit(f"n-{word}", 7.0, 7.0), Establish(f"f-{word}"), "", ()) for word in WORDS]
    return whole(
        questions,
        rules,
        findings=[Finding(f"f-{word}", "The finding") for word in WORDS],
        flags=[RedFlag(word, "The flag", "soon") for word in WORDS],
    )


# --- mistakes of whoever types ----------------------------------------------------------------------------------------


def test_clips_refuses_a_question_that_does_not_exist(tmp_path: Path) -> None:
    """A mistyped name would otherwise be an answer that no rule reads."""
    program = ExportedClips(FIXED, tmp_path)
    with pytest.raises(clips.CLIPSError):
        program.typed("(answer (question chets) (reply yes))")
    assert "question" in program.screen.text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "(answer (question chest) (reply yess))",
            "Not a reply to chest: yess\n  Chest pain?\n  Allowed: yes no, not_sure",
        ),
        ("(answer (question chest) (reply yes no))", "Not a reply to chest: yes no\n"),
        ("(answer (question chest))", "Not a reply to chest: \n"),
        ('(answer (question chest) (reply "yes"))', 'Not a reply to chest: "yes"\n'),
        (
            "(answer (question nights) (reply 8))",
            "Not a reply to nights: 8\n  How many nights?\n  Allowed: 0 to 7, not_sure",
        ),
        ("(answer (question cramps) (reply legs feet))", "Not a reply to cramps: legs feet\n"),
        ("(answer (question cramps) (reply none legs))", "Not a reply to cramps: none legs\n"),
    ],
)
def test_clips_refuses_a_reply_that_is_not_allowed(typed: str, message: str, tmp_path: Path) -> None:
    """One message with what is allowed, and no result: a misread reply could pass for a no."""
    printed = ExportedClips(FIXED, tmp_path).typed(typed)
    assert printed.startswith(message)
    assert "Urgency" not in printed


def test_clips_refuses_two_replies_to_one_question(tmp_path: Path) -> None:
    """Yes and no at once would make a condition true and false."""
    printed = ExportedClips(FIXED, tmp_path).typed(
        "(answer (question chest) (reply yes))", "(answer (question chest) (reply no))"
    )
    assert printed == "Two replies to chest; retract one of them.\n"


@pytest.mark.parametrize(
    ("question", "reply", "message"),
    [
        ("chets", "yes", "chets: there is no such question."),
        ("chest", "yess", "chest: allowed: yes, no, not_sure."),
        ("chest", None, "chest: allowed: yes, no, not_sure."),
        ("nights", 8, "nights: a number from 0 to 7, or not_sure, is needed."),
        ("nights", True, "nights: a number from 0 to 7, or not_sure, is needed."),
        ("nights", float("nan"), "nights: a number from 0 to 7, or not_sure, is needed."),
        ("cramps", [], "cramps: allowed: legs, arms, none, not_sure."),
        ("cramps", ["none", "legs"], "cramps: allowed: legs, arms, none, not_sure."),
        ("cramps", [["legs"]], "cramps: allowed: legs, arms, none, not_sure."),
    ],
)
def test_the_experta_program_refuses_what_is_not_allowed(question: str, reply: object, message: str) -> None:
    """The same, as one line on standard error."""
    names = ExportedExperta(FIXED).names
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        names.checked(question, reply)


def test_every_allowed_reply_is_taken(tmp_path: Path) -> None:
    """Neither program refuses what Legwise takes."""
    of_clips, names = ExportedClips(FIXED, tmp_path), ExportedExperta(FIXED).names
    for reply, question in product(("yes", "no", "not_sure", 0, 7, 3.5, "legs", "none", "never"), FIXED.questions):
        try:
            names.checked(question, reply)
        except ValueError:
            continue
        assert "Urgency" in of_clips.typed(f"(answer (question {question}) (reply {reply}))")
