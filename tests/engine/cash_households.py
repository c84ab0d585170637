"""Small random households that are asked to move cash and little else: the mode of cash alone, one way, with classes that give."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal

from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import EditKind, Mode, Objective
from tests.engine import small_households
from tests.engine.small_households import money, seldom


def one_way(seed: int) -> Household:
    """The household of ``seed``, where now and then an account is short of cash; every third lets classes give."""
    rng = random.Random(f"one-way/{seed}")
    made = small_households.household(seed)
    short = rng.choice([account.id for account in made.accounts]) if rng.random() < 0.5 else None
    accounts = tuple(
        replace(one, minimum_cash=one.minimum_cash + one.cash_settled + money(rng, 100, 5_000))
        if one.id == short
        else one
        for one in made.accounts
    )
    classes = [one.id for one in made.policy.classes if one.id != made.policy.cash_class]
    gives = tuple(sorted(rng.sample(classes, rng.randint(1, len(classes) - 1)))) if seed % 3 == 0 else ()
    objective = Objective(
        mode=Mode.CASH_ONLY,
        one_way=True,
        gives=gives,
        turnover_max=Decimal(rng.randint(1, 30)) / 100 if gives or seldom(rng, 0.3) else None,
        hold_below_bps=Decimal(rng.choice(["0", "0.5"])),
    )
    kept = tuple(edit for edit in made.edits if edit.kind is EditKind.NO_TRADE)
    return replace(made, accounts=accounts, edits=kept, objective=objective)
