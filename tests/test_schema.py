"""The JSON Schema that editors use agrees with the loader."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from bases import SECTIONS, write_base

from expert.cache import default_folder
from expert.load import BaseErrors, load
from expert.schema import json_schema
from expert.yaml_reader import parse, plain_data

jsonschema = pytest.importorskip("jsonschema")


@pytest.fixture(scope="module")
def validator() -> object:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def data_of(content: bytes) -> object:
    return plain_data(parse(content, "x.yaml").root)


def places_of_faults(validator: object, text: str) -> list[str]:
    """Return where the schema finds faults, as key paths."""
    return sorted(".".join(map(str, error.absolute_path)) for error in validator.iter_errors(data_of(text.encode())))  # type: ignore[attr-defined]


def test_the_schema_is_json_and_says_which_draft() -> None:
    assert json.loads(json.dumps(json_schema()))["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_an_editor_is_told_what_each_key_means() -> None:
    questions = json_schema()["properties"]["questions"]["additionalProperties"]["properties"]
    assert questions["type"]["enum"] == ["yes_no", "one", "many", "number"]
    assert questions["unused"]["description"] == "Why no rule reads this question."


def test_every_file_of_the_shipped_base_fits(validator: object) -> None:
    files = sorted(default_folder().glob("*.yaml"))
    if not files:
        pytest.skip("the base is not written yet")
    for path in files:
        if path.name not in ("theorems.yaml", "survivors.yaml"):
            errors = [
                f"{path.name} {error.json_path}: {error.message}"
                for error in validator.iter_errors(data_of(path.read_bytes()))
            ]  # type: ignore[attr-defined]
            assert errors == []


def test_the_minimal_base_fits(validator: object) -> None:
    for text in SECTIONS.values():
        assert places_of_faults(validator, dedent(text)) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ruels: {}", ""),
        ("findings: {f: {lable: F}}", "findings.f"),
        ("findings: {Old: {label: F}}", "findings"),
        ("findings: {any: {label: F}}", "findings"),
        ("findings: {f: {label: }}", "findings.f.label"),
        ("red_flags: {f: {label: F, urgency: now}}", "red_flags.f.urgency"),
        ("sources: {s: {title: T, seen: yes}}", "sources.s.seen"),
        ("sources: {s: {title: T, seen: true, year: 12}}", "sources.s.year"),
        ("sources: {s: {title: T, seen: true, url: 'file:///x'}}", "sources.s.url"),
        ("rules: {r: {if: {tired: yes}, then: {red_flag: heart}, because: B.}}", "rules.r"),
        ("rules: {r: {if: {tired: yes}, then: {flag: heart}, because: B., sources: [book]}}", "rules.r.then"),
        ("rules: {r: {if: {tired: yes}, then: {red_flag: heart}, because: B., sources: []}}", "rules.r.sources"),
        ("rules: {r: {if: {}, then: {red_flag: heart}, because: B., sources: [book]}}", "rules.r.if"),
        ("rules: {r: {if: {tired: true}, then: {red_flag: heart}, because: B., sources: [book]}}", "rules.r.if.tired"),
        ("out_of_scope: {s: {say: S, if: {tired: not_sure}}}", "out_of_scope.s.if.tired"),
        ("rules: {r: {if: {age: {over: 3}}, then: {red_flag: heart}, because: B., sources: [book]}}", "rules.r.if.age"),
        ("rules: {r: {if: {any: {a: yes}}, then: {red_flag: heart}, because: B., sources: [book]}}", "rules.r.if.any"),
        ("out_of_scope: {s: {say: S, if: {at_least: 2}}}", "out_of_scope.s.if.at_least"),
        ("questions: {q: {topic: legs, ask: Q?, type: one, kind: risk}}", "questions.q"),
        ("questions: {q: {topic: legs, ask: Q?, type: yes_no, kind: risk, unit: cm}}", "questions.q"),
        ("questions: {q: {topic: legs, ask: Q?, type: one, kind: risk, options: {a: A}}}", "questions.q.options"),
        ("scores: {s: {label: S, sum: a}}", "scores.s.sum"),
        ("base: {name: x}", "base"),
    ],
)  # fmt: skip
def test_what_the_schema_refuses_the_loader_refuses(validator: object, tmp_path: Path, text: str, place: str) -> None:
    assert place in places_of_faults(validator, text)
    (write_base(tmp_path) / "zz_more.yaml").write_text(text)
    with pytest.raises(BaseErrors):
        load(tmp_path)
