"""`legwise cases`: a base is scored on its cases by what their people would be told, and nothing missed is left out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bases import write_base
from console import Terminal

from expert.cases import FOLDER, read_cases
from expert.load import load
from expert.scorecard import Scorecard, Total, score_cases
from interview.cli import main

#: Name, answers, and what is expected.
_CASES = {
    "heart": ("{chest_pain: yes, tired: no, diet: [none]}", "{deficiencies: [], urgency: emergency}"),
    "pale": ("{chest_pain: no, tired: yes, diet: [meat]}", "{deficiencies: [low_iron], urgency: routine}"),
    "tired": ("{chest_pain: no, tired: yes, diet: [none]}", "{deficiencies: [low_iron], urgency: routine}"),
}
_MISSED = {
    # An emergency that nothing raises, though the case lets it pass as routine.
    "quiet": (
        "{chest_pain: no, tired: no, diet: [none]}",
        "{deficiencies: [], urgency: emergency, urgency_acceptable: [routine]}",
    ),
    # One that is not even acceptable, with a flag that should be there.
    "unseen": (
        "{chest_pain: no, tired: no, diet: [none]}",
        "{deficiencies: [], urgency: emergency, red_flags: [heart], not_ruled_out: [heart]}",
    ),
    "alarmed": ("{chest_pain: yes, tired: no, diet: [none]}", "{deficiencies: [], urgency: soon}"),
    "not-named": ("{chest_pain: no, tired: no, diet: [meat]}", "{deficiencies: [low_iron], urgency: routine}"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A base in which iron is likely with a sign and a risk, and three cases that it gets right."""
    written = write_base(tmp_path / "base")
    (written / FOLDER).mkdir()
    for name, case in _CASES.items():
        write(written, name, *case)
    return written


def write(folder: Path, name: str, answers: str, expected: str) -> None:
    """Add a case."""
    text = f"id: {name}\ntitle: The {name} one\nsource: made up\nanswers: {answers}\nexpected: {expected}\n"
    (folder / FOLDER / f"{name}.yaml").write_text(text, encoding="utf-8")


def scored(folder: Path, **more: bool) -> Scorecard:
    base = load(folder)
    return score_cases(base, read_cases(base, folder / FOLDER), **more)


def totals(card: Scorecard) -> dict[str, Total]:
    return {total.id: total for total in card.totals}


def test_a_base_that_gets_all_right_misses_nothing(folder: Path) -> None:
    """Every target that can be counted is reached."""
    card = scored(folder)
    assert card.missed == ()
    assert {total.is_met for total in card.totals} <= {True, None}
    got = {name: (total.got, total.of) for name, total in totals(card).items()}
    assert got["urgency_exact"] == got["urgency_acceptable"] == (3, 3)
    assert got["main_first"] == (2, 2)
    assert got["mimics_told_likely"] == (0, 1)


