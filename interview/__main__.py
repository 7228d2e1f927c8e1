"""`python -m interview` is `legwise`."""

from __future__ import annotations

import sys

from interview.cli import main

if __name__ == "__main__":  # `legwise mutate` starts processes that import this again
    sys.exit(main())
