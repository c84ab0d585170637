"""The mark of the FIX process that works, by which others see that it does not merely exist. Knows no framework.

Times are the database's own, so that no clock of a program counts, nor one that a test sets.
"""

from __future__ import annotations

BEAT_SECONDS = 5
"""How often a process that works writes the mark."""
SILENT_SECONDS = 25
"""A mark that is older tells of a process that hangs."""

BEAT = (
    "INSERT INTO rebalancing_fixheartbeat (id, beat_at) VALUES (1, clock_timestamp())"
    " ON CONFLICT (id) DO UPDATE SET beat_at = excluded.beat_at"
)
AGE = "SELECT extract(epoch FROM clock_timestamp() - beat_at)::float8 FROM rebalancing_fixheartbeat WHERE id = 1"
"""Seconds since the last mark; no row before the first."""
