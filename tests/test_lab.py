"""Exercises: each can be solved, is marked by what running shows, and is the same for the same seed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
from console import CTRL_C, CTRL_D, REPOSITORY, Terminal, environment, piped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from random_bases import bases
from small_base import SITUATIONS, poisoned, situation, small_base
from worlds import World

from expert.answers import ReplyError
from expert.cache import default_folder, shipped_bases
from expert.lab import (
    KINDS,
    Exercise,
    Kind,
    Material,
    MissingRule,
    PlantedBug,
    SmallestChange,
    Wish,
    about,
    exercises,
    material_in,
)
from expert.lab_telling import hints, tell_mark, tell_solution, tell_task
from expert.logic import Outlook
from expert.model import All, Any, Evidence, Is, Rule
from expert.nearest import Change
from expert.rule_draft import DraftError, read_draft
from expert.telling import to_markdown
from expert.verdict import foresee
from expert.written import conclusion_as_written, condition_as_written
from interview.render.proof import to_plain

BASES = sorted(shipped_bases())


def some(material: Material, kinds: list[Kind], seed: int = 0, count: int = 4) -> list[Exercise]:
    """The first exercises of a seed."""
    return list(islice(exercises(material, seed, kinds), count))


def solve(exercise: Exercise) -> bool:
    """Whether the solution of the key is marked right."""
    match exercise:
        case PlantedBug():
            return exercise.mark(exercise.exposed_by).is_right
        case MissingRule():
            return exercise.mark(exercise.rule).is_right
        case SmallestChange():
            return all(exercise.mark(way.replies).is_right for way in exercise.ways)


@pytest.fixture(scope="module", params=BASES)
def material(request: pytest.FixtureRequest) -> Material:
    """Every base that comes with Legwise, with its cases and examples."""
    return material_in(shipped_bases()[request.param])


# --- all exercises ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_base_gives_exercises_that_the_key_solves(material: Material, kind: Kind) -> None:
    """No learner is given what cannot be solved, or a key that is wrong."""
    made = some(material, [kind], seed=3)
    assert [each.kind for each in made] == [kind] * 4
    assert all(map(solve, made))
    assert len({about(each) for each in made}) == 4


@given(base=bases(), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_base_gives_only_exercises_that_the_key_solves(base, seed):
    """Also of bases that nobody thought of: without cases, with gates, scores and chains; all of it can be told."""
    for exercise in islice(exercises(Material(base), seed), 3):
        assert solve(exercise)
        for telling in (tell_task(exercise), tell_solution(exercise)):
            assert to_markdown([telling])
        assert all(hints(exercise))


def test_the_same_seed_gives_the_same_exercises_whatever_the_hash_seed(tmp_path: Path) -> None:
    """A teacher's key fits what every student has on screen."""
    keys = {
        subprocess.run(
            [sys.executable, "-m", "interview", "lab", "--base", "car", "--seed", "5", "--key", "--json"],
            env=environment(tmp_path, PYTHONHASHSEED=seed),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(keys) == 1
    (key,) = map(json.loads, keys)
    assert sorted(each["kind"] for each in key["exercises"]) == ["bug", "change", "rule"]


def test_other_seeds_give_other_exercises() -> None:
    """A class can be given as many sheets as it has students."""
    material = material_in(shipped_bases()["animals"])
    first = {tuple(about(each) for each in some(material, list(KINDS), seed, 3)) for seed in range(8)}
    assert len(first) == 8


def test_exercises_end_where_the_base_has_no_more(tmp_path: Path) -> None:
    """A small base gives each rule once."""
    material = replace(material_in(shipped_bases()["order"]), cases=())
    made = list(exercises(material, 0, ["bug"]))
    assert len({about(each) for each in made}) == len(made) <= len(material.base.rules)


# --- find the planted bug ---------------------------------------------------------------------------------------------


def bug() -> PlantedBug:
    """A bug in a chain: a finding that is established by what should rule it out."""
    (made,) = some(Material(small_base()), ["bug"], count=1)
    assert isinstance(made, PlantedBug)
    return made


def test_a_bug_is_exposed_by_just_those_answers_on_which_the_bases_differ() -> None:
    """Marked by running both, against evaluation: verdict, findings, or the rule itself."""
    exercise = bug()
    for answers in (*SITUATIONS.values(), exercise.exposed_by):
        mark = exercise.mark(answers)
        outlooks = [Outlook(base, answers) for base in (exercise.base, exercise.given)]
        verdicts = [foresee(outlook.base, outlook) for outlook in outlooks]
        truths = [outlook.truth(outlook.base.rules[exercise.mutant.id].condition) for outlook in outlooks]
        findings = [[outlook.finding(name) for name in exercise.base.findings] for outlook in outlooks]
        differ = verdicts[0] != verdicts[1] or truths[0] is not truths[1] or findings[0] != findings[1]
        assert mark.is_right is differ
    assert exercise.mark({}).is_right is False


def test_a_reply_that_does_not_fit_is_refused() -> None:
    """In a notebook too, a slip is told and not marked as wrong."""
    with pytest.raises(ReplyError, match="Did you mean 'cramps'"):
        bug().mark({"feel": ["cramp"]})


def test_a_bug_is_shown_among_other_rules_and_not_pointed_at() -> None:
    """The task says neither which rule it is nor how it should be; a wrong reply does not either."""
    exercise = bug()
    assert exercise.mutant.id in exercise.shown
    assert len(exercise.shown) > 1
    assert list(exercise.shown) == [rule for rule in exercise.base.rules if rule in exercise.shown]
    text = to_markdown([tell_task(exercise), tell_mark(exercise.mark({}))])
    for rule in exercise.shown:
        assert rule in text
    right = condition_as_written(exercise.base.rules[exercise.mutant.id].condition)
    assert right not in text


# --- write the missing rule -------------------------------------------------------------------------------------------


def missing(rule: str) -> MissingRule:
    """The exercise about one rule of the small base."""
    made = {about(each): each for each in exercises(Material(small_base()), 0, ["rule"])}
    exercise = made[rule]
    assert isinstance(exercise, MissingRule)
    return exercise


def draft(exercise: MissingRule, text: str) -> Rule:
    """A draft as a learner types it."""
    return read_draft(exercise.given, text, exercise.rule)


@pytest.mark.parametrize(
    "text",
    [
        "if: {unsteady: yes, feel: numb}\nthen: {red_flag: cord}",
        "if:\n  all:\n    - {feel: numb}\n    - {unsteady: yes}\nthen: {red_flag: cord}",
        "if: {not: {any: [{unsteady: no}, {not: {feel: numb}}]}}\nthen: {red_flag: cord}",
        "rules:\n  my-own:\n    if: {unsteady: yes, feel: numb}\n    then: {red_flag: cord}\n    because: I say so.",
        '{"if": {"unsteady": "yes", "feel": "numb"}, "then": {"red_flag": "cord"}}',
    ],
)
def test_a_rule_written_otherwise_but_meaning_the_same_is_right(text: str) -> None:
    """What counts is what is concluded, not how it is written."""
    exercise = missing("flag-unsteady")
    mark = exercise.mark(text)
    assert mark.is_right
    assert mark.is_proved


@pytest.mark.parametrize(
    "text",
    [
        "if: {unsteady: yes}\nthen: {red_flag: cord}",
        "if: {any: [{unsteady: yes}, {feel: numb}]}\nthen: {red_flag: cord}",
        "if: {unsteady: yes, feel: [numb, weak]}\nthen: {red_flag: cord}",
        "if: {unsteady: yes, feel: numb, age: adult}\nthen: {red_flag: cord}",
        "if: {unsteady: yes, feel: numb}\nthen: {red_flag: clot}",
        "if: {unsteady: yes, feel: numb}\nthen: {finding: poor_food}",
    ],
)
def test_another_rule_is_wrong_and_the_counterexample_shows_it(text: str) -> None:
    """The learner is shown answers on which, run, the two say different things."""
    exercise = missing("flag-unsteady")
    written = draft(exercise, text)
    mark = exercise.mark(written)
    assert not mark.is_right
    verdicts = [
        (foresee(base, outlook), [outlook.finding(name) for name in base.findings])
        for base in (exercise.base, replace(exercise.base, rules={**exercise.base.rules, written.id: written}))
        for outlook in [Outlook(base, mark.trial.answers)]
    ]
    assert verdicts[0] != verdicts[1]


def test_strength_and_group_count() -> None:
    """Evidence of another strength, or that counts beside its group, is other evidence."""
    exercise = missing("mg-night")
    right = exercise.rule.conclusion
    assert isinstance(right, Evidence)
    for wrong in (replace(right, strength="strong"), replace(right, group=None), replace(right, role="risk")):
        assert not exercise.mark(replace(exercise.rule, conclusion=wrong)).is_right


def test_what_is_open_counts_only_where_it_is_told() -> None:
    """A red flag that stays open for longer is told so, and is wrong; evidence that is open or false is all one."""
    never = All((Is("indoors", ("yes",)), Is("indoors", ("no",))))  # open until it is known
    for rule, is_right in (("flag-unsteady", False), ("d-bones", True)):
        exercise = missing(rule)
        late = replace(exercise.rule, condition=Any((exercise.rule.condition, never)))
        assert exercise.mark(late).is_right is is_right


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("if: {unstedy: yes}\nthen: {red_flag: cord}", "your rule:1: rule 'flag-unsteady', if.unstedy: unknown name"),
        ("if: {unstedy: yes}\nthen: {red_flag: cord}", "Did you mean 'unsteady'?"),
        ("if: {unsteady: yes}\nthen: {red_flag: chord}", "your rule:2: rule 'flag-unsteady', then.red_flag: unknown"),
        ("if: {unsteady: yes}", "then: is missing."),
        ("if: {unsteady: [", "your rule:1"),
        ("hello", "found 'hello'; a rule is needed"),
        ("if: {heavy_drinking: yes}\nthen: {finding: heavy_drinking}", "would wait for itself"),
        ("if: {unsteady: maybe}\nthen: {red_flag: cord}\nbecuase: x", "unknown key 'becuase'"),
        ("x" * 20_001, "is longer than 20,000 characters"),
    ],
)
def test_a_faulty_draft_is_told_as_the_loader_does(text: str, complaint: str) -> None:
    """Place, what was found, what is allowed, and the nearest name."""
    exercise = missing("flag-unsteady")
    with pytest.raises(DraftError) as caught:
        draft(exercise, text)
    assert complaint in str(caught.value)


