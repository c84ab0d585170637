"""Values that no record can hold: numbers and days beyond measure, signs that text cannot have, nesting without end.

Forms and serializers refuse what they know. What passes them and fails further down, in the database or in
the reading of JSON, is answered here: it is the caller's input that cannot be used, and nothing was changed.
"""

from __future__ import annotations

from django.db import DataError

BEYOND_STATES = {"22003", "22007", "22008", "22021", "22P02", "22P05", "22001"}
"""SQLSTATE: out of range, no such day, a sign that text cannot hold, no number, too long."""
SENTENCE = "A value in the request is larger, longer or more deeply nested than anything on record can be."


def measure(error: BaseException | None) -> bool:
    """Whether this error says that a value sent is beyond what can be kept or read."""
    if isinstance(error, DataError):
        return (getattr(error.__cause__, "sqlstate", None) or "22003") in BEYOND_STATES
    if isinstance(error, ValueError):
        return "NUL (0x00)" in str(error) or "integer string conversion" in str(error)
    return isinstance(error, (OverflowError, RecursionError))
