"""A household's wash calendar on a day, and honestly which accounts it knows of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from clients.households import outside_accounts
from clients.models import Account, Household, OutsideAccount, Position, Security
from compliance.firm import firm_settings
from compliance.firm.tax_figures import FILE_IS_FRESH_FOR
from rebalancing.tax_ledger import gathering, washes, windows
from rebalancing.tax_ledger.windows import Replaced, Standing, Window


@dataclass(frozen=True, slots=True)
class Seen:
    """An account whose purchases come with files; `through` the last day they reach, None: no file yet."""

    public_id: str
    name: str
    owner: str
    is_taxed: bool
    through: date | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which accounts are seen, which are only declared, and what nobody has said.

    `silent` are the people of whom nothing was declared and who own no account elsewhere, as far as anybody knows.
    """

    seen: tuple[Seen, ...]
    declared: tuple[OutsideAccount, ...]
    silent: tuple[str, ...]
    fresh_days: int

    @property
    def is_whole(self) -> bool:
        """Whether every account that is known of is seen and up to date."""
        return not self.declared and not any(one.is_stale for one in self.seen)

    @property
    def sentence(self) -> str:
        """What the calendar covers, as it has to be said to a client."""
        told = [f"Watched: {_count(len(self.seen), 'account')} on record"]
        if stale := [one for one in self.seen if one.is_stale]:
            told.append(f"{len(stale)} of them without a file for more than {self.fresh_days} days")
        if self.declared:
            told.append(f"{_count(len(self.declared), 'account')} elsewhere declared and not seen")
        else:
            told.append("no account elsewhere has been declared")
        return ", ".join(told) + ". Purchases that nobody told us of are not in it."


@dataclass(frozen=True, slots=True)
class WashCalendar:
    """The calendar of one household on one day."""

    household: Household
    on: date
    windows: tuple[Window, ...]
    replacements: tuple[Replaced, ...]
    coverage: Coverage


def of(household: Household, *, on: date) -> WashCalendar:
    """The windows open on a day, over all accounts of the household, closed ones too."""
    year = gathering.of([household], since=date(on.year - 1, 1, 1), until=on)[household.pk]
    whole = washes.corrected(year.pieces, year.purchases)
    return WashCalendar(
        household=household,
        on=on,
        windows=windows.open_on(on, whole, year.purchases, _standing(household)),
        replacements=tuple(
            one
            for one in windows.replacements(whole, year.pieces, year.purchases)
            if one.sold_on.year == on.year or one.is_held
        ),
        coverage=coverage(household, on=on),
    )


def coverage(household: Household, *, on: date) -> Coverage:
    """Which accounts the calendar knows of."""
    accounts = list(
        household.accounts.filter(closed_on=None)
        .select_related("owner", "cash")
        .defer("number")
        .order_by("name", "pk")
    )
    days: dict[int, date] = {}
    for account, day in Position.objects.filter(account__in=accounts).values_list("account", "as_of_on"):
        days[account] = max(day, days.get(account, day))
    fresh_days = firm_settings.in_force(on=on).of(FILE_IS_FRESH_FOR)
    declared = tuple(outside_accounts.in_force([household]))
    asked = {one.owner_id for one in declared}
    people = household.people.filter(left_on=None, deceased_on=None, kind="person").order_by("pk")
    return Coverage(
        seen=tuple(_seen(one, days.get(one.pk), on=on, fresh_days=fresh_days) for one in accounts),
        declared=declared,
        silent=tuple(str(one) for one in people if one.pk not in asked),
        fresh_days=fresh_days,
    )


def _seen(account: Account, through: date | None, *, on: date, fresh_days: int) -> Seen:
    return Seen(
        public_id=account.public_id,
        name=account.name,
        owner=str(account.owner),
        is_taxed=account.tax_treatment == Account.TaxTreatment.TAXABLE,
        through=through,
        is_stale=through is None or (on - through).days > fresh_days,
    )


def _standing(household: Household) -> list[Standing]:
    """What is bought without anybody deciding it: declared elsewhere, or dividends that are reinvested here."""
    declared = outside_accounts.in_force([household])
    symbols = {symbol for one in declared for symbol in one.buys}
    known = {
        one.symbol: one for one in Security.objects.filter(symbol__in=symbols).select_related("wash_group")
    }
    found = [
        Standing(symbol, group, one.name, f"{one.name} buys by itself, and nobody here sees when.")
        for one in declared
        for symbol in one.buys
        if symbol in known and (group := gathering.group_of(known[symbol])) is not None
    ]
    reinvested = Position.objects.filter(
        account__household=household, account__closed_on=None, reinvests_dividends=True
    ).select_related("account", "security__wash_group")
    found += [
        Standing(
            one.security.symbol,
            group,
            one.account.name,
            f"dividends are reinvested in {one.account.name}, and each is a purchase.",
        )
        for one in reinvested.order_by("account__name", "security__symbol")
        if one.security.kind != Security.Kind.MONEY_MARKET
        and (group := gathering.group_of(one.security)) is not None
    ]
    return found


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