def test_every_kind_of_miss_is_counted_and_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each in the totals, and as a row that says which flags and deficiencies stood instead."""
    for name, (answers, expected) in _MISSED.items():
        write(folder, name, answers, expected)
    got = {name: total.got for name, total in totals(scored(folder)).items()}
    assert (got["urgency_too_low"], got["urgency_too_high"]) == (1, 1)
    assert (got["emergencies_below_same_day"], got["emergencies_below_emergency"]) == (2, 2)
    assert (got["main_first"], got["mimics_alarmed"], got["flags_as_expected"]) == (2, 1, 0)
    assert main(["cases", "--rules", str(folder)]) == 0
    told = capsys.readouterr().out
    for words in (
        "- alarmed: The alarmed one\n  - Urgency too high: Emergency; wanted soon.\n  - Red flags raised: A heart",
        "- not-named: The not-named one\n  - Main hypothesis not first: Low iron, not named.\n  - Named: none.",
        "- quiet: The quiet one\n  - Below emergency: Routine; that would do.",
        "- unseen: The unseen one\n  - Urgency too low: Routine; wanted emergency.",
        "  - Red flags not raised: A heart attack (emergency).",
        "  - Red flags that should have stayed open: A heart attack (emergency).",
        "- A heart attack: 2 cases (alarmed, heart). Not to be an emergency: alarmed.",
    ):
        assert words in told
    assert "heart: The heart one" not in told


def test_a_likely_deficiency_is_wrong_only_where_none_is_lacking_and_shown_only_without_an_emergency(
    folder: Path,
) -> None:
    """Beside an emergency the person sees no deficiency, yet the row says that it was likely."""
    rules = folder / "rules.yaml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("moderate", "hallmark"), encoding="utf-8")
    write(folder, "mimic", "{chest_pain: no, tired: yes, diet: [meat]}", "{deficiencies: [], urgency: routine}")
    write(folder, "both", "{chest_pain: yes, tired: yes, diet: [meat]}", "{deficiencies: [], urgency: emergency}")
    card = scored(folder)
    assert {score.case for score in card.missed} == {"mimic", "both"}
    assert totals(card)["mimics_told_likely"].got == 1


def test_screens_are_counted_to_the_emergency_and_to_the_end(folder: Path) -> None:
    """The person with chest pain is asked one thing, and is asked no more than anybody else by going on."""
    scores = {score.case: score for score in scored(folder).scores}
    assert (scores["heart"].screens, scores["heart"].screens_in_full) == (1, 2)
    assert (scores["pale"].screens, scores["pale"].screens_in_full, scores["pale"].questions) == (2, 2, 2)


def test_demonstrations_count_only_when_wanted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are made up to show a point."""
    for name in _CASES:
        (folder / FOLDER / f"{name}.yaml").unlink()
    write(folder, "demo-heart", *_CASES["heart"])
    assert main(["cases", "--rules", str(folder)]) == 2
    assert capsys.readouterr().err == (
        f"legwise: {folder / FOLDER}: has no cases but demonstrations; --demos counts them.\n"
    )
    assert main(["cases", "--rules", str(folder), "--demos"]) == 0
    assert "Urgency acceptable: 1 of 1 (100 %)" in capsys.readouterr().out


def test_under_18_only_the_urgency_counts(tmp_path: Path) -> None:
    """A deficiency is withheld there by design."""
    scope = "out_of_scope:\n  tired_ones: {if: {tired: yes}, say: Not for you., sources: [book]}\n"
    written = write_base(tmp_path / "base", out_of_scope=scope)
    (written / FOLDER).mkdir()
    write(written, "tired", *_CASES["tired"])
    card = scored(written)
    assert card.missed == ()
    assert (totals(card)["urgency_acceptable"].of, totals(card)["main_first"].of) == (1, 0)


def test_json_has_every_total_and_every_case(folder: Path, tmp_path: Path) -> None:
    """For programs, in a file."""
    out = tmp_path / "scores.json"
    assert main(["cases", str(folder / FOLDER), "--rules", str(folder), "--json", "-o", str(out)]) == 0
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["totals"]["main_first"] == {
        "got": 2,
        "of": 2,
        "wanted_at_least_share": 0.85,
        "wanted_at_most": None,
        "met": True,
    }
    assert [case["case"] for case in told["cases"]] == ["heart", "pale", "tired"]
    assert told["emergencies"] == [{"red_flag": "heart", "cases": ["heart"], "not_emergencies": []}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["cases", "nowhere"], "legwise: nowhere: is no folder of cases; name one, as in `legwise cases DIR`.\n"),
        (["cases", "--rules", "nowhere"], None),
    ],
)
def test_bad_input_is_one_message(arguments: list[str], said: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """And exit code 2."""
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert err == said if said else "nowhere" in err


def test_a_faulty_case_is_told_with_its_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Like any fault of the base."""
    write(folder, "odd", "{chest_pian: no}", "{deficiencies: [], urgency: routine}")
    assert main(["cases", "--rules", str(folder)]) == 2
    assert "cases/odd.yaml:4: answers, chest_pian: unknown question" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [80, 40])
def test_it_is_readable_in_a_terminal(folder: Path, tmp_path: Path, columns: int) -> None:
    """A table where there is room, lines where there is not; no line is broken inside a number."""
    write(folder, "quiet", *_MISSED["quiet"])
    with Terminal(
        tmp_path, "cases", "--rules", str(folder), columns=columns, rows=60, env={"NO_COLOR": "1"}
    ) as terminal:
        terminal.wait_for("Screens past emergencies, at worst")
        shown = terminal.text
        assert terminal.leave() == 0
    assert "Urgency acceptable 4 of 4 (100 %) at least 90 % reached" in shown or columns < 80
    assert "Urgency acceptable: 4 of 4 (100 %); wanted: at least 90 %, reached." in shown or columns == 80
    assert "quiet: The quiet one" in shown
