"""Drift so large that measured reasons to wait give way to it."""

from __future__ import annotations

from compliance.firm.waiting_figures import HARD_MULTIPLE
from rebalancing.triggers.columns import Columns, Fact, Truth, at_least, is_known
from rebalancing.waiting.look import Look

NEEDS = ("drift_over_band", "hard_multiple")


def stands(facts: Columns) -> Truth:
    """Where the drift reaches the firm's multiple of the band. A drift that is not measured against a band does not."""
    return is_known(facts["drift_over_band"]) & at_least(facts["drift_over_band"], facts["hard_multiple"])


def facts(look: Look) -> dict[str, Fact]:
    return {"drift_over_band": look.drift_over_band, "hard_multiple": look.figures.of(HARD_MULTIPLE)}
