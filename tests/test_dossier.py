"""The evidence dossier: every claim is carried or excused, and no rule differs from its claims without a reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest
from bases import write_base

from expert.cache import default_folder
from expert.dossier import (
    FOLDER,
    Dossier,
    DossierError,
    carriers,
    disagreements,
    read_dossier,
    rule_disagreements,
)
from expert.dossier_told import page
from expert.load import load
from expert.model import URGENCIES, Base, Evidence, Raise, Rule
from interview.cli import main

RULES = """
    rules:
      chest:
        if: {chest_pain: yes}
        then: {red_flag: heart}
        because: Chest pain can come from the heart.
        sources: [book]
        claims: [RF-1]
        basis: textbook
      tired-legs:
        if: {tired: yes}
        then: {for: low_iron, strength: moderate, as: sign}
        because: Iron carries oxygen to the legs.
        sources: [book]
        claims: [FE-1]
        basis: textbook
      no-meat:
        if: {diet: meat}
        then: {for: low_iron, strength: weak, as: risk}
        because: Meat is rich in iron.
        sources: [book]
        claims: [FE-2]
        basis: textbook
    """
FLAGS = """
    red_flags:
      heart: {label: A heart attack, urgency: emergency, ref: RF-1}
    """
DOSSIER = """\
claims:
  RF-1: {says: Chest pain., role: [flag], tier: [emergency], seen: no}
  FE-1: {says: Tired legs., about: [low_iron], role: [sign], strength: [moderate], seen: no}
  FE-2: {says: No meat., about: [low_iron], role: [risk], strength: [moderate], seen: no}
  Q-1: {says: Chest pain?, role: [question], carried_by: [chest_pain]}
judged:
  diet-alone:
    because: Diet alone says little.
    rules: {no-meat: weak risk}
