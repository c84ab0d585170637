"""Orders of the optimum that no reviewer is asked about, each with its reason: too small for its account, or hardly worth an order."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from rebalancing.engine.documents.plan import Side, Skipped, SkipReason
from rebalancing.engine.evaluation import harvesting
from rebalancing.engine.evaluation.evaluate import Evaluation
from rebalancing.engine.evaluation.neutral_names import Names
from rebalancing.engine.evaluation.situations import Situation
from rebalancing.engine.money import ZERO, cents
from rebalancing.engine.wording import dollars

TOLD_MAX = 20
Key = tuple[str, Side, str]
DONE = {Side.SELL: "sold", Side.BUY: "bought"}


def too_small(situation: Situation, amounts: dict[Key, Decimal], names: Names) -> tuple[Skipped, ...]:
    """Orders that are smaller than their accounts allow; ``amounts`` have neutral names, the ``situation`` the document's."""
    found = []
    for (account, side, security), amount in sorted(amounts.items(), key=lambda one: (-one[1], one[0])):
        told = names.back.skipped(_left(account, security, side, SkipReason.BELOW_MINIMUM, "", None))
        least = dollars(cents(situation.minimum_trades[told.account]))
        why = f"Not {DONE[side]}: {dollars(amount)} is less than the smallest order of this account, {least}."
        found.append(_left(told.account, told.security, side, SkipReason.BELOW_MINIMUM, why, None))
    return tuple(found[:TOLD_MAX])


def not_worth_it(with_all: Evaluation | None, evaluation: Evaluation, price: Decimal) -> tuple[Skipped, ...]:
    """Orders that the plan with every order has and this one has not; ``price`` is what an order has to be worth in dollars."""
    sent = {(line.account, line.side, line.security) for line in evaluation.lines}
    lines = () if with_all is None else with_all.lines
    left = [line for line in lines if (line.account, line.side, line.security) not in sent]
    ranked = sorted(left, key=lambda line: (-line.amount, line.account, line.side, line.security))
    return tuple(
        _left(
            line.account,
            line.security,
            line.side,
            SkipReason.NOT_WORTH_AN_ORDER,
            f"Not {DONE[line.side]}: {dollars(line.amount)} of it would improve the plan by hardly anything; an order is sent"
            f" where it is worth {dollars(price, cents=True)} or more.",
            ZERO,
        )
        for line in ranked[:TOLD_MAX]
    )


def without_repeats(left: tuple[Skipped, ...], others: tuple[Skipped, ...]) -> Iterator[Skipped]:
    """What was left out first, then the other sales; of a sale that was left out nothing else is said, but of its lots."""
    yield from left
    told = {(one.account, one.security) for one in left if one.side is Side.SELL}
    yield from (one for one in others if one.lot is not None or (one.account, one.security) not in told)


def is_told(situation: Situation) -> bool:
    """Whether orders that are left out are told: not where only losses are harvested, which says itself what it leaves."""
    return not harvesting.is_harvest(situation.household)


def _left(
    account: str, security: str, side: Side, reason: SkipReason, why: str, cost: Decimal | None
) -> Skipped:
    return Skipped(
        account=account,
        security=security,
        lot=None,
        side=side,
        explanation=why,
        cost_per_dollar=cost,
        reason=reason,
    )
