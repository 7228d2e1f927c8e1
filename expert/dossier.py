"""The evidence dossier as a register: every claim it makes, how it is graded, and whether the rules say the same.

```yaml
claims:
  VD-02: {says: Shins hurt when pressed., about: [vitamin_d], role: [sign], strength: [strong], seen: yes}
  RF-27: {says: Numb feet and unsteady., role: [flag], tier: [same-day, soon], seen: yes}
  B1-16: {says: Much tea., about: [thiamine], role: [risk], strength: [weak], seen: no, out_of_scope: Why not.}
judged:                                     # where a rule is graded otherwise than by its claims
  low-tier-page:
    because: The page behind it is of a low tier.
    rules: {vd-shin-sore: moderate sign}    # the rule, and what it says instead
```

It stands in the folder `dossier` of a rule base, in any files, and is read apart from the base: no consultation needs
it. `disagreements` holds a base against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from expert.faults import Fault, Faults, FaultsError, quoted, suggestion
from expert.files import read_folder
from expert.language import Choice, Key, ListOf, Ref, Table, Text
from expert.model import URGENCIES, Advise, Base, Establish, Evidence, Raise, Rule, Urgency
from expert.reading import Reader
from expert.yaml_reader import Budget, Mapping, Node, Scalar, parse

#: The folder of a base's dossier.
FOLDER = "dossier"
#: Said of a claim that has no weight as evidence.
INFO = "info"

#: What a claim is. `chain` is how one lack leads to another: it grades a rule only where nothing else does. `article`
#: is a statement under examination, which by itself is evidence of nothing; `question` is something to ask.
Role = Literal[
    "sign", "risk", "against", "flag", "chain", "mechanism", "limit", "test", "food", "caution", "everyday", "article",
    "question",
]  # fmt: skip
ROLES: tuple[Role, ...] = (
    "sign", "risk", "against", "flag", "chain", "mechanism", "limit", "test", "food", "caution", "everyday", "article",
    "question",
)  # fmt: skip
#: Roles of claims that say nothing on whether a source was seen.
_UNSOURCED = frozenset({"article", "question"})
Seen = Literal["yes", "partly", "no"]


class DossierError(FaultsError):
    """Every fault of a dossier."""


class Claim(Struct, frozen=True):
    """One claim of the dossier.

    `strength` holds each grade that it is given, on whatever conditions; a grade against begins with `against-`. `tier`
    holds the urgencies of a red flag. `seen` tells whether the source was seen to say so, `partly` where only some of
    it. `carried_by` names questions, advice and so on that carry it without being able to say so; `verdict` is what the
    dossier found of a statement under examination.
    """

    id: str
    says: str
    role: tuple[Role, ...]
    about: tuple[str, ...] = ()
    strength: tuple[str, ...] = ()
    tier: tuple[Urgency, ...] = ()
    seen: Seen = "yes"
    note: str | None = None
    contested: str | None = None
    verdict: str | None = None
    carried_by: tuple[str, ...] = ()
    out_of_scope: str | None = None
    place: str = ""


class Judgement(Struct, frozen=True):
    """What a rule is to say, although or where its claims do not settle it, and why.

    `value` is a strength (`against-` before it where it argues against) or a tier; `role` is sign or risk where the
    judgement settles that too.
    """

    value: str
    role: str | None
    because: str
    place: str = ""


class Statement(Struct, frozen=True):
    """One sentence of an article that the dossier examines, and the claims into which it was taken apart.

    `no_claim` says why there are none.
    """

    says: str
    claims: tuple[str, ...] = ()
    no_claim: str | None = None


class Fact(Struct, frozen=True):
    """One underlying fact (a group of evidence) that several rules state, so that only the strongest of them counts."""

    group: str
    because: str
    place: str


class Dossier(Struct, frozen=True):
    """The claims by id, the judgements by rule, and an article sentence by sentence under its headings.

    `one_fact` says of rules that share their fact with others which that is; where a dossier says so of any rule, no
    other rule may be in a group.
    """

    claims: dict[str, Claim]
    judged: dict[str, Judgement]
    article: dict[str, tuple[Statement, ...]] = {}
    one_fact: dict[str, Fact] = {}

    def __bool__(self) -> bool:
        """Tell whether there is any claim in it."""
        return bool(self.claims)


# --- reading ----------------------------------------------------------------------------------------------------------

_TEXT = Text()


def _claim_table(base: Base) -> Table:
    strengths = (*base.strengths, *(f"against-{strength}" for strength in base.strengths), INFO)
    return Table(
        {
            "says": Key(_TEXT, "The claim in a few words.", needed=True),
            "role": Key(ListOf(Choice(ROLES)), "What it is.", needed=True),
            "about": Key(ListOf(Ref("hypotheses")), "The hypotheses that it bears on."),
            "strength": Key(ListOf(Choice(strengths)), "Each grade that it is given."),
            "tier": Key(ListOf(Choice(URGENCIES)), "The urgencies of a red flag."),
            "seen": Key(Choice(("yes", "partly", "no")), "Whether the source was seen."),
            "note": Key(_TEXT, "The conditions of its grades."),
            "contested": Key(_TEXT, "Why it is disputed."),
            "verdict": Key(_TEXT, "What the dossier found of it."),
            "carried_by": Key(ListOf(_TEXT), "What carries it and cannot say so."),
            "out_of_scope": Key(_TEXT, "Why nothing carries it."),
        }
    )


_JUDGED = Table({"because": Key(_TEXT, "Why.", needed=True)})
_STATEMENT = Table(
    {
        "says": Key(_TEXT, "The sentence, in a few words.", needed=True),
        "claims": Key(ListOf(_TEXT), "The claims in it."),
        "no_claim": Key(_TEXT, "Why it holds none."),
    }
)
_FACT = Table(
    {
        "because": Key(_TEXT, "Which fact it is, and why it counts once.", needed=True),
        "rules": Key(ListOf(_TEXT, least=2), "The rules that state it.", needed=True),
    }
)
_SECTIONS = ("claims", "judged", "one_fact", "article")


def read_dossier(base: Base, folder: Path | str) -> Dossier:
    """Return the dossier in a folder; an empty one when there is no such folder.

    Raises: DossierError: all that is wrong with it in itself; for what the base says otherwise see `disagreements`.
    """
    path = Path(folder)
    if not path.exists():
        return Dossier({}, {})
    try:
        files = read_folder(path)
    except FaultsError as error:
        raise DossierError(error.faults) from None
    reader = _DossierReader(base)
    for file, content in files.items():
        reader.read(f"{FOLDER}/{file}", content)
    reader.check()
    if reader.faults.count:
        raise DossierError(reader.faults.sorted())
    return Dossier(reader.claims, reader.judged, reader.article, reader.one_fact)


class _DossierReader:
    """Reads the files of one dossier."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._ids: dict[str, Collection[str]] = {"hypotheses": base.hypotheses}
        self._claim = _claim_table(base)
        self._budget = Budget()
        self.faults = Faults()
        self.claims: dict[str, Claim] = {}
        self.judged: dict[str, Judgement] = {}
        self.article: dict[str, tuple[Statement, ...]] = {}
        self.one_fact: dict[str, Fact] = {}

    def read(self, file: str, content: bytes) -> None:
        """Read one file."""
        try:
            document = parse(content, file, self._budget)
        except FaultsError as error:
            self.faults.add(*error.faults)
            return
        self.faults.add(*document.faults)
        root = document.root
        if not isinstance(root, Mapping):
            self.faults.add(Fault(file, 1, "", f"holds no sections; allowed: {', '.join(_SECTIONS)}."))
            return
        for section, node in root.items.items():
            if section not in _SECTIONS:
                near = suggestion(self.faults.nearest(section, _SECTIONS))
                message = f"unknown section {quoted(section)}; allowed: {', '.join(_SECTIONS)}.{near}"
                self.faults.add(Fault(file, root.lines[section], "", message))
            elif not isinstance(node, Mapping):
                self.faults.add(Fault(file, node.line, section, "a mapping (id: {...}) is needed."))
            else:
                for id_, item in node.items.items():
                    self._entry(section, id_, item, file, node.lines[id_])

    def _entry(self, section: str, id_: str, node: Node, file: str, line: int) -> None:
        if section == "claims":
            self._read_claim(id_, node, file, line)
        elif section == "judged":
            self._read_judgements(id_, node, file, line)
        elif section == "one_fact":
            self._read_fact(id_, node, file, line)
        else:
            reader = self._reader(file, f"article {quoted(id_)}")
            found = reader.read(ListOf(_STATEMENT), node, "") or ()
            self.article[id_] = tuple(Statement(**values) for values in found if values and "says" in values)

    def _reader(self, file: str, entry: str) -> Reader:
        return Reader(self._ids, {}, self.faults, file, entry, is_complete=True)

    def _read_claim(self, id_: str, node: Node, file: str, line: int) -> None:
        reader = self._reader(file, f"claim {quoted(id_)}")
        values = reader.table(self._claim, node, "") or {}
        if id_ in self.claims:
            reader.fault(line, "", f"is declared a second time; the first is at {self.claims[id_].place}.")
        if not reader.count:
            self.claims[id_] = Claim(id_, **values, place=f"{file}:{line}")

    def _read_judgements(self, id_: str, node: Node, file: str, line: int) -> None:
        reader = self._reader(file, f"judged {quoted(id_)}")
        rules = node.items.get("rules") if isinstance(node, Mapping) else None
        if not isinstance(node, Mapping) or not isinstance(rules, Mapping):
            reader.fault(line, "rules", "is missing; a mapping of rules to what they say is needed.")
            return
        rest = Mapping(node.line, {key: item for key, item in node.items.items() if key != "rules"}, node.lines)
        because = (reader.table(_JUDGED, rest, "") or {}).get("because", "")
        for rule, item in rules.items.items():
            at = rules.lines[rule]
            words = item.text.split() if isinstance(item, Scalar) else []
            if rule not in self._base.rules:
                near = suggestion(self.faults.nearest(rule, self._base.rules))
                reader.fault(at, "rules", f"unknown rule {quoted(rule)}.{near}")
            elif rule in self.judged:
                reader.fault(at, "rules", f"judges {quoted(rule)} a second time ({self.judged[rule].place}).")
            elif len(words) not in (1, 2) or words[1:] not in ([], ["sign"], ["risk"]):
                reader.fault(at, f"rules.{rule}", "needs a strength or a tier, and perhaps sign or risk after it.")
            else:
                self.judged[rule] = Judgement(words[0], words[1] if words[1:] else None, because, f"{file}:{at}")

    def _read_fact(self, group: str, node: Node, file: str, line: int) -> None:
        reader = self._reader(file, f"one_fact {quoted(group)}")
        values = reader.table(_FACT, node, "") or {}
        for rule in values.get("rules") or ():
            if rule not in self._base.rules:
                near = suggestion(self.faults.nearest(rule, self._base.rules))
                reader.fault(line, "rules", f"unknown rule {quoted(rule)}.{near}")
            elif rule in self.one_fact:
                reader.fault(line, "rules", f"names {quoted(rule)} a second time ({self.one_fact[rule].place}).")
            else:
                self.one_fact[rule] = Fact(group, values.get("because", ""), f"{file}:{line}")

    def check(self) -> None:
        """Check what concerns several entries: names, and that nothing is both carried and out of scope."""
        names = _carriers(self._base)
        for claim in self.claims.values():
            for name in claim.carried_by:
                if name not in names:
                    near = suggestion(self.faults.nearest(name, names))
                    self._fault(claim, f"carried_by names {quoted(name)}, which the base does not have.{near}")
            if not claim.says.strip():
                self._fault(claim, "says nothing.")
        for heading, statements in self.article.items():
            for statement in statements:
                for id_ in statement.claims:
                    if id_ not in self.claims:
                        self.faults.add(Fault(FOLDER, 0, f"article {quoted(heading)}", f"unknown claim {quoted(id_)}."))
                if bool(statement.claims) is bool(statement.no_claim):
                    message = f"{quoted(statement.says)} needs claims, or else a word on why it holds none."
                    self.faults.add(Fault(FOLDER, 0, f"article {quoted(heading)}", message))

    def _fault(self, claim: Claim, message: str) -> None:
        file, _, line = claim.place.rpartition(":")
        self.faults.add(Fault(file, int(line), f"claim {quoted(claim.id)}", message))