"""


def written(folder: Path, dossier: str = DOSSIER, rules: str = RULES) -> Path:
    """Write a base with a dossier, and return its folder."""
    base = write_base(folder, rules=rules, red_flags=FLAGS)
    (base / FOLDER).mkdir()
    (base / FOLDER / "evidence.yaml").write_text(dossier, encoding="utf-8")
    return base


def told(folder: Path) -> list[str]:
    """Return what a base and its dossier disagree on, without places."""
    base = load(folder)
    return [f"{fault.key}: {fault.message}" for fault in disagreements(base, read_dossier(base, folder / FOLDER))]


@pytest.fixture(scope="module")
def dossier(stiff_legs: Base) -> Dossier:
    """The register of the shipped base."""
    return read_dossier(stiff_legs, default_folder() / FOLDER)


# --- the shipped register ---------------------------------------------------------------------------------------------

#: How many claims of each series the dossier holds, as counted in it, so that none is lost from the register.
SERIES = {
    "VD": 47, "VB": 41, "MG": 40, "CA": 30, "B1": 31, "K": 10, "B6D": 5, "B6T": 5, "CU": 5, "VE": 4, "FO": 4, "FE": 6,
    "PO": 4, "INT": 14, "S": 44, "M": 26, "RF": 82, "Q": 121, "AC": 3,
}  # fmt: skip


def test_the_register_holds_every_claim_of_the_dossier(dossier: Dossier) -> None:
    """Nobody thins out the evidence unnoticed: the numbers of each series are whole, from 1 up."""
    counted: dict[str, int] = {}
    for id_ in dossier.claims:
        series = id_.partition("-")[0]
        counted[series] = counted.get(series, 0) + 1
    assert counted == SERIES
    for series, count in SERIES.items():
        if series not in ("RF", "Q"):  # these are numbered with gaps
            assert {f"{series}-{number:02}".replace("AC-0", "AC-") for number in range(1, count + 1)} <= set(
                dossier.claims
            )


def test_the_base_and_its_dossier_agree(stiff_legs: Base, dossier: Dossier) -> None:
    """Each claim is carried or out of scope with a reason; each grade is that of its claims, or judged."""
    assert [str(fault) for fault in disagreements(stiff_legs, dossier)] == []


def test_what_is_out_of_scope_says_why(dossier: Dossier) -> None:
    """And is the exception."""
    excused = {id_: claim.out_of_scope for id_, claim in dossier.claims.items() if claim.out_of_scope is not None}
    assert all(len(why.split()) >= 8 for why in excused.values())
    assert len(excused) <= 5


def test_every_statement_of_the_article_is_in_a_sentence_of_it(dossier: Dossier) -> None:
    """No statement was made up, and no sentence lost: each has its statements or a word on why it holds none."""
    found = {id_ for statements in dossier.article.values() for each in statements for id_ in each.claims}
    assert found == {id_ for id_, claim in dossier.claims.items() if "article" in claim.role}
    assert all(dossier.claims[id_].verdict for id_ in found)


@pytest.mark.parametrize("change", ["stronger", "weaker", "direction", "role", "tier", "group"])
def test_no_grade_can_change_unnoticed(stiff_legs: Base, dossier: Dossier, change: str) -> None:
    """A strength, direction, role, tier or group one step off disagrees with the dossier, for every rule there is."""
    unnoticed = [
        rule.id
        for rule in stiff_legs.rules.values()
        for base, changed in changes(stiff_legs, rule, change)
        if not rule_disagreements(base, dossier, changed)
    ]
    assert unnoticed == []


def changes(base: Base, rule: Rule, change: str) -> list[tuple[Base, Rule]]:
    """Return a base and a rule changed in one way, if there is such a change."""
    conclusion = rule.conclusion
    strengths = list(base.strengths)
    if isinstance(conclusion, Raise) and change == "tier":
        flag = base.red_flags[conclusion.red_flag]
        place = URGENCIES.index(flag.urgency)
        return [
            (_with_flag(base, msgspec.structs.replace(flag, urgency=URGENCIES[other])), rule)
            for other in (place - 1, place + 1)
            if 0 <= other < len(URGENCIES)
        ]
    if not isinstance(conclusion, Evidence):
        return []
    place = strengths.index(conclusion.strength) + {"stronger": -1, "weaker": 1}.get(change, 0)
    if change in ("stronger", "weaker"):
        changed = {"strength": strengths[place]} if 0 <= place < len(strengths) else None
    elif change == "group":
        changed = {"group": "another" if conclusion.group is None else None}
    elif change == "role":
        changed = {"role": "risk" if conclusion.role == "sign" else "sign"} if conclusion.role else None
    else:
        changed = {"direction": "for" if conclusion.direction == "against" else "against"} if change != "tier" else None
    if changed is None:
        return []
    return [(base, msgspec.structs.replace(rule, conclusion=msgspec.structs.replace(conclusion, **changed)))]


def _with_flag(base: Base, flag: object) -> Base:
    red_flags = {**base.red_flags, flag.id: flag}  # type: ignore[attr-defined]
    return msgspec.structs.replace(base, red_flags=red_flags)


# --- disagreements ----------------------------------------------------------------------------------------------------


def test_a_base_that_agrees_has_none(tmp_path: Path) -> None:
    """Judged rules, plain ones, flags and questions together."""
    assert told(written(tmp_path / "base")) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "strength: moderate, as: sign",
            "strength: strong, as: sign",
            "rule 'tired-legs': says strong; its claims say moderate (FE-1). If that is meant, say why under `judged`.",
        ),
        (
            "strength: weak, as: risk",
            "strength: moderate, as: risk",
            "rule 'no-meat': says moderate; weak was judged (dossier/evidence.yaml:9).",
        ),
        (
            "strength: moderate, as: sign",
            "strength: moderate, as: risk",
            "rule 'tired-legs': is a risk; its claims say sign (FE-1). If that is meant, judge it.",
        ),
        (
            "claims: [FE-1]",
            "claims: [FE-9]",
            "rule 'tired-legs': names the claim 'FE-9', which the dossier does not have.",
        ),
        (
            "claims: [FE-1]",
            "claims: [RF-1]",
            "rule 'tired-legs': argues about 'low_iron'; its claims do not (RF-1).",
        ),
        (
            "claims: [RF-1]",
            "claims: [FE-1]",
            "rule 'chest': raises 'heart', which is of RF-1; it does not name that claim (FE-1).",
        ),
        (
            "claims: [FE-2]\n        basis: textbook",
            "claims: [FE-2]",
            "rule 'no-meat': rests on claims of which no page was seen (FE-2); it needs `basis: textbook`.",
        ),
    ],
)
def test_each_way_of_disagreeing_is_told(tmp_path: Path, before: str, after: str, said: str) -> None:
    """With the rule, what it says, what the claims say, and what to do."""
    assert before in RULES
    assert said in told(written(tmp_path / "base", rules=RULES.replace(before, after, 1)))


def test_a_tier_that_differs_is_told(tmp_path: Path) -> None:
    """A red flag may be no less urgent than its row."""
    folder = written(tmp_path / "base", DOSSIER.replace("tier: [emergency]", "tier: [same-day, soon]"))
    said = "raises 'heart', which is emergency; RF-1 says same-day or soon. If that is meant, say why under `judged`."
    assert told(folder) == [f"rule 'chest': {said}"]


def test_one_fact_is_one_group(tmp_path: Path) -> None:
    """Rules that state one fact count once, and no others are put together."""
    facts = "one_fact:\n  tired:\n    because: One thing.\n    rules: [tired-legs, no-meat]\n"
    rules = RULES.replace("strength: moderate, as: sign}", "strength: moderate, as: sign, group: tired}")
    assert told(written(tmp_path / "one", DOSSIER + facts, rules)) == [
        "rule 'no-meat': is in no group; it states the one fact 'tired' (dossier/evidence.yaml:11)."
    ]
    both = rules.replace("strength: weak, as: risk}", "strength: weak, as: risk, group: diet}")
    others = facts.replace("[tired-legs, no-meat]", "[tired-legs, chest]")
    assert told(written(tmp_path / "other", DOSSIER + others, both)) == [
        "rule 'no-meat': is in the group 'diet'; `one_fact` of the dossier does not say so."
    ]


def test_a_claim_that_nothing_carries_is_told(tmp_path: Path) -> None:
    """Unless it says why; and what is carried is not out of scope."""
    lost = "  FE-3: {says: Pale., about: [low_iron], role: [sign], strength: [weak], seen: no}\n"
    excused = lost.replace("}", ", out_of_scope: Nobody can see that on themselves.}").replace("FE-3", "FE-4")
    carried = "out_of_scope: It is not. }"
    changed = DOSSIER.replace("judged:", lost + excused + "judged:").replace(
        "Tired legs., about", f"Tired legs., {carried[:-2]}, about"
    )
    assert told(written(tmp_path / "base", changed)) == [
        "claim 'FE-1': is said to be out of scope, but is carried by tired-legs.",
        "claim 'FE-3': is carried by no rule, advice or question; encode it, or say why not under `out_of_scope`.",
    ]


def test_a_base_without_a_dossier_is_left_in_peace(tmp_path: Path) -> None:
    """Claims are free text where there is none."""
    base = load(write_base(tmp_path / "base", rules=RULES, red_flags=FLAGS))
    dossier = read_dossier(base, tmp_path / "base" / FOLDER)
    assert not dossier
    assert disagreements(base, dossier) == ()
    assert rule_disagreements(base, dossier, base.rules["chest"]) == ()


def test_all_faults_of_a_dossier_come_together(tmp_path: Path) -> None:
    """With file and line, what was found, and the nearest name."""
    folder = written(
        tmp_path / "base",
        """\
