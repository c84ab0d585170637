"""Which securities of a model a household can do without when nobody knows their price."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from clients.models import Policy, Sleeve, SleeveMember

ZERO = Decimal(0)


def needed(sleeves: Iterable[Sleeve], policy: Policy, *, priced: Collection[int]) -> set[int]:
    """The model's securities of classes that the policy wants and that have no security with a usable price."""
    wanted = {target.asset_class_id for target in policy.targets.all() if target.weight_target > ZERO}
    return {
        key
        for code, members in _by_class(sleeves).items()
        if code in wanted and not members & set(priced)
        for key in members
    }


def dispensable(sleeves: Iterable[Sleeve], policy: Policy, *, priced: Collection[int]) -> set[int]:
    """The model's securities without a usable price that the policy can do without: nothing is bought in their class, or
    another security of it has a price.
    """
    unpriced = {key for members in _by_class(sleeves).values() for key in members if key not in priced}
    return unpriced - needed(sleeves, policy, priced=priced)


def _by_class(sleeves: Iterable[Sleeve]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for sleeve in sleeves:
        members = {one.security_id for one in sleeve.members.all() if one.use != SleeveMember.Use.LEGACY}
        found.setdefault(sleeve.model_class.asset_class_id, set()).update(members)
    return found
