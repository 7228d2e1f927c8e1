"""`legwise prove` as it is used: on a sound base, on a broken one, and with what can be wrong about asking."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from bases import write_base
from console import piped
from golden_files import check_golden

pytest.importorskip("z3")

from expert.cases import read_cases
from expert.model import Base
from expert.prove.checks import KINDS
from expert.prove.theorems import read_theorems
from expert.prove.whole import prove
from interview.cli import main

#: In this base not sure about chest pain is same-day, but chest pain itself is an emergency only with tired legs.
BROKEN = """
    theorems:
      heart:
        says: Chest pain is always an emergency.
        when: {chest_pain: yes}
        always: {urgency: emergency, red_flag: heart}
      never-worse:
        says: More of a symptom is never less urgent.
        rising: [safety, symptom]
      meat:
        says: Leaving out meat alone raises nothing.
        when: {diet: meat}
        told: {urgency: routine}
        never: {hypothesis: any, band: likely}
    excused:
      option/diet/meat: A weak risk changes no band.
      option/diet/milk: No rule reads it.
    """
RULES = """
    rules:
      chest:
        if: {chest_pain: yes, not: {tired: yes}}
        then: {red_flag: heart}
        because: Chest pain can come from the heart.
        sources: [book]
      tired-legs:
        if: {tired: yes}
        then: {for: low_iron, strength: moderate, as: sign}
        because: Iron carries oxygen to the legs.
        sources: [book]
      no-meat:
        if: {diet: meat}
        then: {for: low_iron, strength: weak, as: risk}
        because: Meat is rich in iron.
        sources: [book]
    """


def base_in(folder: Path, theorems: str = BROKEN, **sections: str) -> Path:
    """A base with theorems."""
    write_base(folder, **sections)
    (folder / "theorems.yaml").write_text(dedent(theorems), encoding="utf-8")
    return folder


def test_the_whole_shipped_base_is_proved(stiff_legs: Base, repository: Path) -> None:
    """Safety is proved wherever the tests run: every theorem, every part, every end of a case."""
    folder = repository / "rules" / "stiff_legs"
    checks = list(prove(stiff_legs, read_theorems(stiff_legs, folder), read_cases(stiff_legs, folder / "cases")))
    assert not [(check.id, check.why, check.example) for check in checks if check.fails]
    assert {check.kind for check in checks} == set(KINDS)
    assert sum(check.kind == "theorem" for check in checks) >= 25


def test_a_sound_base_is_proved(tmp_path: Path) -> None:
    """In words, with exit code 0."""
    run = piped(tmp_path, "prove", "--rules", str(base_in(tmp_path / "base")))
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stderr == ""
    check_golden("prove-sound.txt", run.stdout)


def test_a_broken_base_is_refuted_with_answers_that_replay(tmp_path: Path) -> None:
    """The file of answers, run as any other, comes to the verdict that should not be."""
    base = base_in(tmp_path / "base", rules=RULES)
    run = piped(tmp_path, "prove", "--rules", str(base), "-o", "found")
    assert run.returncode == 1
    check_golden("prove-broken.txt", run.stdout)
    found = sorted(path.name for path in (tmp_path / "found").iterdir())
    assert found == ["heart.yaml", "never-worse-after.yaml", "never-worse-before.yaml"]
    assert urgency_of(tmp_path, base, "heart.yaml") == "routine"
    tiers = [urgency_of(tmp_path, base, f"never-worse-{when}.yaml") for when in ("before", "after")]
    assert tiers == ["emergency", "same-day"]


def urgency_of(folder: Path, base: Path, name: str) -> str:
    """What `legwise run` says of a counterexample."""
    run = piped(folder, "run", "--rules", str(base), "--json", str(folder / "found" / name))
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)["urgency"]


def test_one_theorem_and_json(tmp_path: Path) -> None:
    """Programs get everything that people get."""
    base = base_in(tmp_path / "base", rules=RULES)
    run = piped(tmp_path, "prove", "--rules", str(base), "--only", "heart", "--only", "meat", "--json")
    assert run.returncode == 1
    whole = json.loads(run.stdout)
    assert (whole["format"], whole["format_version"], whole["proved"]) == ("legwise-proof", 1, False)
    first, second = whole["checks"]
    assert (first["id"], first["holds"], first["fails"]) == ("theorem/heart", False, True)
    assert first["example"]["answers"] == {"chest_pain": "yes"}
    assert (second["id"], second["holds"]) == ("theorem/meat", True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "hart"], "unknown theorem 'hart'"),
        (["--only", "hart"], "Did you mean 'heart'?"),
        (["--rules", "nowhere"], "cannot be read as a folder"),
    ],
)
def test_a_wrong_request_is_one_message(tmp_path: Path, arguments: list[str], message: str) -> None:
    """Which names the place and the mend, with exit code 2."""
    run = piped(tmp_path, "--rules", str(base_in(tmp_path / "base")), "prove", *arguments)
    assert run.returncode == 2
    assert message in run.stderr
    assert run.stdout == ""


def test_faulty_theorems_are_told_by_prove_and_by_check(tmp_path: Path) -> None:
    """All faults, with file and line."""
    base = base_in(tmp_path / "base", "theorems: {x: {says: X., alwys: {urgency: soon}}}")
    fault = "theorems.yaml:1: theorem 'x': unknown key 'alwys'"
    proved, checked = piped(tmp_path, "prove", "--rules", str(base)), piped(tmp_path, "check", str(base))
    assert (proved.returncode, checked.returncode) == (2, 2)
    assert fault in proved.stderr
    assert fault in checked.stderr + checked.stdout


def test_without_z3_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Who has not installed it is told how."""
    monkeypatch.setattr("interview.commands.proving.find_spec", lambda _: None)
    assert main(["prove"]) == 2
    assert capsys.readouterr().err == (
        "legwise: proofs need z3, which is not installed. It comes with: pip install 'legwise[prove]'\n"
    )


def test_check_counts_the_theorems(tmp_path: Path) -> None:
    """`legwise check` reads them too."""
    run = piped(tmp_path, "check", str(base_in(tmp_path / "base")))
    assert run.returncode == 0
    assert "3 theorems" in run.stdout
