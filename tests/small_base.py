"""A small rule base with something of everything, for tests of what people are shown; built without the loader."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from expert.consultation import Consultation, consult
from expert.load import load
from expert.model import (
    Advice,
    Advise,
    All,
    Base,
    Checklist,
    Code,
    CodeSystem,
    Condition,
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
    Reply,
    Rule,
    Score,
    Source,
    Topic,
    UrgencyWords,
)


def _is(subject: str, *values: str) -> Is:
    return Is(subject, values or ("yes",))


def _yes_no(
    question: str,
    topic: str,
    kind: str,
    *words: str | None,
    **more: object,
) -> Question:
    ask, item, clinical = words
    return Question(question, topic, ask, "yes_no", kind, item=item, clinical=clinical, **more)


def _choice(question: str, topic: str, kind: str, type_: str, *words: str | dict[str, str], **more: object) -> Question:
    ask, options = words
    return Question(
        question, topic, ask, type_, kind, {key: Option(key, text) for key, text in options.items()}, **more
    )


_QUESTIONS = (
    _choice(
        "age",
        "about",
        "about",
        "one",
        "How old are you?",
        {"child": "Under 18", "adult": "18 to 64", "older": "65 or over"},
        clinical="Age",
    ),
    _yes_no(
        "stroke_signs",
        "safety",
        "safety",
        "Has your face drooped, or your speech gone muddled?",
        "Face drooped, or speech muddled",
        "Facial droop or dysarthria",
    ),
    _yes_no(
        "cold_leg",
        "safety",
        "safety",
        "Is one leg suddenly painful, pale or cold?",
        "One leg suddenly painful, pale or cold",
        "Suspected acute limb ischaemia",
    ),
    _yes_no(
        "swollen_leg",
        "safety",
        "safety",
        "Is one leg swollen, warm or sore?",
        "One leg swollen, warm or sore",
        "Unilateral leg swelling",
    ),
    _yes_no(
        "recent_flight",
        "safety",
        "safety",
        "Did you sit still for hours in the last month, as on a long flight?",
        None,
        "Recent prolonged immobility",
        ask_if=_is("swollen_leg"),
    ),
    _choice(
        "feel",
        "legs",
        "symptom",
        "many",
        "What do your legs feel like? Choose all that fit.",
        {"cramps": "Cramps", "numb": "Numb or tingling", "weak": "Weak", "none": "None of these"},
        clinical="Leg symptoms",
    ),
    _choice(
        "cramp_time",
        "legs",
        "symptom",
        "one",
        "When do the cramps come?",
        {"night": "At night in bed", "exercise": "During exercise", "other": "At other times"},
        ask_if=_is("feel", "cramps"),
        clinical="Timing of cramps",
    ),
    _yes_no(
        "unsteady",
        "legs",
        "symptom",
        "Are you unsteady in the dark?",
        "Unsteady in the dark",
        "Sensory ataxia",
    ),
    _yes_no(
        "sore_bones",
        "legs",
        "symptom",
        "Are your shins sore when you press them?",
        "Shins sore when pressed",
        "Tibial tenderness",
    ),
    Question(
        "walk",
        "legs",
        "How far can you walk before your legs hurt?",
        "number",
        "symptom",
        unit="metres",
        min=0,
        max=5000,
        clinical="Walking distance",
    ),
    _choice(
        "diet",
        "life",
        "risk",
        "many",
        "How do you eat? Choose all that fit.",
        {"vegan": "Vegan: no meat, fish, eggs or milk", "no_dairy": "No milk or cheese", "none": "None of these"},
        clinical="Diet",
    ),
    _yes_no("indoors", "life", "risk", "Do you get hardly any sun?", None, "Low sun exposure"),
    Question(
        "drink_often",
        "life",
        "How often do you drink alcohol?",
        "one",
        "risk",
        {
            "never": Option("never", "Never", 0),
            "weekly": Option("weekly", "Every week", 3),
            "daily": Option("daily", "Most days", 4),
        },
        clinical="Drinking frequency",
    ),
    Question(
        "drink_much",
        "life",
        "How many drinks on such a day?",
        "one",
        "risk",
        {"few": Option("few", "1 or 2", 0), "many": Option("many", "5 or more", 4)},
        ask_if=_is("drink_often", "weekly", "daily"),
        clinical="Drinks on a typical day",
    ),
    _choice(
        "illness",
        "life",
        "risk",
        "many",
        "Do you have any of these? Choose all that fit.",
        {"kidney": "Kidney disease", "none": "None of these"},
        clinical="Past medical history",
    ),
    _choice(
        "medicines",
        "medicines",
        "risk",
        "many",
        "Do you take any of these? Choose all that fit.",
        {"metformin": "Metformin", "water": "Water tablets", "none": "None of these"},
        clinical="Medicines",
    ),
)

_FINDINGS = (
    Finding("heavy_drinking", "Drinking at a risky level", "AUDIT-C 5 or more"),
    Finding("poor_food", "Eats too little of it", "Low dietary intake"),
)


def _rule(rule: str, condition: Condition, conclusion: object, because: str, *sources: str, **more: object) -> Rule:
    return Rule(rule, condition, conclusion, because, sources or ("clinic",), **more)  # type: ignore[arg-type]


def _for(hypothesis: str, strength: str, role: str, group: str | None = None) -> Evidence:
    return Evidence(hypothesis, "for", strength, role, group)  # type: ignore[arg-type]


_RULES = (
    _rule("find-drinking", Limit("drinks", low=5), Establish("heavy_drinking"), "A score of 5 or more is risky."),
    _rule("find-poor-food", _is("diet", "vegan"), Establish("poor_food"), "Plants lack B12."),
    _rule(
        "flag-stroke",
        _is("stroke_signs"),
        Raise("stroke"),
        "A stroke can be treated only in the first hours.",
        "stroke-page",
    ),
    _rule(
        "flag-limb", _is("cold_leg"), Raise("blocked_artery"), "A leg without blood is lost within hours.", "limb-page"
    ),
    _rule(
        "flag-clot",
        _is("swollen_leg"),
        Raise("clot"),
        "A clot can break loose and reach the lungs.",
        "limb-page",
        "book",
    ),
    _rule(
        "flag-clot-flight",
        All((_is("swollen_leg"), _is("recent_flight"))),
        Raise("clot"),
        "Sitting still lets blood clot.",
        "book",
        basis="textbook",
    ),
    _rule(
        "flag-unsteady", All((_is("unsteady"), _is("feel", "numb"))), Raise("cord"), "The spinal cord may be harmed."
    ),
    _rule(
        "flag-kidney",
        All((_is("illness", "kidney"), _is("feel", "weak"))),
        Raise("kidney_salts"),
        "Weak kidneys can upset the salts in the blood.",
    ),
    _rule("b12-numb", _is("feel", "numb"), _for("b12", "strong", "sign"), "Numb feet are an early sign.", "b12-page"),
    _rule(
        "b12-unsteady",
        _is("unsteady"),
        _for("b12", "hallmark", "sign"),
        "Balance goes when the cord lacks B12.",
        "b12-page",
        "book",
    ),
    _rule(
        "b12-diet",
        _is("poor_food"),
        _for("b12", "strong", "risk"),
        "B12 is found only in food from animals.",
        "b12-page",
    ),
    _rule(
        "b12-metformin",
        _is("medicines", "metformin"),
        _for("b12", "moderate", "risk"),
        "Metformin lowers B12.",
        "b12-page",
        contested="The fall is small, and it is not known whom it harms",
    ),
    _rule(
        "b12-no-numbness",
        Not(_is("feel", "numb")),
        Evidence("b12", "against", "moderate"),
        "Without numbness it is less likely.",
        "book",
        basis="textbook",
    ),
    _rule(
        "mg-cramps", _is("feel", "cramps"), _for("magnesium", "moderate", "sign", "cramp"), "Low levels cause cramps."
    ),
    _rule(
        "mg-night", _is("cramp_time", "night"), _for("magnesium", "weak", "sign", "cramp"), "Some cramps come at night."
    ),
    _rule(
        "mg-drink",
        _is("heavy_drinking"),
        _for("magnesium", "strong", "risk"),
        "Alcohol flushes magnesium out.",
        "book",
        basis="textbook",
    ),
    _rule("mg-water", _is("medicines", "water"), _for("magnesium", "moderate", "risk"), "Water tablets flush it out."),
    _rule("d-bones", _is("sore_bones"), _for("vitamin_d", "strong", "sign"), "Soft bones are sore to press."),
    _rule("d-sun", _is("indoors"), _for("vitamin_d", "moderate", "risk"), "Skin makes vitamin D from sun."),
    _rule(
        "night-cramp",
        _is("cramp_time", "night"),
        _for("night_cramp", "strong", "sign"),
        "Calf cramps in bed are common and mostly harmless.",
    ),
    _rule("artery-walk", Limit("walk", high=200), _for("artery", "strong", "sign"), "Narrow arteries hurt on walking."),
    _rule(
        "artery-two",
        Count(2, (_is("feel", "weak"), _is("feel", "cramps"), _is("medicines", "water"))),
        _for("artery", "weak", "risk"),
        "Several things together count.",
    ),
    _rule("advise-kidney", _is("illness", "kidney"), Advise("kidney_magnesium"), "Kidneys clear magnesium.", "book"),
)

_SOURCES = (
    Source("clinic", "Leg clinic handbook", True, "A clinic", 2020, "https://clinic.example/legs"),
    Source("book", "A medical textbook", False),
    Source("stroke-page", "Stroke: signs", True, "A health service", 2022, "https://health.example/stroke"),
    Source("limb-page", "Acute limb problems", True, "A hospital"),
    Source("b12-page", "Low B12", True, "A health service", 2021, "https://health.example/b12"),
)

_ADVICE = (
    Advice("b12_test", "test", "Ask for a B12 blood test.", ("b12",), sources=("b12-page",)),
    Advice("magnesium_test", "test", "Ask for a magnesium blood test.", ("magnesium",), codes=("lab-mg",)),
    Advice("b12_test", "test", "Ask for a B12 blood test.", ("b12",), codes=("lab-b12",)),
    Advice("b12_food", "food", "B12 is in meat, fish, eggs, milk and some cereals.", ("b12",), sources=("b12-page",)),
    Advice("stretch", "everyday", "Stretch the calf when a cramp comes.", always=True, sources=("clinic",)),
    Advice("kidney_magnesium", "caution", "Magnesium tablets can be dangerous with kidney disease.", ("magnesium",)),
)


def small_base() -> Base:
    """Return the base."""
    return Base(
        name="small_legs",
        version="1.2.0",
        title="Legs, in small",
        about="A few questions about legs.",
        strengths={"hallmark": 0.8, "strong": 0.6, "moderate": 0.35, "weak": 0.15},
        bands={"likely": 0.7, "possible": 0.3},
        urgencies={
            "emergency": UrgencyWords("Call an ambulance now on {emergency_number}. Do not drive yourself.", "now"),
            "same-day": UrgencyWords("Speak to a doctor today. If it gets worse, call {emergency_number}.", "today"),
            "soon": UrgencyWords("Ask to see a doctor in the next few days.", "within two weeks"),
            "routine": UrgencyWords("Book a normal appointment with a doctor or nurse.", "in the coming weeks"),
        },
        topics={
            "about": Topic("about", "About you"),
            "safety": Topic("safety", "Safety first"),
            "legs": Topic("legs", "Your legs"),
            "life": Topic("life", "Daily life"),
            "medicines": Topic("medicines", "Medicines"),
        },
        questions=_by_id(_QUESTIONS),
        checklists={
            "danger": Checklist(
                "danger", "safety", "Do you have any of these right now?", ("stroke_signs", "cold_leg", "swollen_leg")
            )
        },
        scores={"drinks": Score("drinks", "Drinking score", ("drink_often", "drink_much"))},
        findings=_by_id(_FINDINGS),
        hypotheses=_by_id(
            (
                Hypothesis("b12", "Low vitamin B12", "deficiency", "Too little B12 can harm the nerves.", ("icd-b12",)),
                Hypothesis("magnesium", "Low magnesium", "deficiency", "Too little magnesium makes muscles cramp."),
                Hypothesis("vitamin_d", "Low vitamin D", "deficiency", "Too little vitamin D can soften bones."),
                Hypothesis("night_cramp", "Ordinary night cramp", "other", "Cramps in bed are common."),
                Hypothesis("artery", "Narrowed leg arteries", "other", "Too little blood reaches the legs."),
            )
        ),
        red_flags=_by_id(
            (
                RedFlag("stroke", "A stroke", "emergency", "Note when it began.", "RF-01"),
                RedFlag("blocked_artery", "A blocked leg artery", "emergency"),
                RedFlag("clot", "A blood clot in the leg", "same-day"),
                RedFlag("cord", "Spinal cord damage", "soon"),
                RedFlag("kidney_salts", "Salts out of balance", "soon"),
            )
        ),
        advice=_by_id(_ADVICE),
        rules=_by_id(_RULES),
        sources=_by_id(_SOURCES),
        out_of_scope={
            "child": OutOfScope("child", _is("age", "child"), "This is made for adults. See a doctor or nurse.")
        },
        code_systems={
            "icd": CodeSystem("icd", "ICD"),
            "lab": CodeSystem("lab", "LAB", "LAB codes are copyright of their keepers.", "https://example.org/lab"),
        },
        codes=_by_id(
            (
                Code("icd-b12", "icd", "E53.8", "Lack of B vitamins", "seen"),
                Code("lab-mg", "lab", "1-2", "Magnesium", "seen"),
                Code("lab-b12", "lab", "2132-9", "Vitamin B12", "excerpt", "Its unit varies."),
            )
        ),
        words=load(Path(__file__).parent / "fixtures" / "legs").words,
        digest="0123456789abcdef" * 4,
    )


def _by_id(items: tuple[object, ...]) -> dict[str, object]:
    return {item.id: item for item in items}  # type: ignore[attr-defined]


#: Replies of somebody whom nothing ails.
WELL: dict[str, Reply] = {
    "age": "adult",
    "stroke_signs": "no",
    "cold_leg": "no",
    "swollen_leg": "no",
    "feel": ("none",),
    "unsteady": "no",
    "sore_bones": "no",
    "walk": 2000,
    "diet": ("none",),
    "indoors": "no",
    "drink_often": "never",
    "illness": ("none",),
    "medicines": ("none",),
}

#: The consultations that the golden files show, by name.
SITUATIONS: dict[str, Mapping[str, Reply]] = {
    "b12": {
        **WELL,
        "feel": ("cramps", "numb"),
        "cramp_time": "night",
        "unsteady": "yes",
        "diet": ("vegan",),
        "medicines": ("metformin",),
        "indoors": "yes",
        "illness": "not_sure",
        "drink_often": "daily",
        "drink_much": "many",
    },
    "well": WELL,
    "emergency": {**WELL, "stroke_signs": "yes", "swollen_leg": "yes", "feel": ("numb",), "diet": ("vegan",)},
    "not_sure_emergency": {**WELL, "cold_leg": "not_sure"},
    "same_day": {**WELL, "swollen_leg": "yes", "recent_flight": "yes", "feel": ("cramps", "not_sure")},
    "not_sure": {**dict.fromkeys((question.id for question in _QUESTIONS), "not_sure"), "age": "adult"},
    "child": {**WELL, "age": "child"},
    "interrupted": {"age": "adult", "stroke_signs": "no", "cold_leg": "not_sure"},
    "interrupted_late": {question: WELL[question] for question in WELL if question not in ("sore_bones", "unsteady")},
    "nothing_answered": {},
}


def situation(name: str, base: Base | None = None) -> Consultation:
    """Return the consultation of a situation."""
    return consult(base or small_base(), SITUATIONS[name])


def poisoned(base: Base, poison: str) -> Base:
    """Return `base` with `poison` at either end of every text in it that a person may be shown."""

    def with_poison(item: object, *fields: str) -> object:
        changed = {field: f"{poison}{getattr(item, field)}{poison}" for field in fields if getattr(item, field)}
        return replace(item, **changed)

    def all_with_poison(items: Mapping[str, object], *fields: str) -> dict[str, object]:
        return {key: with_poison(item, *fields) for key, item in items.items()}

    questions = all_with_poison(base.questions, "ask", "item", "help", "clinical", "unit")
    return replace(
        base,
        name=base.name + poison,
        version=base.version + poison,
        title=base.title + poison,
        urgencies=all_with_poison(base.urgencies, "do", "when"),
        words=with_poison(base.words, *base.words.__struct_fields__),
        topics=all_with_poison(base.topics, "title"),
        questions={
            key: replace(question, options=all_with_poison(question.options, "text", "clinical"))  # type: ignore[arg-type, attr-defined]
            for key, question in questions.items()
        },
        checklists=all_with_poison(base.checklists, "ask"),
        scores=all_with_poison(base.scores, "label"),
        findings=all_with_poison(base.findings, "label", "clinical"),
        hypotheses=all_with_poison(base.hypotheses, "label", "about"),
        red_flags=all_with_poison(base.red_flags, "label", "do"),
        advice=all_with_poison(base.advice, "text"),
        rules=all_with_poison(base.rules, "because", "contested"),
        sources=all_with_poison(base.sources, "title", "publisher", "url"),
        code_systems=all_with_poison(base.code_systems, "name", "notice", "url"),
        codes=all_with_poison(base.codes, "code", "name", "note"),
        out_of_scope=all_with_poison(base.out_of_scope, "say"),
    )
