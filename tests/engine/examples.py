"""How many drawn examples a property is tried on: EVENKEEL_EXAMPLES, else 100,000 with `--all`, else 200."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

COUNT = int(
    os.environ.get("EVENKEEL_EXAMPLES") or (100_000 if os.environ.get("EVENKEEL_ALL") == "1" else 200)
)

# Set-ups of households are slow to draw beside the arithmetic; no example has a deadline of its own.
many = settings(max_examples=COUNT, deadline=None, suppress_health_check=[HealthCheck.too_slow])
