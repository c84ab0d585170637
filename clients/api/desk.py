"""The doors of the floor below, seen by somebody with a book: this floor knows whose households are whose."""

from __future__ import annotations

from collections.abc import Collection

from clients.pages.review_links import refs_for
from compliance.api import events
from compliance.doors import decision_endpoints


class Reviews(decision_endpoints.DecidableReviews):
    """The review desk, with the reviews about households in the reader's book."""

    def household_refs(self) -> Collection[str]:
        return refs_for(self.request.user)


class Events(events.Events):
    """The audit trail, with what happened to households in the reader's book."""

    def household_refs(self) -> Collection[str]:
        return refs_for(self.request.user)
