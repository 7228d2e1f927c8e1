"""What a person is asked and told can be read at about eleven years of age.

The measure is the Flesch-Kincaid grade (years of US schooling; 6 is a reading age of about 11 to 12), by textstat.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import textstat

from expert.model import Base

#: Mean grade allowed over the texts of one kind, and the most for one text of at least `LONG_ENOUGH` words: the measure
#: means little for a single line such as "Constipation".
MEAN_GRADE, WORST_GRADE, LONG_ENOUGH = 6.0, 10.5, 8
LONGEST_SENTENCE = 30  # words

#: Words that only a clinician uses; a text may hold one if it explains it in brackets right there.
JARGON = re.compile(
    r"\b(paraesthesia|dysphagia|oedema|proximal|distal|bilateral|myelopathy|neuropathy|ataxia|syncope|dyspnoea"
    r"|hypo\w+aemia|carpopedal|tetany|aetiology|idiopathic|contraindicat\w+|prophyla\w+|titrat\w+"
    r"|sublingual|demyelinat\w+)\b(?! \()",
    re.IGNORECASE,
)


#: Words that blame, and words that frighten more than they help.
BLAME = re.compile(
    r"\b(your fault|to blame|should have|ought to have|careless\w*|lazy|abus\w+|alcoholics?\b(?! drink)|addict\w*"
    r"|junkie|fails? to|failed to|neglect\w*|complain\w*|non-?complian\w*|refuses to|denies)\b",
    re.IGNORECASE,
)
ALARM = re.compile(
    r"\b(deadly|kill(s|ed|ing)?|deaths?|dies?|died|fatal|horrible|terrible|disaster|panic now)\b|!", re.IGNORECASE
)

#: Words that a person must know to answer a question. Each has a word on what it means, or an example of it, beside it
#: or in the help of its question. (Names of illnesses are not among them: whoever has one was told its name.)
TERMS = re.compile(
    r"\b(fortified|autoimmune|immune system|thyroid|parathyroid|stoma|steroids?|dialysis|units?|ferritin|anaemia"
    r"|white cells|radiotherapy|antacids|seizure|laxatives|nebuliser|laughing gas|coeliac|Crohn's|statin|metformin"
    r"|water tablets|duodenal switch|sleeve|bypass)\b",
    re.IGNORECASE,
)


def texts(base: Base) -> Iterator[tuple[str, str, str]]:
    """Yield (kind, id, text) for everything that a person reads."""
    for question in base.questions.values():
        yield "question", question.id, question.ask
        yield from (("help", question.id, text) for text in [question.help] if text)
        yield from (("item", question.id, text) for text in [question.item] if text)
        yield from (("option", f"{question.id}.{option.id}", option.text) for option in question.options.values())
    yield from (("because", rule.id, rule.because) for rule in base.rules.values())
    yield from (("advice", advice.id, advice.text) for advice in base.advice.values())
    for flag in base.red_flags.values():
        yield "red flag", flag.id, flag.label
        yield from (("red flag", flag.id, text) for text in [flag.do] if text)
    for hypothesis in base.hypotheses.values():
        yield "about", hypothesis.id, hypothesis.about
        yield "label", hypothesis.id, hypothesis.label
    for tier, words in base.urgencies.items():
        yield "urgency", tier, words.do
        yield "label", tier, words.when
    for checklist in base.checklists.values():
        yield "question", checklist.id, checklist.ask
        yield from (("help", checklist.id, text) for text in [checklist.help] if text)
    yield from (("contested", rule.id, rule.contested) for rule in base.rules.values() if rule.contested)
    yield from (("about", scope.id, scope.say) for scope in base.out_of_scope.values())
    yield from (("label", finding.id, finding.label) for finding in base.findings.values())
    yield from (("label", topic.id, topic.title) for topic in base.topics.values())
    yield "about", base.name, base.about


def grade(text: str) -> float:
    return float(textstat.flesch_kincaid_grade(text))


@pytest.mark.parametrize("kind", ["question", "help", "because", "contested", "advice", "red flag", "about", "urgency"])
def test_texts_read_at_about_eleven(stiff_legs: Base, kind: str) -> None:
    """Asked and told in words that most people read with ease."""
    of_kind = [(name, text) for of, name, text in texts(stiff_legs) if of == kind and text]
    long = [(name, text, grade(text)) for name, text in of_kind if len(text.split()) >= LONG_ENOUGH]
    assert sum(found for _, _, found in long) / len(long) <= MEAN_GRADE
    assert [(name, text, found) for name, text, found in long if found > WORST_GRADE] == []


def test_no_sentence_is_long(stiff_legs: Base) -> None:
    """A long sentence loses the reader."""
    sentences = [
        (name, sentence)
        for _, name, text in texts(stiff_legs)
        for sentence in re.split(r"(?<=[.?!:;])\s", text)
        if len(sentence.split()) > LONGEST_SENTENCE
    ]
    assert sentences == []


def test_no_unexplained_jargon(stiff_legs: Base) -> None:
    """Medical words stand only beside their meaning."""
    assert [(name, text) for _, name, text in texts(stiff_legs) if JARGON.search(text)] == []


def test_nothing_says_you_have_a_disease(stiff_legs: Base) -> None:
    """Legwise suggests; it does not diagnose. ("Do you have ...?" asks, and "if you have" is a condition.)"""
    told = (item for item in texts(stiff_legs) if item[0] not in ("question", "item", "option", "help"))
    claims = re.compile(
        r"(?<!do )(?<!if )(?<!when )(?<!once )\byou (have|are suffering|suffer)\b(?! (had|been|taken|any))",
        re.IGNORECASE,
    )
    assert [(name, text) for _, name, text in told if claims.search(text)] == []


def test_nothing_blames(stiff_legs: Base) -> None:
    """People who drink, smoke or eat badly are told what it does, not what they did."""
    assert [(name, text) for _, name, text in texts(stiff_legs) if BLAME.search(text)] == []


def test_nothing_frightens(stiff_legs: Base) -> None:
    """An emergency says what to do; it does not threaten, nor shout."""
    assert [(name, text) for _, name, text in texts(stiff_legs) if ALARM.search(text)] == []


def test_terms_in_questions_are_explained(stiff_legs: Base) -> None:
    """Nobody has to guess what is asked."""
    unexplained = []
    for question in stiff_legs.questions.values():
        help_ = (question.help or "").lower()
        for text in (question.ask, question.item or "", *(option.text for option in question.options.values())):
            for term in TERMS.findall(text):
                beside = re.search(rf"{term}\w* (\(|for )|\({term}|{term}\w*:|pernicious {term}", text, re.IGNORECASE)
                if not beside and term.lower().rstrip("s") not in help_:
                    unexplained.append((question.id, term, text))
    assert unexplained == []
