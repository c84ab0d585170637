"""The lock by which one FIX process works at a time, and by which others see that one does. Knows no framework."""

from __future__ import annotations

LOCK = 0x4649_5834  # "FIX4"

TAKE = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid = pg_backend_pid())"
    " OR pg_try_advisory_lock(%s)"
)
"""Takes the lock unless this connection has it; whether it has it now. Both parameters are LOCK."""

IS_HELD = (
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
"""Whether any process works."""