def _carriers(base: Base) -> frozenset[str]:
    """Return the names of what can carry a claim besides rules and advice by their `claims`."""
    return frozenset().union(
        base.questions, base.checklists, base.scores, base.findings, base.hypotheses, base.red_flags, base.advice,
        base.out_of_scope, base.rules,
    )  # fmt: skip


# --- what carries a claim ---------------------------------------------------------------------------------------------


class Carriers(Struct, frozen=True):
    """What carries a claim: rules and advice that name it, and whatever else the register says."""

    rules: tuple[str, ...]
    advice: tuple[str, ...]
    others: tuple[str, ...]

    def __bool__(self) -> bool:
        """Tell whether anything does."""
        return bool(self.rules or self.advice or self.others)


def carriers(base: Base, dossier: Dossier) -> dict[str, Carriers]:
    """Return what carries each claim of a dossier, in the order of the base."""
    rules: dict[str, list[str]] = defaultdict(list)
    advice: dict[str, list[str]] = defaultdict(list)
    for rule in base.rules.values():
        for claim in rule.claims:
            rules[claim].append(rule.id)
    for each in base.advice.values():
        for claim in each.claims:
            advice[claim].append(each.id)
    names = _carriers(base)
    return {
        id_: Carriers(
            tuple(rules.get(id_, ())),
            tuple(advice.get(id_, ())),
            tuple(name for name in claim.carried_by if name in names),
        )
        for id_, claim in dossier.claims.items()
    }


