"""The time an export was made, where it prints one: before the close its prices are not closing prices."""

from __future__ import annotations

import re
from datetime import time

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})\s*(?P<half>[ap])\.?m"
_FIDELITY = re.compile(rf"Date downloaded\s+\S+(?:\s+at)?\s+{_CLOCK}", re.IGNORECASE)
_SCHWAB = re.compile(rf"as of\s+{_CLOCK}", re.IGNORECASE)
# Only where the zone is New York's; midnight is a date without a time.
_OFX = re.compile(r"<DTASOF>\d{8}(?P<hour>\d{2})(?P<minute>\d{2})\d{2}(?:\.\d+)?\[-[45](?::E[SD]T)?\]")


def stated_time(data: bytes) -> time | None:
    """The earliest New York time that the export states, or None where it states none."""
    text = data.decode("utf-8", errors="replace")
    times = [_of(found) for pattern in (_FIDELITY, _SCHWAB) for found in pattern.finditer(text)]
    times += [one for found in _OFX.finditer(text) if (one := _of(found)) is not None and one != time(0, 0)]
    return min((one for one in times if one is not None), default=None)


def _of(found: re.Match[str]) -> time | None:
    hour, minute = int(found["hour"]), int(found["minute"])
    half = found.groupdict().get("half")
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
