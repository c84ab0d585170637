"""What was shown and from what: documents and digests, figures, trades with their lots, prices, bands and accounts."""

from __future__ import annotations

from decimal import Decimal

from clients import figures
from rebalancing.engine.documents.plan import Side
from rebalancing.pages.explained.parts import Column, Kind, Part, part
from rebalancing.pages.proposal import changes, outcome, trades
from rebalancing.pages.proposal.stored import Stored
from rebalancing.proposals import bindings

NOT_TAXED = "not taxed"
AGREES = "The documents and rows on record today are those that were submitted for review."


def documents(stored: Stored) -> Part:
    """What was approved, by its digests, and whether what is stored today is still that."""
    revision, versions = stored.revision, stored.plan.versions
    differing = bindings.differences(revision)
    sentence = AGREES
    if differing:
        sentence = "What is stored today is not what was submitted for review: " + "; ".join(
            str(one) for one in differing[:5]
        )
    return part(
        "documents",
        "What was shown",
        (Column("what", "What"), Column("value", "Version or digest", Kind.DIGEST)),
        [
            ("Fingerprint of what was shown", revision.fingerprint),
            ("Input document, household.json", revision.input_digest),
            ("Plan document, plan.json", revision.plan_digest),
            ("Verifier's signature", revision.verifier_signature),
            ("Policy", f"IPS {revision.policy.version}, {revision.policy.public_id}"),
            ("Policy's fingerprint", revision.policy.fingerprint or ""),
            ("Model", f"{revision.model_used.model.name}, version {revision.model_used.version}"),
            ("Engine", versions.engine),
            ("Solver", versions.solver),
            ("Tax tables", versions.tax_tables),
        ],
        none="",
        sentence=sentence,
    )


def key_figures(stored: Stored) -> Part:
    """The figures at the head of the page."""
    return part(
        "figures",
        "The figures it was decided on",
        (
            Column("figure", "Figure"),
            Column("before", "Before"),
            Column("value", "After"),
            Column("note", "Note"),
        ),
        [
            (one.label, one.before, one.value, one.note)
            for one in outcome.key_figures(stored.plan, stored.household)
        ],
        none="",
    )


def bands(stored: Stored) -> Part:
    """Every class against its band."""
    return part(
        "bands",
        "Classes and their bands",
        (
            Column("where", "Where"),
            Column("class", "Class"),
            Column("target", "Target", Kind.WEIGHT),
            Column("lower", "From", Kind.WEIGHT),
            Column("upper", "To", Kind.WEIGHT),
            Column("before", "Before", Kind.WEIGHT),
            Column("after", "After", Kind.WEIGHT),
        ),
        [
            (drawn.caption, bar.label, bar.target, bar.lower, bar.upper, bar.before, bar.after)
            for drawn in outcome.allocations(stored.plan, stored.household)
            for bar in drawn.bars
        ],
        none="The policy has no classes.",
    )


def _gain(one: trades.OrderRow) -> Decimal | str | None:
    """The gain of a taxed sale, None where it is unknown; why there is none otherwise."""
    if one.side != Side.SELL:
        return "not a sale"
    return one.gain if one.is_taxed else NOT_TAXED


def orders(stored: Stored) -> Part:
    """The trades that were shown, with the reason of each."""
    return part(
        "trades",
        "The trades that were shown",
        (
            Column("account", "Account"),
            Column("side", "Side"),
            Column("security", "Security"),
            Column("shares", "Shares", Kind.SHARES),
            Column("price", "Price", Kind.PRICE),
            Column("amount", "Amount", Kind.MONEY),
            Column("gain", "Gain", Kind.SIGNED),
            Column("reason", "Reason"),
            Column("why", "Why"),
        ),
        [
            (
                account.name,
                one.side,
                one.symbol,
                one.shares,
                one.price,
                one.amount,
                _gain(one),
                one.reason,
                one.why,
            )
            for account in trades.by_account(stored.revision, stored.plan)
            for one in account.orders
        ],
        none="No trade was proposed.",
    )


