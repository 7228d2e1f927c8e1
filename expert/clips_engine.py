"""CLIPS in the place of experta: the export of a base, run by clipspy. The only module that knows clipspy.

Everything that the verdict says is read off the facts that CLIPS asserted, certainty and bands included.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import clips
from msgspec import Struct

from expert.certainty import Weight
from expert.consultation import LateReasoner
from expert.export.clips import inference, symbols
from expert.logic import Outlook
from expert.model import BANDS, Answers, Base, Reply
from expert.verdict import Verdict


class Concluded(Struct, frozen=True):
    """What CLIPS concluded: findings (True: established, False: ruled out), all true rules, and the verdict."""

    findings: dict[str, bool]
    true_rules: frozenset[str]
    verdict: Verdict


class ClipsEngine:
    """CLIPS with the program of one base, to be used again and again. One thread at a time."""

    def __init__(self, base: Base) -> None:
        """Write the program for `base` and load it."""
        self.base = base
        self._environment = clips.Environment()
        for construct in inference(base):
            self._environment.build(construct)

    def run(self, answers: Answers) -> Concluded:
        """Run the program over valid answers, in any order."""
        environment = self._environment
        environment.reset()
        # As one text: facts asserted through clipspy's objects are never given back, and every reset gets slower.
        if answers:
            environment.load_facts("\n".join(_answer(question, reply) for question, reply in answers.items()))
        environment.run()
        return self._concluded(_facts(environment))

    def _concluded(self, facts: Mapping[str, list[dict[str, Any]]]) -> Concluded:
        (decided,) = facts["verdict"]
        flags = {(fact["name"], fact["state"]) for fact in facts["red-flag"]}
        unsure = {fact["name"] for fact in facts["unsure-emergency"]}
        weights = [self._weight(fact, facts) for fact in facts["weighed"]]
        places = {hypothesis: place for place, hypothesis in enumerate(self.base.hypotheses)}
        weights.sort(key=lambda one: (BANDS.index(one.band), -one.certainty, places[one.hypothesis]))
        order = tuple(self.base.flag_rules)
        rules = (fact["rule"] for kind in ("evidence", "red-flag", "advice") for fact in facts[kind])
        return Concluded(
            findings={fact["name"]: fact["state"] == "established" for fact in facts["finding"]},
            true_rules=frozenset(rule for rule in rules if rule != "-"),
            verdict=Verdict(
                urgency=decided["urgency"],
                red_flags=tuple(flag for flag in order if (flag, "raised") in flags),
                unsure_emergencies=tuple(flag for flag in order if flag in unsure),
                not_ruled_out=tuple(flag for flag in order if (flag, "not-ruled-out") in flags),
                hypotheses=tuple(weights),
                out_of_scope=None if decided["out-of-scope"] == "-" else decided["out-of-scope"],
            ),
        )

    def _weight(self, weighed: dict[str, Any], facts: Mapping[str, list[dict[str, Any]]]) -> Weight:
        about = weighed["hypothesis"]
        strengths = self.base.strengths
        evidence = [fact for fact in facts["evidence"] if fact["hypothesis"] == about]
        evidence.sort(key=lambda fact: (-strengths[fact["strength"]], fact["place"]))
        outdone = {fact["rule"] for fact in facts["outdone"]}
        roles = {fact["role"] for fact in evidence}
        return Weight(
            hypothesis=about,
            band=weighed["band"],
            certainty=weighed["certainty"],
            supporting=tuple(fact["rule"] for fact in evidence if fact["direction"] == "for"),
            opposing=tuple(fact["rule"] for fact in evidence if fact["direction"] == "against"),
            outdone=tuple(fact["rule"] for fact in evidence if fact["rule"] in outdone),
            has_sign="sign" in roles,
            has_risk="risk" in roles,
        )


class ClipsReasoner(LateReasoner):
    """A reasoner whose verdicts CLIPS reaches."""

    def __init__(self, base: Base) -> None:
        """Build nothing yet."""
        super().__init__(base)
        self._engine: ClipsEngine | None = None

    def verdict(self, answers: Answers, outlook: Outlook) -> Verdict:  # noqa: ARG002 - CLIPS needs no outlook
        """Return the verdict on some answers."""
        if self._engine is None:
            self._engine = ClipsEngine(self._base)
        return self._engine.run(answers).verdict


def _answer(question: str, reply: Reply) -> str:
    return f"(answer (question {question}) (reply {symbols(reply)}))"


_READ = ("verdict", "red-flag", "unsure-emergency", "weighed", "evidence", "outdone", "finding", "advice")


def _facts(environment: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the slots of the facts that are read, by template."""
    return {
        name: [dict(fact) for fact in environment.find_template(name).facts()]  # symbols are strings, but of clipspy
        for name in _READ
    }
