"""What was proposed on the holdings of accounts since a moment: it stands in the way of undoing their file."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from clients.imports.file_undoing import Built
from rebalancing.models import Proposal


def since(accounts: Collection[int], moment: datetime) -> list[Built]:
    """The open and released proposals of these accounts' households with a revision since then, oldest first."""
    found = (
        Proposal.objects.filter(
            household__accounts__in=accounts,
            revisions__created_at__gte=moment,
            state__in=(*Proposal.OPEN_STATES, *Proposal.SENT_STATES),
        )
        .select_related("household")
        .order_by("drafted_at", "pk")
        .distinct()
    )
    return [_built(one) for one in found]


def _built(proposal: Proposal) -> Built:
    address = ("rebalancing:proposal", proposal.public_id)
    if proposal.state in Proposal.SENT_STATES:
        sentence = f"Orders of {proposal.household} were released on these holdings."
        return Built(sentence, address)
    sentence = f"A proposal for {proposal.household} was made on these holdings and is open."
    return Built(sentence, address, would_go_stale=True)
