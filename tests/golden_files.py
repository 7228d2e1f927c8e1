"""Golden files: what people are shown, word for word, kept in `tests/golden/`.

After a change that is meant, `LEGWISE_ACCEPT_GOLDEN=1 pytest` writes them anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
from pathlib import Path

_FOLDER = Path(__file__).parent / "golden"


def check_golden(name: str, text: str) -> None:
    """Compare `text` with the golden file `name`, or accept it."""
    path = _FOLDER / name
    if os.environ.get("LEGWISE_ACCEPT_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert path.exists(), f"{path.name} is missing: run with LEGWISE_ACCEPT_GOLDEN=1 and read it"
    assert text == path.read_text(encoding="utf-8")
