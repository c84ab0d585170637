"""What clients read of the distributions that they have to take."""

from __future__ import annotations

from datetime import date
from typing import Any

from clients import access as record
from clients import figures
from clients.models import Person
from compliance.firm import firm_settings
from rebalancing.distributions import distributions
from rebalancing.distributions.distributions import Required


def sentences(user: Any, person: Person | None, *, on: date) -> tuple[str, ...]:
    """One sentence for each pool that is known; a client who sees their own accounts only reads of their own."""
    if person is None:
        return ()
    seen = list(record.accounts_for(user).filter(closed_on=None))
    if not distributions.may_ask(seen):
        return ()
    keys = {one.public_id for one in seen}
    found = distributions.of([person.household], year=on.year, on=on, figures=firm_settings.in_force(on=on))
    return tuple(_sentence(one) for one in found if one.pool.required and one.pool.accounts & keys)


def _sentence(one: Required) -> str:
    pool = one.pool
    whole = f"{pool.owner.name} has to take {figures.money(pool.required)} from {'IRAs' if pool.name == 'IRAs' else pool.name} for {pool.year}"
    by = figures.day(pool.deadline)
    if not one.settled.remaining:
        return f"{whole}. All of it has been taken."
    return f"{whole}. {figures.money(one.settled.remaining)} is still to be taken by {by}; your advisor sees to it."
