"""A household's sales and purchases from every record: reports, our own orders, movements and lots.

What a file repeats is on record once, so a file loaded twice, or files in another order, give the same pieces. A
custodian's report takes precedence over the desk's estimate of the same sale, which takes precedence over a movement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from clients.holdings import year_to_date
from clients.models import Account, Household, RealizedGain, Security, TaxLot, Transaction
from clients.transfers import movements
from rebalancing import market_days
from rebalancing.engine.money import cents
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.wash_sales import WINDOW_DAYS, Owner
from rebalancing.models import ProposedLot
from rebalancing.portfolios import executed, own_sales, record_rows, sent_lots
from rebalancing.tax_ledger import covered
from rebalancing.tax_ledger.pieces import Piece, Place, Purchase, Source

ZERO = Decimal(0)
NOT_BOUGHT = frozenset({TaxLot.Acquisition.GIFT, TaxLot.Acquisition.INHERITANCE, TaxLot.Acquisition.TRANSFER})
"""Ways of coming to shares that replace nothing (Treas. Reg. 1.1091-1(a): by purchase or taxable exchange)."""
TERMS = {str(RealizedGain.Term.SHORT): Term.SHORT, str(RealizedGain.Term.LONG): Term.LONG}

Place3 = tuple[int, int, date]


@dataclass(slots=True)
class Gathered:
    """One household's pieces sold and purchases."""

    pieces: list[Piece] = field(default_factory=list)
    purchases: list[Purchase] = field(default_factory=list)


def of(households: Collection[Household], *, since: date, until: date) -> dict[int, Gathered]:
    """The sales from `since` to `until`, and the purchases whose windows reach them, by household; seven queries at most."""
    accounts = {
        one.pk: one
        for one in Account.objects.filter(household__in=list(households))
        .select_related("tax_unit", "owner")
        .defer("number", "owner__tax_number", "owner__born_on_text")
    }
    places = {key: place_of(one) for key, one in accounts.items()}
    pieces = _sold(households, places, accounts, since=since, until=until)
    opened = since - timedelta(days=WINDOW_DAYS)
    securities = {
        one.pk: one
        for one in Security.objects.select_related("wash_group").filter(
            pk__in={key for key, _ in (each for found in pieces.values() for each in found)}
        )
    }
    result = {one.pk: Gathered() for one in households}
    for household, found in pieces.items():
        for key, piece in found:
            group = group_of(securities[key])
            result[household].pieces.append(_with_group(piece, group, securities[key]))
    for household, bought in _bought(accounts, places, result, opened=opened, until=until).items():
        result[household].purchases = bought
    return result


def place_of(account: Account) -> Place:
    """An account as the rule sees it: whose gains are taxed there, and on which return."""
    is_taxed = account.tax_treatment == Account.TaxTreatment.TAXABLE
    return Place(
        account=account.public_id,
        name=account.name,
        owner=Owner.SELF_TAXABLE if is_taxed else Owner.IRA,
        unit=account.tax_unit.code if account.tax_unit and is_taxed else "",
        holder=f"{account.tax_unit.code}|{account.owner.public_id}" if account.tax_unit and is_taxed else "",
    )


def group_of(security: Security) -> str | None:
    """What replaces each other: the wash-sale group, else the security itself; None where the rule does not apply."""
    if not security.wash_applies:
        return None
    return str(security.wash_group.code) if security.wash_group else str(security.symbol)


def _with_group(piece: Piece, group: str | None, security: Security) -> Piece:
    return replace(
        piece,
        wash_group=group,
        is_covered=covered.is_covered(security.kind, piece.acquired_on),
    )


