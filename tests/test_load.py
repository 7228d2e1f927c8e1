"""Loading a rule base: what it becomes, and what its author is told when it is wrong."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from bases import SECTIONS, load_base, write_base

from expert.load import BaseErrors, load
from expert.model import All, Any, Base, Count, Is, Limit, Not
from expert.yaml_reader import parse, plain_data


def faults_of(folder: Path, **sections: str) -> list[str]:
    """Return the messages of a load that must fail."""
    with pytest.raises(BaseErrors) as caught:
        load_base(folder, **sections)
    assert str(caught.value) == "\n".join(map(str, caught.value.faults))
    return [str(fault) for fault in caught.value.faults]


def rule(condition: str, then: str = "{red_flag: heart}") -> str:
    """Return a section with one rule of this condition."""
    return f"rules:\n  r:\n    if: {condition}\n    then: {then}\n    because: Because.\n    sources: [book]\n"


# --- what a base becomes ----------------------------------------------------------------------------------------------


def test_a_minimal_base_loads_in_file_order(tmp_path: Path) -> None:
    base = load_base(tmp_path)
    assert base.name == "tiny"
    assert list(base.questions) == ["chest_pain", "tired", "diet"]
    assert list(base.rules) == ["chest", "tired-legs", "no-meat"]
    assert base.rules["no-meat"].condition == Is("diet", ("meat",))
    assert base.rules["no-meat"].place == "rules.yaml:12"
    assert base.sources["book"].seen is False


def test_any_file_can_hold_any_section(tmp_path: Path) -> None:
    parted = load(write_base(tmp_path / "parted"))
    (tmp_path / "whole").mkdir()
    whole = "".join(dedent(text) for text in SECTIONS.values())
    (tmp_path / "whole" / "all.yml").write_text(whole, encoding="utf-8")
    assert list(load(tmp_path / "whole").rules) == list(parted.rules)


def test_the_digest_is_of_names_and_bytes_and_nothing_else(tmp_path: Path) -> None:
    first, second = load_base(tmp_path / "a"), load_base(tmp_path / "b")
    assert first.digest == second.digest
    assert len(first.digest) == 64
    changed = load_base(tmp_path / "c", more="# a comment")
    assert changed.digest != first.digest


def test_sub_folders_hidden_files_theorems_and_survivors_are_not_read(tmp_path: Path) -> None:
    write_base(tmp_path)
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "x.yaml").write_text("nonsense: [")
    (tmp_path / ".#draft.yaml").write_text("nonsense: [")
    (tmp_path / "theorems.yaml").write_text("nonsense: [")
    (tmp_path / "survivors.yaml").write_text("nonsense: [")
    assert load(tmp_path).name == "tiny"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{tired: yes}", Is("tired", ("yes",))),
        ('{tired: "no"}', Is("tired", ("no",))),
        ("{diet: [milk, meat]}", Is("diet", ("meat", "milk"))),
        ("{all: [{tired: yes}]}", Is("tired", ("yes",))),
        ("{tired: yes, diet: meat}", All((Is("tired", ("yes",)), Is("diet", ("meat",))))),
        ("{any: [{tired: yes}, {diet: meat}]}", Any((Is("tired", ("yes",)), Is("diet", ("meat",))))),
        ("{not: {tired: yes}}", Not(Is("tired", ("yes",)))),
        (
            "{at_least: {count: 1, of: [{tired: yes}, {diet: meat}]}}",
            Count(1, (Is("tired", ("yes",)), Is("diet", ("meat",)))),
        ),
        ("{age: {at_least: 3}}", Limit("age", low=3)),
        ("{age: {more_than: 3, at_most: 5.5}}", Limit("age", low=3, high=5.5, low_open=True)),
        ("{age: {less_than: 3}}", Limit("age", high=3, high_open=True)),
        ("{old: no}", Is("old", ("no",))),
        ("{points: {at_least: 2}}", Limit("points", low=2)),
    ],
)
def test_a_condition_means_what_the_reference_says(tmp_path: Path, written: str, meant: object) -> None:
    base = load_base(tmp_path, more=MORE_SUBJECTS + rule(written))
    assert base.rules["r"].condition == meant


MORE_SUBJECTS = """\
questions:
  age: {topic: legs, ask: How old are you?, type: number, kind: about, min: 0, max: 120}
  often:
    topic: legs
    ask: How often?
    type: one
    kind: risk
    options: {never: {text: Never, points: 0}, daily: {text: Daily, points: 4}}
