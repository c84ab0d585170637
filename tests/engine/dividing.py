"""Generated households whose classes are divided into sleeves with weights."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from rebalancing.engine.documents.household import (
    ClassPolicy,
    Household,
    Security,
    Sleeve,
    SleeveTarget,
    SleeveWeight,
)

ONE = Decimal(1)


def divided(made: Household, seed: int = 0, *, is_measured: bool = False) -> Household:
    """The household with each class of several members in two sleeves; what is in neither counts in both by weight."""
    rng = random.Random(f"divided/{made.id}/{seed}")
    targets: list[SleeveTarget] = []
    sleeves: list[Sleeve] = []
    shares: dict[str, dict[str, Decimal]] = {}  # By class: the weight of each of its sleeves.
    homes: dict[tuple[str, str], str] = {}
    for sleeve in made.policy.sleeves:
        row = next(one for one in made.policy.classes if one.id == sleeve.asset_class)
        names = list(dict.fromkeys(member.security for member in sleeve.members))
        if len(names) < 2 or sleeve.asset_class in {made.policy.cash_class, *shares}:
            sleeves.append(sleeve)
            continue
        cut = rng.randrange(1, len(names))
        first = Decimal(rng.randrange(10, 91)) / 100
        shares[row.id] = {f"{row.id}/first": first, f"{row.id}/second": ONE - first}
        for (name, weight), own in zip(shares[row.id].items(), (names[:cut], names[cut:]), strict=True):
            homes |= {(row.id, one): name for one in own}
            members = tuple(member for member in sleeve.members if member.security in own)
            sleeves.append(replace(sleeve, id=name, members=members))
            targets.append(_target(row, name, weight, is_measured=is_measured))
    policy = replace(made.policy, sleeves=tuple(sleeves), sleeve_targets=tuple(targets))
    securities = tuple(replace(one, sleeves=_parts(one, shares, homes)) for one in made.securities)
    return replace(made, id=f"{made.id}-divided", policy=policy, securities=securities)


def _target(row: ClassPolicy, name: str, weight: Decimal, *, is_measured: bool) -> SleeveTarget:
    return SleeveTarget(
        id=name,
        asset_class=row.id,
        target=row.target * weight,
        lower=row.lower * weight,
        upper=row.upper * weight,
        destination=row.destination,
        is_measured=is_measured,
    )


def _parts(
    security: Security, shares: dict[str, dict[str, Decimal]], homes: dict[tuple[str, str], str]
) -> tuple[SleeveWeight, ...]:
    found: list[SleeveWeight] = []
    for part in security.weights:
        if part.asset_class not in shares or part.weight == 0:
            continue
        home = homes.get((part.asset_class, security.id))
        whole = {home: ONE} if home else shares[part.asset_class]
        found += [SleeveWeight(sleeve=name, weight=part.weight * weight) for name, weight in whole.items()]
    return tuple(found)
