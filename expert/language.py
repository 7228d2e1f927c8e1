"""The rule base language as data: every section, its keys, and what each may hold.

The loader reads files by this description and `expert.schema` turns it into a JSON Schema, so the two cannot disagree.
`docs/reference/rule-language.md` says what it all means.
"""

from __future__ import annotations

from msgspec import Struct

from expert.model import URGENCIES

#: Ids are lower-case words joined by `_` or `-`, beginning with a letter.
ID_PATTERN = "[a-z][a-z0-9]*([_-][a-z0-9]+)*"
MAX_ID = 80
MAX_TEXT = 2000
#: The largest number, either side of nought, that is read.
MAX_NUMBER = 1e9
#: Entries of one list or mapping inside an entry.
MAX_ITEMS = 100
#: Read as something else than an id where ids and values of conditions stand.
RESERVED_IDS = ("all", "any", "not", "at_least", "true", "false", "null", "not_sure")
#: `{emergency_number}` in a text is filled in for the region.
PLACEHOLDERS = ("emergency_number",)
#: Keys of a range, with whether the end itself is included.
RANGE_KEYS = {"at_least": True, "more_than": False, "at_most": True, "less_than": False}
#: Sections whose ids a condition can name; an id may be in one of them only.
SUBJECT_SECTIONS = ("questions", "scores", "findings")


class Text(Struct, frozen=True):
    """Words for people, or a code; numbers are taken as they are written."""


class Word(Struct, frozen=True):
    """An id made up on the spot."""


class Link(Struct, frozen=True):
    """The address of a page."""


class Flag(Struct, frozen=True):
    """`true` or `false`."""


class Choice(Struct, frozen=True):
    """One of a few words."""

    of: tuple[str, ...]


class Ref(Struct, frozen=True):
    """The id of something declared in a section (or in `strengths` of the base)."""

    to: str


class Number(Struct, frozen=True):
    """A number from `low` to `high`; with `open`, the ends themselves are excluded."""

    low: float = -MAX_NUMBER
    high: float = MAX_NUMBER
    open: bool = False
    whole: bool = False


class ListOf(Struct, frozen=True):
    """A list without repetitions, of `least` to `MAX_ITEMS` items."""

    item: Holds
    least: int = 1


class MapOf(Struct, frozen=True):
    """A mapping from ids to values, of `least` to `MAX_ITEMS` entries."""

    item: Holds
    least: int = 1


class Table(Struct, frozen=True):
    """A mapping with fixed keys. A plain text stands for the table that has it under the key `short`."""

    keys: dict[str, Key]
    short: str | None = None


class OneOf(Struct, frozen=True):
    """One of several tables, told apart by their first keys."""

    tables: tuple[Table, ...]


class When(Struct, frozen=True):
    """A condition."""


Holds = Text | Word | Link | Flag | Choice | Ref | Number | ListOf | MapOf | Table | OneOf | When


class Key(Struct, frozen=True):
    """One key of a table.

    `only` lists the values of the key `type` with which it may stand; there, if `needed`, it must.
    """

    holds: Holds
    doc: str
    needed: bool = False
    only: tuple[str, ...] = ()


class Section(Struct, frozen=True):
    """One section of a rule base: entries by id, or (`single`) one table. `noun` is one of its entries in messages."""

    noun: str
    doc: str
    entry: Table
    single: bool = False


_TEXT = Text()
_SOURCES = Key(ListOf(Ref("sources")), "Source ids.")
_CLAIMS = Key(ListOf(_TEXT), "Ids of the claims in the evidence dossier.")
_CODES = Key(ListOf(Ref("codes")), "Code ids, for cross-reference.")
_CLINICAL = Key(_TEXT, "The words for the doctor's sheet.")
_STRENGTH = Key(Ref("strengths"), "How strong the evidence is: a strength of the base.", needed=True)
_GROUP = Key(Word(), "Evidence that restates one underlying fact shares a group; only its strongest counts.")