# --- disagreements ----------------------------------------------------------------------------------------------------


def disagreements(base: Base, dossier: Dossier) -> tuple[Fault, ...]:
    """Return where a base and its dossier say different things, rules first; nothing where there is no dossier."""
    if not dossier:
        return ()
    return (
        *(fault for rule in base.rules.values() for fault in rule_disagreements(base, dossier, rule)),
        *_advice_disagreements(base, dossier),
        *_claim_disagreements(base, dossier),
    )


def rule_disagreements(base: Base, dossier: Dossier, rule: Rule) -> tuple[Fault, ...]:
    """Return where one rule says something else than its claims, or than what was judged of it.

    It looks at nothing of the base but the rule and the red flag or advice that it concludes, so it costs microseconds.
    """
    if not dossier:
        return ()
    key = f"rule '{rule.id}'"
    messages = [f"names the claim {quoted(id_)}, which the dossier does not have." for id_ in rule.claims
                if id_ not in dossier.claims]  # fmt: skip
    claims = [dossier.claims[id_] for id_ in rule.claims if id_ in dossier.claims]
    judged = dossier.judged.get(rule.id)
    match rule.conclusion:
        case Evidence() as evidence:
            messages += _of_evidence(evidence, claims, judged)
            messages += _of_group(rule.id, evidence, dossier)
        case Raise(red_flag) if red_flag in base.red_flags:
            messages += _of_red_flag(base, red_flag, claims, judged)
        case Advise(advice) if advice in base.advice:
            if not set(rule.claims) & set(base.advice[advice].claims):
                messages.append(f"and the advice '{advice}' that it gives have no claim in common.")
            messages += _judged_in_vain(judged)
        case Establish():
            messages += _judged_in_vain(judged)
    messages += _of_basis(base, rule, claims)
    file, _, line = rule.place.rpartition(":")
    return tuple(Fault(file, int(line or 0), key, message) for message in messages)