def test_a_draft_may_not_wait_for_itself_through_others(tmp_path: Path) -> None:
    """A circle through another rule would be decided by nothing."""
    material = material_in(shipped_bases()["animals"])
    rule = material.base.rules["carnivore-eats-meat"]
    without = replace(material.base, rules={k: v for k, v in material.base.rules.items() if k != rule.id})
    with pytest.raises(DraftError, match="would wait for itself"):
        read_draft(without, "if: {big_cat: yes}\nthen: {finding: mammal}", rule)


def test_written_conclusions_read_back_as_the_same(material: Material) -> None:
    """What the key tells can be typed."""
    for rule in list(material.base.rules.values())[:200]:
        text = f"if: {condition_as_written(rule.condition)}\nthen: {conclusion_as_written(rule.conclusion)}"
        without = replace(material.base, rules={k: v for k, v in material.base.rules.items() if k != rule.id})
        read = read_draft(without, text, rule)
        assert (read.condition, read.conclusion) == (rule.condition, rule.conclusion)


# --- make the smallest change -----------------------------------------------------------------------------------------


def wish_about(situation_: str, wish: Wish, ways: tuple[Change, ...] = ()) -> SmallestChange:
    """An exercise about somebody of the small base."""
    return SmallestChange(small_base(), None, dict(SITUATIONS[situation_]), wish, ways)