_URGENCY_WORDS = Table(
    {
        "do": Key(_TEXT, "What to do.", needed=True),
        "when": Key(_TEXT, "By when.", needed=True),
    }
)

_WORDS = Table(
    {
        "is_not": Key(_TEXT, "What the result is not, without a full stop: *This is not a diagnosis*."),
        "in_emergency": Key(_TEXT, "Comes before what to do in an emergency, as in *If you feel very ill*."),
        "stopped_early": Key(_TEXT, "What to do if the questions were stopped early and it is serious."),
        "unfinished": Key(_TEXT, "Follows *The questions were not finished.*"),
        "until_ruled_out": Key(_TEXT, "Follows *Until it is ruled out,*: what to do."),
        "outlook": Key(_TEXT, "What to do if it changes, below a result that is not urgent."),
        "others": Key(_TEXT, "The heading above hypotheses of kind other."),
        "mention": Key(_TEXT, "The heading above risks without a sign."),
        "tests": Key(_TEXT, "The heading above advice of kind test."),
        "cautions": Key(_TEXT, "The heading above advice of kind caution."),
        "private": Key(_TEXT, "How to keep a file that holds answers."),
        "sheet": Key(_TEXT, "The sheet made of the answers, and whom it is for: *sheet for the doctor*."),
        "sheet_note": Key(_TEXT, "What that sheet is, and is not."),
        "sheet_blanks": Key(_TEXT, "What is filled in on it by hand, with commas: *Name, Date of birth, Date*."),
        "sheet_signs": Key(_TEXT, "Its heading above what shows."),
        "sheet_risks": Key(_TEXT, "Its heading above risks."),
        "sought": Key(_TEXT, "What a hypothesis is called where cases are scored: *deficiency*."),
    }
)

_BASE = Table(
    {
        "name": Key(Word(), "The name of the base.", needed=True),
        "version": Key(_TEXT, "The version of the base.", needed=True),
        "title": Key(_TEXT, "What the base is about, in a few words.", needed=True),
        "about": Key(_TEXT, "One or two sentences shown before the first question.", needed=True),
        "strengths": Key(
            MapOf(Number(0, 1, open=True)),
            "Certainty factors by strength, more than 0 and less than 1.",
            needed=True,
        ),
        "bands": Key(
            Table(
                {
                    "likely": Key(Number(0, 1, open=True), "The lowest certainty of *likely*.", needed=True),
                    "possible": Key(Number(0, 1, open=True), "The lowest certainty of *possible*.", needed=True),
                }
            ),
            "The lowest certainty of each band; what is below `possible` is less likely.",
            needed=True,
        ),
        "urgencies": Key(
            Table(
                {
                    urgency: Key(_URGENCY_WORDS, f"What to do when it is {urgency}.", needed=True)
                    for urgency in URGENCIES
                }
            ),
            "What to do at each tier, said to the person.",
            needed=True,
        ),
        "words": Key(_WORDS, "Words of its field, said around its conclusions; each has a default that fits any."),
    }
)

_TOPIC = Table({"title": Key(_TEXT, "The heading of the topic.", needed=True)})

_OPTION = Table(
    {
        "text": Key(_TEXT, "The choice as it is shown.", needed=True),
        "points": Key(Number(-100, 100, whole=True), "What choosing it adds to a score."),
        "clinical": _CLINICAL,
    },
    short="text",
)