claims:
  FE-1: {says: Tired legs., about: [low_irn], role: [sing], strength: [huge], seen: no}
  Q-1: {says: Chest pain?, role: [question], carried_by: [chest_pian]}
judge: {}
judged:
  why: {because: So., rules: {no-meet: weak, chest: very weak indeed}}
""",
    )
    with pytest.raises(DossierError) as raised:
        read_dossier(load(folder), folder / FOLDER)
    said = [str(fault) for fault in raised.value.faults]
    assert [line.partition(": ")[0] for line in said] == [f"dossier/evidence.yaml:{n}" for n in (2, 2, 2, 3, 4, 6, 6)]
    for name in ("low_iron", "sign", "chest_pain", "judged", "no-meat"):
        assert any(f"Did you mean '{name}'?" in line for line in said), name


# --- how it looks to a person -----------------------------------------------------------------------------------------


def test_check_holds_a_base_against_its_dossier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and each disagreement, or else the number of claims."""
    assert main(["check", str(written(tmp_path / "good"))]) == 0
    assert capsys.readouterr().out.endswith("4 claims of the dossier.\n")
    assert main(["check", str(written(tmp_path / "bad", rules=RULES.replace("[FE-1]", "[FE-9]")))]) == 2
    assert "rule 'tired-legs': names the claim 'FE-9'" in capsys.readouterr().err


def test_a_claim_is_shown_with_its_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the dossier says comes first, with the reason where a rule is graded otherwise."""
    folder = written(tmp_path / "base")
    assert main(["rules", "--claim", "FE-2", "--rules", str(folder)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "It says: No meat." in shown
    assert "Graded: moderate risk about Low iron; textbook, not seen" in shown
    assert "no-meat (weak risk): Diet alone says little." in shown
    assert main(["rules", "--claim", "Q-1", "--json", "--rules", str(folder)]) == 0
    shown_as_data = json.loads(capsys.readouterr().out)
    assert shown_as_data["claim"]["carried_by"] == ["chest_pain"]
    assert shown_as_data["rules"] == []


def test_the_page_names_every_claim_and_what_carries_it(stiff_legs: Base, dossier: Dossier) -> None:
    """One row a claim, and nothing in it that could be markup."""
    rows = [line for line in page(stiff_legs, dossier).splitlines() if line.startswith("| ")]
    for id_, found in carriers(stiff_legs, dossier).items():
        (row,) = (line for line in rows if line.startswith(f"| {id_} |"))
        first = next(iter((*found.rules, *found.advice, *found.others)), "out of scope")
        assert first in row
    assert "<" not in page(stiff_legs, dossier).replace("\\<", "")


def test_the_example_of_the_reference_page_runs(repository: Path) -> None:
    """The code on the page is code that works."""
    text = (repository / "docs" / "reference" / "dossier.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(code, "dossier.md", "exec"), {})