def test_a_change_is_right_only_if_it_gets_there_and_is_the_smallest() -> None:
    """Too many replies, and those that do not lead there, are told apart."""
    (made,) = some(Material(small_base()), ["change"], count=1)
    assert isinstance(made, SmallestChange)
    way = made.ways[0].replies
    spare = next(q for q in made.base.questions if q not in way and made.base.questions[q].type == "yes_no")
    other = "no" if made.answers.get(spare) == "yes" else "yes"
    assert made.mark(way).is_right
    more = made.mark({**way, spare: other})
    assert not more.is_right
    assert not made.mark({}).is_right
    assert not made.mark({}).is_met


def test_not_sure_is_no_change_that_counts() -> None:
    """Who takes back what was said has not said what would be otherwise."""
    calmer = wish_about("emergency", Wish("", "same-day", or_more=False), (Change({"stroke_signs": "no"}),))
    mark = calmer.mark({"stroke_signs": "not_sure"})
    assert (mark.is_met, mark.is_right, mark.unsure) == (True, False, ("stroke_signs",))
    assert calmer.mark({"stroke_signs": "no"}).is_right


def test_a_reply_that_is_there_already_is_no_change() -> None:
    """Only what is new is counted."""
    calmer = wish_about("emergency", Wish("", "same-day", or_more=False), (Change({"stroke_signs": "no"}),))
    mark = calmer.mark({"stroke_signs": "no", "age": "adult"})
    assert mark.changed == {"stroke_signs": "no"}
    assert mark.is_right


