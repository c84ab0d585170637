"""A household's policy in the engine's terms: classes, sleeves, location costs and rules."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from clients.models import (
    Account,
    Policy,
    PolicyTarget,
    Security,
    SleeveMember,
)
from clients.policies import targets
from clients.securities import securities
from compliance.firm import policy_defaults
from compliance.firm.firm_settings import InForce
from compliance.rules import nearly_long_term, trade_minimum
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.tax_units import GainBudget
from rebalancing.engine.evaluation.situations import lay_out
from rebalancing.engine.portfolio.asset_location import Rates, Yields, tax_drag
from rebalancing.engine.portfolio.bands import Side
from rebalancing.portfolios import divided_classes, wishes
from rebalancing.portfolios.market import Market
from rebalancing.portfolios.record_rows import Rows, unclassified

ZERO, ONE = Decimal(0), Decimal(1)
BPS = Decimal(10_000)
CASH_CLASS = "cash"
UNCLASSIFIED = "unclassified"
"""The class of holdings that are never traded and have no class on record."""
ON_THE_FIRMS_LIST = "it is on the firm's restricted list"

_PLACES: dict[str, tuple[document.TaxTreatment, ...]] = {
    SleeveMember.Place.ANY: (),
    SleeveMember.Place.TAXABLE: (document.TaxTreatment.TAXABLE,),
    SleeveMember.Place.SHELTERED: (document.TaxTreatment.TAX_DEFERRED, document.TaxTreatment.TAX_FREE),
}


def terms(rows: Rows) -> document.Policy:
    policy = rows.policy
    is_taxed = any(account.tax_treatment == Account.TaxTreatment.TAXABLE for account in rows.accounts)
    destination = _destination(policy, is_taxed=is_taxed)
    classes = {}
    for target in policy.targets.all():
        lower, upper = edges_for(target, is_taxed=is_taxed)
        classes[target.asset_class.code] = document.ClassPolicy(
            id=target.asset_class.code,
            name=target.asset_class.name,
            target=target.weight_target,
            lower=lower,
            upper=upper,
            destination=destination,
        )
    named = set(classes)
    # Holdings outside the policy's classes have a target of zero: they count in the total, are shown, may be
    # sold, and are entirely outside their band.
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
    if unclassified(rows):
        classes[UNCLASSIFIED] = document.ClassPolicy(
            id=UNCLASSIFIED,
            name="Unclassified holdings",
            target=ZERO,
            lower=ZERO,
            upper=ZERO,
            destination=destination,
        )
    if CASH_CLASS not in classes:
        classes[CASH_CLASS] = document.ClassPolicy(
            id=CASH_CLASS, name="Cash", target=ZERO, lower=ZERO, upper=ZERO, destination=destination
        )
    divided = divided_classes.of(rows, named=named, cash_class=CASH_CLASS)
    return document.Policy(
        classes=tuple(classes.values()),
        # A model may have classes that this policy does not; nothing is bought for them.
        sleeves=tuple(sleeve for sleeve in _sleeves(rows) if sleeve.asset_class in named),
        cash_class=CASH_CLASS,
        location=tuple(_location(rows, classes)),
        edge_is_breach=policy.edge_is_breach,
        sleeve_targets=divided_classes.targets(divided, classes, is_measured=policy.sleeve_bands),
    )


def _destination(policy: Policy, *, is_taxed: bool) -> document.Destination:
    return document.Destination(policy.destination_taxable if is_taxed else policy.destination_sheltered)


def with_destinations(built: document.Household, policy: Policy) -> document.Household:
    """The document with every class brought back to where the policy says, whatever a plan aimed at instead."""
    destination = _destination(policy, is_taxed=any(account.is_taxed for account in built.accounts))
    classes = tuple(replace(one, destination=destination) for one in built.policy.classes)
    return filling_up(
        replace(built, policy=replace(built.policy, classes=classes)), policy.destination_additions
    )


def edges_for(target: PolicyTarget, *, is_taxed: bool) -> tuple[Decimal, Decimal]:
    """The edges of a class's band; where no account is taxable the policy may have narrower ones."""
    if is_taxed or target.sheltered_lower is None or target.sheltered_upper is None:
        return target.weight_lower, target.weight_upper
    return target.sheltered_lower, target.sheltered_upper


