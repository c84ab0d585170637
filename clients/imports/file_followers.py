"""Those who follow files: told once a file what it changed, in the transaction of the load.

The rehearsal behind a preview runs through here as well and is rolled back with everything that was written, so
a follower needs no second way. What it says becomes a caution of the preview.
"""

from __future__ import annotations

from clients.corporate_actions import suggesting
from clients.holdings.account_changes import LoadedFile
from clients.restatements import restatements
from clients.transfers import shown


def follow(loaded: LoadedFile) -> list[str]:
    """Tell each follower; returns the sentences that a person has to read before the file is loaded."""
    return [*shown.follow(loaded), *restatements.follow(loaded), *suggesting.follow(loaded)]
