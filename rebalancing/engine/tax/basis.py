"""Where a basis comes from when shares were not simply bought, and how corporate actions move it.

Every corporate action conserves basis: what leaves a lot is in another lot, in cash already taxed, or in a
recognized gain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from rebalancing.engine.money import ZERO, share_of
from rebalancing.engine.tax.holding_periods import Term, term
from rebalancing.engine.tax.lot_selection import Lot

HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class BasisOfSale:
    """The basis a sale uses, in dollars, and when its holding period began.

    `basis` is None where the law gives neither gain nor loss; `held_since` is None when the donor's date would
    count and is not known.
    """

    basis: Decimal | None
    gain: Decimal
    held_since: date | None
    is_tacked: bool = False


def gift(
    *,
    donor_basis: Decimal,
    value_at_gift: Decimal,
    proceeds: Decimal,
    given_on: date | None = None,
    donor_since: date | None = None,
    gift_tax_on_appreciation: Decimal = ZERO,
) -> BasisOfSale:
    """Gain or loss on the sale of a gift: one basis for gains, another for losses, nothing between them.

    The gain basis is the donor's, raised by the gift tax on the appreciation but not above the value; the loss
    basis is the lower of the donor's and the value. The donor's period tacks when the donor's basis is used;
    otherwise the period starts the day after the gift. Dollars for all shares sold.
    Source: IRC 1015(a), (d)(6), 1223(2); Treas. Reg. 1.1015-1(a).
    """
    gain_basis = min(donor_basis + gift_tax_on_appreciation, max(donor_basis, value_at_gift))
    loss_basis = min(donor_basis, value_at_gift)
    if proceeds >= gain_basis:
        return BasisOfSale(gain_basis, proceeds - gain_basis, donor_since, is_tacked=True)
    if proceeds < loss_basis:
        uses_donor_basis = donor_basis <= value_at_gift
        since = donor_since if uses_donor_basis else given_on
        return BasisOfSale(loss_basis, proceeds - loss_basis, since, is_tacked=uses_donor_basis)
    return BasisOfSale(None, ZERO, given_on)


def inherited(
    *,
    decedent_basis: Decimal,
    value_at_death: Decimal,
    value_on_alternate_date: Decimal | None = None,
    is_income_of_decedent: bool = False,
) -> Decimal:
    """The heir's basis in dollars: value at death, or on the alternate date if that was elected; up or down.

    No step-up for IRAs, annuities and other income in respect of a decedent (IRC 1014(c)): there the
    decedent's basis carries over. Source: IRC 1014(a), 2032.
    """
    if is_income_of_decedent:
        return decedent_basis
    return value_at_death if value_on_alternate_date is None else value_on_alternate_date


def inherited_since(since: date, *, on: date) -> date:
    """The day from which the period of inherited property counts when it is sold ``on`` that day.

    It is long-term by statute however short it was held (IRC 1223(9)): then from two years before the sale.
    """
    if term(since, on) is Term.LONG:
        return since
    return on.replace(year=on.year - 2, day=min(on.day, 28))


def survivor_of_joint_account(
    *, basis: Decimal, value_at_death: Decimal, is_community_property: bool
) -> Decimal:
    """The surviving spouse's basis in dollars: half steps up or down; community property all of it.

    Source: IRC 1014(b)(6), (b)(9), 2040(b).
    """
    if is_community_property:
        return value_at_death
    return HALF * basis + HALF * value_at_death


def distributed_from_ira(lot: Lot, *, value: Decimal, on: date) -> Lot:
    """Shares distributed in kind: basis is their value in dollars that day; a new holding period begins.

    Source: IRC 408(d)(1); Treas. Reg. 1.408-4.
    """
    return replace(lot, basis=value, acquired_on=on, held_since=None)


def split(lot: Lot, ratio: Decimal) -> Lot:
    """The lot after a split or stock dividend of `ratio` new shares for each old one; basis and dates stay.

    Below one it is a reverse split. Source: IRC 305(a), 307(a), 1223(4). Raises ValueError for a ratio of zero
    or less.
    """
    if ratio <= 0:
        raise ValueError(f"A split needs a positive ratio of new to old shares, not {ratio}.")
    return replace(lot, shares=lot.shares * ratio)


def spin_off(lot: Lot, *, new_id: str, new_shares: Decimal, share_of_value: Decimal) -> tuple[Lot, Lot]:
    """The old lot and the spun-off lot; basis goes by relative value (Form 8937), dates tack.

    `share_of_value` is the fraction of the old value that the new company is. Source: IRC 355, 358(b)-(c),
    1223(1). Raises ValueError when it is not between 0 and 1.
    """
    if not 0 <= share_of_value <= 1:
        raise ValueError(f"The spun-off part must be a fraction between 0 and 1, not {share_of_value}.")
    if lot.basis is None:
        return lot, replace(lot, id=new_id, shares=new_shares)
    moved = lot.basis * share_of_value
    return replace(lot, basis=lot.basis - moved), replace(lot, id=new_id, shares=new_shares, basis=moved)


def return_of_capital(lot: Lot, amount: Decimal) -> tuple[Lot, Decimal]:
    """The lot after `amount` dollars of return of capital, and the gain once the basis is used up.

    Source: IRC 301(c)(2)-(3). Raises ValueError for a negative amount or an unknown basis.
    """
    if amount < 0:
        raise ValueError(f"A return of capital cannot be negative ({amount}).")
    basis = _known(lot)
    gain = max(ZERO, amount - basis)
    return replace(lot, basis=basis - (amount - gain)), gain


def cash_in_lieu(lot: Lot, *, fraction: Decimal, cash: Decimal, on: date) -> tuple[Lot, Decimal, Term]:
    """The lot without `fraction` shares paid out in cash, the gain in dollars and its term.

    A sale of the fraction: Rev. Rul. 66-365; Treas. Reg. 1.305-3(c). Raises ValueError for an unknown basis
    or a fraction that the lot does not hold.
    """
    if not 0 < fraction <= lot.shares:
        raise ValueError(f"Lot {lot.id!r} does not hold the {fraction} shares paid out in cash.")
    basis = share_of(_known(lot), fraction, lot.shares)
    kept = replace(lot, shares=lot.shares - fraction, basis=_known(lot) - basis)
    return kept, cash - basis, term(lot.since, on)


def merger(
    lot: Lot, *, new_id: str, new_shares: Decimal, value: Decimal, boot: Decimal = ZERO
) -> tuple[Lot, Decimal]:
    """The lot received in a tax-free merger, and the gain: no more than the boot, never a loss.

    `value` is what the new shares are worth, `boot` the cash received, both in dollars.
    Source: IRC 354, 356(a), (c), 358(a), 1223(1). Raises ValueError for an unknown basis.
    """
    basis = _known(lot)
    gain = min(boot, max(ZERO, value + boot - basis))
    return replace(lot, id=new_id, shares=new_shares, basis=basis - boot + gain), gain


def worthless_on(year: int) -> date:
    """The day on which a security that became worthless in `year` counts as sold (IRC 165(g)(1))."""
    return date(year, 12, 31)


def _known(lot: Lot) -> Decimal:
    if lot.basis is None:
        raise ValueError(f"The basis of lot {lot.id!r} is unknown: confirm it before booking this action.")
    return lot.basis
