"""Reading files that may be hostile: regular files only, of bounded number and size, without ever waiting for one."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from expert.faults import Fault, FaultsError

MAX_FILE_BYTES = 1_000_000
MAX_BASE_BYTES = 8_000_000
MAX_FILES = 200

#: Not part of a base: what is proved about it, and which of its mutants may survive.
_NOT_KNOWLEDGE = frozenset({"theorems.yaml", "theorems.yml", "survivors.yaml", "survivors.yml"})


def read_regular(path: Path, limit: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a regular file.

    Raises: OSError: it cannot be read, as `reason` puts in words. A pipe or device is refused, not waited for.
    """
    # Opening a pipe would wait for a writer, hence O_NONBLOCK; Windows has O_BINARY instead.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    if not stat.S_ISREG(path.stat().st_mode):  # before opening: opening a device may already do something
        raise OSError("is a folder, pipe or device; a plain file is needed")
    with os.fdopen(os.open(path, flags), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("is a folder, pipe or device; a plain file is needed")
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(f"is larger than {limit:,} bytes, the most that is read")
    return content


def reason(error: OSError) -> str:
    """Return why a file could not be read, without its path."""
    return (error.strerror or str(error)).lower() if error.errno else str(error)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a rule base by name, sorted: every `*.yaml` and `*.yml` that is not hidden.

    Raises: FaultsError: the folder or one of its files cannot be read, or they are too many or too large.
    """
    try:
        with os.scandir(folder) as entries:
            wanted = (entry.name for entry in entries if _is_knowledge(entry.name))
            names = sorted(islice(wanted, MAX_FILES + 1))
    except OSError as error:
        raise FaultsError([Fault(str(folder), 0, "", f"cannot be read as a folder: {reason(error)}.")]) from None
    if not names:
        raise FaultsError([Fault(str(folder), 0, "", "has no .yaml files; a rule base is a folder of them.")])
    if len(names) > MAX_FILES:
        raise FaultsError(
            [Fault(str(folder), 0, "", f"has more than {MAX_FILES} .yaml files, the most that are read.")]
        )
    return _read_all(folder, names)


def _is_knowledge(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) and not name.startswith(".") and name not in _NOT_KNOWLEDGE


def _read_all(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    faults = []
    left = MAX_BASE_BYTES
    for name in names:
        if not name.isprintable():
            message = "has a name with characters that cannot be shown; give it a plain one."
            faults.append(Fault(name, 0, "", message))
            continue
        try:
            contents[name] = read_regular(folder / name)
        except OSError as error:
            faults.append(Fault(name, 0, "", f"cannot be read: {reason(error)}."))
            continue
        left -= len(contents[name])
        if left < 0:
            faults.append(Fault(name, 0, "", f"makes the base larger than {MAX_BASE_BYTES:,} bytes in all."))
            break
    if faults:
        raise FaultsError(faults)
    return contents


def digest_of(files: dict[str, bytes]) -> str:
    """Return the SHA-256, in hex, of the names and bytes of files, in the order of their names."""
    total = hashlib.sha256()
    for name, content in sorted(files.items()):
        for part in (name.encode("utf-8", "surrogateescape"), content):
            # The length keeps "ab" + "c" apart from "a" + "bc".
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()