def unassumed(built: document.Household, policy: Policy, *, market: Market) -> tuple[str, ...]:
    """Why the tracking error of a policy that limits it cannot be known: a class of which the firm assumes nothing."""
    if policy.tracking_error_limit is None:
        return ()
    on_record = market.classes
    unknown = [
        one.name
        for one in built.policy.classes
        if one.id not in on_record or not targets.has_assumptions(on_record[one.id])
    ]
    if not unknown:
        return ()
    return (
        f"The policy limits the tracking error, and the firm has no assumption of how much these move: {', '.join(unknown)}. Compliance enters it on the Models page.",
    )


def filling_up(built: document.Household, additions: str) -> document.Household:
    """The document with the policy's own destination for classes below their bands, where it names one."""
    if not additions:
        return built
    below = {
        zone.policy.id
        for scope in lay_out(ordered(built)).scopes
        for zone in scope.zones
        if zone.left is Side.UNDER
    }
    classes = tuple(
        replace(one, destination=document.Destination(additions)) if one.id in below else one
        for one in built.policy.classes
    )
    return replace(built, policy=replace(built.policy, classes=classes))


def _sleeves(rows: Rows) -> list[document.Sleeve]:
    return [
        document.Sleeve(
            id=divided_classes.id_of(sleeve),
            asset_class=sleeve.model_class.asset_class.code,
            members=tuple(
                document.Member(
                    security=rows.securities[member.security_id].symbol,
                    rank=member.rank,
                    treatments=_PLACES[member.place],
                )
                for member in sleeve.members.all()
                if member.use != SleeveMember.Use.LEGACY and member.security_id not in rows.not_offered
            ),
        )
        for sleeve in rows.market.sleeves(rows.model_version.pk)
    ]


def _location(rows: Rows, classes: dict[str, document.ClassPolicy]) -> list[document.LocationCost]:
    """The yearly tax cost of holding a class in a taxable account, in basis points."""
    drags: dict[str, list[Decimal]] = {}
    rates = _rates(rows.figures)
    for security in rows.securities.values():
        parts = list(security.class_weights.all())
        if len(parts) == 1 and parts[0].asset_class.code in classes and security.ordinary_yield is not None:
            paid_out = Yields(
                ordinary=security.ordinary_yield,
                qualified=security.qualified_yield or ZERO,
                realized_gain=security.realized_gain_yield or ZERO,
            )
            drag = tax_drag(paid_out, rates)
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


def _rates(figures: InForce) -> Rates:
    """Tax rates on yields for pricing asset location: the firm's, until each return's own rates are used."""
    return Rates(
        ordinary=figures.of(policy_defaults.ORDINARY_RATE),
        qualified=figures.of(policy_defaults.QUALIFIED_RATE),
        realized_gain=figures.of(policy_defaults.GAIN_RATE),
    )


