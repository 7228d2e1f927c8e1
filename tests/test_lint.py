"""The checks of a base as a whole: what they find, what they leave alone, and that all faults come together."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from bases import SECTIONS, load_base, write_base

from expert.lint import check, lint


def found_in(folder: Path, **sections: str) -> list[str]:
    """Return the messages of a check."""
    return [str(fault) for fault in check(write_base(folder, **sections))]


def a_rule(name: str, condition: str, then: str = "{red_flag: heart}") -> str:
    """Return one entry of the section `rules`."""
    return f"  {name}: {{if: {condition}, then: {then}, because: B., sources: [book]}}\n"


def test_the_minimal_base_has_no_faults(tmp_path: Path) -> None:
    assert check(write_base(tmp_path)) == ()
    assert lint(load_base(tmp_path)) == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (
            "questions:\n  q: {topic: legs, ask: Q?, type: yes_no, kind: risk}",
            ["2: question 'q': no rule uses it; add a rule, or say why under `unused`."],
        ),
        ("questions:\n  q: {topic: legs, ask: Q?, type: yes_no, kind: risk, unused: For the doctor.}", []),
        (
            "questions:\n  q: {topic: legs, ask: Q?, type: yes_no, kind: risk, unused: No.}\nrules:\n"
            + a_rule("r", "{q: yes}"),
            ["2: question 'q', unused: is wrong: a condition reads it."],
        ),
        (
            ("questions:\n"
            "  q: {topic: legs, ask: Q?, type: yes_no, kind: risk}\n"
            "  p: {topic: legs, ask: P?, type: yes_no, kind: risk, ask_if: {q: yes}, unused: For the doctor.}"),
            [],
        ),
        (
            "findings:\n  f: {label: F}",
            [
                "2: finding 'f': no rule concludes it; it can never be established.",
                "2: finding 'f': nothing uses it; no condition reads it.",
            ],
        ),
        ("findings: {f: {label: F}}\nrules:\n" + a_rule("r", "{tired: yes}", "{finding: f}"), [
            "1: finding 'f': nothing uses it; no condition reads it."
        ]),
        ("findings: {f: {label: F}}\nrules:\n" + a_rule("r", "{f: no}"), [
            "1: finding 'f': no rule concludes it; it can never be established."
        ]),
        ("red_flags: {f: {label: F, urgency: soon}}", ["1: red flag 'f': no rule raises it."]),
        (
            "hypotheses: {h: {label: H, kind: other}}\nrules:\n"
            + a_rule("r", "{diet: meat}", "{for: h, strength: weak, as: risk}"),
            [
                ("1: hypothesis 'h': no rule is a sign of it (then: {for: ..., as: sign}); "
                "it would never be asked about.")
            ],
        ),
        ("advice: {a: {kind: food, text: Eat.}}", [
            "1: advice 'a': is never shown; it needs `for`, a rule that gives it, or `always: true`."
        ]),
        ("advice: {a: {kind: food, text: Eat., always: true}, b: {kind: food, text: Eat., for: [low_iron]}}", []),
        ("advice: {a: {kind: food, text: Eat.}}\nrules:\n" + a_rule("r", "{tired: yes}", "{advice: a}"), []),
        (
            ("questions:\n  o: {topic: legs, ask: O?, type: one, kind: risk, options: {a: {text: A, points: 0}, "
            "b: {text: B, points: 1}}}\nscores:\n  s: {label: S, sum: [o]}"),
            ["4: score 's': no rule uses it."],
        ),
        ("sources: {other: {title: Cited by nothing, seen: true}}", []),
    ],
)  # fmt: skip
def test_what_nobody_uses_is_a_fault(tmp_path: Path, more: str, expected: list[str]) -> None:
    assert found_in(tmp_path, more=more) == [f"zz_more.yaml:{message}" for message in expected]


@pytest.mark.parametrize(
    ("alike", "test", "expected"),
    [
        (
            "",
            "{o: a}",
            "options: no rule tells 'b', 'c' and 'd' apart; add a rule, merge them, or list them under `alike`.",
        ),
        (
            "alike: [c]",
            "{o: a}",
            "options: no rule tells 'b' and 'd' apart; add a rule, merge them, or list them under `alike`.",
        ),
        ("alike: [b, c]", "{o: a}", None),
        ("alike: [b, c, d]", "{o: [b, c, d]}", None),
        (
            "alike: [a, b, c, d]",
            "{o: a}",
            "alike: 'a' is listed, but rules do tell it apart from every other option.",
        ),
    ],
)
def test_options_that_make_no_difference(tmp_path: Path, alike: str, test: str, expected: str | None) -> None:
    options = "options: {a: A, b: B, c: C, d: D}"
    more = f"questions:\n  o: {{topic: legs, ask: O?, type: one, kind: risk, {options}, {alike}}}\n"
    found = found_in(tmp_path, more=more + "rules:\n" + a_rule("r", test))
    assert found == ([f"zz_more.yaml:2: question 'o', {expected}"] if expected else [])


def test_points_of_a_score_tell_options_apart(tmp_path: Path) -> None:
    more = """
        questions:
          o: {topic: legs, ask: O?, type: one, kind: risk,
              options: {a: {text: A, points: 0}, b: {text: B, points: 1}, c: {text: C, points: 1}}}
        scores: {s: {label: S, sum: [o]}}
        rules:
          r: {if: {s: {at_least: 1}}, then: {red_flag: heart}, because: B., sources: [book]}
        """
    assert found_in(tmp_path, more=more) == [
        (
            "zz_more.yaml:2: question 'o', options: no rule tells 'b' and 'c' apart; "
            "add a rule, merge them, or list them under `alike`."
        )
    ]


SUBJECTS = """\
questions:
  age: {topic: legs, ask: Age?, type: number, kind: about, min: 0, max: 120}
  height: {topic: legs, ask: Height?, type: number, kind: about}
  cramps: {topic: legs, ask: Cramps?, type: yes_no, kind: symptom, ask_if: {tired: yes}}
  night: {topic: legs, ask: At night?, type: yes_no, kind: symptom, ask_if: {cramps: yes}}
  how: {topic: legs, ask: How?, type: one, kind: symptom, options: {a: A, b: B, c: C}, alike: [a, b, c]}
  o: {topic: legs, ask: O?, type: one, kind: risk, options: {x: {text: X, points: 0}, y: {text: Y, points: 2}}}
  p: {topic: legs, ask: P?, type: one, kind: risk, options: {x: {text: X, points: 1}, y: {text: Y, points: 3}}}
