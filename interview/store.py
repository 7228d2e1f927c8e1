"""Answers kept on this computer so that an interview survives a crash, and nothing beyond that.

Each interview has a file of its own, so that two at once cannot disturb each other, and a lock that the system lets go
when the process ends however it ends: a file whose lock is free was left behind. A file is written aside, flushed to
the disk and renamed, so that it holds all of some answer or all of the one before. Only its owner can read it.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from expert.consultation import Consultation, LateReasoner, Turn
from expert.files import read_regular, reason
from expert.model import Base, Reply

#: Chooses the folder in place of the platform's.
VARIABLE = "LEGWISE_DATA_DIR"
#: Written into every file; another number is a file of another Legwise.
_FORMAT = 1
_MAX_BYTES = 1_000_000
_KEPT = re.compile(r"interview-[0-9a-f]{16}\.json")
#: Every name that this module ever gives to a file.
_OURS = re.compile(r"(damaged-)?interview-[0-9a-f]{16}\.(json|lock|part)")
#: Missing on Windows, where the folder of a user is closed to others in another way.
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


class StoreError(Exception):
    """Answers cannot be kept; the message says why in one sentence."""


class Saved(msgspec.Struct, frozen=True):
    """What is kept of one interview."""

    format: int
    base: str
    version: str
    digest: str
    saved: datetime
    turns: tuple[Turn, ...]
    drafts: dict[str, Reply] = {}

    @property
    def answered(self) -> int:
        """How many questions were answered."""
        return len({question for turn in self.turns for question in turn.replies})


def data_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder for answers, whether or not it is there."""
    chosen = environment.get(VARIABLE)
    if chosen:
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - not needed where the folder is chosen

    return platformdirs.user_data_path("legwise", appauthor=False)


class Store:
    """The file of one interview. `notices` are sentences that the person should see."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, made if need be. Raises StoreError when it is not safe or not ours."""
        self._folder = folder
        self._name: str | None = None
        self._lock: int | None = None
        self.notices: list[str] = []
        try:
            _prepare(folder)
        except OSError as error:
            raise StoreError(f"{folder}: {reason(error)}.") from None

    # --- what was left behind -------------------------------------------------------------------------------------

    def claim(self, base: Base) -> Saved | None:
        """Take over the newest interview over this base that was left behind; None when there is none."""
        for name in self._left_behind():
            if not self._can_take(name):
                continue
            saved = self._read(name)
            if saved is None or (saved.base == base.name and not saved.answered):
                self.finish()
            elif saved.base == base.name:
                return saved
            else:
                self._let_go()
        return None

    def _left_behind(self) -> list[str]:
        found: list[tuple[int, str]] = []
        with contextlib.suppress(OSError):
            paths = [path for path in self._folder.iterdir() if _KEPT.fullmatch(path.name)]
            found = [(path.stat(follow_symlinks=False).st_mtime_ns, path.name) for path in paths]
        return [name for _, name in sorted(found, reverse=True)]

    def _can_take(self, name: str) -> bool:
        try:
            return self._take(name)
        except OSError:
            return False

    def _read(self, name: str) -> Saved | None:
        path = self._folder / name
        try:
            saved = msgspec.json.decode(read_regular(path, _MAX_BYTES), type=Saved)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError):
            saved = None
        if saved is None or saved.format != _FORMAT or path.is_symlink():
            aside = f"damaged-{name}"
            with contextlib.suppress(OSError):
                path.rename(self._folder / aside)
            self.notices.append(f"Answers of an earlier interview could not be read; they are set aside as {aside}.")
            return None
        return saved

    def start_afresh(self, base: Base) -> None:
        """Remove what was left behind of interviews over this base."""
        self.finish()
        while self.claim(base) is not None:
            self.finish()

    # --- this interview -------------------------------------------------------------------------------------------

    def save(self, consultation: Consultation) -> None:
        """Keep a consultation as it stands. Raises StoreError when that fails."""
        base = consultation.base
        saved = Saved(
            format=_FORMAT,
            base=base.name,
            version=base.version,
            digest=base.digest,
            saved=datetime.now(UTC),
            turns=consultation.turns,
            drafts=consultation.drafts,
        )
        try:
            if self._name is None:
                self._begin()
            assert self._name is not None
            _write(self._folder / self._name, msgspec.json.encode(saved))
        except OSError as error:
            raise StoreError(f"{self._folder}: {reason(error)}.") from None

    def finish(self) -> None:
        """Remove the file of this interview: it came to its end, or its answers are not wanted."""
        if self._name is not None:
            kept = self._folder / self._name
            # The lock goes last: who holds it is the only one to touch the others.
            for path in (kept, kept.with_suffix(".part"), kept.with_suffix(".lock")):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
        self._let_go()

    # --- locks ----------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        for _ in range(100):
            if self._take(f"interview-{os.urandom(8).hex()}.json"):
                return
        raise OSError("no lock could be had")

    def _take(self, name: str) -> bool:
        """Take the lock of one interview, unless another process holds it."""
        path = (self._folder / name).with_suffix(".lock")
        lock = os.open(path, os.O_RDWR | os.O_CREAT | _NO_FOLLOW, 0o600)
        # Between opening and locking, the holder may have finished and removed the file: then the lock is of nothing.
        if not _try_lock(lock) or not _is_still(path, lock):
            os.close(lock)
            return False
        self._name, self._lock = name, lock
        return True

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._name = self._lock = None