def _judged_in_vain(judged: Judgement | None) -> Iterator[str]:
    if judged is not None:
        yield f"is judged at {judged.place}, but has no strength or tier that could be."


def _of_evidence(evidence: Evidence, claims: Sequence[Claim], judged: Judgement | None) -> Iterator[str]:
    found = f"against-{evidence.strength}" if evidence.direction == "against" else evidence.strength
    relevant = [claim for claim in claims if evidence.hypothesis in claim.about]
    elsewhere = [claim for claim in claims if _is_evidence(claim) and evidence.hypothesis not in claim.about]
    if not relevant or (elsewhere and not any(map(_is_evidence, relevant))):
        yield f"argues about '{evidence.hypothesis}'; its claims do not ({_listed(claims)})."
        return
    graded = [claim for claim in relevant if _is_evidence(claim)] or relevant
    if judged is not None:
        if found != judged.value:
            yield f"says {found}; {judged.value} was judged ({judged.place})."
    else:
        grades = {grade for claim in graded for grade in _grades(claim)}
        if grades != {found}:
            said = " or ".join(sorted(grades)) or "nothing"
            yield f"says {found}; its claims say {said} ({_listed(graded)}). If that is meant, say why under `judged`."
    if evidence.role is None:
        return
    if judged is not None and judged.role is not None:
        if evidence.role != judged.role:
            yield f"is a {evidence.role}; {judged.role} was judged ({judged.place})."
        return
    roles = {role for claim in graded for role in claim.role}
    if roles & {"sign", "risk"} != {evidence.role}:
        said = " or ".join(sorted(roles))
        yield f"is a {evidence.role}; its claims say {said} ({_listed(graded)}). If that is meant, judge it."


