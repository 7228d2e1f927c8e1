"""How hard the random tests try. `LEGWISE_EXAMPLES=20 pytest` tries twenty times as many cases, drawn anew."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

FACTOR = float(os.environ.get("LEGWISE_EXAMPLES", "1"))


def effort(examples: int, *, shrink: bool = True, **more) -> settings:
    """Settings for `examples` cases, the same ones in every run unless more are asked for."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate, *((Phase.shrink,) if shrink else ()))
    return settings(
        max_examples=max(1, int(examples * FACTOR)),
        deadline=None,
        derandomize=FACTOR == 1,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        **more,
    )