_QUESTION = Table(
    {
        "topic": Key(Ref("topics"), "The topic it belongs to.", needed=True),
        "ask": Key(_TEXT, "The question in plain words, reading age about 11.", needed=True),
        "type": Key(
            Choice(("yes_no", "one", "many", "number")),
            "yes_no; one: choose one; many: choose all that fit; number.",
            needed=True,
        ),
        "kind": Key(
            Choice(("safety", "about", "symptom", "risk")),
            "safety: always asked, first; about: always asked; symptom, risk: while it could change the verdict.",
            needed=True,
        ),
        "options": Key(
            MapOf(_OPTION, least=2),
            "The choices; `many` needs an option `none`.",
            needed=True,
            only=("one", "many"),
        ),
        "ask_if": Key(When(), "The question is asked only when this condition is true."),
        "item": Key(_TEXT, "The short line shown in a checklist.", only=("yes_no",)),
        "gist": Key(
            _TEXT,
            "On a checklist: the line that stands for the whole question; ticked, it is asked.",
            only=("one", "many"),
        ),
        "unticked": Key(Word(), "On a checklist: the reply that leaving its line unticked gives.", only=("one",)),
        "line_with": Key(
            Ref("questions"), "On a checklist: a question whose line stands for this one too.", only=("one", "many")
        ),
        "help": Key(_TEXT, "Explains a term, with an example."),
        "clinical": _CLINICAL,
        "unit": Key(_TEXT, "The unit of the number.", only=("number",)),
        "min": Key(Number(), "The lowest number accepted.", only=("number",)),
        "max": Key(Number(), "The highest number accepted.", only=("number",)),
        "sources": _SOURCES,
        "unused": Key(_TEXT, "Why no rule reads this question."),
        "alike": Key(ListOf(Word()), "The options that no rule needs to tell apart.", only=("one", "many")),
    }
)

_CHECKLIST = Table(
    {
        "topic": Key(Ref("topics"), "The topic of all its items.", needed=True),
        "ask": Key(_TEXT, "The question above the items.", needed=True),
        "items": Key(ListOf(Ref("questions")), "Questions of one topic and kind.", needed=True),
        "help": Key(_TEXT, "Explains a term, with an example."),
    }
)

_SCORE = Table(
    {
        "label": Key(_TEXT, "The name of the score.", needed=True),
        "sum": Key(ListOf(Ref("questions")), "Questions of type one, every option with points.", needed=True),
        "sources": _SOURCES,
    }
)

_FINDING = Table({"label": Key(_TEXT, "The finding in plain words.", needed=True), "clinical": _CLINICAL})

_HYPOTHESIS = Table(
    {
        "label": Key(_TEXT, "The hypothesis in plain words.", needed=True),
        "kind": Key(
            Choice(("main", "deficiency", "other")),
            "main (which may be left out) or deficiency: what the base looks for; other: what it may be instead.",
        ),
        "about": Key(_TEXT, "One plain sentence."),
        "codes": _CODES,
    }
)

_RED_FLAG = Table(
    {
        "label": Key(_TEXT, "The danger in plain words.", needed=True),
        "urgency": Key(Choice(URGENCIES), "How soon a doctor is needed.", needed=True),
        "do": Key(_TEXT, "Extra words on what to do."),
        "ref": Key(_TEXT, "Its number in the evidence dossier."),
    }
)

_ADVICE = Table(
    {
        "kind": Key(
            Choice(("food", "everyday", "test", "caution", "action")), "What kind of advice it is.", needed=True
        ),
        "text": Key(_TEXT, "The advice.", needed=True),
        "for": Key(ListOf(Ref("hypotheses")), "Shown when one of these is likely or possible."),
        "always": Key(Flag(), "Shown to everybody."),
        "sources": _SOURCES,
        "claims": _CLAIMS,
        "codes": _CODES,
    }
)

#: What a rule can conclude.
_THEN = OneOf(
    (
        Table({"finding": Key(Ref("findings"), "The finding it establishes.", needed=True)}),
        Table(
            {
                "for": Key(Ref("hypotheses"), "The hypothesis it argues for.", needed=True),
                "strength": _STRENGTH,
                "as": Key(Choice(("sign", "risk")), "sign: it shows now; risk: it makes it likelier.", needed=True),
                "group": _GROUP,
            }
        ),
        Table(
            {
                "against": Key(Ref("hypotheses"), "The hypothesis it argues against.", needed=True),
                "strength": _STRENGTH,
                "group": _GROUP,
            }
        ),
        Table({"red_flag": Key(Ref("red_flags"), "The red flag it raises.", needed=True)}),
        Table({"advice": Key(Ref("advice"), "The advice it gives.", needed=True)}),
    )
)

