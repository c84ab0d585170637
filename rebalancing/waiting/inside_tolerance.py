"""Nothing calls for a trade: every class is inside its band and there is no cash to place."""

from __future__ import annotations

from rebalancing.triggers.columns import Columns, Fact, Truth, more_than
from rebalancing.waiting.look import Look

CODE = "inside_tolerance"
NEEDS = ("triggers",)


def fires(facts: Columns) -> Truth:
    """No trigger fired. A scan says so, and that it looked."""
    return ~more_than(facts["triggers"], 0)


def facts(look: Look) -> dict[str, Fact]:
    return {"triggers": len(look.triggers)}
