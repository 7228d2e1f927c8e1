"""Examples of rules: read with all faults at once, evaluated by `legwise check`, shown with their rule."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from bases import write_base
from hypothesis import given, settings
from hypothesis import strategies as st
from random_bases import bases, conditions

from expert.examples import FOLDER, Example, ExamplesError, failing, lacking, read_examples, read_fitting_examples
from expert.faults import Faults
from expert.load import load
from expert.model import All, Any, Condition, Count, Is, Limit, Not
from expert.reading import Reader, Subject
from expert.rulebook import pages, tell_rule
from expert.written import condition_as_written
from expert.yaml_reader import parse
from interview.cli import main
from interview.render.proof import to_plain

EXAMPLES = """\
chest:
  fires: {pain in the chest: {chest_pain: yes}}
  not: {no pain: {chest_pain: no}, not sure of it: {chest_pain: not_sure}}
tired-legs:
  fires: {tired: {tired: yes}}
  not: {rested: {tired: no}}
no-meat:
  fires: {leaves out meat and milk: {diet: [milk, meat]}}
  not: {leaves out milk: {diet: [milk]}}
"""
MORE = """
    questions:
      cough: {topic: legs, ask: Do you cough?, type: yes_no, kind: symptom}
      cough_blood: {topic: legs, ask: Is there blood?, type: yes_no, kind: symptom, ask_if: {cough: yes}}
      weight: {topic: legs, ask: What is your weight?, type: number, kind: symptom, min: 20, max: 300}
    findings:
      ill: {label: Ill}
    rules:
      feels-ill: {if: {cough: yes}, then: {finding: ill}, because: Coughing is ill., sources: [book]}
      thin:
        if: {ill: yes, any: [{cough_blood: yes}, {weight: {less_than: 50}}], not: {tired: yes}}
        then: {for: low_iron, strength: weak, as: sign}
        because: It wastes.
        sources: [book]
    """


def base_with(folder: Path, more: str = "", **examples: str) -> Path:
    """Write a base with files of examples."""
    written = write_base(folder / "base", more=more)
    (written / FOLDER).mkdir()
    for name, text in examples.items():
        (written / FOLDER / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return written


def test_examples_as_they_are_read(tmp_path: Path) -> None:
    """In the order of the file, with replies in their canonical form and the line of each."""
    folder = base_with(tmp_path, a=EXAMPLES)
    read = read_examples(load(folder), folder / FOLDER)
    assert read[0] == Example("chest", "fires", "pain in the chest", {"chest_pain": "yes"}, "examples/a.yaml:2")
    assert [example.name for example in read[1:3]] == ["no pain", "not sure of it"]
    assert read[5].answers == {"diet": ("meat", "milk")}


def test_no_folder_is_no_examples(tmp_path: Path) -> None:
    """A base need not have any; then no rule is asked for them."""
    base = load(write_base(tmp_path / "base"))
    read = read_fitting_examples(base, tmp_path / "base" / FOLDER)
    assert read.examples == ()
    assert lacking(base, read) == ()


_FAULTS = """\
examples/a.yaml:2: rule 'chest', fires, 'pain', chest_pain: found 'maybe'; allowed: yes, no, not_sure.
examples/a.yaml:3: rule 'chest': unknown key 'nots'; allowed: fires, not. Did you mean 'not'?
examples/a.yaml:4: unknown rule 'tired-leg'. Did you mean 'tired-legs'?
examples/a.yaml:7: rule 'no-meat', fires, 'vegan', diets: unknown question 'diets'. Did you mean 'diet'?
examples/a.yaml:8: rule 'no-meat', not, 'nothing': answers nothing, so that it could never fail; \
say what is answered, as {question: reply}.
examples/b.yaml:1: is not YAML: did not find expected node content (while parsing a flow node).
examples/c.yaml:1: rule 'chest', fires: 'pain' is there a second time; the first is at examples/a.yaml:2.
examples/c.yaml:2: rule 'tired-legs', not: found 'rested'; a mapping (name: {question: reply}) is needed.
examples/c.yaml:3: rule 'no-meat', not: found ''; a name in plain words, of at most 200 characters, is needed.
"""


def test_every_fault_of_every_file_at_once(tmp_path: Path) -> None:
    """With file, line, rule, example and the nearest name."""
    first = """\
        chest:
          fires: {pain: {chest_pain: maybe}}
          nots: {none: {chest_pain: no}}
        tired-leg:
          fires: {tired: {tired: yes}}
        no-meat:
          fires: {vegan: {diets: [meat]}}
          not: {nothing: {}}
        """
    third = """\
        chest: {fires: {pain: {chest_pain: yes}}}
        tired-legs: {not: rested}
        no-meat: {not: {"": {diet: [milk]}}}
        """
    folder = base_with(tmp_path, a=first, b="a: [\n", c=third)
    with pytest.raises(ExamplesError) as caught:
        read_examples(load(folder), folder / FOLDER)
    assert str(caught.value).splitlines() == _FAULTS.splitlines()


def failures(folder: Path, examples: str) -> list[str]:
    """What is said of examples that do not hold."""
    (folder / FOLDER / "a.yaml").write_text(dedent(examples), encoding="utf-8")
    base = load(folder)
    return [str(fault) for fault in failing(base, read_examples(base, folder / FOLDER))]


def test_an_example_that_does_not_hold_names_the_condition_to_blame(tmp_path: Path) -> None:
    """What is missing stands beside what was answered: no, not answered, not asked, out of range, a finding."""
    folder = base_with(tmp_path, more=MORE)
    start = "examples/a.yaml:1: rule 'thin', fires, 'x': does not hold: the rule is "
    rest = "{not: {tired: yes}}"
    assert failures(folder, "thin: {fires: {x: {cough: no, weight: 40, tired: no}}}") == [
        f"{start}false, for want of {{ill: yes}} (ruled out)."
    ]
    assert failures(folder, "thin: {fires: {x: {cough: yes, weight: 50, tired: no, cough_blood: no}}}") == [
        f"{start}false, for want of {{cough_blood: yes}} (answered no); {{weight: {{less_than: 50}}}} (answered 50)."
    ]
    assert failures(folder, "thin: {fires: {x: {cough: yes, weight: 40}}}") == [
        f"{start}unknown, for want of {rest} (not answered)."
    ]
    assert failures(folder, "thin: {fires: {x: {cough: yes, weight: 40, tired: yes}}}") == [
        f"{start}false, for want of {rest} (answered yes)."
    ]
    (told,) = failures(folder, "thin: {fires: {x: {cough_blood: yes, tired: no}}}")
    assert told == (
        f"{start}unknown, for want of {{ill: yes}} (neither established nor ruled out); {{cough_blood: yes}} (it is "
        f"not known whether it applies: it is asked if {{cough: yes}}); {{weight: {{less_than: 50}}}} (not answered)."
    )


def test_a_near_miss_that_fires_names_the_answers_that_made_it(tmp_path: Path) -> None:
    """Those that decided it, not those beside them."""
    folder = base_with(tmp_path, more=MORE)
    (told,) = failures(folder, "thin: {not: {x: {chest_pain: no, cough: yes, weight: 40, tired: no}}}")
    assert told.endswith("not, 'x': does not hold: the rule is true, by cough: yes, weight: 40, tired: no.")


def test_unknown_is_not_true(tmp_path: Path) -> None:
    """A near miss may leave the rule unknown; an example that fires may not."""
    folder = base_with(tmp_path, more=MORE)
    assert failures(folder, "thin: {not: {only a cough: {cough: yes}}}") == []


def test_check_tells_what_is_wrong_with_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 for one that does not hold, or a rule without; those of cases and examples come together."""
    folder = base_with(tmp_path, a=EXAMPLES)
    assert main(["check", str(folder)]) == 0
    assert "1 red flag, 7 examples." in capsys.readouterr().out
    lines = EXAMPLES.replace("{tired: no}", "{tired: yes}").splitlines()
    (folder / FOLDER / "a.yaml").write_text("\n".join(lines[:-1]), encoding="utf-8")
    (folder / "cases").mkdir()
    (folder / "cases" / "x.yaml").write_text("id: x\n", encoding="utf-8")
    assert main(["check", str(folder)]) == 2
    err = capsys.readouterr().err.splitlines()
    assert err == [
        "legwise: 3 faults:",
        "  cases/x.yaml:1: has no `answers:`; below it stand question ids with their replies.",
        "  examples/a.yaml:6: rule 'tired-legs', not, 'rested': does not hold: the rule is true, by tired: yes.",
        "  rules.yaml:12: rule 'no-meat': has no example under 'not' in the folder examples.",
    ]