def _try_lock(file: int) -> bool:
    try:
        import fcntl  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_still(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(follow_symlinks=False), os.fstat(file))
    except OSError:
        return False


def _prepare(folder: Path) -> None:
    """Make the folder, or make sure that an existing one is ours alone."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    status = folder.stat(follow_symlinks=False)
    if not stat.S_ISDIR(status.st_mode):
        raise OSError("is a link or a file, and a folder of your own is needed")
    if not hasattr(os, "getuid"):
        return
    if status.st_uid != os.getuid():
        raise OSError("belongs to another user")
    if status.st_mode & 0o077:
        # A folder with other things in it may be shared on purpose; it is not ours to close.
        if any(not _OURS.fullmatch(path.name) for path in folder.iterdir()):
            raise OSError("can be opened by other users, and a folder of your own is needed")
        folder.chmod(0o700)


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    if hasattr(os, "O_DIRECTORY"):  # else the rename itself could be lost with the power
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


# --- going on, and forgetting -----------------------------------------------------------------------------------------


def restore(base: Base, reasoner: LateReasoner, saved: Saved) -> tuple[Consultation, int]:
    """Return the consultation that was saved, and how many of its replies the base no longer allows.

    Over the same base the turns are taken as they are. Over a changed one the interview is held again: replies that are
    still valid are given where their questions come up; the others are asked again.
    """
    turns = tuple(Turn(turn.screen, turn.topic, _valid(base, turn.replies), turn.one_by_one) for turn in saved.turns)
    kept = {question: reply for turn in turns for question, reply in turn.replies.items()}
    drafts = _valid(base, saved.drafts)
    dropped = saved.answered - len(kept)
    if saved.digest == base.digest and not dropped:
        return Consultation(base, reasoner, turns, drafts), 0
    from expert.consultation import consult  # noqa: PLC0415 - seldom needed

    held = consult(base, kept, reasoner)
    asked = tuple(turn for turn in held.turns if turn.screen)
    return Consultation(base, reasoner, asked, {**drafts, **kept}), dropped


def _valid(base: Base, replies: Mapping[str, Reply]) -> dict[str, Reply]:
    from expert.answers import ReplyError, check_reply  # noqa: PLC0415 - brings the YAML reader with it

    valid = {}
    for question, reply in replies.items():
        with contextlib.suppress(ReplyError, KeyError):
            valid[question] = check_reply(base, question, reply)
    return valid


def forget(folder: Path) -> list[Path]:
    """Remove every file that this module wrote, and the folder when nothing else is in it; return what was removed.

    Raises: OSError: something could not be removed.
    """
    if folder.is_symlink() or not folder.is_dir():
        return []
    removed = []
    for path in sorted(folder.iterdir()):
        if _OURS.fullmatch(path.name):
            path.unlink(missing_ok=True)
            if path.suffix == ".json":
                removed.append(path)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return removed