def _is_evidence(claim: Claim) -> bool:
    """Tell whether a claim grades something by itself; a chain from one lack to another does so for want of better."""
    return "chain" not in claim.role and bool(_grades(claim))


def _grades(claim: Claim) -> tuple[str, ...]:
    return tuple(grade for grade in claim.strength if grade != INFO)


def _of_group(rule: str, evidence: Evidence, dossier: Dossier) -> Iterator[str]:
    fact = dossier.one_fact.get(rule)
    if fact is not None and evidence.group != fact.group:
        found = f"the group {quoted(evidence.group)}" if evidence.group else "no group"
        yield f"is in {found}; it states the one fact {quoted(fact.group)} ({fact.place})."
    elif fact is None and evidence.group is not None and dossier.one_fact:
        yield f"is in the group {quoted(evidence.group)}; `one_fact` of the dossier does not say so."


def _of_red_flag(base: Base, flag: str, claims: Sequence[Claim], judged: Judgement | None) -> Iterator[str]:
    urgency, ref = base.red_flags[flag].urgency, base.red_flags[flag].ref
    rows = [claim for claim in claims if claim.id == ref]
    if not rows:
        yield f"raises '{flag}', which is of {ref or 'no row'}; it does not name that claim ({_listed(claims)})."
    elif judged is not None:
        if urgency != judged.value:
            yield f"raises '{flag}', which is {urgency}; {judged.value} was judged ({judged.place})."
    elif rows[0].tier != (urgency,):
        said = " or ".join(rows[0].tier) or "no tier"
        yield f"raises '{flag}', which is {urgency}; {ref} says {said}. If that is meant, say why under `judged`."


def _of_basis(base: Base, rule: Rule, claims: Sequence[Claim]) -> Iterator[str]:
    seen = {claim.seen for claim in claims if not _UNSOURCED & set(claim.role)}
    is_retrieved = any(base.sources[source].seen for source in rule.sources if source in base.sources)
    if seen == {"no"} and rule.basis == "seen":
        yield f"rests on claims of which no page was seen ({_listed(claims)}); it needs `basis: textbook`."
    elif seen == {"yes"} and rule.basis == "textbook" and is_retrieved:
        yield f"is marked `basis: textbook`; the pages behind its claims were seen ({_listed(claims)})."


def _listed(claims: Iterable[Claim]) -> str:
    return ", ".join(claim.id for claim in claims) or "none"


def _advice_disagreements(base: Base, dossier: Dossier) -> Iterator[Fault]:
    for advice in base.advice.values():
        file, _, line = advice.place.rpartition(":")
        for id_ in advice.claims:
            if id_ not in dossier.claims:
                message = f"names the claim {quoted(id_)}, which the dossier does not have."
                yield Fault(file, int(line or 0), f"advice '{advice.id}'", message)


def _claim_disagreements(base: Base, dossier: Dossier) -> Iterator[Fault]:
    for id_, found in carriers(base, dossier).items():
        claim = dossier.claims[id_]
        file, _, line = claim.place.rpartition(":")
        if not found and claim.out_of_scope is None:
            message = "is carried by no rule, advice or question; encode it, or say why not under `out_of_scope`."
            yield Fault(file, int(line), f"claim '{id_}'", message)
        elif found and claim.out_of_scope is not None:
            by = ", ".join((*found.rules, *found.advice, *found.others))
            yield Fault(file, int(line), f"claim '{id_}'", f"is said to be out of scope, but is carried by {by}.")
