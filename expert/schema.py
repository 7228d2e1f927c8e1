"""A JSON Schema of the rule base language, for completion and checking in an editor; made from `expert.language`."""

from __future__ import annotations

from typing import Any

from expert.language import (
    ID_PATTERN,
    MAX_ID,
    MAX_ITEMS,
    MAX_TEXT,
    RANGE_KEYS,
    RESERVED_IDS,
    SECTIONS,
    Choice,
    Flag,
    Holds,
    Key,
    Link,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Ref,
    Table,
    Text,
    When,
    Word,
)

Schema = dict[str, Any]

_ID: Schema = {"type": "string", "pattern": f"^{ID_PATTERN}$", "maxLength": MAX_ID, "not": {"enum": list(RESERVED_IDS)}}


def json_schema() -> Schema:
    """Return the schema (draft 2020-12) of one file of a rule base.

    Names are checked for their form only; whether they are declared, in whichever file, is for the loader.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Legwise rule base",
        "type": ["object", "null"],
        "properties": {
            name: {"description": section.doc, **_section(section.entry, single=section.single)}
            for name, section in SECTIONS.items()
        },
        "additionalProperties": False,
        "$defs": {"id": _ID, "condition": _condition(), "test": _test()},
    }


def _section(entry: Table, *, single: bool) -> Schema:
    if single:
        return _schema(entry)
    return {"type": ["object", "null"], "propertyNames": {"$ref": "#/$defs/id"}, "additionalProperties": _schema(entry)}


def _schema(holds: Holds) -> Schema:  # noqa: C901 - one case a kind
    match holds:
        case Text():
            # A number is taken as it is written: `version: 1.0`.
            return {"type": ["string", "number"], "minLength": 1, "maxLength": MAX_TEXT}
        case Word() | Ref():
            return {"$ref": "#/$defs/id"}
        case Link():
            return {"type": "string", "pattern": "^https?://"}
        case Flag():
            return {"type": "boolean"}
        case Choice(of):
            return {"enum": list(of)}
        case Number():
            return _number(holds)
        case ListOf(item, least):
            return {
                "type": "array", "items": _schema(item), "minItems": least, "maxItems": MAX_ITEMS, "uniqueItems": True,
            }  # fmt: skip
        case MapOf(item, least):
            return {
                "type": "object",
                "propertyNames": {"$ref": "#/$defs/id"},
                "additionalProperties": _schema(item),
                "minProperties": least,
                "maxProperties": MAX_ITEMS,
            }
        case Table(keys, short):
            table = _table(keys)
            return {"anyOf": [_schema(keys[short].holds), table]} if short else table
        case OneOf(tables):
            return {"oneOf": [_schema(table) for table in tables]}
        case When():
            return {"$ref": "#/$defs/condition"}


def _number(holds: Number) -> Schema:
    low, high = ("exclusiveMinimum", "exclusiveMaximum") if holds.open else ("minimum", "maximum")
    return {"type": "integer" if holds.whole else "number", low: holds.low, high: holds.high}


def _table(keys: dict[str, Key]) -> Schema:
    table: Schema = {
        "type": "object",
        "properties": {name: {"description": key.doc, **_schema(key.holds)} for name, key in keys.items()},
        "required": [name for name, key in keys.items() if key.needed and not key.only],
        "additionalProperties": False,
    }
    bound = [_bound_to_types(name, key) for name, key in keys.items() if key.only]
    return {**table, "allOf": bound} if bound else table


def _bound_to_types(name: str, key: Key) -> Schema:
    """Return the schema that lets a key stand with some values of `type` only."""
    fits = {"properties": {"type": {"enum": list(key.only)}}, "required": ["type"]}
    return {"if": fits, "then": {"required": [name]} if key.needed else {}, "else": {"properties": {name: False}}}


def _condition() -> Schema:
    condition = {"$ref": "#/$defs/condition"}
    several = {"type": "array", "items": condition, "minItems": 1}
    count = {
        "type": "object",
        "properties": {"count": {"type": "integer", "minimum": 1}, "of": several},
        "required": ["count", "of"],
        "additionalProperties": False,
    }
    return {
        "description": "All of its keys must hold: names of questions, scores, findings; all, any, not, at_least.",
        "type": "object",
        "minProperties": 1,
        "properties": {
            "all": {"description": "Every one of these.", **several},
            "any": {"description": "At least one of these.", **several},
            "not": {"description": "This is false.", **condition},
            "at_least": {"description": "So many of these.", **count},
        },
        "additionalProperties": {"$ref": "#/$defs/test"},
    }


def _test() -> Schema:
    value = {"type": "string", "not": {"enum": list(RESERVED_IDS)}}
    return {
        "description": "yes or no, an option, a list of options (any of them), or a range for a number or score.",
        "anyOf": [
            value,
            {"type": "array", "items": value, "minItems": 1, "uniqueItems": True},
            {
                "type": "object",
                "properties": {key: _number(Number()) for key in RANGE_KEYS},
                "minProperties": 1,
                "maxProperties": 2,
                "additionalProperties": False,
            },
        ],
    }
