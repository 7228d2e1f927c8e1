"""Tiny rule bases for tests: a minimal valid one, written to a folder, with parts of it replaced or added."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from expert.load import load
from expert.model import Base

#: A section a key. Together they load and pass every check; each line is there because some check wants it.
SECTIONS: dict[str, str] = {
    "base": """
        base:
          name: tiny
          version: 1.0.0
          title: Tired legs
          about: A few questions about tired legs.
          strengths: {hallmark: 0.8, strong: 0.6, moderate: 0.35, weak: 0.15}
          bands: {likely: 0.7, possible: 0.3}
          urgencies:
            emergency: {do: "Call {emergency_number}.", when: now}
            same-day: {do: Call your doctor., when: today}
            soon: {do: Book a visit., when: within two weeks}
            routine: {do: Mention it., when: in the coming weeks}
        """,
    "topics": """
        topics:
          safety: {title: Safety}
          legs: {title: Your legs}
        """,
    "questions": """
        questions:
          chest_pain: {topic: safety, ask: Do you have chest pain?, type: yes_no, kind: safety}
          tired: {topic: legs, ask: Are your legs tired?, type: yes_no, kind: symptom}
          diet:
            topic: legs
            ask: What do you leave out?
            type: many
            kind: risk
            options: {meat: Meat, milk: Milk, none: None of these}
            alike: [milk]
        """,
    "findings": "",
    "scores": "",
    "checklists": "",
    "hypotheses": """
        hypotheses:
          low_iron: {label: Low iron, kind: deficiency}
        """,
    "red_flags": """
        red_flags:
          heart: {label: A heart attack, urgency: emergency}
        """,
    "advice": "",
    "rules": """
        rules:
          chest:
            if: {chest_pain: yes}
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
        """,
    "sources": """
        sources:
          book: {title: A textbook, seen: false}
        """,
    "out_of_scope": "",
}


def write_base(folder: Path, *, more: str = "", **sections: str) -> Path:
    """Write a base into `folder`, one file a section, and return the folder.

    `sections` replace those of the minimal base (`""` leaves one out); `more` is a further file, `zz_more.yaml`, with
    any sections.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**SECTIONS, **sections, "zz_more": more}.items():
        if text:
            (folder / f"{name}.yaml").write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def load_base(folder: Path, *, more: str = "", **sections: str) -> Base:
    """Write a base as `write_base` does and load it."""
    return load(write_base(folder, more=more, **sections))