_RULE = Table(
    {
        "if": Key(When(), "The condition.", needed=True),
        "then": Key(_THEN, "The one thing it concludes.", needed=True),
        "because": Key(_TEXT, "Why, in plain words, reading age about 11.", needed=True),
        "sources": Key(ListOf(Ref("sources")), "Source ids.", needed=True),
        "claims": _CLAIMS,
        "basis": Key(Choice(("seen", "textbook")), "textbook where the supporting page was not seen."),
        "contested": Key(_TEXT, "Why the claim is disputed."),
    }
)

_SOURCE = Table(
    {
        "title": Key(_TEXT, "The title of the document.", needed=True),
        "seen": Key(Flag(), "false for textbook knowledge and documents that were not retrieved.", needed=True),
        "publisher": Key(_TEXT, "Who published it."),
        "year": Key(Number(1500, 2200, whole=True), "The year of publication."),
        "url": Key(Link(), "Where to read it."),
        "note": Key(_TEXT, "Anything to know about it."),
    }
)

_CODE_SYSTEM = Table(
    {
        "name": Key(_TEXT, "Its name as it is shown.", needed=True),
        "notice": Key(_TEXT, "What its licence wants said wherever its codes are shown."),
        "url": Key(Link(), "Where it is kept."),
    }
)

_CODE = Table(
    {
        "system": Key(Ref("code_systems"), "The system it is of.", needed=True),
        "code": Key(_TEXT, "The code, in quotes where it could be read as a number.", needed=True),
        "name": Key(_TEXT, "Its short name.", needed=True),
        "status": Key(
            Choice(("seen", "excerpt", "unconfirmed")),
            "seen with its name in a table; excerpt: seen only in part; unconfirmed: to be looked up before use.",
            needed=True,
        ),
        "note": Key(_TEXT, "Anything to know about it, such as a coarser code elsewhere."),
    }
)

_OUT_OF_SCOPE = Table(
    {
        "if": Key(
            When(), "When true, only safety and about questions are asked and no hypothesis is given.", needed=True
        ),
        "say": Key(_TEXT, "What the person is told.", needed=True),
        "sources": _SOURCES,
    }
)

SECTIONS: dict[str, Section] = {
    "base": Section("base", "The base as a whole; once.", _BASE, single=True),
    "topics": Section("topic", "Groups of questions, in the order in which they are asked.", _TOPIC),
    "questions": Section("question", "What a person is asked.", _QUESTION),
    "checklists": Section("checklist", "Several questions shown as one screen, a line each.", _CHECKLIST),
    "scores": Section("score", "Scored instruments: sums of the points of the options chosen.", _SCORE),
    "findings": Section("finding", "Intermediate conclusions that other rules can read.", _FINDING),
    "hypotheses": Section("hypothesis", "What the evidence argues for or against.", _HYPOTHESIS),
    "red_flags": Section("red flag", "Reasons to see a doctor, and how soon.", _RED_FLAG),
    "advice": Section("advice", "Things worth telling the person.", _ADVICE),
    "rules": Section("rule", "If a condition, then one conclusion, because, according to sources.", _RULE),
    "sources": Section("source", "The documents that claims come from.", _SOURCE),
    "code_systems": Section("code system", "Codings that others keep, such as LOINC.", _CODE_SYSTEM),
    "codes": Section("code", "Codes of those systems, for cross-reference only.", _CODE),
    "out_of_scope": Section("out_of_scope", "People whom the base is not for.", _OUT_OF_SCOPE),
}
