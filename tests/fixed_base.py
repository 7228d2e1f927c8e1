"""A base with one of everything, and fixed answers to it: what the golden traces of law 7 are traces of."""

from __future__ import annotations

from itertools import product

from expert.model import (
    Advice,
    Advise,
    All,
    Answers,
    Any,
    Base,
    Checklist,
    Count,
    Establish,
    Evidence,
    Finding,
    Hypothesis,
    Is,
    Limit,
    Not,
    Option,
    OutOfScope,
    Question,
    Raise,
    RedFlag,
    Rule,
    Score,
    Topic,
    UrgencyWords,
)

_LEVELS = {"never": Option("never", "Never", 0), "some": Option("some", "Some", 2), "much": Option("much", "Much", 4)}
_PLACES = {"legs": Option("legs", "Legs"), "arms": Option("arms", "Arms"), "none": Option("none", "None of these")}
_YES = ("yes",)

_QUESTIONS = (
    Question("child", "about", "Under 16?", "yes_no", "about"),
    Question("chest", "safety", "Chest pain?", "yes_no", "safety"),
    Question("confused", "safety", "Confused?", "yes_no", "safety"),
    Question("sweating", "safety", "Sweating?", "yes_no", "safety", ask_if=Is("chest", _YES)),
    Question("cramps", "legs", "Where are the cramps?", "many", "symptom", _PLACES),
    Question(
        "nights", "legs", "How many nights?", "number", "symptom", ask_if=Is("cramps", ("legs", "arms")), min=0, max=7
    ),
    Question("drinks", "habits", "How often?", "one", "risk", _LEVELS),
    Question("binges", "habits", "How much?", "one", "risk", _LEVELS, ask_if=Not(Is("drinks", ("never",)))),
    Question("worse", "legs", "Getting worse?", "yes_no", "symptom", ask_if=Is("drinker", _YES)),
)
_RULES = (
    Rule("heart", All((Is("chest", _YES), Any((Is("sweating", _YES), Is("confused", _YES))))), Raise("heart"), "", ()),
    Rule("brain", All((Is("confused", _YES), Is("drinker", _YES))), Raise("brain"), "Brain.", ()),
    Rule("brain-fast", All((Is("worse", _YES), Limit("nights", 3.0))), Raise("brain"), "Fast.", ()),
    Rule("drinks", Limit("audit", 5.0), Establish("drinker"), "Score.", ()),
    Rule("drinks-much", Is("binges", ("much",)), Establish("drinker"), "Much.", ()),
    Rule("sign", Is("cramps", ("legs",)), Evidence("magnesium", "for", "strong", "sign", "cramps"), "Cramps.", ()),
    Rule("nights", Limit("nights", 2.0, None, True), Evidence("magnesium", "for", "weak", "sign", "cramps"), "", ()),
    Rule("risk", Is("drinker", _YES), Evidence("magnesium", "for", "strong", "risk"), "Drink.", ()),
    Rule("well", Is("drinker", ("no",)), Evidence("magnesium", "against", "moderate"), "No drink.", ()),
    Rule("two-of", Count(2, (Is("worse", _YES), Is("cramps", ("arms",)), Limit("audit", None, 3.0, False, True))),
         Advise("rest"), "Rest.", ()),
)  # fmt: skip

BASE = Base(
    name="fixed",
    version="1",
    title="Fixed",
    about="",
    strengths={"strong": 0.6, "moderate": 0.35, "weak": 0.15},
    bands={"likely": 0.7, "possible": 0.3},
    urgencies={tier: UrgencyWords(tier, tier) for tier in ("emergency", "same-day", "soon", "routine")},
    topics={topic: Topic(topic, topic) for topic in ("about", "safety", "legs", "habits")},
    questions={question.id: question for question in _QUESTIONS},
    checklists={"now": Checklist("now", "safety", "Now?", ("chest", "confused"))},
    scores={"audit": Score("audit", "Audit", ("drinks", "binges"))},
    findings={"drinker": Finding("drinker", "Drinks")},
    hypotheses={"magnesium": Hypothesis("magnesium", "Low magnesium", "deficiency")},
    red_flags={"brain": RedFlag("brain", "Brain", "soon"), "heart": RedFlag("heart", "Heart", "emergency")},
    advice={"rest": Advice("rest", "everyday", "Rest.")},
    rules={rule.id: rule for rule in _RULES},
    sources={},
    out_of_scope={"child": OutOfScope("child", Is("child", _YES), "See a doctor.")},
)

#: Some of these have answers to questions that do not apply, and none of the answers is there twice.
ANSWERS: list[Answers] = [
    {
        "child": child,
        "chest": chest,
        "confused": "not_sure",
        "sweating": chest,
        "cramps": cramps,
        "nights": nights,
        "drinks": drinks,
        "binges": binges,
        "worse": "yes",
    }
    for (child, chest), (cramps, nights), (drinks, binges) in product(
        (("no", "no"), ("no", "yes"), ("yes", "no"), ("not_sure", "not_sure")),
        ((("legs",), 3), (("none",), "not_sure"), (("arms", "not_sure"), 2.5)),
        (("never", "much"), ("some", "not_sure"), ("much", "much"), ("not_sure", "never")),
    )
]
