"""What a client's policy and the firm forbid, as the rule book reads it, and the class weights that it binds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from clients.models import Policy
from compliance.rules.facts import case
from compliance.rules.facts.recorded import Subject
from rebalancing.cases.case_facts import recorded
from rebalancing.engine.documents.plan import ClassPosition, Plan
from rebalancing.portfolios import wishes
from rebalancing.portfolios.market import Market
from rebalancing.portfolios.wishes import Wish


def policy(adopted: Policy, *, weighed: Sequence[ClassPosition], forbidden: Iterable[Wish]) -> case.Policy:
    """The policy's limits; its ranges hold for whatever is weighed: the household, or each account.

    `forbidden` is everything that the client forbids on the trade day.

    A class that is weighed and not named by the policy has the range 0 to 0.
    """
    targets = adopted.targets.all()
    named = {target.asset_class.code for target in targets}
    outside = [
        case.ClassRange(asset_class=one.asset_class, low=one.lower, high=one.upper, account=one.account)
        for one in weighed
        if one.asset_class not in named
    ]
    hard = [
        case.ClassRange(
            asset_class=target.asset_class.code,
            low=target.weight_lower if target.hard_lower is None else target.hard_lower,
            high=target.weight_upper if target.hard_upper is None else target.hard_upper,
            account=account,
        )
        for account in dict.fromkeys(one.account for one in weighed)
        for target in targets
    ]
    return case.Policy(
        approved_version=str(adopted.version),
        ranges=(*hard, *outside),
        restrictions=tuple(_restrictions(forbidden)),
        margin_permitted=False,
        equity_cap=Decimal(1) if adopted.equity_cap is None else adopted.equity_cap,
        gain_budget=adopted.gain_budget,
        is_balanced_together=adopted.level == Policy.Level.HOUSEHOLD,
        recorded=recorded(Subject.POLICY, adopted),
    )


def weights(plan: Plan) -> tuple[case.ClassWeight, ...]:
    """Every class before and after the trades, beside its target."""
    after = {(one.account, one.asset_class): one for one in plan.after.classes}
    return tuple(
        case.ClassWeight(
            asset_class=one.asset_class,
            before=one.weight,
            after=after[one.account, one.asset_class].weight,
            target=one.target,
            account=one.account,
            moved=after[one.account, one.asset_class].value - one.value,
        )
        for one in plan.before.classes
    )


def firm_list(market: Market) -> tuple[case.ListedIssuer, ...]:
    """The firm's own restricted and watch list, as compliance keeps it now."""
    return tuple(
        case.ListedIssuer(
            listing=case.Listing(line.kind),
            from_on=line.starts_on,
            until_on=line.ends_on,
            issuer=line.issuer,
            reason=line.reason,
        )
        for line in market.listed_issuers
    )


def _restrictions(forbidden: Iterable[Wish]) -> Iterable[case.Restriction]:
    """What the client forbids on the trade day, in the policy and outside it, as the engine has it."""
    for wish in forbidden:
        if wish.kind == wishes.CAP:
            continue
        named = (
            (case.Scope.SECURITY, wish.symbol),
            *((case.Scope.ISSUER, issuer) for issuer in wish.issuers),
            (case.Scope.SECTOR, wish.sector),
            (case.Scope.ASSET_CLASS, wish.asset_class),
        )
        for scope, value in named:
            if value:
                yield case.Restriction(
                    side=case.Side.BUY if wish.kind == wishes.BUY else case.Side.SELL,
                    scope=scope,
                    value=value,
                    reason=wish.reason,
                    account=wish.account,
                )