@given(base=bases(), seed=st.integers(0, 20))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_smaller_change_fulfils_a_wish(base, seed):
    """The fewest are the fewest: brute force finds nothing smaller."""
    for exercise in islice(exercises(Material(base), seed, ["change"]), 1):
        world = World(base, exercise.answers)
        for size in range(min(exercise.fewest, 3)):
            assert not any(exercise.wish.met(verdict) for verdict in world.verdicts[size])


def test_a_wish_about_a_hypothesis_is_not_met_where_none_is_told() -> None:
    """Out of scope, nothing is said about hypotheses."""
    child = situation("child").verdict
    assert not Wish("b12", "none", or_more=True).met(child)
    assert not Wish("b12", "none", or_more=False).met(child)


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_nothing_that_a_base_brings_can_disturb_a_terminal() -> None:
    """Control characters in any text of a base are shown as such, in tasks, hints, marks and solutions."""
    material = Material(poisoned(small_base(), "\x1b[2J\u202e"))
    for exercise in islice(exercises(material, 1), 6):
        match exercise:
            case PlantedBug():
                marks = [exercise.mark(exercise.exposed_by), exercise.mark({})]
            case MissingRule(rule=rule):
                marks = [exercise.mark(rule), exercise.mark(replace(rule, condition=Is("indoors", ("no",))))]
            case SmallestChange():
                marks = [exercise.mark(exercise.ways[0].replies), exercise.mark({})]
        tellings = [tell_task(exercise), tell_solution(exercise), *map(tell_mark, marks)]
        text = to_plain(tellings, None) + "".join(hints(exercise))
        assert "\x1b" not in text
        assert "\u202e" not in text


# --- a session --------------------------------------------------------------------------------------------------------


def key_of(tmp_path: Path, *arguments: str) -> list[dict[str, object]]:
    """The exercises of a key."""
    done = piped(tmp_path, "lab", *arguments, "--key", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)["exercises"]
    return found


def typed(exercise: dict[str, object]) -> str:
    """The lines that solve an exercise of a key."""
    match exercise["kind"]:
        case "rule":
            return f"if: {exercise['if']}\nthen: {exercise['then']}\n\n"
        case "bug":
            replies = exercise["exposed_by"]
        case _:
            replies = exercise["ways"][0]  # type: ignore[index]
    pairs = (f"{q}={','.join(reply) if isinstance(reply, list) else reply}" for q, reply in replies.items())  # type: ignore[attr-defined]
    return " ".join(pairs) + "\n"


