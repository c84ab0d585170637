"""Free disk space where the product writes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from django.conf import settings

FREE_BYTES_MIN = 1_000_000_000
"""Below this, `doctor`, the status page and a banner for staff say so."""


def places() -> dict[str, Path]:
    """The folders written to, by content; one disk may hold several."""
    found = {"files": Path(settings.MEDIA_ROOT), "uploads under way": Path(tempfile.gettempdir())}
    if settings.SERVERS_FOLDER:
        found["database and broker"] = Path(settings.SERVERS_FOLDER)
    return found


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of a folder, which need not exist yet."""
    return shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free


def trouble() -> str:
    """The folder with too little space, or nothing."""
    for name, folder in places().items():
        free = free_bytes(folder)
        if free < FREE_BYTES_MIN:
            return f"{free / 1e9:.1f} GB free for {name} ({folder}); free some space"
    return ""
