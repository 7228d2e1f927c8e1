"""Ctrl-C at a moment that cannot bear it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def ctrl_c_waits() -> Iterator[None]:
    """Hold Ctrl-C back until the block is done: an import that is broken off fails in ways nobody can catch.

    Raises: KeyboardInterrupt: after the block, if Ctrl-C was pressed during it.
    """
    if threading.current_thread() is not threading.main_thread():  # signals go to the main thread anyway
        yield
        return
    pressed = False

    def note(_signal: int, _frame: object) -> None:
        nonlocal pressed
        pressed = True

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