@pytest.mark.parametrize("base", BASES)
def test_a_session_solved_from_the_key(tmp_path: Path, base: str) -> None:
    """Whoever types what the key says solves everything, in a pipe, in every base."""
    arguments = ("--base", base, "--seed", "2")
    lines = "".join(typed(exercise) for exercise in key_of(tmp_path, *arguments))
    done = piped(tmp_path, "lab", *arguments, typed=lines)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Score: 3 of 3 solved" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_mistakes_and_other_words_do_not_end_an_exercise(tmp_path: Path) -> None:
    """A slip is told with its mend, hints come one by one, and the exercise goes on."""
    (exercise,) = key_of(tmp_path, "bug", "--base", "animals", "--count", "1")
    slips = (
        "",
        "coverring=fur",
        "covering=furr",
        "covering",
        "nowhere.yaml",
        "show",
        "show covering",
        "show mammal",
        "show mamal",
        "answers",
        "?",
        "task",
        "hint",
        "hint",
        "hint",
        "hint",
    )
    done = piped(
        tmp_path, "lab", "bug", "--base", "animals", "--count", "1", typed="\n".join(slips) + "\n" + typed(exercise)
    )
    text = " ".join(done.stdout.split())
    assert done.returncode == 0
    for words in (
        "unknown question 'coverring'. Did you mean 'covering'?",
        "covering: found 'furr'; allowed: fur, feathers, neither, not_sure. Did you mean 'fur'?",
        "found 'covering'; a question and its reply are needed",
        "nowhere.yaml: cannot be read: no such file or directory.",
        "Findings: - mammal: A mammal",
        "fur: Fur or hair",
        "mammal-fur: If",
        "Did you mean 'mammal'?",
        "Nothing is answered beforehand",
        "go on to the next exercise",
        *exercise["hints"],  # type: ignore[misc]
        "That was the last",
        "Score: 1 of 1 solved - Find the planted bug: solved, 1 try, 3 hints",
    ):
        assert words in text, words


