"""What is kept between runs: loaded bases, so that starting costs neither YAML nor checking, and findings on mutants.

The key of a base is the digest of its files together with a fingerprint of the code that turns files into a `Base`. A
cache that is missing, unreadable, truncated or tampered with is only slower.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from expert.faults import FaultsError
from expert.files import digest_of, read_folder, read_regular
from expert.model import Base

T = TypeVar("T")

#: Files of one kind kept; the least recently written go first.
MAX_KEPT = 12
_MAX_BYTES = 32_000_000
#: What decides how files become a `Base`; a change in any of them makes every kept base stale.
_MAKERS = ("cache", "files", "language", "load", "model", "reading", "yaml_reader")
#: The names of `_file_name`, and of the files that `_write` writes aside.
_KEPT_NAME = re.compile(r"[0-9a-f]{32}-[0-9a-f]{16}\.(base|mutants)|legwise-\w+\.part")
_DIGEST_BYTES = hashlib.sha256().digest_size


def default_folder() -> Path:
    """Return the folder of the base that comes with Legwise."""
    return Path(__file__).resolve().parent.parent / "rules" / "stiff_legs"


def shipped_bases() -> dict[str, Path]:
    """Return the folders of the bases that come with Legwise, by name."""
    folders = sorted(path for path in default_folder().parent.iterdir() if any(path.glob("*.yaml")))
    return {folder.name: folder for folder in folders}


def cached_load(folder: Path | str) -> Base:
    """Return the rule base in a folder, from the cache where it is there.

    The environment variable LEGWISE_CACHE_DIR names another folder for the cache; set to nothing, it switches it off.
    Raises: BaseErrors: as `expert.load.load` does.
    """
    keep = _cache_folder()
    if keep is not None:
        with contextlib.suppress(FaultsError):  # `load` tells it better
            digest = digest_of(read_folder(Path(folder)))
            kept = _read_base(keep / _file_name(digest), digest)
            if kept is not None:
                return kept
    from expert.load import load  # noqa: PLC0415 - only here is YAML needed

    base = load(folder)
    if keep is not None:
        _write(keep / _file_name(base.digest), base)
    return base


def _cache_folder() -> Path | None:
    chosen = os.environ.get("LEGWISE_CACHE_DIR")
    if chosen is not None:
        return Path(chosen) if chosen else None
    import platformdirs  # noqa: PLC0415 - not needed where the folder is chosen

    try:
        return platformdirs.user_cache_path("legwise", appauthor=False)
    except (OSError, RuntimeError):  # no home
        return None


def _file_name(digest: str) -> str:
    return f"{digest[:32]}-{_fingerprint()}.base"


def _fingerprint() -> str:
    return _fingerprint_of(_MAKERS)


def _fingerprint_of(modules: Iterable[str]) -> str:
    total = hashlib.sha256(msgspec.__version__.encode())
    for name in modules:
        with contextlib.suppress(OSError):
            total.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return total.hexdigest()[:16]


def _read_base(path: Path, digest: str) -> Base | None:
    """Return a kept base, or None where it is not there or not wholly as it was written."""
    base = _read(path, Base)
    return base if base is not None and base.digest == digest else None


def _read(path: Path, kind: type[T]) -> T | None:
    """Return what is kept in a file, or None where it is not there or not wholly as it was written."""
    try:
        if not _is_ours(path.parent) or not _is_ours(path):
            return None
        content = read_regular(path, _MAX_BYTES)
        if hashlib.sha256(content[_DIGEST_BYTES:]).digest() != content[:_DIGEST_BYTES]:
            return None
        return msgspec.msgpack.decode(content[_DIGEST_BYTES:], type=kind)
    except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None


def _is_ours(path: Path) -> bool:
    """Tell whether nobody else can have written here: a base decides what people are told."""
    if not hasattr(os, "getuid"):
        return True
    status = path.stat()
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _write(path: Path, value: object) -> None:
    try:
        content = msgspec.msgpack.encode(value)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Written aside and renamed, so that another run sees all of it or nothing; mkstemp makes it 0600.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix="legwise-", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(content).digest() + content)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _forget_oldest(path)
    except (OSError, ValueError):
        return


def _forget_oldest(like: Path) -> None:
    kept = sorted(like.parent.glob(f"*{like.suffix}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in kept[MAX_KEPT:]:
        path.unlink(missing_ok=True)


# --- findings on mutants ----------------------------------------------------------------------------------------------


def kept_findings(folder: Path) -> dict[str, str]:
    """Return what was found out about the mutants of the base in a folder, by this very code."""
    path = _findings_path(folder)
    return (_read(path, dict[str, str]) or {}) if path is not None else {}


def keep_findings(folder: Path, findings: dict[str, str]) -> None:
    """Keep what was found out about the mutants of the base in a folder."""
    path = _findings_path(folder)
    if path is not None:
        _write(path, findings)


def _findings_path(folder: Path) -> Path | None:
    keep = _cache_folder()
    if keep is None:
        return None
    place = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
    modules = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    return keep / f"{place[:32]}-{_fingerprint_of(modules)}.mutants"


# --- forgetting -------------------------------------------------------------------------------------------------------


def forget() -> tuple[Path, ...]:
    """Remove everything kept, and the folder when nothing else is in it; return what was removed.

    Raises: OSError: something could not be removed.
    """
    folder = _cache_folder()
    if folder is None or folder.is_symlink() or not folder.is_dir():
        return ()
    removed = [path for path in sorted(folder.iterdir()) if _KEPT_NAME.fullmatch(path.name)]
    for path in removed:
        path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return tuple(removed)
