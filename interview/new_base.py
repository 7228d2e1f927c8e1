"""Begin a rule base: a small commented one that runs, or a copy of one that comes with Legwise."""

from __future__ import annotations

import re
from pathlib import Path

from expert.files import read_regular
from expert.language import ID_PATTERN, MAX_ID

#: What a new base is copied from; its files are meant to be read and changed.
TEMPLATE = Path(__file__).parent / "templates" / "new_base"
_NAME = re.compile(r"^  name: .*$", re.MULTILINE)


class NewBaseError(ValueError):
    """A base cannot be written there; the message says why, and what would do."""


def write_new(folder: Path, source: Path = TEMPLATE) -> tuple[Path, ...]:
    """Copy the YAML files of a base into a new or empty folder, and return those written, in order.

    Where the folder's name can be the name of a base, the new base has it.

    Raises: NewBaseError: the folder holds something already. OSError: it cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise NewBaseError(f"{folder}: is a file; name a new folder.")
    if folder.is_dir() and any(folder.iterdir()):
        raise NewBaseError(f"{folder}: is not empty; name a new folder, so that nothing of yours is overwritten.")
    files = sorted(path for path in source.rglob("*.yaml") if path.is_file())
    written = []
    for path in files:
        new = folder / path.relative_to(source)
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(_renamed(read_regular(path).decode("utf-8"), folder.resolve().name), encoding="utf-8")
        written.append(new)
    return tuple(written)


def _renamed(text: str, name: str) -> str:
    """Give the base in a file a name of its own, if it can have that name."""
    if not text.startswith("base:") and "\nbase:\n" not in text:
        return text
    is_name = len(name) <= MAX_ID and re.fullmatch(ID_PATTERN, name)
    return _NAME.sub(f"  name: {name}", text, count=1) if is_name else text