def _sold(
    households: Collection[Household],
    places: Mapping[int, Place],
    accounts: Mapping[int, Account],
    *,
    since: date,
    until: date,
) -> dict[int, list[tuple[int, Piece]]]:
    """Every piece sold, by household, with the key of its security."""
    reports = [one for one in year_to_date.gains_in(households, since) if one.sold_on <= until]
    sent = _sent(households, since=since, until=until)
    sales = [one for one in year_to_date.sales_in(households, since) if one.traded_on <= until]
    ours: dict[Place3, list[ProposedLot]] = defaultdict(list)
    for use in sent:
        ours[use.order.account_id, use.order.security_id, own_sales.sold_on(use)].append(use)
    bare = {(one.account_id, one.security_id, one.sold_on) for one in reports if one.basis is None}
    estimated = {place for place in bare & ours.keys() if all(use.gain is not None for use in ours[place])}
    found: dict[int, list[tuple[int, Piece]]] = defaultdict(list)
    told: set[Place3] = set()
    for one in reports:
        place = (one.account_id, one.security_id, one.sold_on)
        if place in estimated:
            continue
        told.add(place)
        found[accounts[one.account_id].household_id].append(
            (one.security_id, _reported(one, places[one.account_id]))
        )
    for place, uses in ours.items():
        if place in told:
            continue
        for use in uses:
            found[accounts[place[0]].household_id].append((place[1], _ours(use, places[place[0]], place[2])))
    for seen in sales:
        if (
            seen.security_id is None
            or (seen.account_id, seen.security_id, seen.traded_on) in told | ours.keys()
        ):
            continue
        found[accounts[seen.account_id].household_id].append(
            (seen.security_id, _booked(seen, places[seen.account_id]))
        )
    return found


def _reported(one: RealizedGain, place: Place) -> Piece:
    return Piece(
        id=f"gain-{one.pk}",
        place=place,
        symbol=one.security.symbol,
        name=one.security.name,
        sold_on=one.sold_on,
        shares=one.quantity,
        proceeds=one.proceeds,
        basis=one.basis,
        acquired_on=one.acquired_on,
        source=Source.REPORTED,
        reported_term=TERMS.get(one.term),
        reported_disallowed=min(one.disallowed, max(ZERO, (one.basis or ZERO) - one.proceeds)),
        note="" if one.basis is not None else "The report names no basis.",
    )


def _ours(use: ProposedLot, place: Place, on: date) -> Piece:
    order = use.order
    proceeds = (
        use.basis + use.gain
        if use.basis is not None and use.gain is not None
        else cents(abs(order.amount) * use.quantity / order.quantity)
    )
    return Piece(
        id=f"sent-{use.pk}",
        place=place,
        symbol=order.security.symbol,
        name=order.security.name,
        sold_on=on,
        shares=use.quantity,
        proceeds=proceeds,
        basis=None if use.gain is None else proceeds - use.gain,
        acquired_on=use.lot.acquired_on,
        source=Source.EXECUTED if executed.is_executed(use) else Source.SENT,
        reported_term=TERMS.get(use.term),
        note="Executed, from the lots that we instructed."
        if executed.is_executed(use)
        else "Estimated when the order was released.",
    )


def _booked(one: Transaction, place: Place) -> Piece:
    security = one.security
    assert security is not None, "only sales of a security are asked for"
    told = (
        ""
        if one.recognized_gain is None
        else f" The movement itself says {'a gain' if one.recognized_gain >= 0 else 'a loss'} of ${abs(one.recognized_gain):,.2f}."
    )
    return Piece(
        id=f"sale-{one.pk}",
        place=place,
        symbol=security.symbol,
        name=security.name,
        sold_on=one.traded_on,
        shares=abs(one.quantity or ZERO),
        proceeds=abs(one.amount),
        basis=None,
        acquired_on=None,
        source=Source.BOOKED,
        note=f"No report of realized gains has it yet.{told}",
    )


def _sent(households: Collection[Household], *, since: date, until: date) -> list[ProposedLot]:
    """The lots of taxed accounts that our own released orders sold."""
    released = market_days.opened_at(since - timedelta(days=own_sales.RELEASED_BEFORE_DAYS))
    found = sent_lots.sent(
        ProposedLot.objects.filter(
            order__account__household__in=list(households),
            order__account__tax_treatment=Account.TaxTreatment.TAXABLE,
            order__order__batch__released_at__gte=released,
        )
        .select_related("lot", "order__account", "order__security")
        .defer("order__account__number")
    )
    return executed.in_place_of_estimates(use for use in found if since <= own_sales.sold_on(use) <= until)


