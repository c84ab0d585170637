"""Which of our accounts a masked number in a file most likely means: the same tail, owner, positions, value.

A proposal is only shown; a person binds. One account is proposed where it fits better than every other and at
least by two kinds of evidence, or by one where its tail is the only one of its custodian.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clients.custodians.kinds import RowKind
from clients.custodians.rows import AccountSeen, PositionRow
from clients.imports.file_contents import Contents, key_of
from clients.models import Account, FileAccount
from clients.securities.securities import symbol_named_by

VALUE_NEAR = Decimal("0.02")
OFFERED_MAX = 5
MILLIONTH = Decimal("0.000001")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an account fits: the same tail, words of its owner, positions in common, and value."""

    account: Account
    same_tail: bool
    owner_words: tuple[str, ...]
    same_positions: int
    positions_count: int
    near_value: bool

    @property
    def kinds(self) -> int:
        """How many kinds of evidence there are."""
        return sum((self.same_tail, bool(self.owner_words), self.same_positions > 0, self.near_value))

    @property
    def rank(self) -> tuple[int, bool, int, int]:
        return (self.kinds, self.same_tail, self.same_positions, len(self.owner_words))

    @property
    def evidence(self) -> str:
        """The evidence in words, such as `same tail; owner Miller; 3 of 4 positions; same value`."""
        parts = [
            "same tail" if self.same_tail else "",
            f"owner {' '.join(self.owner_words)}" if self.owner_words else "",
            f"{self.same_positions} of {self.positions_count} positions" if self.same_positions else "",
            "same value" if self.near_value else "",
        ]
        return "; ".join(part for part in parts if part) or "nothing in common"


@dataclass(frozen=True, slots=True)
class Offer:
    """The accounts that fit one unbound account of a file, the best first; `proposed` is the one to confirm."""

    file_account: FileAccount
    fits: tuple[Fit, ...]
    proposed: Fit | None


@dataclass(frozen=True, slots=True)
class Candidates:
    """The accounts at a custodian with what they hold, fetched once for a file."""

    accounts: tuple[Account, ...]
    shares: Mapping[int, Mapping[str, Decimal]]
    values: Mapping[int, Decimal]

    @classmethod
    def of(cls, accounts: Collection[Account]) -> Candidates:
        shares: dict[int, dict[str, Decimal]] = defaultdict(dict)
        values: dict[int, Decimal] = defaultdict(Decimal)
        unknown: set[int] = set()
        for account in accounts:
            for row in account.positions.all():
                if row.quantity is not None:
                    shares[account.pk][row.security.symbol] = row.quantity
                if row.market_value is None:
                    unknown.add(account.pk)
                else:
                    values[account.pk] += row.market_value
        return cls(tuple(accounts), shares, {key: one for key, one in values.items() if key not in unknown})


def offers(
    contents: Contents, unbound: Iterable[FileAccount], candidates: Candidates, *, taken: Collection[int]
) -> list[Offer]:
    """An offer for each unbound account; accounts that others of the file are bound to are not offered."""
    by_key = {key_of(seen): seen for seen in contents.parsed.accounts_seen}
    free = [one for one in candidates.accounts if one.pk not in taken]
    found = [_offer(row, by_key[row.key], contents, candidates, free) for row in unbound if row.key in by_key]
    # Two accounts of one file cannot both be the same of ours: then a person chooses.
    proposed = [one.proposed.account.pk for one in found if one.proposed]
    return [
        one
        if one.proposed is None or proposed.count(one.proposed.account.pk) == 1
        else Offer(one.file_account, one.fits, None)
        for one in found
    ]


def _offer(
    row: FileAccount, seen: AccountSeen, contents: Contents, candidates: Candidates, free: Sequence[Account]
) -> Offer:
    positions = contents.rows(RowKind.POSITION, seen)
    fits = [_fit(row, positions, one, candidates) for one in free]
    ranked = sorted(fits, key=lambda one: (*(-part for part in one.rank), one.account.pk))
    ranked = [one for one in ranked if one.kinds][:OFFERED_MAX]
    return Offer(row, tuple(ranked), _proposed(ranked, fits))


def _proposed(ranked: Sequence[Fit], fits: Sequence[Fit]) -> Fit | None:
    if not ranked or (len(ranked) > 1 and ranked[0].rank == ranked[1].rank):
        return None
    best = ranked[0]
    if best.kinds >= 2:
        return best
    is_only_tail = best.same_tail and sum(one.same_tail for one in fits) == 1
    return best if is_only_tail else None


def _fit(row: FileAccount, positions: Sequence[PositionRow], account: Account, candidates: Candidates) -> Fit:
    tail = "".join(letter for letter in row.mask if letter.isdecimal())[-4:]
    label = {word.casefold() for word in _WORD.findall(row.label)}
    owners = [one for one in (account.owner, account.joint_owner) if one is not None]
    names = [word for owner in owners for word in (owner.given_name, owner.family_name)]
    words = tuple(dict.fromkeys(word for word in names if word and word.casefold() in label))
    held = candidates.shares.get(account.pk, {})
    shares = {
        symbol_named_by(one): one.quantity.quantize(MILLIONTH)
        for one in positions
        if one.quantity is not None
    }
    same = sum(1 for symbol, quantity in shares.items() if held.get(symbol) == quantity)
    return Fit(
        account=account,
        same_tail=bool(tail) and account.number_last4.endswith(tail),
        owner_words=words,
        same_positions=same,
        positions_count=len(shares),
        near_value=_is_near(positions, candidates.values.get(account.pk)),
    )


def _is_near(positions: Sequence[PositionRow], value: Decimal | None) -> bool:
    known = [one.value for one in positions if one.value is not None]
    if not value or not known or len(known) != len(positions):
        return False
    return abs(sum(known, Decimal(0)) - value) <= abs(value) * VALUE_NEAR
