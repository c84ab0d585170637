"""The tax ledger of a household and year: entries by return, sums, budgets, payments, and the custodians' own figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.holdings import stated_gains
from clients.households import estimated_taxes
from clients.models import Account, EstimatedTax, Household, Policy, StatedGains, TaxProfile, TaxUnit
from rebalancing.engine.documents.tax_units import TaxUnit as Return
from rebalancing.engine.money import ZERO
from rebalancing.portfolios import tax_units
from rebalancing.tax_ledger import form_8949, gathering, payments, reconciling, sums, washes
from rebalancing.tax_ledger.payments import Edge, Paid, Payments
from rebalancing.tax_ledger.reconciling import Compared, Stated
from rebalancing.tax_ledger.sums import Budget, Sums
from rebalancing.tax_ledger.sums import Year as TaxYear
from rebalancing.tax_ledger.washes import Corrected, Entry


@dataclass(frozen=True, slots=True)
class Unknown:
    """A sale whose gain nobody knows. `is_confirmed`: a person confirmed the year's figures after it."""

    entry: Entry
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class UnitYear:
    """One return's year. Dollars; None where the year's profile is not on record and nothing can be computed.

    `before_short` and `before_long` were realized before the record begins; they are in no entry.
    """

    unit: TaxUnit
    year: int
    entries: tuple[Entry, ...]
    sums: Sums
    unknown: tuple[Unknown, ...]
    before_short: Decimal
    before_long: Decimal
    profile: TaxProfile | None
    computed: Return | None
    budget: Budget | None
    taxes: TaxYear | None
    payments: Payments | None
    estimated: EstimatedTax | None
    bears_parents_rate: bool

    @property
    def short(self) -> Decimal:
        return self.sums.short + self.before_short

    @property
    def long(self) -> Decimal:
        return self.sums.long + self.before_long

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Which lines the year's gains have crossed, and how far the next ones are."""
        return () if self.computed is None else payments.edges(self.computed)

    @property
    def open_unknown(self) -> tuple[Entry, ...]:
        """The sales whose gain is in no figure at all."""
        return tuple(one.entry for one in self.unknown if not one.is_confirmed)

    @property
    def is_known(self) -> bool:
        return self.profile is not None and not self.open_unknown


@dataclass(frozen=True, slots=True)
class Ledger:
    """A household's year."""

    household: Household
    year: int
    units: tuple[UnitYear, ...]
    accounts: tuple[Compared, ...]
    budget: Budget | None
    corrected: Corrected
    gathered: gathering.Gathered

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(entry for unit in self.units for entry in unit.entries)

    @property
    def lines(self) -> tuple[form_8949.Row, ...]:
        """The entries in the columns of Form 8949."""
        return tuple(form_8949.rows(self.entries))


def of(household: Household, year: int, *, on: date) -> Ledger:
    """The ledger of one household as known on a day."""
    return of_many([household], year, on=on)[household.pk]


def of_many(
    households: Collection[Household], year: int, *, on: date, sold: Collection[int] | None = None
) -> dict[int, Ledger]:
    """The ledgers of several households, in a fixed number of queries.

    `sold` are the keys of those of which anything was sold, where the caller has asked: the others have no entries, and
    what they hold and bought is not read.
    """
    some = [one for one in households if sold is None or one.pk in sold]
    gathered = {one.pk: gathering.Gathered() for one in households}
    if some:
        gathered |= gathering.of(some, since=date(year - 1, 1, 1), until=min(on, date(year, 12, 31)))
    keys = [one.pk for one in households]
    units: dict[int, list[TaxUnit]] = {key: [] for key in keys}
    for unit in TaxUnit.objects.filter(household__in=keys).order_by("household_id", "code"):
        units[unit.household_id].append(unit)
    everyone = [unit for found in units.values() for unit in found]
    profiles = {
        one.tax_unit_id: one for one in TaxProfile.objects.filter(tax_unit__in=everyone, tax_year=year)
    }
    paid = estimated_taxes.in_force(everyone, year=year)
    stated: dict[int, list[StatedGains]] = {}
    for row in stated_gains.in_force(households, year=year):
        stated.setdefault(row.account.household_id, []).append(row)
    accounts: dict[int, list[Account]] = {key: [] for key in keys}
    taxed = Account.objects.filter(household__in=keys, tax_treatment=Account.TaxTreatment.TAXABLE)
    for account in taxed.defer("number").order_by("name", "pk"):
        accounts[account.household_id].append(account)
    minors = set(
        Account.objects.filter(
            household__in=keys, registration=Account.Registration.CUSTODIAL_MINOR
        ).values_list("tax_unit", flat=True)
    )
    limits = _policy_budgets(keys, on=on)
    found = {}
    for household in households:
        mine = gathered[household.pk]
        corrected = washes.corrected(mine.pieces, mine.purchases)
        entries = [one for one in corrected.entries if one.piece.sold_on.year == year]
        years = tuple(
            _unit_year(
                unit,
                year,
                [one for one in entries if one.piece.place.unit == unit.code],
                profile=profiles.get(unit.pk),
                paid=paid.get(unit.pk),
                is_minor=unit.pk in minors,
                on=on,
            )
            for unit in units[household.pk]
        )
        found[household.pk] = Ledger(
            household=household,
            year=year,
            units=years,
            accounts=tuple(_compared(accounts[household.pk], entries, stated.get(household.pk, ()))),
            budget=_household_budget(limits.get(household.pk), years),
            corrected=corrected,
            gathered=mine,
        )
    return found