def rules(rows: Rows, agreed: document.Policy) -> document.Rules:
    """What the client's policy with the terms `agreed`, what the client asked for beside it, and the firm's restricted list allow."""
    do_not_buy, do_not_sell = _firm_list(rows), _firm_list(rows)
    replaced_bps = rows.figures.of(policy_defaults.REPLACED_COST) * BPS
    caps: dict[tuple[document.CapKind, str], document.Cap] = {}
    there = {account.public_id for account in rows.accounts}
    for wish in wishes.of(rows.policy, rows.restrictions, on=rows.trade_on):
        if wish.account is not None and wish.account not in there:
            continue  # Closed since, or gone to another household.
        if wish.kind == wishes.CAP:
            for cap in _caps(wish):
                # The stricter of two limits on the same thing applies.
                known = caps.get((cap.kind, cap.id))
                if known is None or cap.weight_max < known.weight_max:
                    caps[cap.kind, cap.id] = cap
            continue
        into = do_not_buy if wish.kind == wishes.BUY else do_not_sell
        into += [
            document.Restriction(security=one.symbol, account=wish.account, reason=wish.reason)
            for one in rows.securities.values()
            if wish.names(one)
        ]
    return document.Rules(
        do_not_buy=tuple(do_not_buy),
        do_not_sell=tuple(do_not_sell),
        caps=(*caps.values(), *_stocks_cap(rows, agreed)),
        minimum_trade=rows.policy.minimum_trade,
        minimum_trade_weight=rows.figures.thresholds().of(trade_minimum.MINIMUM_FRACTION) or None,
        short_term_gains_allowed=rows.policy.short_term_gains_allowed,
        wait_for_long_term_days=rows.figures.thresholds().of(nearly_long_term.WINDOW_DAYS),
        harvest_losses=rows.policy.harvests_losses,
        permanent_disallowance_allowed=False,  # Rule PTC-29 blocks such a loss.
        wind_down=tuple(
            document.WindDown(security=one.symbol, price_bps=replaced_bps) for one in _replaced(rows)
        ),
        gain_budget=budget(rows.policy.gain_budget),
    )


def _replaced(rows: Rows) -> list[Security]:
    """Securities held that the model has replaced: listed as no longer bought, and bought in no other sleeve."""
    uses: dict[int, set[str]] = {}
    for sleeve in rows.market.sleeves(rows.model_version.pk):
        for member in sleeve.members.all():
            uses.setdefault(member.security_id, set()).add(member.use)
    held = {lot.security_id for lot in rows.lots}
    replaced = [key for key, used in uses.items() if used == {SleeveMember.Use.LEGACY} and key in held]
    return sorted((rows.securities[key] for key in replaced), key=lambda one: one.symbol)


def _stocks_cap(rows: Rows, agreed: document.Policy) -> tuple[document.Cap, ...]:
    """The policy's cap on stocks (rule PTC-15), over the classes of the document that count as stocks."""
    cap, counts = rows.policy.equity_cap, rows.market.counts_as_stocks
    classes = [one.id for one in agreed.classes if counts.get(one.id)]
    if cap is None or cap == ONE or not classes:
        return ()
    # Room for trading costs, so that a holding exactly at its cap before costs is not above it afterwards.
    weight = cap * (ONE - rows.figures.of(policy_defaults.COST_ALLOWANCE))
    return (
        document.Cap(
            kind=document.CapKind.CLASSES, id="stocks", weight_max=weight, classes=tuple(sorted(classes))
        ),
    )


def budget(limit: Decimal | None) -> GainBudget | None:
    """A gain budget agreed with the client, which must not be exceeded."""
    return None if limit is None else GainBudget(limit=limit)


def _firm_list(rows: Rows) -> list[document.Restriction]:
    """What the firm's restricted list forbids on the trade day, for purchases and sales (rule PTC-07).

    Compliance's reason is not passed on, because it can be confidential. The watch list is not a constraint
    of the plan; a person overrides the finding for such a trade.
    """
    restricted = rows.market.restricted_issuers(rows.trade_on)
    return [
        document.Restriction(security=one.symbol, reason=ON_THE_FIRMS_LIST, source=document.RestrictedBy.FIRM)
        for one in rows.securities.values()
        if restricted and securities.issuer_of(one) in restricted
    ]


def _caps(wish: wishes.Wish) -> list[document.Cap]:
    assert wish.weight_cap is not None, "a cap has its weight"
    named = (
        (document.CapKind.SECURITY, wish.symbol),
        *((document.CapKind.ISSUER, issuer) for issuer in wish.issuers),
        (document.CapKind.SECTOR, wish.sector),
    )
    return [document.Cap(kind=kind, id=id_, weight_max=wish.weight_cap) for kind, id_ in named if id_]
