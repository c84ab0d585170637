"""Input values that cannot be stored: numbers and dates out of range, characters text cannot hold, excessive
nesting.

Forms and serializers refuse what they know. What passes them and fails in the database or the JSON parser is
handled here: the caller's input cannot be used, and nothing was changed.
"""

from __future__ import annotations

from django.db import DataError

BEYOND_STATES = {"22003", "22007", "22008", "22021", "22P02", "22P05", "22001"}
"""SQLSTATE: out of range, no such day, a sign that text cannot hold, no number, too long."""
SENTENCE = "A value in the request is too large, too long or too deeply nested."


def is_cause_of(error: BaseException | None) -> bool:
    """Whether this error was caused by an input value that cannot be stored or parsed."""
    if isinstance(error, DataError):
        return (getattr(error.__cause__, "sqlstate", None) or "22003") in BEYOND_STATES
    if isinstance(error, ValueError):
        return "NUL (0x00)" in str(error) or "integer string conversion" in str(error)
    return isinstance(error, (OverflowError, RecursionError))