# ── Purchases ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Day:
    """What one account came to hold of one security on one day, by each record."""

    open: Decimal = ZERO
    gone: Decimal = ZERO
    bought: Decimal = ZERO
    sold: Decimal = ZERO
    basis: Decimal | None = ZERO
    held_since: date | None = None
    gone_on: date | None = None
    is_purchase: bool = False


def _bought(
    accounts: Mapping[int, Account],
    places: Mapping[int, Place],
    sold: Mapping[int, Gathered],
    *,
    opened: date,
    until: date,
) -> dict[int, list[Purchase]]:
    """What was bought in the windows and is not among the pieces sold, by household."""
    days: dict[Place3, _Day] = defaultdict(_Day)
    known: dict[int, Security] = {}
    lots = TaxLot.objects.filter(account__in=accounts, acquired_on__gte=opened, acquired_on__lte=until)
    opened_lots = list(lots.select_related("security__wash_group").order_by("pk"))
    # A lot that only changed accounts counts where it was bought.
    moved = movements.moved_lots(opened_lots) if opened_lots else set()
    for lot in (one for one in opened_lots if one.pk not in moved):
        assert lot.acquired_on is not None, "only lots of a known day are asked for"
        known[lot.security_id] = lot.security
        _count_lot(days[lot.account_id, lot.security_id, lot.acquired_on], lot)
    purchases = Transaction.objects.filter(
        account__in=accounts,
        kind__in=record_rows.PURCHASES,
        quantity__gt=0,
        security__isnull=False,
        traded_on__gte=opened,
        traded_on__lte=until,
    )
    for one in purchases.select_related("security__wash_group").order_by("pk"):
        assert one.security is not None, "only purchases of a security are asked for"
        known[one.security.pk] = one.security
        day = days[one.account_id, one.security.pk, one.traded_on]
        day.bought += one.quantity or ZERO
        day.is_purchase = True
    by_public_id = {one.public_id: key for key, one in accounts.items()}
    by_symbol = {one.symbol: key for key, one in known.items()}
    for found in sold.values():
        for piece in found.pieces:
            if piece.acquired_on is None or piece.symbol not in by_symbol:
                continue
            place = (by_public_id[piece.place.account], by_symbol[piece.symbol], piece.acquired_on)
            if place in days:
                days[place].sold += piece.shares
    result: dict[int, list[Purchase]] = defaultdict(list)
    for (account, security, on), day in days.items():
        if (bought := _purchase(places[account], known[security], on, day)) is not None:
            result[accounts[account].household_id].append(bought)
    return result


def _count_lot(day: _Day, lot: TaxLot) -> None:
    day.is_purchase = day.is_purchase or lot.acquired_by not in NOT_BOUGHT
    if lot.closed_on is not None:
        day.gone += lot.quantity
        day.gone_on = max(day.gone_on or lot.closed_on, lot.closed_on)
        return
    day.open += lot.quantity
    day.basis = None if day.basis is None or lot.basis is None else day.basis + lot.basis
    day.held_since = lot.adjusted_acquired_on or day.held_since


def _purchase(place: Place, security: Security, on: date, day: _Day) -> Purchase | None:
    shares = max(day.open, day.bought - day.sold, day.open + day.gone - day.sold)
    if shares <= 0:
        return None
    return Purchase(
        id=f"buy {place.account} {security.symbol} {on}",
        place=place,
        symbol=security.symbol,
        on=on,
        shares=shares,
        basis=day.basis if day.open == shares else None,
        wash_group=group_of(security),
        held_since=day.held_since,
        gone_on=day.gone_on if day.open == 0 and not place.owner.is_taxed else None,
        is_purchase=day.is_purchase,
    )
