"""What a custodian's file tells of corporate actions: matched to what is on record, or announced in its name.

A file is asked once, when it is loaded. The ratio is read from the shares before and after in the accounts that it states.
What a file says is announced, never agreed to: two people compare it with the issuer's paper.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from clients import figures
from clients.corporate_actions import looking, parents
from clients.corporate_actions.parents import Receiving
from clients.holdings.account_changes import AccountChange, LoadedFile
from clients.models import CorporateAction, Position, Security, Transaction
from clients.registers import register
from clients.registers.corporate_action_terms import Kind
from clients.registers.corporate_actions import REGISTER, words
from compliance.refusals import Refusal

ZERO = Decimal(0)
LATELY = timedelta(days=30)
"""Movements of a longer past are history: what they did is in the lots that came with them."""
SAME = timedelta(days=10)
"""Custodians book an action within so many days of its own."""
RATIO_MAX = 1000
READ = (
    Transaction.Kind.SPLIT,
    Transaction.Kind.SPIN_OFF,
    Transaction.Kind.MERGER,
    Transaction.Kind.CASH_MERGER,
    Transaction.Kind.LIQUIDATION,
)
MILLIONTH = Decimal("0.000001")


@dataclass(slots=True)
class Booked:
    """What a file's accounts show of one movement: shares and dollars in all, and the ratio that each account gives."""

    kind: str
    security: int
    on: date
    shares: Decimal = ZERO
    amount: Decimal = ZERO
    ratios: list[Fraction] = field(default_factory=list)
    new_security: int | None = None


def follow(loaded: LoadedFile) -> list[str]:
    """Match a file's corporate actions to those on record, or announce them. Returns what a person should read."""
    found = list(_booked(loaded.accounts))
    on = max((one.on for one in found), default=None)
    if on is None:
        return []
    today = loaded.at.date()
    recent = [one for one in found if today - one.on <= LATELY]
    securities = Security.objects.in_bulk(
        {key for one in recent for key in (one.security, one.new_security) if key is not None}
    )
    told = []
    for one in recent:
        if _on_record(one) is not None:
            continue  # Whether the file shows it is decided by its shares (`applying`).
        values = _values(one, securities, loaded)
        if values is None:
            if one.kind == Transaction.Kind.SPIN_OFF:
                told.append(
                    f"The file books a spin-off of {securities[one.security]} on {figures.day(one.on)} and does not tell of "
                    "which security: enter it under Corporate actions."
                )
            continue
        try:
            row = register.enter(REGISTER, values, user_id=None, by=loaded.by, at=loaded.at)
        except Refusal:
            continue  # What a file leaves open is not announced in its name.
        told.append(
            f"{words(row)}. The file tells of it; it is announced, and two people have to agree to its terms."
        )
    return told


def _booked(accounts: Iterable[AccountChange]) -> Iterable[Booked]:
    """The file's movements by kind, security and day."""
    found: dict[tuple[str, int, date], Booked] = {}
    for account in accounts:
        shares = {one.security_id: (one.before, one.after) for one in account.shares}
        by_day: dict[tuple[str, date], list[Transaction]] = defaultdict(list)
        for row in account.movements:
            if row.kind in READ and row.security_id is not None:
                by_day[row.kind, row.traded_on].append(row)
        for (kind, on), rows in by_day.items():
            for one in _of_account(kind, on, rows, shares):
                known = found.setdefault((one.kind, one.security, on), one)
                if known is not one:
                    known.shares += one.shares
                    known.amount += one.amount
                    known.ratios += one.ratios
    return found.values()


def _of_account(
    kind: str, on: date, rows: list[Transaction], shares: Mapping[int, tuple[Decimal | None, Decimal | None]]
) -> Iterable[Booked]:
    by_security: dict[int, list[Transaction]] = defaultdict(list)
    for row in rows:
        assert row.security_id is not None, "asked for above"
        by_security[row.security_id].append(row)
    sums = {
        key: (sum((row.quantity or ZERO for row in same), ZERO), sum((row.amount for row in same), ZERO))
        for key, same in by_security.items()
    }
    gone = [key for key, (quantity, _) in sums.items() if quantity < ZERO]
    come = [key for key, (quantity, _) in sums.items() if quantity > ZERO]
    if kind == Transaction.Kind.MERGER:
        if len(gone) == len(come) == 1:
            one = Booked(
                kind, gone[0], on, -sums[gone[0]][0], sum((amount for _, amount in sums.values()), ZERO)
            )
            one.ratios.append(Fraction(sums[come[0]][0]) / Fraction(-sums[gone[0]][0]))
            one.new_security = come[0]
            yield one
        return
    for key, (quantity, amount) in sums.items():
        before, after = shares.get(key, (None, None))
        one = Booked(kind, key, on, abs(quantity), amount)
        if kind == Transaction.Kind.SPLIT and before and after and before + quantity == after:
            one.ratios.append(Fraction(after) / Fraction(before))
        yield one