def computed(unit: TaxUnit, profile: TaxProfile, short: Decimal, long: Decimal) -> Return:
    """A return's year for the engine, with the gains that the ledger has."""
    return Return(
        id=unit.code,
        name=unit.name,
        **tax_units.rates(profile),
        realized_short=short,
        realized_long=long,
        carryforward_short=profile.short_term_carryover,
        carryforward_long=profile.long_term_carryover,
        expected_distributions=profile.distributions_expected,
    )


def _unit_year(
    unit: TaxUnit,
    year: int,
    entries: Sequence[Entry],
    *,
    profile: TaxProfile | None,
    paid: EstimatedTax | None,
    is_minor: bool,
    on: date,
) -> UnitYear:
    found = sums.of(entries)
    before_short = ZERO if profile is None else profile.short_term_before
    before_long = ZERO if profile is None else profile.long_term_before
    own = (
        None
        if profile is None
        else computed(unit, profile, found.short + before_short, found.long + before_long)
    )
    taxes = None if own is None else sums.year(own)
    return UnitYear(
        unit=unit,
        year=year,
        entries=tuple(entries),
        sums=found,
        unknown=tuple(Unknown(one, _is_confirmed(profile, one)) for one in found.unknown),
        before_short=before_short,
        before_long=before_long,
        profile=profile,
        computed=own,
        budget=None if own is None or profile is None else sums.budget(own, profile.gain_budget),
        taxes=taxes,
        payments=None
        if own is None or taxes is None or taxes.federal is None
        else payments.of(own, federal=taxes.federal, paid=_paid(paid), year=year, on=on),
        estimated=paid,
        bears_parents_rate=own is not None and is_minor and payments.bears_parents_rate(own),
    )


def _is_confirmed(profile: TaxProfile | None, entry: Entry) -> bool:
    """A person who confirms the profile states the year so far: what was sold by then is in those figures."""
    return (
        profile is not None
        and profile.confirmed_on is not None
        and entry.piece.sold_on <= profile.confirmed_on
    )


def _paid(row: EstimatedTax | None) -> Paid:
    return Paid() if row is None else Paid(row.prior_tax, row.prior_income, row.withheld, row.paid)


def _compared(
    accounts: Iterable[Account], entries: Sequence[Entry], stated: Sequence[StatedGains]
) -> Iterable[Compared]:
    figures: Mapping[int, StatedGains] = {row.account_id: row for row in stated}
    for account in accounts:
        mine = [one for one in entries if one.piece.place.account == account.public_id]
        row = figures.get(account.pk)
        if not mine and row is None and account.closed_on is not None:
            continue
        told = (
            None
            if row is None
            else Stated(row.public_id, row.as_of_on, row.short, row.long, row.disallowed, row.document)
        )
        yield reconciling.compared(account.public_id, account.name, mine, told)


def _policy_budgets(households: Sequence[int], *, on: date) -> dict[int, Decimal | None]:
    """The gain budgets of the policies in force, by household."""
    rows = Policy.objects.filter(
        household__in=households, state=Policy.State.ADOPTED, effective_on__lte=on
    ).order_by("household_id", "-version")
    return dict(rows.distinct("household_id").values_list("household_id", "gain_budget"))


def _household_budget(limit: Decimal | None, units: Sequence[UnitYear]) -> Budget | None:
    """The policy's budget over all returns; where it has none, those of the returns together."""
    known = [unit.budget for unit in units if unit.budget is not None]
    if not known:
        return None
    if limit is None:
        limits = [one.limit for one in known if one.limit is not None]
        limit = sum(limits, ZERO) if limits and len(limits) == len(known) else None
    return Budget(limit, sum((one.net for one in known), ZERO))
