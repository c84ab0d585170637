"""What households share, as arrays: classes, securities with their prices and look-through, and the models' versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from clients.models import AssetClass, ModelVersion, Security, SleeveMember
from clients.policies import model_versions
from compliance.firm.policy_defaults import HALF_SPREAD
from rebalancing.portfolios.market import Market
from rebalancing.portfolios.policy_terms import CASH_CLASS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MILLION = 1_000_000
"""Shares, prices and weights are on record to a millionth."""
HALF_SPREAD_MAX = Decimal("0.2")
SETTLES_MAX = 5


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Every class on record and that of cash, by code. `place` is the order of pages."""

    codes: tuple[str, ...]
    names: tuple[str, ...]
    place: Ints
    cash: int


@dataclass(frozen=True, kw_only=True)
class Securities:
    """Every security on record, by key: shape (securities,). `part_class` and `part_weight` have a column for each class of the
    security with the most; weights are millionths, and zero where there is no further class.

    `is_fit` says whether a document may hold it: priced, not in dispute, its figures in range. `is_whole` and `oldest_on` are
    those of the security and what may replace it, which is read along.
    """

    keys: Ints
    price: Floats
    price_micro: Ints
    priced_on: Ints
    is_fit: Flags
    is_classified: Flags
    is_money_market: Flags
    is_whole: Flags
    oldest_on: Ints
    part_class: Ints
    part_weight: Ints
    replaced: Ints
    replacement: Ints
    """Pairs of indexes: what may stand in for what."""

    def with_replaced(self, which: Flags) -> Flags:
        """These securities, and those that one of them may stand in for: who holds one reads the other."""
        found = which.copy()
        found[self.replaced[which[self.replacement]]] = True
        return found

    def places(self, keys: Iterable[int]) -> Ints:
        """The indexes of securities by key."""
        return np.searchsorted(self.keys, np.array(sorted(keys), dtype=np.int64))


@dataclass(frozen=True, kw_only=True)
class Version:
    """A model's version as far as a reading asks for it. `wanted` are the indexes of its members and of what may replace them;
    `replaced` those that it lists as no longer bought.
    """

    row: ModelVersion
    wanted: frozenset[int]
    replaced: frozenset[int]
    is_fit: bool
    oldest_on: int


def classes() -> Classes:
    """The classes of the record."""
    rows = {one.code: one for one in AssetClass.objects.all()}
    codes = tuple(sorted({*rows, CASH_CLASS}))
    return Classes(
        codes=codes,
        names=tuple(rows[code].name if code in rows else "Cash" for code in codes),
        place=np.array([rows[code].position if code in rows else 0 for code in codes], dtype=np.int64),
        cash=codes.index(CASH_CLASS),
    )


def securities(market: Market, known: Classes, *, trade_on: date) -> Securities:
    """The securities of the record with the prices of the market's day."""
    keys = sorted(Security.objects.values_list("pk", flat=True))
    place = {key: index for index, key in enumerate(keys)}
    rows = market.securities(keys)
    prices, disputed = market.prices(keys), market.disputed(keys)
    usual = market.settings_on(trade_on).of(HALF_SPREAD)
    width = max((len(one.class_weights.all()) for one in rows.values()), default=1) or 1
    micro, priced_on = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
    is_fit, is_classified = np.zeros(len(keys), np.bool_), np.zeros(len(keys), np.bool_)
    is_swept = np.zeros(len(keys), np.bool_)
    part_class = np.full((len(keys), width), known.cash, np.int64)
    part_weight = np.zeros((len(keys), width), np.int64)
    code_place = {code: index for index, code in enumerate(known.codes)}
    for key, one in rows.items():
        at, price = place[key], prices.get(key)
        is_swept[at] = one.kind == Security.Kind.MONEY_MARKET
        parts = [(code_place[part.asset_class.code], _micro(part.weight)) for part in one.class_weights.all()]
        is_classified[at] = bool(parts) or is_swept[at]
        for column, (which, weight) in enumerate(parts or [(known.cash, MILLION)]):
            part_class[at, column], part_weight[at, column] = which, weight
        if price is not None:
            micro[at], priced_on[at] = _micro(price.price), price.as_of_on.toordinal()
        elif is_swept[at]:
            micro[at], priced_on[at] = MILLION, market.on.toordinal()
        spread = usual if one.half_spread is None else one.half_spread
        is_fit[at] = (
            micro[at] > 0
            and key not in disputed
            and 0 <= spread < HALF_SPREAD_MAX
            and one.settlement_days <= SETTLES_MAX
            and part_weight[at].sum() == MILLION
        )
    is_whole, oldest_on = is_fit.copy(), priced_on.copy()
    pairs = [
        (place[key], place[other.replacement_id])
        for key, one in rows.items()
        for other in one.replacements.all()
    ]
    for at, there in pairs:
        is_whole[at] &= is_fit[there]
        oldest_on[at] = min(oldest_on[at], priced_on[there])
    return Securities(
        keys=np.array(keys, dtype=np.int64),
        price=np.where(micro > 0, micro / MILLION, np.nan),
        price_micro=micro,
        priced_on=priced_on,
        is_fit=is_fit,
        is_classified=is_classified,
        is_money_market=is_swept,
        is_whole=is_whole,
        oldest_on=oldest_on,
        part_class=part_class,
        part_weight=part_weight,
        replaced=np.array([at for at, _ in pairs], dtype=np.int64),
        replacement=np.array([there for _, there in pairs], dtype=np.int64),
    )


def versions(
    followed: Iterable[tuple[int, bool]], market: Market, held: Securities, *, on: date
) -> dict[tuple[int, bool], Version | None]:
    """The version that a policy reads, by the version it names and whether it follows the model; None where none is in force."""
    asked = set(followed)
    named = ModelVersion.objects.select_related("model").in_bulk([key for key, _ in asked])
    found: dict[tuple[int, bool], Version | None] = {}
    by_version: dict[int, Version] = {}
    for key, follows in sorted(asked):
        row = model_versions.in_force(named[key].model, on=on) if follows else named[key]
        if row is None:
            found[key, follows] = None
            continue
        if row.pk not in by_version:
            by_version[row.pk] = _version(row, market, held)
        found[key, follows] = by_version[row.pk]
    return found


def _version(row: ModelVersion, market: Market, held: Securities) -> Version:
    sleeves = market.sleeves(row.pk)
    uses: dict[int, set[str]] = {}
    weights: dict[int, Decimal] = {}
    for sleeve in sleeves:
        weights[sleeve.model_class_id] = weights.get(sleeve.model_class_id, Decimal(0)) + sleeve.weight
        for member in sleeve.members.all():
            uses.setdefault(member.security_id, set()).add(member.use)
    # A class that is divided is divided whole, or the document is at fault.
    is_fit = all(weight == 1 for weight in weights.values())
    is_fit &= all(member.rank >= 1 for sleeve in sleeves for member in sleeve.members.all())
    members = held.places(uses)
    replaced = [key for key, used in uses.items() if used == {SleeveMember.Use.LEGACY}]
    with_others = market.securities(uses)
    return Version(
        row=row,
        wanted=frozenset(held.places(with_others).tolist()),
        replaced=frozenset(held.places(replaced).tolist()),
        is_fit=is_fit and bool(held.is_whole[members].all()),
        oldest_on=int(held.oldest_on[members].min(initial=market.on.toordinal())),
    )


def _micro(number: Decimal) -> int:
    return int(number * MILLION)
