"""Closing a household: everything that still stands in the way is named at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from clients.households import households
from clients.models import Account, Household
from compliance.people.actors import Actor
from compliance.refusals import Cause, Conflict
from rebalancing.models import Proposal
from rebalancing.portfolios import open_orders


@transaction.atomic
def close(household: Household, *, closed_on: date, reason: str, by: Actor, at: datetime) -> Household:
    """Close a household. Raises `Conflict` with every open proposal, order and account that stands in the way."""
    household = households.standing(household)
    if causes := obstacles(household):
        raise Conflict(f"{household} cannot be closed yet.", "Settle each of these first.", causes=causes)
    return households.close(household, closed_on=closed_on, reason=reason, by=by, at=at)


def obstacles(household: Household) -> list[Cause]:
    """What keeps a household from being closed: an open proposal, orders under way, open accounts."""
    accounts = list(household.accounts.select_related("cash").order_by("name", "pk"))
    return [*_proposals(household), *orders_under_way(accounts), *households.still_open(household)]


def orders_under_way(accounts: Sequence[Account]) -> list[Cause]:
    """Orders of these accounts that no custodian's file shows yet, an account each."""
    names = {account.public_id: str(account) for account in accounts}
    sent: dict[str, int] = {}
    for order in open_orders.of(accounts):
        sent[order.account] = sent.get(order.account, 0) + 1
    return [
        Cause(
            input=names[key],
            sentence=(
                f"{names[key]} has {count} order{'' if count == 1 else 's'} under way. Load the custodian's next file, "
                "which shows what came of them."
            ),
        )
        for key, count in sent.items()
    ]


def _proposals(household: Household) -> list[Cause]:
    return [
        Cause(
            input=one.public_id,
            sentence=f"A proposal is {one.get_state_display().lower()}. Withdraw it, or have it decided.",
        )
        for one in household.proposals.filter(state__in=Proposal.OPEN_STATES)
    ]
