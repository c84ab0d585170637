"""Small random households as a harvest asks for them: every loss lot with what may stand in for it."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from rebalancing.engine.documents.harvest_validation import kept_part
from rebalancing.engine.documents.household import Household, Member, Security, Sleeve
from rebalancing.engine.documents.objective import EditKind, Harvest, Mode, Objective
from tests.engine import small_households

MINIMUM_LOSS = Decimal("0.02")


def harvest(seed: int) -> Household | None:
    """The household of ``seed`` with its losses to be harvested; None where nothing stands at a loss."""
    rng = random.Random(f"harvest/{seed}")
    made = _with_twins(small_households.household(seed))
    by_id = {security.id: security for security in made.securities}
    taxed = {account.id for account in made.accounts if account.is_taxed}
    rows = []
    left: dict[tuple[str, str], bool] = {}
    for lot in made.lots:
        security = by_id[lot.security]
        worth = lot.quantity * security.price
        if lot.account not in taxed or lot.basis is None or lot.basis - worth < lot.basis * MINIMUM_LOSS:
            continue
        is_left = left.setdefault((lot.account, lot.security), rng.random() < 0.1)
        others = () if is_left else tuple(one for one in security.replacements if _may(by_id, security, one))
        rows.append(
            Harvest(
                lot=lot.id,
                replacements=others,
                later=Decimal(rng.choice(["0", "0.05", "0.1"])),
                left_because="" if others else "the firm leaves it alone",
            )
        )
    if not any(row.replacements for row in rows):
        return None
    return replace(
        made,
        edits=tuple(edit for edit in made.edits if edit.kind is EditKind.NO_TRADE),
        rules=replace(made.rules, harvest_losses=True),
        objective=Objective(mode=Mode.HARVEST, harvest=tuple(rows)),
    )


def _may(by_id: dict[str, Security], sold: Security, other: str) -> bool:
    return by_id[other].group != sold.group and kept_part(by_id[other]) == kept_part(sold)


def _with_twins(made: Household) -> Household:
    """``made`` with a second security of the same weights for each, which replaces it and is replaced by it."""
    twins = []
    for at, security in enumerate(made.securities):
        twin = replace(
            security,
            id=f"{security.id}-twin",
            symbol=f"{security.id}T",
            price=security.price * (3 + at) / 5,
            wash_group=None,
            replacements=(security.id,),
        )
        twins.append(twin)
    firsts = tuple(
        replace(one, replacements=(f"{one.id}-twin", *one.replacements)) for one in made.securities
    )
    sleeves = tuple(
        Sleeve(
            id=sleeve.id,
            asset_class=sleeve.asset_class,
            members=(
                *sleeve.members,
                *(
                    Member(security=f"{m.security}-twin", rank=m.rank + 1, treatments=m.treatments)
                    for m in sleeve.members
                ),
            ),
        )
        for sleeve in made.policy.sleeves
    )
    return replace(made, securities=(*firsts, *twins), policy=replace(made.policy, sleeves=sleeves))
