"""The two exports run as programs: CLIPS source loaded from a file, and the experta program as a module."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import clips

import expert.engine  # noqa: F401 - imports experta, which only imports with its help
from expert.clips_engine import Concluded
from expert.export.clips import symbols, to_clips
from expert.export.experta import to_experta
from expert.model import Answers, Base

NUMBER = "999"


class ExportedExperta:
    """The exported experta program. Its engine is experta's own, as shipped, unless `quick`."""

    def __init__(self, base: Base, *, quick: bool = False) -> None:
        """Write the program and run its definitions; `quick` is for large bases, where stock experta takes seconds."""
        names: dict[str, Any] = {"__name__": "exported"}
        exec(compile(to_experta(base, NUMBER), "exported.py", "exec"), names)
        self.names = SimpleNamespace(**names)
        if quick:
            self.names.Consultation.__matcher__ = quick_matcher()
        self.engine = self.names.Consultation()

    def result(self, answers: Answers) -> Any:
        """What the program concludes from answers, given as they would stand in a JSON file."""
        told = {question: list(reply) if isinstance(reply, tuple) else reply for question, reply in answers.items()}
        return self.names.Result(
            self.engine, {question: self.names.checked(question, reply) for question, reply in told.items()}
        )

    def printed(self, answers: Answers) -> str:
        """What the program prints."""
        return "".join(f"{line}\n" for line in self.names.lines_of(self.result(answers)))


def quick_matcher() -> type:
    """experta's matcher, but for asking only those rules for their activations that a fact has touched."""
    from experta.matchers.rete import ReteMatcher  # noqa: PLC0415 - after expert.engine

    class Quick(ReteMatcher):
        def build_network(self) -> None:
            super().build_network()
            self.touched: dict[Any, None] = {}
            # The nodes are looked up through a cache of one for the whole process.
            for node in type(self)._get_conflict_set_nodes.__wrapped__(self):
                node._activate = self.noting(node)

        def noting(self, node: Any) -> Any:
            activate = node._activate

            def note(token: Any) -> None:
                self.touched[node] = None
                activate(token)

            return note

        def changes(self, adding: Any = None, deleting: Any = None) -> tuple[list[Any], list[Any]]:
            for fact in deleting or ():
                self.root_node.remove(fact)
            for fact in adding or ():
                self.root_node.add(fact)
            found = [node.get_activations() for node in self.touched]
            self.touched.clear()
            return [one for added, _ in found for one in added], [one for _, removed in found for one in removed]

    return Quick


class _Screen(clips.Router):  # type: ignore[misc]
    """Keeps what CLIPS prints."""

    def __init__(self) -> None:
        super().__init__("screen", 40)
        self.text = ""

    def query(self, name: str) -> bool:
        return name in ("stdout", "stderr", "stdwrn")

    def write(self, _name: str, message: str) -> None:
        self.text += message


class ExportedClips:
    """The exported CLIPS program, loaded from a file as a person would, and what it prints."""

    def __init__(self, base: Base, folder: Path) -> None:
        """Write the file into `folder` and load it."""
        path = folder / "exported.clp"
        path.write_text(to_clips(base, NUMBER), encoding="utf-8")
        self.environment = clips.Environment()
        self.screen = _Screen()
        self.environment.add_router(self.screen)
        self.environment.load(str(path))
        assert self.screen.text == ""

    def typed(self, *facts: str) -> str:
        """What is printed after `(reset)`, some facts typed in, and `(run)`."""
        self.environment.reset()
        self.screen.text = ""
        for fact in facts:
            self.environment.assert_string(fact)
        self.environment.run()
        return self.screen.text

    def printed(self, answers: Answers) -> str:
        """What the program prints about some answers."""
        return self.typed(*(f"(answer (question {one}) (reply {symbols(reply)}))" for one, reply in answers.items()))


def same_conclusions(program: Any, concluded: Concluded) -> None:
    """The exported experta program concluded what CLIPS did, number by number."""
    verdict = concluded.verdict
    assert {name: state == "established" for name, state in program.findings.items()} == concluded.findings
    assert program.urgency == verdict.urgency
    assert tuple(program.raised) == verdict.red_flags
    assert tuple(program.not_ruled_out) == verdict.not_ruled_out
    assert tuple(program.unsure_emergencies) == verdict.unsure_emergencies
    assert program.out_of_scope == verdict.out_of_scope
    assert [_weight(one) for one in program.hypotheses] == [
        (one.hypothesis, one.band, one.certainty, one.supporting, one.opposing, one.outdone)
        for one in verdict.hypotheses
    ]


def _weight(one: Any) -> tuple[object, ...]:
    rules = _by_direction(one.evidence)
    return one.name, one.band, one.certainty, rules["for"], rules["against"], tuple(one.outdone)


def _by_direction(evidence: list[Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    return {way: tuple(fact["rule"] for fact in evidence if fact["direction"] == way) for way in ("for", "against")}
