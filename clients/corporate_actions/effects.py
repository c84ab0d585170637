"""What a corporate action does to the lots of one account: shares, basis, days, and the gain recognized now. Pure.

For every lot, to the cent: basis before + gain + income = basis kept + basis received + cash. Shares are rounded to the
millionth and dollars to the cent over the whole account, by largest remainder, so that neither is made or lost by rounding.
Sources: IRC 301(c), 305, 307, 331, 354-358, 1001, 1012, 1223; Treas. Reg. 1.305-3(c), 1.358-2, 1.1012-1(c); Rev. Rul. 66-365.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from clients.registers.corporate_action_terms import FOR_CASH, MERGERS, WHOLE_RATIO, Kind, Terms
from rebalancing.engine.market.allocations import apportion
from rebalancing.engine.money import CENT, ZERO, cents, shares_down
from rebalancing.engine.tax import basis
from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.engine.tax.lot_selection import Lot

MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Held:
    """A lot before: `basis` in dollars and `acquired_on` are None where they are unknown; `held_since` where it differs."""

    id: str
    shares: Decimal
    basis: Decimal | None
    acquired_on: date | None
    held_since: date | None = None

    @property
    def since(self) -> date | None:
        return self.held_since or self.acquired_on


@dataclass(frozen=True, slots=True)
class Holding:
    """Shares after, of the old security or of the new one."""

    shares: Decimal
    basis: Decimal | None
    acquired_on: date | None
    held_since: date | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of one lot. `kept` and `received` are None where nothing of the security is left or comes.

    `gain` is recognized now, in dollars, and None where a figure is not known; `income` is a taxable distribution.
    """

    lot: Held
    kept: Holding | None
    received: Holding | None = None
    cash: Decimal = ZERO
    gain: Decimal | None = ZERO
    income: Decimal = ZERO
    term: Term | None = None

    @property
    def changes(self) -> bool:
        """Whether anything becomes of the lot."""
        same = Holding(self.lot.shares, self.lot.basis, self.lot.acquired_on, self.lot.held_since)
        return self.kept != same or self.received is not None or bool(self.cash)


def of(terms: Terms, lots: Iterable[Held]) -> tuple[Effect, ...]:
    """What an action does to all lots that one account has of its security, in their order.

    A tender is told as if it were accepted for all shares. Raises ValueError for terms that lack what the kind needs.
    """
    book = [one for one in lots if one.shares > ZERO]
    if not book:
        return ()
    if terms.kind in WHOLE_RATIO:
        return _without_fraction(terms, _split(terms, book))
    if terms.kind in MERGERS:
        return _without_fraction(terms, _merged(terms, book))
    if terms.kind is Kind.SPIN_OFF:
        return _without_fraction(terms, _spun_off(terms, book))
    if terms.kind in FOR_CASH or terms.kind is Kind.TENDER:
        return _taken_for_cash(terms, book)
    if terms.kind is Kind.RETURN_OF_CAPITAL:
        return _returned(terms, book)
    unchanged = tuple(Effect(one, _as_held(one)) for one in book)
    return _without_fraction(terms, unchanged) if terms.kind is Kind.CASH_IN_LIEU else unchanged


def shares_after(terms: Terms, shares: Decimal) -> tuple[Decimal, Decimal]:
    """What becomes of so many shares of an account: of the old security, and of the new one."""
    whole = _total(shares, terms)
    if terms.kind in WHOLE_RATIO:
        return whole - _fraction(terms, whole), ZERO
    if terms.kind in MERGERS:
        return ZERO, whole - _fraction(terms, whole)
    if terms.kind is Kind.SPIN_OFF:
        return shares, whole - _fraction(terms, whole)
    if terms.kind in FOR_CASH:
        return ZERO, ZERO
    if terms.kind is Kind.CASH_IN_LIEU:
        return shares - _fraction(terms, shares), ZERO
    return shares, ZERO


def _split(terms: Terms, book: Sequence[Held]) -> tuple[Effect, ...]:
    """More or fewer shares of the same lot: basis and days stay (IRC 305(a), 307(a), 1223(4))."""
    shares = _shared_shares(terms, book)
    found = []
    for one in book:
        after = basis.split(_lot(one), terms.ratio)
        found.append(Effect(one, Holding(shares[one.id], after.basis, one.acquired_on, one.held_since)))
    return tuple(found)