def _on_record(one: Booked) -> CorporateAction | None:
    """The standing action that a custodian's movement is the booking of."""
    kinds = [kind for kind, booked in looking.BOOKED_AS.items() if one.kind in booked]
    rows = REGISTER.standing().filter(
        kind__in=[str(kind) for kind in kinds],
        effective_on__gte=one.on - SAME,
        effective_on__lte=one.on + SAME,
    )
    rows = rows.filter(security=one.security) | rows.filter(new_security=one.security)
    found: CorporateAction | None = (
        rows.select_related("security", "new_security").order_by("-effective_on").first()
    )
    return found


def _values(one: Booked, securities: Mapping[int, Security], loaded: LoadedFile) -> dict[str, Any] | None:
    """An action as the file tells it; None where the file leaves open what the kind needs."""
    file = loaded.file
    values: dict[str, Any] = {
        **dict.fromkeys(REGISTER.columns),
        "security": securities[one.security],
        "effective_on": one.on,
        "new_symbol": "",
        "new_cusip": "",
        "is_taxable": False,
        "source": f"A file of {file.custodian or file.layout} of {figures.day(file.as_of_on or one.on)}",
        "document": "",
        "source_file": file,
    }
    ratio = _ratio(one.ratios)
    if one.kind == Transaction.Kind.SPLIT:
        if ratio is None or ratio == 1:
            return None
        values["kind"] = Kind.SPLIT if ratio > 1 else Kind.REVERSE_SPLIT
        values |= _both(ratio)
    elif one.kind == Transaction.Kind.MERGER:
        if ratio is None or one.new_security is None:
            return None
        values["kind"] = Kind.MIXED_MERGER if one.amount > ZERO else Kind.STOCK_MERGER
        values |= {**_both(ratio), "new_security": securities[one.new_security]}
        if one.amount > ZERO:
            values["cash"] = (one.amount / one.shares).quantize(MILLIONTH)
    elif one.kind in (Transaction.Kind.CASH_MERGER, Transaction.Kind.LIQUIDATION):
        if not one.shares or one.amount <= ZERO:
            return None
        values["kind"] = Kind.CASH_MERGER if one.kind == Transaction.Kind.CASH_MERGER else Kind.LIQUIDATION
        values["cash"] = (one.amount / one.shares).quantize(MILLIONTH)
    else:
        # Whose the shares of a spin-off were is not on the movement: what the accounts hold tells it, or nobody does.
        parent = parents.of(_receiving(one, loaded.accounts))
        if parent is None:
            return None
        values |= {
            **_both(parent.ratio),
            "kind": Kind.SPIN_OFF,
            "security": Security.objects.get(pk=parent.security),
            "new_security": securities[one.security],
            "basis_share": parent.basis_share,
        }
    return values


def _receiving(one: Booked, accounts: Sequence[AccountChange]) -> list[Receiving]:
    """The accounts in which a file books a spin-off, with what they hold and what their lots lost in basis."""
    got: dict[int, Decimal] = defaultdict(Decimal)
    changes = {}
    for each in accounts:
        for row in each.movements:
            if (row.kind, row.security_id, row.traded_on) == (one.kind, one.security, one.on):
                got[each.account.pk] += row.quantity or ZERO
                changes[each.account.pk] = each
    held: dict[int, dict[int, Decimal]] = defaultdict(dict)
    rows = Position.objects.filter(account__in=got, quantity__gt=0).exclude(security=one.security)
    for account, security, quantity in rows.exclude(security__kind=Security.Kind.MONEY_MARKET).values_list(
        "account", "security", "quantity"
    ):
        held[account][security] = quantity
    return [_as_received(shares, held[key], changes[key], one.security) for key, shares in got.items()]


def _as_received(shares: Decimal, held: Mapping[int, Decimal], change: AccountChange, new: int) -> Receiving:
    lost: dict[int, Decimal] = defaultdict(Decimal)
    before: dict[int, Decimal] = defaultdict(Decimal)
    came = []
    for lot in change.lots:
        was, now = lot.before, lot.after
        if now.security_id == new:
            came.append(now.basis)
        elif was is not None and was.quantity == now.quantity and was.basis and now.basis is not None:
            lost[now.security_id] += was.basis - now.basis
            before[now.security_id] += was.basis
    known = [basis for basis in came if basis is not None]
    basis = sum(known, ZERO) if came and len(known) == len(came) else None
    return Receiving(shares, held, lost, before, basis)


def _ratio(found: list[Fraction]) -> Fraction | None:
    """The one ratio that all accounts give, but for fractions of a share that were paid out; None where they differ."""
    if not found:
        return None
    near = max(found, key=lambda one: (found.count(one), -one.denominator)).limit_denominator(RATIO_MAX)
    return near if all(abs(one - near) <= Fraction(1, 100) * near for one in found) else None


def _both(ratio: Fraction) -> dict[str, Decimal]:
    return {"shares_new": Decimal(ratio.numerator), "shares_old": Decimal(ratio.denominator)}