scores:
  points: {label: Points, sum: [often]}
findings:
  old: {label: Old}
"""


def test_every_form_of_conclusion_and_every_key_is_kept(tmp_path: Path) -> None:
    base = load_base(
        tmp_path,
        more="""
        findings: {old: {label: Old, clinical: Aged}}
        advice: {rest: {kind: everyday, text: Rest., for: [low_iron], sources: [book], claims: [A-1]}}
        rules:
          a: {if: {tired: yes}, then: {finding: old}, because: B., sources: [book], basis: textbook, claims: [X-1]}
          b: {if: {tired: no}, then: {against: low_iron, strength: weak, group: g}, because: B., sources: [book]}
          c: {if: {old: yes}, then: {advice: rest}, because: B., sources: [book], contested: Some doubt it.}
        out_of_scope: {child: {if: {chest_pain: yes}, say: Not for you., sources: [book]}}
        """,
    )
    rules = base.rules
    assert (rules["a"].basis, rules["a"].claims, rules["b"].basis) == ("textbook", ("X-1",), "seen")
    evidence = rules["b"].conclusion
    assert (evidence.direction, evidence.role, evidence.group) == ("against", None, "g")  # type: ignore[union-attr]
    assert rules["c"].contested == "Some doubt it."
    assert base.advice["rest"].for_ == ("low_iron",)
    assert base.out_of_scope["child"].condition == Is("chest_pain", ("yes",))


def test_yaml_is_read_by_the_core_schema_of_version_1_2() -> None:
    text = b"[yes, No, on, off, y, 12:30, 2024-01-02, 1_000, 0b1, 017, 0o17, 0x1F, -3, 1e3, .5, ~, null, true, 'true']"
    assert plain_data(parse(text, "x.yaml").root) == [
        *("yes", "No", "on", "off", "y", "12:30", "2024-01-02", "1_000", "0b1"),
        *(17, 15, 31, -3, 1000.0, 0.5, None, None, True, "true"),
    ]


def test_a_number_where_a_text_belongs_is_taken_as_it_is_written(tmp_path: Path) -> None:
    base = load_base(tmp_path, base=SECTIONS["base"].replace("version: 1.0.0", "version: 1.10"))
    assert base.version == "1.10"


# --- what its author is told ------------------------------------------------------------------------------------------

AN_ID = (
    "an id is lower-case words (letters, digits) joined by _ or -, beginning with a letter, of at most 80 characters."
)
SECTION_NAMES = (
    "allowed: base, topics, questions, checklists, scores, findings, hypotheses, red_flags, advice, rules, sources, "
    "code_systems, codes, out_of_scope."
)
QUESTION_KEYS = (
    "allowed: topic, ask, type, kind, options, ask_if, item, gist, unticked, line_with, help, clinical, "
    "unit, min, max, sources, unused, alike."
)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        # sections, ids and keys
        ("ruels: {}", [f"1: unknown section 'ruels'; {SECTION_NAMES} Did you mean 'rules'?"]),
        ("[a, b]", [f"1: holds no sections; {SECTION_NAMES}"]),
        ("rules: [a]", ["1: rules: a mapping (id: {...}) is needed."]),
        (
            "findings: {Old_Age: {label: Old}}",
            [f"1: finding 'Old_Age': found 'Old_Age'; {AN_ID}"],
        ),
        (
            "findings: {any: {label: Any}}",
            ["1: finding 'any': found 'any'; that word has a meaning of its own, choose another id."],
        ),
        (
            "findings:\n  tired: {label: Tired}",
            ["2: finding 'tired': is also the id of a question (questions.yaml:3); a condition could mean either."],
        ),
        (
            "sources:\n  book: {title: Another, seen: true}",
            ["2: source 'book': is declared a second time; the first is at sources.yaml:2."],
        ),
        (
            "sources:\n  a: {title: A, seen: true}\n  b: {title: B, seen: true}\n  a: {title: C, seen: true}",
            ["4: the key 'a' is there twice, first on line 2."],
        ),
        ("findings: {old: {label: Old, clincal: Aged}}", [
            "1: finding 'old': unknown key 'clincal'; allowed: label, clinical. Did you mean 'clinical'?"
        ]),
        ("findings: {old: {}}", ["1: finding 'old', label: is missing. The finding in plain words."]),
        ("findings: {old: Old}", ["1: finding 'old': found 'Old'; a mapping is needed."]),
        # values
        ("findings: {old: {label: }}", ["1: finding 'old', label: found nothing; a text is needed."]),
        ("findings: {old: {label: [a]}}", ["1: finding 'old', label: found a list; a text is needed."]),
        ("findings: {old: {label: ' '}}", ["1: finding 'old', label: found an empty text; a text is needed."]),
        ("findings: {old: {label: true}}", [
            "1: finding 'old', label: found true; a text is needed (put it in quotes if it is one)."
        ]),
        ("findings: {old: {label: 'Call {nummer} or {'}}", [
            "1: finding 'old', label: found '{nummer}'; the only braces allowed in a text are {emergency_number}."
        ]),
        (f"findings: {{old: {{label: {'x' * 2001}}}}}", [
            "1: finding 'old', label: found 2,001 characters; at most 2,000 are allowed."
        ]),
        ("red_flags: {f: {label: F, urgency: same_day}}", [
            ("1: red flag 'f', urgency: found 'same_day'; allowed: emergency, same-day, soon, routine. "
            "Did you mean 'same-day'?")
        ]),
        ("sources: {s: {title: S, seen: yes}}", ["1: source 's', seen: found 'yes'; allowed: true, false."]),
        ("sources: {s: {title: S, seen: true, year: 12, url: 'ftp://x'}}", [
            "1: source 's', year: found 12; a whole number from 1500 to 2200 is needed.",
            "1: source 's', url: found 'ftp://x'; an address beginning with https:// is needed.",
        ]),
        # rules
        ("rules:\n  r: {if: {tired: yes}, then: {red_flag: heart}}", [
            "2: rule 'r', because: is missing. Why, in plain words, reading age about 11.",
            "2: rule 'r', sources: is missing. Source ids.",
        ]),
        ("rules:\n  r: {if: {tired: yes}, then: {red_flag: haert}, because: B., sources: []}", [
            "2: rule 'r', then.red_flag: unknown red flag 'haert'; allowed: heart. Did you mean 'heart'?",
            "2: rule 'r', sources: found no entries; 1 to 100 are allowed.",
        ]),
        ("rules:\n  r: {if: {tired: yes}, then: {red_flag: heart}, because: B., sources: [book, book]}", [
            "2: rule 'r', sources[1]: found 'book' a second time; once is enough."
        ]),
        (rule("{tired: yes}", "{flag: heart}"), [
            ("4: rule 'r', then: found the keys 'flag'; "
            "exactly one of finding, for, against, red_flag, advice is needed.")
        ]),
        (rule("{tired: yes}", "{red_flag: heart, for: low_iron}"), [
            ("4: rule 'r', then: found two conclusions; "
            "exactly one of finding, for, against, red_flag, advice is needed.")
        ]),
        (rule("{tired: yes}", "{for: low_iron, strength: mild}"), [
            "4: rule 'r', then.strength: unknown strength 'mild'; allowed: hallmark, strong, moderate, weak.",
            "4: rule 'r', then.as: is missing. sign: it shows now; risk: it makes it likelier.",
        ]),
        (rule("{tired: yes}", "{against: low_iron, strength: weak, as: risk}"), [
            "4: rule 'r', then: unknown key 'as'; allowed: against, strength, group."
        ]),
        # questions
        ("questions:\n  q: {topic: legs, ask: Q?, type: many, kind: risk, options: {a: A, b: B}}", [
            ("2: question 'q', options: has no option 'none'; a question of type many needs one, such as "
            "none: None of these.")
        ]),
        ("questions:\n  q: {topic: legs, ask: Q?, type: one, kind: risk}", [
            "2: question 'q', options: is missing. The choices; `many` needs an option `none`."
        ]),
        ("questions:\n  q: {topic: legs, ask: Q?, type: one, kind: risk, options: {a: A, not_sure: B}}", [
            "2: question 'q', options: found 'not_sure'; that word has a meaning of its own, choose another id."
        ]),
        ("questions:\n  q: {topic: legs, ask: Q?, type: yes_no, kind: risk, min: 3}", [
            "2: question 'q', min: stands in a question of type yes_no; allowed with number only."
        ]),
        ("questions:\n  q: {topic: legs, ask: Q?, type: number, kind: risk, min: 3, max: 1}", [
            "2: question 'q', min: 3 is not less than max, 1."
        ]),
        ("questions:\n  q: {topic: legs, ask: Q?, type: one, kind: risk, options: {ab: A, b: B}, alike: [aab]}", [
            "2: question 'q', alike: found 'aab'; allowed: ab, b. Did you mean 'ab'?"
        ]),
        ("questions:\n  q: {topic: feet, ask: Q?, typ: number}", [
            f"2: question 'q': unknown key 'typ'; {QUESTION_KEYS} Did you mean 'type'?",
            "2: question 'q', topic: unknown topic 'feet'; allowed: safety, legs.",
            "2: question 'q', type: is missing. yes_no; one: choose one; many: choose all that fit; number.",
            ("2: question 'q', kind: is missing. "
            "safety: always asked, first; about: always asked; symptom, risk: while it could change the verdict."),
        ]),
        # checklists and scores
        (
            ("questions:\n  fit: {topic: legs, ask: Fit?, type: yes_no, kind: safety, ask_if: {chest_pain: yes}}\n"
            "checklists:\n"
            "  c: {topic: safety, ask: Any?, items: [chest_pain, fit, tired, diet]}\n"
            "  d: {topic: safety, ask: Any?, items: [chest_pain]}\n"),
            [
                "4: checklist 'c', items: 'fit' has the topic 'legs'; all items need the checklist's, 'safety'.",
                "4: checklist 'c', items: 'fit' is asked only after 'chest_pain', which is on the same screen.",
                "4: checklist 'c', items: 'tired' has the topic 'legs'; all items need the checklist's, 'safety'.",
                ("4: checklist 'c', items: 'tired' is of kind symptom and 'chest_pain' of kind safety; "
                "all items need one kind."),
                "4: checklist 'c', items: 'diet' is of type many and has no `gist`: the line that stands for it.",
                "4: checklist 'c', items: 'diet' has the topic 'legs'; all items need the checklist's, 'safety'.",
                ("4: checklist 'c', items: 'diet' is of kind risk and 'chest_pain' of kind safety; "
                "all items need one kind."),
                "5: checklist 'd', items: 'chest_pain' is also on the checklist 'c'; one checklist is enough.",
            ],
        ),
        (
            ("questions:\n"
            "  n: {topic: legs, ask: N?, type: number, kind: risk, unused: so}\n"
            "  o: {topic: legs, ask: O?, type: one, kind: risk, unused: so, options: {a: A, b: B}, gist: O}\n"
            "  p: {topic: legs, ask: P?, type: one, kind: risk, unused: so, options: {ab: A, b: B}, unticked: aab}\n"
            "  m: {topic: legs, ask: M?, type: many, kind: risk, unused: so, options: {a: A, none: 0}, line_with: n}\n"
            "checklists:\n  c: {topic: legs, ask: Any?, items: [n, o, m]}\n"),
            [
                "4: question 'p', unticked: found 'aab'; allowed: ab, b. Did you mean 'ab'?",
                ("7: checklist 'c', items: 'n' is of type number, which cannot be ticked; "
                "yes_no, one or many is needed."),
                ("7: checklist 'c', items: 'o' is of type one and has no `unticked`: "
                "the reply that leaving its line unticked gives."),
                "7: checklist 'c', items: 'm' has its line with 'n', which has no `gist` on this checklist.",
            ],
        ),
        (
            ("questions:\n"
            "  o: {topic: legs, ask: O?, type: one, kind: risk, options: {a: {text: A, points: 1}, b: B}}\n"
            "scores:\n  s: {label: S, sum: [o, diet]}\n"),
            [
                "4: score 's', sum: 'o' has options without points: b.",
                "4: score 's', sum: 'diet' is of type many; type one is needed.",
            ],
        ),
    ],
)  # fmt: skip
def test_a_fault_is_told_whole(tmp_path: Path, more: str, expected: list[str]) -> None:
    assert faults_of(tmp_path, more=more) == [f"zz_more.yaml:{message}" for message in expected]


@pytest.mark.parametrize(
    ("condition", "path", "message"),
    [
        ("yes", "", "found 'yes'; a condition such as {question: yes} is needed."),
        ("{}", "", "found an empty mapping; a condition such as {question: yes} is needed."),
        (
            "{tierd: yes}",
            ".tierd",
            "unknown name 'tierd'; questions, scores and findings are what a condition can name. Did you mean 'tired'?",
        ),
        ("{diet: mlik}", ".diet", "found 'mlik'; allowed: meat, milk, none. Did you mean 'milk'?"),
        ("{diet: {at_least: 1}}", ".diet", "found a mapping; allowed: meat, milk, none."),
        ("{diet: []}", ".diet", "found an empty list; allowed: meat, milk, none."),
        ("{diet: [meat, meat]}", ".diet", "names a value twice; once is enough."),
        (
            "{tired: not_sure}",
            ".tired",
            "found 'not_sure', which cannot be tested: it is unknown; allowed: yes, no.",
        ),
        ("{tired: true}", ".tired", "found true; write yes."),
        ("{tired: False}", ".tired", "found False; write no."),
        ("{tired: 1}", ".tired", "found '1'; allowed: yes, no."),
        ("{tired: }", ".tired", "found nothing; allowed: yes, no."),
        ("{tired: [yes, no]}", ".tired", "found several values; one is needed, allowed: yes, no."),
        ("{old: maybe}", ".old", "found 'maybe'; allowed: yes, no."),
        ("{age: 3}", ".age", "found '3'; a number needs a range such as {at_least: 3}."),
        ("{points: yes}", ".points", "found 'yes'; a score needs a range such as {at_least: 3}."),
        (
            "{age: {at_leats: 3}}",
            ".age",
            "found 'at_leats'; allowed: at_least, more_than, at_most, less_than. Did you mean 'at_least'?",
        ),
        ("{age: {at_least: .nan}}", ".age.at_least", "found nan; a number is needed."),
        ("{age: {at_least: .inf}}", ".age.at_least", "found inf; a number is needed."),
        ("{age: {at_least: yes}}", ".age.at_least", "found 'yes'; a number is needed."),
        ("{age: {at_least: 3, at_most: 2}}", ".age", "no number is both at_least 3 and at_most 2."),
        ("{age: {at_least: 3, less_than: 3}}", ".age", "no number is both at_least 3 and less_than 3."),
        ("{age: {at_least: 3, more_than: 3}}", ".age", "has both at_least and more_than; one of them is enough."),
        ("{any: []}", ".any", "found an empty list; a list of conditions is needed."),
        ("{all: {tired: yes}}", ".all", "found a mapping; a list of conditions is needed."),
        ("{any: [{tired: yes}, {tired: no, diet: egg}]}", ".any[1].diet", "found 'egg'; allowed: meat, milk, none."),
        ("{at_least: 2}", ".at_least", "found '2'; {count: 2, of: [conditions]} is needed."),
        (
            "{at_least: {count: 3, of: [{tired: yes}, {diet: meat}]}}",
            ".at_least.count",
            "found 3; a whole number from 1 to 2 is needed.",
        ),
        (
            f"{{at_least: {{count: 6, of: [{', '.join(['{tired: yes}'] * 12)}]}}}}",
            ".at_least",
            "6 of 12 can come about in 924 ways; at most 500 are allowed. Split it by findings.",
        ),
        (
            "{not: " * 8 + "{tired: yes}" + "}" * 8,
            ".not" * 8,
            "conditions are nested more than 8 deep.",
        ),
        (
            f"{{any: [{', '.join(['{tired: yes}'] * 101)}]}}",
            ".any[100].tired",
            "is one test too many; a condition may have 100.",
        ),
    ],
)
def test_a_condition_that_does_not_fit_is_told_whole(tmp_path: Path, condition: str, path: str, message: str) -> None:
    found = faults_of(tmp_path, more=MORE_SUBJECTS + rule(condition))
    line = MORE_SUBJECTS.count("\n") + 3
    assert found == [f"zz_more.yaml:{line}: rule 'r', if{path}: {message}"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("strong: 0.6", "strong: 1", "strengths.strong: found 1; a number more than 0 and less than 1 is needed."),
        ("possible: 0.3", "possible: 0.8", "bands: possible, 0.8, is not less than likely, 0.7."),
        ("name: tiny", "name: Tiny base", f"name: found 'Tiny base'; {AN_ID}"),
        ("    soon: {do: Book a visit., when: within two weeks}\n", "", ("urgencies.soon: is missing. "
         "What to do when it is soon.")),
        ("do: Mention it., ", "", "urgencies.routine.do: is missing. What to do."),
    ],
)  # fmt: skip
def test_a_fault_of_the_base_itself_is_told_whole(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = dedent(SECTIONS["base"]).replace(old, new)
    assert text != dedent(SECTIONS["base"])
    found = faults_of(tmp_path, base=text)
    assert [fault.partition(": base, ")[2] for fault in found] == [message]


def test_a_folder_without_the_sections_it_needs(tmp_path: Path) -> None:
    folder = tmp_path / "lesson"
    folder.mkdir()
    (folder / "a.yaml").write_text("topics: {legs: {title: Legs}}\nrules:\n")
    with pytest.raises(BaseErrors) as caught:
        load(folder)
    assert str(caught.value).splitlines() == [
        "lesson: no file has a section 'base'; a base needs one.",
        "lesson: no file has a section 'questions'; a base needs one.",
        "lesson: no file has a section 'rules'; a base needs one.",
    ]


def test_faults_of_all_files_come_together_in_their_order(tmp_path: Path) -> None:
    found = faults_of(
        tmp_path,
        topics="topics: {safety: {title: Safety}, legs: {titel: Legs}}",
        sources="sources: {boook: {title: A, seen: false}}",
    )
    assert [fault.partition(":")[0] for fault in found] == ["rules.yaml"] * 3 + ["topics.yaml"] * 2
    assert found[0].endswith("unknown source 'book'; allowed: boook. Did you mean 'boook'?")


def test_a_file_that_is_not_yaml_does_not_make_its_names_unknown(tmp_path: Path) -> None:
    found = faults_of(tmp_path, sources="sources: {book: [}", topics="topics: {safety: {}, legs: {title: Legs}}")
    assert found == [
        "sources.yaml:1: is not YAML: did not find expected node content (while parsing a flow node).",
        "topics.yaml:1: topic 'safety', title: is missing. The heading of the topic.",
    ]


# --- what waits for itself --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "where", "path"),
    [
        (
            """
            findings:
              a: {label: A}
              b: {label: B}
            rules:
              r: {if: {b: yes}, then: {finding: a}, because: B., sources: [book]}
              s: {if: {not: {a: yes}}, then: {finding: b}, because: B., sources: [book]}
            """,
            "zz_more.yaml:2: finding 'a'",
            "a -> b -> a",
        ),
        (
            """
            questions:
              p: {topic: legs, ask: P?, type: yes_no, kind: risk, ask_if: {q: yes}}
              q: {topic: legs, ask: Q?, type: yes_no, kind: risk, ask_if: {p: no}}
            """,
            "zz_more.yaml:2: question 'p'",
            "p -> q -> p",
        ),
        (
            """
            questions:
              p: {topic: legs, ask: P?, type: yes_no, kind: risk, ask_if: {p: yes}}
            """,
            "zz_more.yaml:2: question 'p'",
            "p -> p",
        ),
        (
            """
            questions:
              p: {topic: legs, ask: P?, type: one, kind: risk, ask_if: {f: yes},
                  options: {a: {text: A, points: 0}, b: {text: B, points: 1}}}
            scores: {s: {label: S, sum: [p]}}
            findings: {f: {label: F}}
            rules:
              r: {if: {s: {at_least: 1}}, then: {finding: f}, because: B., sources: [book]}
            """,
            "zz_more.yaml:2: question 'p'",
            "p -> f -> s -> p",
        ),
    ],
    ids=["findings", "gates", "a gate on itself", "a gate through a score and a finding"],
)
def test_what_waits_for_itself_is_refused_with_its_path(tmp_path: Path, more: str, where: str, path: str) -> None:
    message = f"waits for itself: {path}. Nothing could decide it; take one of these links out."
    assert faults_of(tmp_path, more=more) == [f"{where}: {message}"]


def test_every_circle_is_told(tmp_path: Path) -> None:
    names = "abcd"
    more = "findings:\n" + "".join(f"  {name}: {{label: X}}\n" for name in names) + "rules:\n"
    for name, other in zip(names, "badc", strict=True):
        more += f"  r{name}: {{if: {{{other}: yes}}, then: {{finding: {name}}}, because: B., sources: [book]}}\n"
    assert [fault.split(":")[4] for fault in faults_of(tmp_path, more=more)] == [
        " a -> b -> a. Nothing could decide it; take one of these links out.",
        " c -> d -> c. Nothing could decide it; take one of these links out.",
    ]


def test_a_finding_may_be_read_by_a_gate_of_a_question_it_does_not_need(tmp_path: Path) -> None:
    base: Base = load_base(
        tmp_path,
        more="""
        questions:
          p: {topic: legs, ask: P?, type: yes_no, kind: risk, ask_if: {f: yes}}
        findings: {f: {label: F}}
        rules:
          r: {if: {tired: yes}, then: {finding: f}, because: B., sources: [book]}
          s: {if: {p: yes}, then: {red_flag: heart}, because: B., sources: [book]}
        """,
    )
    assert base.questions["p"].ask_if == Is("f", ("yes",))