def _spun_off(terms: Terms, book: Sequence[Held]) -> tuple[Effect, ...]:
    """Shares of a new company beside the old ones: basis by relative value, days tack (IRC 355, 358(b)-(c), 1223(1)).

    A taxable distribution leaves the old basis alone; the new shares begin with their value (IRC 301(b), (d)).
    """
    shares = _shared_shares(terms, book)
    found = []
    for one in book:
        if terms.is_taxable:
            worth = cents(shares[one.id] * _value(terms))
            new = Holding(shares[one.id], worth, terms.effective_on)
            found.append(Effect(one, _as_held(one), new, income=worth))
            continue
        if terms.basis_share is None or one.basis is None:
            kept = replace(_as_held(one), basis=None)
            found.append(Effect(one, kept, Holding(shares[one.id], None, one.acquired_on, one.held_since)))
            continue
        _, spun = basis.spin_off(
            _lot(one), new_id="new", new_shares=shares[one.id], share_of_value=terms.basis_share
        )
        assert spun.basis is not None, "a known basis is divided"
        moved = cents(spun.basis)
        kept = replace(_as_held(one), basis=one.basis - moved)
        found.append(Effect(one, kept, Holding(shares[one.id], moved, one.acquired_on, one.held_since)))
    return tuple(found)


def _merged(terms: Terms, book: Sequence[Held]) -> tuple[Effect, ...]:
    """Shares of another company for these, with cash beside them or without.

    Deferred: the gain is recognized up to the cash and never a loss; basis and days carry over (IRC 354, 356(a), (c),
    358(a), 1223(1); lot by lot: Treas. Reg. 1.356-1(b), 1.358-2(a)(2)). Taxable: the whole gain or loss is recognized, the
    basis is the value, and a new period begins the day after (IRC 1001, 1012).
    """
    shares = _shared_shares(terms, book)
    cash = _shared_cash(terms.cash or ZERO, book)
    found = []
    for one in book:
        paid = cash[one.id]
        held = term(one.since, terms.effective_on) if one.since else None
        if terms.is_taxable:
            worth = cents(shares[one.id] * _value(terms))
            gain = None if one.basis is None else worth + paid - one.basis
            new = Holding(shares[one.id], worth, terms.effective_on)
            found.append(Effect(one, None, new, paid, gain, term=held))
        elif one.basis is None:
            new = Holding(shares[one.id], None, one.acquired_on, one.held_since)
            found.append(Effect(one, None, new, paid, ZERO if not paid else None, term=held))
        else:
            worth = cents(shares[one.id] * _value(terms)) if paid else ZERO
            after, gain = basis.merger(
                _lot(one), new_id="new", new_shares=shares[one.id], value=worth, boot=paid
            )
            new = Holding(shares[one.id], after.basis, one.acquired_on, one.held_since)
            found.append(Effect(one, None, new, paid, gain, term=held if gain else None))
    return tuple(found)


def _taken_for_cash(terms: Terms, book: Sequence[Held]) -> tuple[Effect, ...]:
    """All shares for cash: a sale (IRC 1001), or a payment in full for stock of a company that is wound up (IRC 331).

    Where nothing is paid the stock became worthless: it counts as sold on the last day of the year (IRC 165(g)(1)).
    """
    cash = _shared_cash(terms.cash or ZERO, book)
    sold_on = terms.effective_on if terms.cash else basis.worthless_on(terms.effective_on.year)
    return tuple(
        Effect(
            one,
            None,
            None,
            cash[one.id],
            None if one.basis is None else cash[one.id] - one.basis,
            term=term(one.since, sold_on) if one.since else None,
        )
        for one in book
    )


def _returned(terms: Terms, book: Sequence[Held]) -> tuple[Effect, ...]:
    """Capital given back lowers the basis to zero; what is more is gain (IRC 301(c)(2)-(3))."""
    cash = _shared_cash(terms.cash or ZERO, book)
    found = []
    for one in book:
        paid = cash[one.id]
        if one.basis is None:
            found.append(Effect(one, _as_held(one), None, paid, None))
            continue
        after, gain = basis.return_of_capital(_lot(one), paid)
        held = term(one.since, terms.effective_on) if one.since and gain else None
        found.append(Effect(one, replace(_as_held(one), basis=after.basis), None, paid, gain, term=held))
    return tuple(found)