findings:
  f: {label: F}
scores:
  s: {label: S, sum: [o, p]}
rules:
  finds: {if: {cramps: yes, how: a}, then: {finding: f}, because: B., sources: [book]}
"""


@pytest.mark.parametrize(
    "condition",
    [
        "{all: [{tired: yes}, {tired: no}]}",
        "{tired: yes, not: {tired: yes}}",
        "{all: [{how: [a, b]}, {how: c}]}",
        "{not: {how: [a, b, c]}}",
        "{all: [{age: {at_least: 50}}, {age: {less_than: 50}}]}",
        "{age: {more_than: 120}}",
        "{age: {less_than: 0}}",
        "{tired: no, cramps: yes}",
        "{tired: no, night: no}",
        "{cramps: no, night: yes}",
        "{f: yes, how: b}",
        "{f: yes, tired: no}",
        "{f: no, cramps: yes, how: a}",
        "{s: {at_least: 6}}",
        "{s: {less_than: 1}}",
        "{s: {more_than: 3, less_than: 5}}",
        "{s: {at_least: 4}, o: x}",
        "{diet: none, all: [{diet: meat}]}",
        "{at_least: {count: 2, of: [{tired: no}, {cramps: yes}, {how: a, all: [{how: b}]}]}}",
        "{any: [{tired: no, cramps: yes}, {f: yes, how: c}]}",
    ],
)
def test_a_condition_that_no_answers_meet_is_found(tmp_path: Path, condition: str) -> None:
    base = load_base(tmp_path, more=SUBJECTS + a_rule("r", condition))
    assert "zz_more.yaml:15: rule 'r', if: can never be true: no answers meet all of it at once." in map(
        str, lint(base)
    )


@pytest.mark.parametrize(
    "condition",
    [
        "{how: [a, b], all: [{how: [b, c]}]}",
        "{age: {at_least: 50, at_most: 50}}",
        "{age: {more_than: 119.5}}",
        "{height: {more_than: 3, less_than: 3.1}}",
        "{tired: yes, cramps: yes, night: no}",
        "{f: no, cramps: yes}",
        "{f: no, tired: no}",
        "{not: {f: yes}, how: a}",
        "{not: {cramps: yes}, tired: no}",
        "{s: {at_least: 5}}",
        "{s: {at_most: 1}}",
        "{s: {at_least: 3, less_than: 5}, o: x}",
        "{diet: meat, all: [{diet: milk}]}",
        "{diet: meat, not: {diet: milk}}",
        "{at_least: {count: 2, of: [{tired: no}, {cramps: yes}, {how: a}]}}",
    ],
)
def test_a_condition_that_some_answers_meet_is_left_alone(tmp_path: Path, condition: str) -> None:
    base = load_base(tmp_path, more=SUBJECTS + a_rule("r", condition))
    assert not [fault for fault in lint(base) if "can never be true" in str(fault)]


def test_gates_and_scopes_that_never_hold_are_found(tmp_path: Path) -> None:
    more = """
        questions:
          cramps: {topic: legs, ask: C?, type: yes_no, kind: symptom, ask_if: {tired: yes}}
          never:
            {topic: legs, ask: N?, type: yes_no, kind: symptom, ask_if: {tired: no, cramps: yes}, unused: No.}
        rules:
          r: {if: {cramps: yes}, then: {red_flag: heart}, because: B., sources: [book]}
        out_of_scope:
          child: {if: {chest_pain: yes, not: {chest_pain: yes}}, say: Not for you.}
          tired: {if: {tired: yes}, say: Not for you.}
        """
    assert found_in(tmp_path, more=more) == [
        "zz_more.yaml:3: question 'never', ask_if: can never be true; it is never asked.",
        "zz_more.yaml:8: out_of_scope 'child', if: can never be true.",
        "zz_more.yaml:9: out_of_scope 'tired', if: reads 'tired'; it may read only questions of kind safety or about.",
    ]


def test_a_long_search_claims_nothing(tmp_path: Path) -> None:
    """A condition over very many options is satisfiable or not; either way it ends, without a false alarm."""
    options = ", ".join(f"o{number}: X" for number in range(60))
    every = ", ".join(f"{{m: o{number}}}" for number in range(60))
    more = (
        f"questions:\n  m: {{topic: legs, ask: M?, type: many, kind: risk, options: {{{options}, none: None}}}}\n"
        f"rules:\n{a_rule('r', f'{{all: [{every}]}}')}"
    )
    assert found_in(tmp_path, more=more) == []


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (("acid-tablets", "acid-tablets", "acid_tablet"), "acid-tablets"),
        (("acid_tablets", "acid_tablets", "acid-tablets"), "acid_tablets"),
        (("acid", "acid", "food"), None),
        (("acid", "food", "milk"), None),
    ],
)
def test_a_group_that_looks_misspelt(tmp_path: Path, groups: tuple[str, ...], expected: str | None) -> None:
    more = "rules:\n"
    for number, group in enumerate(groups):
        more += a_rule(f"r{number}", "{tired: yes}", f"{{for: low_iron, strength: weak, as: sign, group: {group}}}")
    message = (
        f"zz_more.yaml:4: rule 'r2', then.group: no other rule has the group '{groups[2]}'. Did you mean '{expected}'?"
    )
    assert found_in(tmp_path, more=more) == ([message] if expected else [])


# --- together with the faults of the load -----------------------------------------------------------------------------


def test_faults_of_the_load_and_of_the_whole_come_together(tmp_path: Path) -> None:
    more = """
        red_flags:
          never: {label: N, urgency: soon}
        rules:
          r: {if: {tierd: yes}, then: {red_flag: heart}, because: B., sources: [book]}
          s: {if: {tired: yes, not: {tired: yes}}, then: {red_flag: heart}, because: B., sources: [book]}
        """
    assert found_in(tmp_path, more=more) == [
        "zz_more.yaml:2: red flag 'never': no rule raises it.",
        (
            "zz_more.yaml:4: rule 'r', if.tierd: unknown name 'tierd'; "
            "questions, scores and findings are what a condition can name. Did you mean 'tired'?"
        ),
        "zz_more.yaml:5: rule 's', if: can never be true: no answers meet all of it at once.",
    ]


@pytest.mark.parametrize(
    ("more", "only"),
    [
        # A faulty rule still counts as concluding and reading what it names, also what it nearly names.
        (
            "findings: {f: {label: F}}\nrules:\n  r: {if: {tired: yes}, then: {finding: f}, because: B.}\n"
            + a_rule("s", "{f: yes}"),
            "3: rule 'r', sources: is missing. Source ids.",
        ),
        (
            "findings: {fast: {label: F}}\nrules:\n"
            + a_rule("r", "{tired: yes}", "{finding: fats}")
            + a_rule("s", "{fast: yes}"),
            "3: rule 'r', then.finding: unknown finding 'fats'; allowed: fast. Did you mean 'fast'?",
        ),
        (
            "findings: {fast: {label: F}}\nrules:\n"
            + a_rule("r", "{tired: yes}", "{finding: fast}")
            + a_rule("s", "{fats: yes}"),
            (
                "4: rule 's', if.fats: unknown name 'fats'; "
                "questions, scores and findings are what a condition can name. "
                "Did you mean 'fast'?"
            ),
        ),
        # What a faulty rule tells apart is told apart.
        (
            "questions:\n  q: {topic: legs, ask: Q?, type: one, kind: risk, options: {a: A, b: B, c: C}}\nrules:\n"
            + a_rule("r", "{q: a}")
            + "  s: {if: {q: b}, then: {red_flag: heart}, sources: [book]}\n",
            "5: rule 's', because: is missing. Why, in plain words, reading age about 11.",
        ),
        # A faulty question is not called unused, nor are the rules that read it faulty.
        (
            "questions:\n  q: {topic: legs, ask: Q?, type: one, kind: risk, options: {a: A, b: B}, hlep: H}\nrules:\n"
            + a_rule("r", "{q: a}"),
            (
                "2: question 'q': unknown key 'hlep'; allowed: topic, ask, type, kind, options, ask_if, item, gist, "
                "unticked, line_with, help, "
                "clinical, unit, min, max, sources, unused, alike. Did you mean 'help'?"
            ),
        ),
    ],
)
def test_one_slip_gives_one_fault(tmp_path: Path, more: str, only: str) -> None:
    assert found_in(tmp_path, more=more) == [f"zz_more.yaml:{only}"]


def test_a_circle_does_not_hide_other_faults(tmp_path: Path) -> None:
    more = """
        findings: {a: {label: A}}
        rules:
          r: {if: {a: yes}, then: {finding: a}, because: B., sources: [book]}
        red_flags: {never: {label: N, urgency: soon}}
        """
    assert found_in(tmp_path, more=more) == [
        "zz_more.yaml:1: finding 'a': waits for itself: a -> a. Nothing could decide it; take one of these links out.",
        "zz_more.yaml:4: red flag 'never': no rule raises it.",
    ]


def test_a_file_that_is_not_yaml_gives_no_faults_by_its_absence(tmp_path: Path) -> None:
    assert found_in(tmp_path, rules="rules: {") == [
        "rules.yaml:1: is not YAML: did not find expected node content (while parsing a flow node)."
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert [str(fault) for fault in check(folder)] == [
        f"{folder}: cannot be read as a folder: no such file or directory."
    ]


def test_the_checks_do_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    write_base(tmp_path / "a", more="red_flags: {never: {label: N, urgency: soon}}")
    whole = "".join(dedent(text) for name, text in reversed(SECTIONS.items()) if name != "red_flags")
    (tmp_path / "b").mkdir()
    flags = "red_flags:\n  heart: {label: H, urgency: emergency}\n  never: {label: N, urgency: soon}\n"
    (tmp_path / "b" / "all.yaml").write_text(whole + flags)
    assert [[fault.message for fault in check(tmp_path / name)] for name in "ab"] == [["no rule raises it."]] * 2
