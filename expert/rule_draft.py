"""One rule as somebody types it, read against a base that is loaded already; its faults are told as `expert.load` does.

```yaml
if: {clues: fork}
then: {finding: person}
```
"""

from __future__ import annotations

from collections.abc import Collection

from expert.faults import Fault, Faults, FaultsError, quoted
from expert.language import SECTIONS
from expert.load import build_rule
from expert.model import Base, Establish, Rule
from expert.mutants import findings_read
from expert.reading import Reader, Subject
from expert.yaml_reader import Mapping, Node, Scalar, Sequence, describe, parse

#: Longest draft that is read.
MAX_DRAFT = 20_000


class DraftError(FaultsError):
    """Every fault of a draft."""


def read_draft(base: Base, text: str | bytes, like: Rule, file: str = "your rule") -> Rule:
    """Return the rule that a text writes, under the id of another one.

    The text holds `if` and `then`, alone or below `rules:` and an id. `because` and `sources` are taken from `like`
    where the text leaves them out. `base` should not hold `like`.

    Raises: DraftError: all that is wrong with it.
    """
    if len(text) > MAX_DRAFT:
        raise DraftError([Fault(file, 0, "", f"is longer than {MAX_DRAFT:,} characters, the most that is read.")])
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        document = parse(content, file)
    except FaultsError as error:
        raise DraftError(error.faults) from None
    faults = Faults()
    faults.add(*document.faults)
    node = _entry(document.root)
    if not isinstance(node, Mapping):
        message = f"found {describe(node)}; a rule is needed: if: {{...}} on one line, then: {{...}} on the next."
        raise DraftError([Fault(file, node.line, "", message)])
    name = f"rule {quoted(like.id)}"
    reader = Reader(_ids(base), _subjects(base), faults, file, name, is_complete=True)
    values = reader.table(SECTIONS["rules"].entry, _completed(node, like), "") or {}
    if faults.count:
        raise DraftError(faults.sorted())
    rule = build_rule(like.id, values, f"{file}:{node.line}")
    if isinstance(rule.conclusion, Establish) and rule.conclusion.finding in findings_read(base, rule.condition):
        finding = quoted(rule.conclusion.finding)
        message = f"the finding {finding} would wait for itself: the condition reads it. Nothing could decide it."
        raise DraftError([Fault(file, node.line, f"{name}, if", message)])
    return rule


def _entry(root: Node) -> Node:
    """Return the one rule in a document, which may stand below `rules:` and below its id."""
    node = root
    for _ in ("rules", "id"):
        if isinstance(node, Mapping) and len(node.items) == 1 and node.items.keys().isdisjoint(("if", "then")):
            (inner,) = node.items.values()
            node = inner if isinstance(inner, Mapping) else node
    return node


def _completed(node: Mapping, like: Rule) -> Mapping:
    given: dict[str, Node] = {
        "because": Scalar(node.line, like.because, plain=False),
        "sources": Sequence(node.line, [Scalar(node.line, source, plain=False) for source in like.sources]),
    }
    return Mapping(node.line, {**given, **node.items}, {**dict.fromkeys(given, node.line), **node.lines})


def _ids(base: Base) -> dict[str, Collection[str]]:
    ids: dict[str, Collection[str]] = {section: getattr(base, section) for section in SECTIONS if section != "base"}
    return {**ids, "strengths": base.strengths}


def _subjects(base: Base) -> dict[str, Subject]:
    return {
        **{q.id: Subject("questions", q.type, tuple(q.options)) for q in base.questions.values()},
        **{score: Subject("scores", "score") for score in base.scores},
        **{finding: Subject("findings", "finding") for finding in base.findings},
    }
