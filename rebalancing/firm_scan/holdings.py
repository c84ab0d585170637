"""Accounts, cash, lots and positions of the whole firm as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rebalancing.firm_scan import one_row
from rebalancing.firm_scan.policies import among
from rebalancing.firm_scan.shared import MILLION, Flags, Floats, Ints, Securities

EXACT_MAX = 2**52
"""Whole numbers up to here are floats and still have their last digit."""

_SOUND_PROFILE = """EXISTS (
    SELECT FROM clients_taxprofile AS p
    WHERE p.tax_unit_id = a.tax_unit_id AND p.tax_year = extract(year FROM %(trade_on)s::date)
    AND CASE WHEN p.rate_short IS NOT NULL AND p.rate_long IS NOT NULL
        THEN p.rate_long BETWEEN 0 AND p.rate_short AND p.rate_investment >= 0
            AND p.rate_short + p.rate_investment + p.state_rate < 1
        ELSE p.other_income >= 0 END
)"""
_ACCOUNTS = {
    "key": ("id", "int4"),
    "household": ("household_id", "int4"),
    "public_id": ("public_id", one_row.TEXT),
    "is_taxed": ("tax_treatment = 'taxable'", "bool"),
    "is_agreed": ("is_agreed", "bool"),
    "is_reconciled": ("reconciliation = 'reconciled'", "bool"),
    "is_filed": ("is_filed", "bool"),
    "minimum": one_row.cents("minimum_cash"),
    "has_cash": ("cash_on IS NOT NULL", "bool"),
    "settled": one_row.cents("settled"),
    "unsettled": one_row.cents("unsettled"),
    "cash_on": one_row.day("cash_on"),
    "listed_on": one_row.day("listed_on"),
}
_OPEN = """(
    SELECT a.id, a.household_id, a.public_id, a.tax_treatment, a.reconciliation, a.minimum_cash,
        coalesce(
            a.agreement_signed_on IS NOT NULL AND a.agreement_effective_on <= %(trade_on)s
            AND (a.agreement_terminated_on IS NULL OR a.agreement_terminated_on > %(trade_on)s), false
        ) AS is_agreed,
        (a.tax_unit_id IS NULL OR <sound profile>) AS is_filed,
        c.settled, c.unsettled, c.as_of_on AS cash_on, l.as_of_on AS listed_on
    FROM clients_account AS a
    LEFT JOIN clients_cashbalance AS c ON c.account_id = a.id
    LEFT JOIN clients_lotlisting AS l ON l.account_id = a.id AND l.security_id IS NULL
    WHERE a.closed_on IS NULL OR a.closed_on > %(trade_on)s
    ORDER BY a.household_id, a.public_id COLLATE "C"
) AS open""".replace("<sound profile>", _SOUND_PROFILE)
_LOTS = {
    "account": ("account_id", "int4"),
    "security": ("security_id", "int4"),
    "quantity": ("quantity", "float8"),
    "basis": ("coalesce(basis, 'NaN')", "float8"),
    "as_of_on": one_row.day("as_of_on"),
    "is_plain": (
        """NOT is_average_cost AND acquired_by <> 'gift' AND basis_status <> 'disputed'
        AND coalesce(greatest(acquired_on, adjusted_acquired_on) <= %(trade_on)s, true)""",
        "bool",
    ),
}
_POSITIONS = {
    "key": ("id", "int4"),
    "account": ("account_id", "int4"),
    "security": ("security_id", "int4"),
    "is_held_out": ("held_out <> ''", "bool"),
}


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Accounts open on the trade day, by household and public id: shape (accounts,). Dollars are cents.

    `listed_on` is the day of the last file that listed all of an account's lots. `is_fit` says that it may be traded, as far as
    the account's own row and its tax profile tell (its cash is another matter).
    """

    key: Ints
    household: Ints
    public_id: NDArray[Any]
    is_taxed: Flags
    is_fit: Flags
    minimum: Ints
    has_cash: Flags
    settled: Ints
    unsettled: Ints
    cash_on: Ints
    listed_on: Ints
    is_filed: Flags


