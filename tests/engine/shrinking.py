"""A household cut down to what still fails: rows left out one by one, and whatever is asked for put back to the usual."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from rebalancing.engine.documents.household import Household, Level, Rules
from rebalancing.engine.documents.objective import Objective
from rebalancing.engine.documents.validation import faults_in

TRIES_MAX = 400


def least(household: Household, fails: Callable[[Household], bool]) -> Household:
    """A household that fails like ``household`` and of which nothing more can be left out, as far as tried."""
    tries = 0
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(household):
            tries += 1
            if tries > TRIES_MAX:
                return household
            if not faults_in(candidate) and fails(candidate):
                household, smaller = candidate, True
                break
    return household


def _smaller(household: Household) -> Iterator[Household]:
    for name in ("edits", "recent_trades", "lots", "accounts", "tax_units", "securities"):
        rows = getattr(household, name)
        for at in range(len(rows)):
            yield replace(household, **{name: rows[:at] + rows[at + 1 :]})
    for change in ({"rules": Rules()}, {"objective": Objective()}, {"level": Level.HOUSEHOLD}):
        if any(getattr(household, name) != usual for name, usual in change.items()):
            yield replace(household, **change)
    for at, account in enumerate(household.accounts):
        plain = replace(account, cash_unsettled=(), flows=())
        if plain != account:
            accounts = (*household.accounts[:at], plain, *household.accounts[at + 1 :])
            yield replace(household, accounts=accounts)
    if household.policy.location:
        yield replace(household, policy=replace(household.policy, location=()))