def lots(stored: Stored) -> Part:
    """The tax lots that the sales were to use."""
    return part(
        "lots",
        "Lots to be sold",
        (
            Column("account", "Account"),
            Column("security", "Security"),
            Column("acquired", "Acquired", Kind.DAY),
            Column("shares", "Shares", Kind.SHARES),
            Column("proceeds", "Proceeds", Kind.MONEY),
            Column("basis", "Basis", Kind.MONEY),
            Column("gain", "Gain", Kind.SIGNED),
            Column("disallowed", "Disallowed", Kind.MONEY),
            Column("term", "Term"),
        ),
        [
            (
                account.name,
                order.symbol,
                lot.acquired_on,
                lot.shares,
                lot.proceeds,
                lot.basis,
                NOT_TAXED if lot.term == "untaxed" else lot.gain,
                lot.disallowed,
                lot.term,
            )
            for account in trades.by_account(stored.revision, stored.plan)
            for order in account.orders
            for lot in order.lots
        ],
        none="Nothing was to be sold.",
    )


def left_alone(stored: Stored) -> Part:
    """Trades that were considered and not made."""
    return part(
        "left_alone",
        "What was left alone, and why",
        (
            Column("account", "Account"),
            Column("side", "Side"),
            Column("security", "Security"),
            Column("lot", "Lot of", Kind.DAY),
            Column("why", "Why"),
        ),
        [
            (one.account, one.side, one.symbol, one.lot_on, one.why)
            for one in trades.skipped(stored.plan, stored.household)
        ],
        none="No other trade was considered.",
    )


def accounts(stored: Stored) -> Part:
    """The accounts it was worked out for, as they stood."""
    return part(
        "accounts",
        "The accounts it was made from",
        (
            Column("account", "Account"),
            Column("treatment", "Treatment"),
            Column("cash", "Cash", Kind.MONEY),
            Column("reserve", "Reserve", Kind.MONEY),
            Column("lots", "Lots", Kind.COUNT),
            Column("tradable", "Could trade", Kind.YES),
        ),
        [
            (
                one.name or one.id,
                one.tax_treatment.value.replace("_", " "),
                one.cash_settled,
                one.minimum_cash,
                sum(1 for lot in stored.household.lots if lot.account == one.id),
                one.tradable,
            )
            for one in stored.household.accounts
        ],
        none="",
        sentence="Every holding, lot, flow and rule is in household.json, byte for byte as the engine read it.",
    )


def prices(stored: Stored) -> Part:
    """The prices of everything held or traded."""
    concerned = {lot.security for lot in stored.household.lots}
    concerned |= {order.security for order in stored.plan.orders}
    return part(
        "prices",
        "The prices it was made from",
        (
            Column("security", "Security"),
            Column("name", "Name"),
            Column("price", "Price", Kind.PRICE),
            Column("on", "Of", Kind.DAY),
        ),
        [
            (one.symbol or one.id, one.name, one.price, one.price_on)
            for one in stored.household.securities
            if one.id in concerned
        ],
        none="Nothing was held or traded.",
    )


def since_previous(stored: Stored) -> Part:
    """What this revision changed against the one before it."""
    found = changes.since_previous(stored)
    rows: list[tuple[str, str, str]] = []
    sentence = ""
    if found is not None:
        sentence = f"Compared with revision {found.base}. {found.why}".strip()
        rows = [
            (
                f"{one.side} {one.symbol} in {one.account}",
                figures.quantity(one.shares_before) if one.shares_before is not None else "not there",
                figures.quantity(one.shares_after) if one.shares_after is not None else "not there",
            )
            for one in found.orders
        ]
        rows += [
            ("estimated tax", figures.money(found.tax_before), figures.money(found.tax_after)),
            ("drift left", figures.weight(found.drift_before), figures.weight(found.drift_after)),
        ]
        rows += [
            (f"price of {one.symbol}", figures.share_price(one.before), figures.share_price(one.now))
            for one in found.prices
        ]
    return part(
        "since_previous",
        "What changed since the revision before",
        (Column("what", "What"), Column("before", "Before"), Column("after", "In this revision")),
        rows,
        none="This is the first revision.",
        sentence=sentence,
    )
