"""`legwise rules`: the base as sentences, each rule with what feeds it and what it feeds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bases import write_base
from small_base import small_base

from expert.load import load
from expert.model import Base
from expert.rulebook import as_object, links, pages, rules_about, rules_of_source, sentence, tell_rule
from interview.cli import main
from interview.render.proof import to_plain

BASE = small_base()
FINDINGS = """
    questions:
      cough: {topic: legs, ask: Do you cough?, type: yes_no, kind: symptom}
      cough_blood: {topic: legs, ask: Is there blood?, type: yes_no, kind: symptom, ask_if: {ill: yes}}
    findings:
      ill: {label: Ill}
      weak: {label: Weak}
    rules:
      feels-ill: {if: {cough: yes}, then: {finding: ill}, because: Coughing is ill., sources: [book], claims: [C-01]}
      ill-is-weak: {if: {ill: yes, tired: yes}, then: {finding: weak}, because: It weakens., sources: [book]}
      weak-iron: {if: {any: [{weak: yes}, {cough_blood: yes}]}, then: {for: low_iron, strength: weak, as: sign},
                  because: Iron runs low., sources: [book], contested: Not all agree}
    """
CASE = """
id: demo-cough
title: A cough
shows: How a cough leads to iron.
source: made up
answers: {cough: yes, tired: yes}
told: [cough]
expected: {deficiencies: [], urgency: routine}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A base whose rules feed one another, with one case."""
    written = write_base(tmp_path / "base", more=FINDINGS)
    (written / "cases").mkdir()
    (written / "cases" / "demo-cough.yaml").write_text(CASE, encoding="utf-8")
    return written


@pytest.fixture
def base(folder: Path) -> Base:
    return load(folder)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    return code, *capsys.readouterr()


def test_each_kind_of_conclusion_is_a_sentence() -> None:
    """Evidence, red flags, findings and advice are all said in words."""
    said = {name: sentence(BASE, BASE.rules[name]) for name in ("b12-no-numbness", "flag-limb", "find-drinking")}
    assert said == {
        "b12-no-numbness": 'If not "Numb or tingling" to "What do your legs feel like?", '
        'that is a fair point against "Low vitamin B12".',
        "flag-limb": 'If yes to "One leg suddenly painful, pale or cold", '
        'that raises the red flag "A blocked leg artery" (emergency).',
        "find-drinking": 'If Drinking score: 5 or more, then the finding "Drinking at a risky level" holds.',
    }
    assert sentence(BASE, BASE.rules["advise-kidney"]).endswith(
        'then this is advised: "Magnesium tablets can be dangerous with kidney disease".'
    )


def test_what_feeds_a_rule_and_what_it_feeds(base: Base) -> None:
    """Along the findings, in both directions, gates of questions included."""
    first, middle, last = (links(base, base.rules[name]) for name in ("feels-ill", "ill-is-weak", "weak-iron"))
    assert (first.feeds, first.gates, first.questions) == (("ill-is-weak",), ("cough_blood",), ("cough",))
    assert (middle.fed_by, middle.feeds, middle.findings) == (("feels-ill",), ("weak-iron",), ("ill",))
    assert (last.fed_by, last.feeds, last.gates) == (("ill-is-weak",), (), ())


def test_one_rule_in_full(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its page has everything, with the cases in which it holds."""
    _, out, _ = run(capsys, "rules", "weak-iron", "--rules", str(folder))
    assert "- Because: Iron runs low. (Disputed: Not all agree.) [1]\n" in out
    assert '- Fed by the rules:\n  - ill-is-weak: Finding "Weak"\n' in out
    assert "- Holds in the cases:\n  - A cough (demo-cough)\n" in out
    assert "- Stands in: zz_more.yaml:" in out
    assert "[1] A textbook. Textbook knowledge, or a page that was not seen.\n" in out
    assert "- Holds in none of 1 case" in run(capsys, "rules", "chest", "--rules", str(folder))[1]


@pytest.mark.parametrize(
    ("option", "name", "found"),
    [
        ("--about", "low_iron", ["tired-legs", "no-meat", "weak-iron"]),
        ("--about", "heart", ["chest"]),
        ("--about", "ill", ["feels-ill"]),
        ("--source", "book", ["chest", "tired-legs", "no-meat", "feels-ill", "ill-is-weak", "weak-iron"]),
        ("--claim", "C-01", ["feels-ill"]),
    ],
)
def test_choosing_rules(
    folder: Path, capsys: pytest.CaptureFixture[str], option: str, name: str, found: list[str]
) -> None:
    """By what they are about, what they rest on, or the claim they carry."""
    _, out, _ = run(capsys, "rules", option, name, "--json", "--rules", str(folder))
    assert [rule["id"] for rule in json.loads(out)["rules"]] == found
    _, out, _ = run(capsys, "rules", option, name, "--rules", str(folder))
    assert {line.split(":")[0][2:] for line in out.splitlines() if line.startswith("- ")} == set(found)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["weak-irn"], "unknown rule 'weak-irn'. Did you mean 'weak-iron'?"),
        (["--about", "low_irn"], "unknown hypothesis, red flag, finding or advice 'low_irn'. Did you mean 'low_iron'?"),
        (["--source", "bok"], "unknown source 'bok'. Did you mean 'book'?"),
        (["--claim", "C-02"], "unknown claim 'C-02'. Did you mean 'C-01'?"),
    ],
)
def test_unknown_names(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    """One message with the nearest name, and exit code 2."""
    assert run(capsys, "rules", *arguments, "--rules", str(folder)) == (2, "", f"legwise: {message}\n")


def test_all_rules_are_told(folder: Path, base: Base, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a choice, every rule has its sentence."""
    _, out, _ = run(capsys, "rules", "--rules", str(folder))
    assert all(f"- {rule}:" in out for rule in base.rules)


def test_one_page_a_file_for_the_docs(base: Base) -> None:
    """Every rule stands on the page of the file that it was read from, and on no other."""
    written = pages(base)
    assert set(written) == {"rules", "zz_more"}
    for rule in base.rules.values():
        holders = [page for page, text in written.items() if f"## Rule {rule.id}\n" in text]
        assert holders == [rule.place.partition(".")[0]]


def test_data_and_words_agree(base: Base) -> None:
    """The JSON object of a rule says what its page says."""
    rule = base.rules["ill-is-weak"]
    found = as_object(base, rule)
    page = to_plain([tell_rule(base, rule)], base, 1000)
    for text in (found["sentence"], *found["fed_by"], *found["feeds"]):  # type: ignore[misc]
        assert str(text) in page


def test_the_shipped_base_can_be_read(stiff_legs: Base) -> None:
    """Each of its rules has a sentence, and nothing asked about is empty."""
    assert all(sentence(stiff_legs, rule) for rule in stiff_legs.rules.values())
    assert all(rules_about(stiff_legs, hypothesis) for hypothesis in stiff_legs.hypotheses)
    assert sum(bool(rules_of_source(stiff_legs, source)) for source in stiff_legs.sources) > 10