@dataclass(frozen=True, kw_only=True)
class Lots:
    """Every lot that counts in a weight, in no particular order: shape (lots,). `account` and `security` are indexes.

    Those of positions without lots stand at the end and have `as_of_on` 0. `quantity` is exact where it is below `EXACT_MAX`
    millionths.
    """

    account: Ints
    security: Ints
    quantity: Floats
    basis: Floats
    """Dollars; NaN where it is unknown."""
    as_of_on: Ints
    is_plain: Flags
    """Bought, in one piece, of an undisputed basis, and not in the future."""

    @property
    def micro(self) -> Floats:
        """Millionths of shares, whole."""
        return np.rint(self.quantity * MILLION)


@dataclass(frozen=True, kw_only=True)
class Positions:
    """Positions that no lot stands for: shape (positions,). `quantity` is in millionths; `is_swept` are cash."""

    account: Ints
    security: Ints
    micro: Ints
    is_swept: Flags


def accounts(households: Ints, *, trade_on: date) -> Accounts:
    """The accounts of these households."""
    told = one_row.read(_OPEN, _ACCOUNTS, {"trade_on": trade_on})
    row, at = among(households, told.pop("household"))
    kept = {name: column[row] for name, column in told.items()}
    is_fit = kept.pop("is_agreed") & kept.pop("is_reconciled") & kept["is_filed"]
    whole = {name: one.astype(np.int64) if one.dtype.kind == "i" else one for name, one in kept.items()}
    return Accounts(household=at, is_fit=is_fit, **whole)


def lots(open_accounts: Accounts, held: Securities, *, trade_on: date) -> Lots:
    """The open lots of these accounts."""
    told = one_row.read("clients_taxlot WHERE closed_on IS NULL", _LOTS, {"trade_on": trade_on})
    place = _places(open_accounts.key)
    account = place[np.minimum(told.pop("account"), len(place) - 1)]
    here = account >= 0
    security = np.searchsorted(held.keys, told.pop("security"))
    kept = told if here.all() else {name: column[here] for name, column in told.items()}
    return Lots(account=account[here], security=security[here], **kept)


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What custodians state of positions: those without lots, and which accounts hold what apart or hold what is unknown."""

    without_lots: Positions
    is_apart: Flags
    """Accounts that hold something out of the rebalancing, or short: shape (accounts,)."""
    account: Ints
    security: Ints
    """Every position: shape (all positions,)."""


def positions(open_accounts: Accounts, held: Securities, in_lots: Lots) -> Stated:
    """The positions of these accounts, of which those without lots are read in full."""
    told = one_row.read("clients_position", _POSITIONS, {})
    place = _places(open_accounts.key)
    account = place[np.minimum(told["account"], len(place) - 1)]
    here = account >= 0
    account, security = account[here], np.searchsorted(held.keys, told["security"][here])
    key, is_held_out = told["key"][here], told["is_held_out"][here]
    count = len(held.keys)
    in_lots_at = np.zeros(len(open_accounts.key) * count, dtype=np.bool_)
    in_lots_at[in_lots.account * count + in_lots.security] = True
    alone = ~in_lots_at[account * count + security] & ~is_held_out
    micro = _quantities(key[alone])
    is_apart = np.zeros(len(open_accounts.key), dtype=np.bool_)
    is_apart[account[is_held_out]] = True
    is_swept = held.is_money_market[security[alone]]
    is_odd = (micro < 0) | (~is_swept & (micro == 0) & (held.price_micro[security[alone]] == 0))
    is_apart[account[alone][is_odd]] = True
    return Stated(
        without_lots=Positions(
            account=account[alone], security=security[alone], micro=micro, is_swept=is_swept
        ),
        is_apart=is_apart,
        account=account,
        security=security,
    )


def _quantities(keys: NDArray[Any]) -> Ints:
    """The quantities of positions by key, in millionths, in the order of the keys."""
    told = one_row.read(
        "clients_position WHERE id = ANY(%(keys)s) AND quantity IS NOT NULL",
        {"key": ("id", "int4"), "micro": ("quantity * 1000000", "int8")},
        {"keys": keys.tolist()},
    )
    order = np.argsort(told["key"])
    row = order[np.searchsorted(told["key"], keys, sorter=order)]
    return told["micro"].astype(np.int64)[row]


def _places(keys: Ints) -> Ints:
    """The index of each key, by the key itself; -1 for others, and at the end."""
    found = np.full((int(keys.max()) if len(keys) else 0) + 2, -1, dtype=np.int64)
    found[keys] = np.arange(len(keys))
    return found
