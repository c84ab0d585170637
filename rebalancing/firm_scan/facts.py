"""The firm's facts as arrays: what a reading of every household asks for, by household, account, lot and class.

Floats choose; what is stored is decided exactly (`exact`). Days are ordinals (`date.toordinal`), 0 where there is none; money
that is a balance is in whole cents, edges and prices also in whole millionths. Indexes point into the arrays of keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
from django.db.models import Q

from clients.models import Household
from rebalancing.firm_scan import holdings, policies, shared
from rebalancing.firm_scan.holdings import Accounts, Lots, Positions, Stated
from rebalancing.firm_scan.policies import Bands, Policies
from rebalancing.firm_scan.shared import MILLION, Classes, Flags, Floats, Ints, Securities, Version
from rebalancing.portfolios.market import Market

__all__ = ["Bands", "FirmFacts", "Flags", "Floats", "Ints", "read"]


@dataclass(frozen=True, kw_only=True)
class FirmFacts:
    """The facts of every open household on a market day. `households` are keys in ascending order; the arrays of accounts,
    lots, securities, classes and policies say their shapes and units themselves.
    """

    market: Market
    market_on: date
    trade_on: date
    households: Ints
    classes: Classes
    securities: Securities
    accounts: Accounts
    lots: Lots
    positions: Positions
    stated: Stated
    policies: Policies
    versions: dict[tuple[int, bool], Version | None]
    """By the version that a policy names and whether it follows the model."""
    swept: Ints
    """Cents in money market funds without lots: shape (accounts,)."""
    has_swept: Flags
    """Whether an account holds a money market fund at all: shape (accounts,)."""

    @cached_property
    def bands(self) -> Bands:
        """The bands in force."""
        return self.policies.bands()

    @cached_property
    def cash(self) -> Ints:
        """Free cash in cents: settled or not, and swept, less what is kept back: shape (accounts,)."""
        own = self.accounts
        reserve = np.zeros(len(own.key), dtype=np.int64)
        order = np.lexsort((-own.settled, ~own.is_taxed, own.household))
        _, first = np.unique(own.household[order], return_index=True)
        keeps = order[first]
        reserve[keeps] = self.policies.reserve[own.household[keeps]]
        return own.settled + own.unsettled + self.swept - own.minimum - reserve

    @cached_property
    def set_of_account(self) -> Ints:
        """The set of weights that each account counts in: its household's, or its own: shape (accounts,), ascending."""
        own = self.accounts
        pooled = self.policies.pools[own.household]
        starts = np.ones(len(own.key), dtype=np.int64)
        starts[1:] = ~pooled[1:] | (own.household[1:] != own.household[:-1])
        return np.cumsum(starts) - 1

    @cached_property
    def household_of_lot(self) -> Ints:
        """The index of each lot's household: shape (lots,)."""
        return self.accounts.household[self.lots.account]

    def version_of(self, household: int) -> Version | None:
        """The model's version that a household's policy reads."""
        terms = self.policies
        return self.versions.get((int(terms.version[household]), bool(terms.follows[household])))

    def touched(self, securities: Flags) -> Flags:
        """The households that read one of these securities: they hold it or what it may stand in for, or their model does."""
        found = np.zeros(len(self.households), dtype=np.bool_)
        held = self.securities.with_replaced(securities)
        found[self.household_of_lot[held[self.lots.security]]] = True
        which = set(np.flatnonzero(securities).tolist())
        for (version, follows), one in self.versions.items():
            if one is not None and one.wanted & which:
                found |= (self.policies.version == version) & (self.policies.follows == follows)
        return found


def read(*, market_on: date, trade_on: date, market: Market | None = None) -> FirmFacts:
    """The facts of every household that is open on a market day, in a fixed number of queries."""
    market = market or Market(market_on)
    open_ones = Household.objects.filter(Q(closed_on=None) | Q(closed_on__gt=market_on))
    households = np.array(sorted(open_ones.values_list("pk", flat=True)), dtype=np.int64)
    classes = shared.classes()
    securities = shared.securities(market, classes, trade_on=trade_on)
    accounts = holdings.accounts(households, trade_on=trade_on)
    lots = holdings.lots(accounts, securities, trade_on=trade_on)
    stated = holdings.positions(accounts, securities, lots)
    is_taxed = np.zeros(len(households), dtype=np.bool_)
    is_taxed[accounts.household[accounts.is_taxed]] = True
    terms = policies.read(households, classes, is_taxed=is_taxed, trade_on=trade_on)
    alone = stated.without_lots
    swept = np.zeros(len(accounts.key), dtype=np.int64)
    whole = (np.abs(alone.micro) + 5_000) // 10_000 * np.sign(alone.micro)
    np.add.at(swept, alone.account[alone.is_swept], whole[alone.is_swept])
    has_swept = np.zeros(len(accounts.key), dtype=np.bool_)
    has_swept[stated.account[securities.is_money_market[stated.security]]] = True
    has = terms.key > 0
    followed = set(zip(terms.version[has].tolist(), terms.follows[has].tolist(), strict=True))
    return FirmFacts(
        market=market,
        market_on=market_on,
        trade_on=trade_on,
        households=households,
        classes=classes,
        securities=securities,
        accounts=accounts,
        lots=_with_positions(lots, alone, securities),
        positions=alone,
        stated=stated,
        policies=terms,
        versions=shared.versions(followed, market, securities, on=trade_on),
        swept=swept,
        has_swept=has_swept,
    )


def _with_positions(lots: Lots, alone: Positions, securities: Securities) -> Lots:
    """The lots, and one for each position without any that is no cash: it counts at its value."""
    which = ~alone.is_swept & (alone.micro > 0)
    count = int(which.sum())
    if not count:
        return lots
    return replace(
        lots,
        account=np.concatenate([lots.account, alone.account[which]]),
        security=np.concatenate([lots.security, alone.security[which]]),
        quantity=np.concatenate([lots.quantity, alone.micro[which] / MILLION]),
        basis=np.concatenate([lots.basis, np.full(count, np.nan)]),
        as_of_on=np.concatenate([lots.as_of_on, np.zeros(count, dtype=lots.as_of_on.dtype)]),
        is_plain=np.concatenate([lots.is_plain, np.ones(count, dtype=np.bool_)]),
    )
