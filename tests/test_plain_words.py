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
    yield from (("about", hypothesis.id, hypothesis.about) for hypothesis in base.hypotheses.values())
    for tier, words in base.urgencies.items():
        yield "urgency", tier, words.do


def grade(text: str) -> float:
    return float(textstat.flesch_kincaid_grade(text))


@pytest.mark.parametrize("kind", ["question", "help", "because", "advice", "red flag", "about", "urgency"])
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