def _without_fraction(terms: Terms, effects: Sequence[Effect]) -> tuple[Effect, ...]:
    """The effects with the account's fraction of a share paid in cash: a sale of that fraction.

    The fraction is of all shares of the account together and comes from the lots acquired first (Treas. Reg.
    1.1012-1(c)(1)). Source: Rev. Rul. 66-365; Treas. Reg. 1.305-3(c).
    """
    if terms.lieu_price is None:
        return tuple(effects)
    is_new = any(one.received is not None for one in effects)
    total = sum((_after(one, is_new).shares for one in effects), ZERO)
    left = total - shares_down(total)
    if not left:
        return tuple(effects)
    order = sorted(
        range(len(effects)),
        key=lambda place: (effects[place].lot.since or date.max, effects[place].lot.id),
    )
    money = cents(left * terms.lieu_price)
    found = list(effects)
    for place in order:
        if not left:
            break
        before = _after(effects[place], is_new)
        taken = min(left, before.shares)
        if not taken:
            continue  # A lot of a millionth of a share, of which nothing was left by the ratio.
        paid = money if taken == left else min(money, cents(taken * terms.lieu_price))
        found[place] = _paid_out(effects[place], before, taken, paid, is_new=is_new, on=terms.effective_on)
        left, money = left - taken, money - paid
    return tuple(found)


def _paid_out(
    effect: Effect, before: Holding, taken: Decimal, paid: Decimal, *, is_new: bool, on: date
) -> Effect:
    if before.basis is None:
        rest: Holding | None = replace(before, shares=before.shares - taken)
        gain, held = None, effect.term
    else:
        since = before.held_since or before.acquired_on
        sold = Lot(effect.lot.id, before.shares, before.basis, since or on)
        after, _, sold_term = basis.cash_in_lieu(sold, fraction=taken, cash=paid, on=on)
        assert after.basis is not None, "a known basis is divided"
        kept_basis = cents(after.basis)
        rest = replace(before, shares=before.shares - taken, basis=kept_basis)
        more = paid - (before.basis - kept_basis)
        gain = None if effect.gain is None else effect.gain + more
        held = effect.term or (sold_term if since else None)
    rest = rest if rest is not None and rest.shares > ZERO else None
    cash = effect.cash + paid
    if is_new:
        return replace(effect, received=rest, cash=cash, gain=gain, term=held)
    return replace(effect, kept=rest, cash=cash, gain=gain, term=held)


def _after(effect: Effect, is_new: bool) -> Holding:
    found = effect.received if is_new else effect.kept
    return found if found is not None else Holding(ZERO, ZERO, None)


def _as_held(one: Held) -> Holding:
    return Holding(one.shares, one.basis, one.acquired_on, one.held_since)


def _lot(one: Held) -> Lot:
    # The engine asks for a day; where none is known only the arithmetic of basis is used, which needs none.
    return Lot(one.id, one.shares, one.basis, one.acquired_on or date.min, one.held_since)


def _value(terms: Terms) -> Decimal:
    if terms.value is None:
        raise ValueError("What a new share was worth has to be known.")
    return terms.value


def _total(shares: Decimal, terms: Terms) -> Decimal:
    if terms.shares_new is None:
        return shares
    return (shares * terms.ratio).quantize(MILLIONTH, rounding=ROUND_HALF_UP)


def _fraction(terms: Terms, shares: Decimal) -> Decimal:
    return ZERO if terms.lieu_price is None else shares - shares_down(shares)


def _shared_shares(terms: Terms, book: Sequence[Held]) -> Mapping[str, Decimal]:
    claims = {one.id: one.shares for one in book}
    return apportion(_total(sum(claims.values(), ZERO), terms), claims, step=MILLIONTH)


def _shared_cash(a_share: Decimal, book: Sequence[Held]) -> Mapping[str, Decimal]:
    claims = {one.id: one.shares for one in book}
    return apportion(cents(sum(claims.values(), ZERO) * a_share), claims, step=CENT)
