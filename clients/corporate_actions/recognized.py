"""Gains that corporate actions recognize, as the year to date counts them until a custodian reports them.

What we wrote on lots says what was recognized. A custodian's closed lots take precedence, also where it dates them by
another day, so that no gain counts twice; its movement of the same action is then no sale of unknown gain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from clients.corporate_actions import looking
from clients.holdings import year_to_date
from clients.holdings.year_to_date import OwnSale
from clients.models import Account, ActionAccount, ActionLot, Household, RealizedGain, Transaction
from clients.registers.corporate_action_terms import FOR_CASH, MERGERS, Kind
from compliance.statements.reads import prepared
from rebalancing.engine.money import CENT, ZERO
from rebalancing.engine.tax import basis
from rebalancing.engine.tax.holding_periods import Term, term

GONE = FOR_CASH | MERGERS
"""Nothing of the security is left: whatever a custodian reports of it from that day on is the action."""
ONE = Decimal(1)


@dataclass(slots=True)
class _InAccount:
    """One action in one account: its standing entries, and what the custodian booked and reported of it."""

    applied: ActionAccount
    entries: list[ActionLot]
    booked: list[Transaction] = field(default_factory=list)
    reported: list[RealizedGain] = field(default_factory=list)


def reached(*, until: date) -> frozenset[int]:
    """The households in whose taxable accounts an action of this year, up to a day, recognized anything."""
    return frozenset(those_reached.rows(date(until.year, 1, 1) - looking.BOOKED_AFTER, until))


@prepared
def those_reached(since: date, until: date) -> QuerySet[ActionLot, int]:
    """The households of the entries of some days."""
    return _entries_of(since, until).values_list("applied__account__household", flat=True)


def in_year(households: Collection[Household], *, until: date) -> list[OwnSale]:
    """What actions recognized in taxable accounts of these households in the year of a day, up to it."""
    keys = [one.pk for one in households]
    rows = of_households.rows(keys, date(until.year, 1, 1) - looking.BOOKED_AFTER, until)
    found = [_InAccount(row, entries) for row, entries in _standing(rows) if _recognizes(entries)]
    if not found:
        return []
    first = date(until.year, 1, 1) - looking.BOOKED_AFTER
    _seen(found, year_to_date.gains_in(households, first), year_to_date.sales_in(households, first))
    return [sale for one in found for sale in _counted(one) if sale.sold_on.year == until.year]


@prepared
def of_households(households: list[int], since: date, until: date) -> QuerySet[ActionLot]:
    """The entries of these households."""
    return (
        _entries_of(since, until)
        .filter(applied__account__household__in=households)
        .select_related(
            "lot", "applied__account", "applied__action__security", "applied__action__new_security"
        )
        .defer("applied__account__number")
        .order_by("applied", "pk")
    )


def _entries_of(since: date, until: date) -> QuerySet[ActionLot]:
    """Entries of the year. A custodian may book in January what an action did in December."""
    return ActionLot.objects.filter(
        applied__account__tax_treatment=Account.TaxTreatment.TAXABLE,
        applied__account__tax_unit__isnull=False,
        applied__action__effective_on__gte=since,
        applied__action__effective_on__lte=until,
        applied__action__ended_at=None,
    )


def _standing(rows: Iterable[ActionLot]) -> list[tuple[ActionAccount, list[ActionLot]]]:
    """The entries that nothing has reversed, by account: each reversal takes back the earliest entry of its lot."""
    found: dict[int, tuple[ActionAccount, list[ActionLot]]] = {}
    for row in rows:
        entries = found.setdefault(row.applied_id, (row.applied, []))[1]
        if not row.is_reversal:
            entries.append(row)
            continue
        first = next((one for one in entries if one.lot_id == row.lot_id), None)
        if first is not None:
            entries.remove(first)
    return list(found.values())


def _recognizes(entries: Iterable[ActionLot]) -> bool:
    return any(one.gain is None or one.gain for one in entries)


def _seen(found: Sequence[_InAccount], reports: Iterable[RealizedGain], sales: Iterable[Transaction]) -> None:
    """Put what the custodian booked and reported to the action that it is of."""
    by_account: dict[int, list[_InAccount]] = defaultdict(list)
    for one in found:
        by_account[one.applied.account_id].append(one)
    for sale in sales:
        for one in by_account.get(sale.account_id, ()):
            action = one.applied.action
            is_booking = sale.kind in looking.BOOKED_AS.get(action.kind, ())
            if (
                is_booking
                and sale.security_id in _securities(one)
                and looking.is_near(action, sale.traded_on)
            ):
                one.booked.append(sale)
                break
    for report in reports:
        for one in by_account.get(report.account_id, ()):
            if report.security_id in _securities(one) and _is_report(one, report):
                one.reported.append(report)
                break


def _securities(one: _InAccount) -> set[int | None]:
    action = one.applied.action
    return {action.security_id, action.new_security_id} - {None}


def _is_report(one: _InAccount, report: RealizedGain) -> bool:
    """Whether a closed lot of a custodian is this action and no sale."""
    action = one.applied.action
    kind = Kind(action.kind)
    if not looking.is_near(action, report.sold_on):
        return False
    if kind in GONE and report.security_id == action.security_id:
        return report.sold_on >= action.effective_on or _is_of_a_lot(one, report)
    if kind is Kind.RETURN_OF_CAPITAL:
        return any(abs(report.proceeds - entry.cash) <= CENT for entry in one.entries)
    return report.quantity < ONE


def _is_of_a_lot(one: _InAccount, report: RealizedGain) -> bool:
    return any(
        report.quantity == -entry.shares and abs(report.proceeds - entry.cash) <= CENT
        for entry in one.entries
    )


def _counted(one: _InAccount) -> Iterable[OwnSale]:
    """An account's part: the gains in one place, and the other places where the custodian booked it as known."""
    action = one.applied.action
    known = [report for report in one.reported if report.basis is not None]
    fractions = [report for report in known if report.security_id != action.security_id]
    is_told = len(known) > (len(fractions) if Kind(action.kind) is Kind.MIXED_MERGER else 0)
    by_place = {(sale.security_id, sale.traded_on): str(sale.security) for sale in one.booked}
    places = sorted(by_place, key=lambda place: (place[0] != action.security_id, place[1]))
    bare = [(report.security_id, report.sold_on) for report in one.reported if report.basis is None]
    usual = (action.security_id, _recognized_on(one))
    main = (bare or places or [usual])[0]
    told = {(report.security_id, report.sold_on) for report in one.reported}
    for place in places:
        if place not in told and (is_told or place != main):
            yield _sale(one, place, ZERO, "")
    if is_told:
        return
    for entry in one.entries:
        if entry.gain is None or entry.gain:
            yield _sale(one, main, entry.gain, _term(one, entry))
    for report in fractions:
        # A merger's entry has the fraction's gain in it; where the custodian reports that one alone, it counts there.
        assert report.basis is not None, "asked for above"
        yield _sale(one, main, report.basis - report.proceeds, report.term)


def _recognized_on(one: _InAccount) -> date:
    """The day of the action; worthless stock counts as sold on the last day of its year (IRC 165(g)(1))."""
    action = one.applied.action
    is_worthless = Kind(action.kind) in FOR_CASH and not action.cash
    return basis.worthless_on(action.effective_on.year) if is_worthless else action.effective_on


def _term(one: _InAccount, entry: ActionLot) -> str:
    since = entry.lot.adjusted_acquired_on or entry.lot.acquired_on
    if since is None:
        return ""
    is_long = term(since, _recognized_on(one)) is Term.LONG
    return str(RealizedGain.Term.LONG if is_long else RealizedGain.Term.SHORT)


def _sale(one: _InAccount, place: tuple[int | None, date], gain: Decimal | None, term: str) -> OwnSale:
    account, action = one.applied.account, one.applied.action
    assert account.tax_unit_id is not None, "asked for above"
    assert place[0] is not None, "bookings and reports are of a security"
    named = action.security if place[0] == action.security_id else action.new_security
    return OwnSale(
        tax_unit_id=account.tax_unit_id,
        account_id=account.pk,
        security_id=place[0],
        symbol=named.symbol if named else action.security.symbol,
        sold_on=place[1],
        gain=gain,
        term=term,
    )
