"""How much the tests try: a little in a quick run, more in `.ci/run`, most with `./evenkeel test --all`.

A property is tried on 200, 2,000 or 100,000 drawn examples, or on as many as EVENKEEL_EXAMPLES says. Where one example
is a whole plan, it counts as fifty (`PLANS`), where it is a walk through the database, as a hundred (`WALKS`), and fixed lists of generated households are cut to a third in a quick run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

DEPTHS = {"quick": 200, "ci": 2_000, "all": 100_000}
DEPTH = os.environ.get("EVENKEEL_TESTS", "quick")
COUNT = int(os.environ.get("EVENKEEL_EXAMPLES") or DEPTHS[DEPTH])

PLANS = max(20, COUNT // 50)
"""How many households are solved for one property."""

WALKS = max(10, COUNT // 100)
"""How many walks of many steps each, through the database."""

# Set-ups of households are slow to draw beside the arithmetic; no example has a deadline of its own.
many = settings(max_examples=COUNT, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def seeds(count: int) -> range:
    """The seeds of so many generated households; a third of them, but one at least, in a quick run."""
    return range(max(1, count // 3) if DEPTH == "quick" else count)
