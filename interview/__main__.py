"""`python -m interview` is `legwise`."""

from __future__ import annotations

import sys

from interview.cli import main

sys.exit(main())