def test_answers_and_rules_from_files(tmp_path: Path) -> None:
    """What is written in an editor is handed in by the name of its file; faults are told with its lines."""
    bug_, rule = (key_of(tmp_path, kind, "--base", "animals", "--count", "1")[0] for kind in ("bug", "rule"))
    (tmp_path / "answers.yaml").write_text(json.dumps({"answers": bug_["exposed_by"]}), encoding="utf-8")
    (tmp_path / "faulty.yaml").write_text(f"# mine\nif: {rule['if']}\nthen: {{finding: nothing}}\n", encoding="utf-8")
    (tmp_path / "rule.yaml").write_text(f"if: {rule['if']}\nthen: {rule['then']}\n", encoding="utf-8")
    done = piped(tmp_path, "lab", "bug", "--base", "animals", "--count", "1", typed="answers.yaml\n")
    assert "Score: 1 of 1 solved" in done.stdout
    (tmp_path / "latin.yaml").write_bytes(b"if: {a: \xe9}")
    slips = "faulty.yaml\nlatin.yaml\n.\n"
    done = piped(tmp_path, "lab", "rule", "--base", "animals", "--count", "1", typed=f"{slips}rule.yaml\n")
    assert "faulty.yaml:3: rule" in done.stdout
    assert "latin.yaml:1: byte 0xe9 is not UTF-8; save it as UTF-8." in done.stdout
    assert "Score: 1 of 1 solved - Write the missing rule: solved, 1 try" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("lines", "code", "score"),
    [
        ("", 1, "Score: 0 of 1 solved"),
        ("stop\n", 1, "Score: 0 of 1 solved"),
        ("skip\nskip\n", 0, "Score: 0 of 2 solved"),
        ("solution\nsolution\n", 0, "Score: 0 of 2 solved"),
        ("if: {a: b}\n", 1, "Score: 0 of 1 solved"),
    ],
)
def test_how_a_session_ends(tmp_path: Path, lines: str, code: int, score: str) -> None:
    """At its end 0, left before it 1; always with the score, never with a traceback."""
    done = piped(tmp_path, "lab", "rule", "--base", "order", "--count", "2", typed=lines)
    assert (done.returncode, done.stderr) == (code, "")
    assert score in done.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["bugs"], "'bugs' is not an exercise. Did you mean 'bug'?"),
        (["--seed", "x"], "argument --seed: a whole number from 0 to 1000000000 is needed, not 'x'"),
        (["--count", "0"], "argument --count: a whole number from 1 to 100 is needed, not '0'"),
        (["--json"], "--json: is for the teacher's key; add --key."),
        (["-o", "key.md"], "--output: is for the teacher's key; add --key."),
        (["--rules", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_on_the_command_line(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    """One message with its mend, and exit code 2."""
    done = piped(tmp_path, "lab", *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_a_key_as_a_file_of_its_own(tmp_path: Path) -> None:
    """A teacher prints it: Markdown, readable by its owner only."""
    done = piped(tmp_path, "lab", "--base", "car", "--key", "-o", "key.md")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = (tmp_path / "key.md").read_text(encoding="utf-8")
    assert text.startswith("## Teacher's key: car 1.0.0, seed 0\n\n3 exercises.\n")
    assert text.count("**Solution:**") == text.count("**Hints:**") == 3
    assert (tmp_path / "key.md").stat().st_mode & 0o777 == 0o600


def test_a_base_of_ones_own(tmp_path: Path) -> None:
    """Exercises come of any folder, also one without cases and examples."""
    done = piped(tmp_path, "lab", "--rules", str(REPOSITORY / "tests" / "fixtures" / "legs"), typed="skip\n" * 3)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Score: 0 of 3 solved" in done.stdout


def test_a_rich_terminal(tmp_path: Path) -> None:
    """Tab completes a name, a rule is typed in lines, and Ctrl-D ends it with the score."""
    with Terminal(tmp_path, "lab", "rule", "--base", "order", "--seed", "3") as terminal:
        terminal.wait_for("Rule >")
        terminal.answer("show dog_sh\t", "Rule > show dog_shakes")
        terminal.answer("\r", "Question dog_shakes")
        terminal.answer("if: {dog_shakes: yes, chocolate: yes}\rthen: {red_flag: poisoned}\r\r", "Exercise 2 of 3")
        terminal.wait_for("Your rule concludes the same as the one that is gone", whole=True)
        terminal.wait_for("Exercise 2 of 3", "skip, stop, ?. Rule >")
        terminal.press(CTRL_D)
        terminal.wait_for("Score: 1 of 2 solved")
        assert terminal.leave() == 1


def test_ctrl_c_in_a_narrow_terminal(tmp_path: Path) -> None:
    """It stops at once, and still tells the score."""
    with Terminal(tmp_path, "lab", "change", "--base", "car", columns=40) as terminal:
        terminal.wait_for("Changed answers >")
        terminal.press(CTRL_C)
        terminal.wait_for("Score: 0 of 1 solved", "legwise: stopped.")
        assert terminal.leave() == 130


def test_the_stiff_legs_base_is_one_like_any_other() -> None:
    """Rules too large to take in are left out, so that a task fits a lesson."""
    material = material_in(default_folder())
    for exercise in some(material, ["bug", "rule"], count=4):
        assert len(to_markdown([tell_task(exercise)]).splitlines()) < 60


def test_the_python_of_the_how_to_page_runs() -> None:
    """What a page shows as code is code that works."""
    page = (REPOSITORY / "docs" / "how-to" / "set-exercises.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(block, "set-exercises.md", "exec"), names)
    assert hasattr(names["mark"], "is_right")
