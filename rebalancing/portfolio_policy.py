"""A household's policy as the engine's numbers: classes, sleeves, location costs and rules."""

from __future__ import annotations

from decimal import Decimal

from clients.models import Account, SleeveMember
from rebalancing.engine import household as document
from rebalancing.portfolio_rows import Rows

ZERO, ONE = Decimal(0), Decimal(1)
BPS = Decimal(10_000)
CASH_CLASS = "cash"
LONG_TERM_WAIT_DAYS = 45

# What yields are taxed at when asset location is priced; firm settings until each return's own rates are used.
RATE_ORDINARY = Decimal("0.30")
RATE_QUALIFIED = Decimal("0.18")

_PLACES: dict[str, tuple[document.TaxTreatment, ...]] = {
    SleeveMember.Place.ANY: (),
    SleeveMember.Place.TAXABLE: (document.TaxTreatment.TAXABLE,),
    SleeveMember.Place.SHELTERED: (document.TaxTreatment.TAX_DEFERRED, document.TaxTreatment.TAX_FREE),
}


def terms(rows: Rows) -> document.Policy:
    policy = rows.policy
    is_taxed = any(account.tax_treatment == Account.TaxTreatment.TAXABLE for account in rows.accounts)
    destination = document.Destination(
        policy.destination_taxable if is_taxed else policy.destination_sheltered
    )
    classes = {
        target.asset_class.code: document.ClassPolicy(
            id=target.asset_class.code,
            name=target.asset_class.name,
            target=target.weight_target,
            lower=target.weight_lower,
            upper=target.weight_upper,
            destination=destination,
        )
        for target in policy.targets.all()
    }
    # What is held outside the policy's classes has a target of zero, and is measured all the same.
    for security in rows.securities.values():
        for part in security.class_weights.all():
            code = part.asset_class.code
            if code not in classes:
                classes[code] = document.ClassPolicy(
                    id=code,
                    name=part.asset_class.name,
                    target=ZERO,
                    lower=ZERO,
                    upper=ZERO,
                    destination=destination,
                )
    if CASH_CLASS not in classes:
        classes[CASH_CLASS] = document.ClassPolicy(
            id=CASH_CLASS, name="Cash", target=ZERO, lower=ZERO, upper=ZERO, destination=destination
        )
    return document.Policy(
        classes=tuple(classes.values()),
        sleeves=tuple(_sleeves(rows)),
        cash_class=CASH_CLASS,
        location=tuple(_location(rows, classes)),
    )


def _sleeves(rows: Rows) -> list[document.Sleeve]:
    return [
        document.Sleeve(
            id=f"{sleeve.model_class.asset_class.code}/{sleeve.name}",
            asset_class=sleeve.model_class.asset_class.code,
            members=tuple(
                document.Member(
                    security=rows.securities[member.security_id].symbol,
                    rank=member.rank,
                    treatments=_PLACES[member.place],
                )
                for member in sleeve.members.all()
                if member.use != SleeveMember.Use.LEGACY
            ),
        )
        for sleeve in rows.market.sleeves(rows.policy.model_id)
    ]


def _location(rows: Rows, classes: dict[str, document.ClassPolicy]) -> list[document.LocationCost]:
    """What a dollar of a class costs in yearly tax where it is taxed, in basis points."""
    drags: dict[str, list[Decimal]] = {}
    for security in rows.securities.values():
        parts = list(security.class_weights.all())
        if len(parts) == 1 and parts[0].asset_class.code in classes and security.ordinary_yield is not None:
            drag = (
                security.ordinary_yield * RATE_ORDINARY + (security.qualified_yield or ZERO) * RATE_QUALIFIED
            )
            drags.setdefault(parts[0].asset_class.code, []).append(drag)
    if not drags:
        return []
    averages = {code: sum(found, ZERO) / len(found) for code, found in drags.items()}
    least = min(averages.values())
    return [
        document.LocationCost(
            asset_class=code,
            treatment=document.TaxTreatment.TAXABLE,
            cost_bps=((average - least) * BPS).quantize(ONE),
        )
        for code, average in sorted(averages.items())
    ]


def rules(rows: Rows) -> document.Rules:
    do_not_buy: list[document.Restriction] = []
    do_not_sell: list[document.Restriction] = []
    caps: list[document.Cap] = []
    for wish in rows.policy.restrictions.all():
        if wish.until_on is not None and wish.until_on < rows.trade_on:
            continue
        named = [
            one.symbol
            for one in rows.securities.values()
            if one == wish.security
            or (wish.issuer and one.issuer == wish.issuer)
            or (wish.sector and one.sector == wish.sector)
        ]
        account = wish.account.public_id if wish.account else None
        if wish.kind == wish.Kind.CAP and wish.weight_cap is not None:
            kind = document.CapKind.ISSUER if wish.issuer else document.CapKind.SECURITY
            ids = [wish.issuer] if wish.issuer else named
            caps += [document.Cap(kind=kind, id=one, weight_max=wish.weight_cap) for one in ids]
            continue
        into = do_not_buy if wish.kind == wish.Kind.DO_NOT_BUY else do_not_sell
        into += [
            document.Restriction(security=symbol, account=account, reason=wish.reason) for symbol in named
        ]
    return document.Rules(
        do_not_buy=tuple(do_not_buy),
        do_not_sell=tuple(do_not_sell),
        caps=tuple(caps),
        minimum_trade=rows.policy.minimum_trade,
        short_term_gains_allowed=rows.policy.short_term_gains_allowed,
        wait_for_long_days=LONG_TERM_WAIT_DAYS,
        harvest_losses=rows.policy.harvests_losses,
    )