def test_a_faulty_example_is_not_also_told_as_lacking(tmp_path: Path) -> None:
    """One mistake, one message."""
    folder = base_with(tmp_path, a=EXAMPLES.replace("{diet: [milk]}", "{diet: [mlik]}"))
    base = load(folder)
    read = read_fitting_examples(base, folder / FOLDER)
    assert len(read.faults) == 1
    assert lacking(base, read) == ()


def test_a_rule_is_shown_with_its_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the words of the questions, as `legwise rules ID`, as data, and in the pages of the docs."""
    folder = base_with(tmp_path, a=EXAMPLES)
    base = load(folder)
    examples = read_examples(base, folder / FOLDER)
    told = to_plain([tell_rule(base, base.rules["no-meat"], (), examples)], base, 200)
    assert "- Fires, for example:\n  - leaves out meat and milk: What do you leave out? Meat; Milk\n" in told
    assert "- Does not fire, for example:\n  - leaves out milk: What do you leave out? Milk\n" in told
    assert main(["rules", "no-meat", "--rules", str(folder)]) == 0
    assert "leaves out milk" in capsys.readouterr().out
    assert main(["rules", "--json", "--rules", str(folder)]) == 0
    whole = json.loads(capsys.readouterr().out)["rules"]
    by_id = {rule["id"]: rule["examples"] for rule in whole}
    assert by_id["no-meat"]["not"] == {"leaves out milk": {"diet": ["milk"]}}
    assert "leaves out meat and milk" in pages(base, (), examples)["rules"]


# --- conditions as they are written -----------------------------------------------------------------------------------


def reread(base, text: str) -> Condition | None:
    """A condition as the loader reads it."""
    subjects = {
        **{q.id: Subject("questions", q.type, tuple(q.options)) for q in base.questions.values()},
        **{score: Subject("scores", "score") for score in base.scores},
        **{finding: Subject("findings", "finding") for finding in base.findings},
    }
    ids = {"questions": base.questions, "scores": base.scores, "findings": base.findings}
    document = parse(text.encode(), "x")
    faults = Faults()
    read = Reader(ids, subjects, faults, "x", "", is_complete=True).condition(document.root, "")
    assert not faults.count, [str(fault) for fault in faults.sorted()]
    return read


@settings(deadline=None)
@given(st.data())
def test_a_condition_as_written_reads_back_the_same(data) -> None:
    """What a message shows could be put into a rule file."""
    base = data.draw(bases(size=5))
    subjects = [*base.questions.values(), *base.scores.values(), *base.findings.values()]
    condition = data.draw(conditions(subjects, 2))
    again = reread(base, condition_as_written(condition))
    assert again is not None
    assert condition_as_written(again) == condition_as_written(condition)


def test_conditions_are_written_shortly() -> None:
    """Keys side by side where a mapping can hold them."""
    tired, meat, both = Is("tired", ("yes",)), Is("diet", ("meat",)), Is("diet", ("meat", "milk"))
    assert condition_as_written(All((tired, both))) == "{tired: yes, diet: [meat, milk]}"
    assert condition_as_written(All((meat, both))) == "{all: [{diet: meat}, {diet: [meat, milk]}]}"
    assert condition_as_written(Any((tired, Not(meat)))) == "{any: [{tired: yes}, {not: {diet: meat}}]}"
    assert condition_as_written(Count(2, (tired, meat))) == "{at_least: {count: 2, of: [{tired: yes}, {diet: meat}]}}"
    assert condition_as_written(Limit("w", 3, 7.5, high_open=True)) == "{w: {at_least: 3, less_than: 7.5}}"
