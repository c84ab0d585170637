"""An account's page, and a tax lot's: what is on record, the doors to it, and its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clients import figures
from clients.holdings import listings
from clients.households import employer_plans
from clients.models import Account, AccountBinding, EmployerPlan, FileAccount, LotCorrection, TaxLot
from clients.pages import facts, holdings, money_and_holds
from clients.pages.facts import Event
from clients.pages.holdings import AccountRow
from clients.pages.lists.distribution_facts import told
from clients.pages.money_and_holds import FlowRow, HoldRow, RuleRow, WishRow
from compliance.doors import pages
from compliance.doors.pages import DoorLink

ACCOUNT_DOORS = (
    "clients:account_correct",
    "clients:account_move",
    "clients:account_renumber",
    "clients:account_number_announce",
    "clients:transfer_expect",
    "clients:transfer_distribute",
    "clients:transfer_give",
    "clients:account_plan",
    "clients:basis_elect",
    "clients:distribution_terms_record",
    "clients:account_close",
    "rebalancing:trade_error_record",
    "clients:account_reopen",
)
LOT_DOORS = (
    "clients:lot_correct",
    "clients:lot_withdraw",
    "clients:lot_lock",
    "clients:lot_unlock",
    "clients:lot_gift",
    "clients:lot_inherited",
    "clients:lot_origin_end",
)
ELECTION_DOORS = ("clients:basis_election_correct", "clients:basis_election_end")
NUMBER_DOORS = ("clients:account_number_confirm", "clients:account_number_withdraw")
FILES_MAX = 20


@dataclass(frozen=True, slots=True)
class BindingRow:
    binding: AccountBinding
    by: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A number the account once had."""

    last_four: str
    custodian: str
    why: str
    until_on: date


@dataclass(frozen=True, slots=True)
class AnnouncedRow:
    """A number that the custodian gives the account, and that a second person is to confirm."""

    last_four: str
    from_on: date
    by: str
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class FileRow:
    name: str
    url: str
    state: str
    loaded_at: datetime | None
    counts: str


@dataclass(frozen=True, slots=True)
class ElectionRow:
    """An election of the average basis, with what has become of it."""

    symbol: str
    told: str
    is_standing: bool
    doors: tuple[DoorLink, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    account: Account
    row: AccountRow
    household: str
    household_url: str
    list_url: str
    facts: tuple[tuple[str, str], ...]
    agreement: tuple[tuple[str, str], ...]
    is_in_force: bool
    plan_url: str
    restrictions: tuple[WishRow, ...]
    doors: tuple[DoorLink, ...]
    bindings: tuple[BindingRow, ...]
    bind: tuple[DoorLink, ...]
    numbers: tuple[NumberRow, ...]
    announced: tuple[AnnouncedRow, ...]
    files: tuple[FileRow, ...]
    elections: tuple[ElectionRow, ...]
    holds: tuple[HoldRow, ...]
    flows: tuple[FlowRow, ...]
    rules: tuple[RuleRow, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction of a lot: what was decided, on what evidence, by whom."""

    decided: str
    evidence: str
    document: str
    digest: str
    by: str
    at: datetime
    ended: str


@dataclass(frozen=True, slots=True)
class LotPage:
    title: str
    account: str
    account_url: str
    household: str
    household_url: str
    facts: tuple[tuple[str, str], ...]
    doors: tuple[DoorLink, ...]
    corrections: tuple[CorrectionRow, ...]
    events: tuple[Event, ...]


def account(user: Any, found: Account, *, on: date, may_open_files: bool) -> AccountPage:
    """One account as a member of staff sees it, in a known number of queries."""
    (row,) = holdings.of_accounts([found], holdings.prices_of([found]))
    bindings = found.bindings.select_related("bound_by", "account").order_by("ended_at", "-bound_at", "-pk")
    numbers = found.former_numbers.order_by("-changed_at", "-pk")
    return AccountPage(
        account=found,
        row=row,
        household=found.household.name,
        household_url=reverse("clients:household", args=[found.household.public_id]),
        list_url=reverse("clients:account_list"),
        facts=tuple(_facts(found, plan=employer_plans.plan_of(found))),
        plan_url=_plan_url(found),
        restrictions=tuple(
            one
            for one in money_and_holds.restrictions(user, found.household, on=on)
            if one.account_id in (None, found.pk)
        ),
        agreement=tuple(_agreement(found)),
        is_in_force=found.agreement_in_force(on=on),
        doors=pages.links(ACCOUNT_DOORS, user, found),
        bindings=tuple(
            BindingRow(one, one.bound_by.get_full_name(), pages.links(("clients:account_unbind",), user, one))
            for one in bindings
        ),
        bind=pages.links(("clients:account_bind",), user, found),
        numbers=tuple(
            NumberRow(one.number_last4, one.get_custodian_display(), one.get_why_display(), one.until_on)
            for one in numbers
        ),
        announced=tuple(
            AnnouncedRow(
                one.number_last4,
                one.from_on,
                one.announced_by.get_full_name(),
                pages.links(NUMBER_DOORS, user, one),
            )
            for one in found.number_changes.filter(confirmed_at=None, withdrawn_at=None).select_related(
                "announced_by", "account__household"
            )
        ),
        files=tuple(_files(found, may_open=may_open_files)),
        elections=tuple(_elections(user, found)),
        holds=tuple(
            one
            for one in money_and_holds.holds(user, found.household, on=on)
            if one.hold.account_id in (None, found.pk)
        ),
        flows=tuple(money_and_holds.flows(user, [found], on=on)),
        rules=tuple(money_and_holds.rules(user, [found])),
        events=facts.history([found]),
    )


def lot(user: Any, found: TaxLot) -> LotPage:
    """One tax lot with its corrections and its history."""
    told = [
        ("Shares", figures.quantity(found.quantity)),
        ("Acquired on", figures.day(found.acquired_on) if found.acquired_on else "unknown"),
        (
            "Holding period from",
            figures.day(found.adjusted_acquired_on) if found.adjusted_acquired_on else "",
        ),
        ("Basis", figures.money(found.basis) if found.basis is not None else "unknown"),
        ("Status of the basis", found.get_basis_status_display()),
        ("Acquired by", found.get_acquired_by_display() if found.acquired_by else ""),
        *_origin(found),
        ("Locked", f"{found.get_lock_display()}: {found.lock_reason}" if found.lock else ""),
        ("Locked until", figures.day(found.lock_until_on) if found.lock_until_on else ""),
        ("As of", figures.day(listings.day_of(found))),
        ("No longer listed since", figures.day(found.closed_on) if found.closed_on else ""),
    ]
    household = found.account.household
    return LotPage(
        title=f"{figures.quantity(found.quantity)} {found.security.symbol}",
        account=str(found.account),
        account_url=reverse("clients:account", args=[found.account.public_id]),
        household=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        facts=tuple((label, text) for label, text in told if text),
        doors=(*pages.links(LOT_DOORS, user, found), *_keep(user, found)),
        corrections=tuple(_corrections(found)),
        events=facts.history([found]),
    )


def _elections(user: Any, found: Account) -> Iterable[ElectionRow]:
    """The elections of the account that were not replaced, those in force first."""
    rows = found.basis_elections.filter(replaced_by=None).select_related("security", "account__household")
    for row in rows.order_by("ended_at", "security__symbol", "-pk"):
        how = "revoked" if row.is_revoked else "changed for the future"
        ended = f", {how} {figures.day(row.ends_on)}: {row.end_reason}" if row.ends_on else ""
        yield ElectionRow(
            symbol=row.security.symbol,
            told=f"elected {figures.day(row.elected_on)} ({row.document}){ended}",
            is_standing=row.ended_at is None,
            doors=pages.links(ELECTION_DOORS, user, row) if row.ended_at is None else (),
        )


def _origin(found: TaxLot) -> Iterable[tuple[str, str]]:
    """Where a lot came from when it was not bought."""
    row = found.origins.filter(ended_at=None).first()
    if row is not None:
        yield "Came from", f"{row.get_kind_display()}, {figures.day(row.happened_on)}: {row.evidence}"
    if found.acquired_by == TaxLot.Acquisition.GIFT:
        yield "Donor’s basis", figures.money(found.donor_basis)
        yield "Donor acquired it on", figures.day(found.donor_acquired_on)
        yield "Value on the day of the gift", figures.money(found.value_at_gift)


def _plan_url(found: Account) -> str:
    plan = employer_plans.plan_of(found)
    return reverse("clients:employer_plan", args=[plan.public_id]) if plan else ""


def _keep(user: Any, found: TaxLot) -> tuple[DoorLink, ...]:
    """The door where the client's wish to keep this lot is recorded."""
    if found.closed_on is not None:
        return ()
    doors = pages.links(("clients:client_restriction_record",), user, found.account.household)
    query = urlencode({"kind": "do_not_sell", "lot": found.public_id})
    return tuple(DoorLink("The client keeps this lot", f"{one.url}?{query}") for one in doors)


def _distributions(found: Account) -> Iterable[tuple[str, str]]:
    """What is on record for required distributions that the plan type does not say."""
    terms = found.distribution_terms.filter(ended_at=None).first()
    if terms is not None:
        yield "Required distributions", told(terms)


def _facts(found: Account, *, plan: EmployerPlan | None) -> Iterable[tuple[str, str]]:
    owners = [str(found.owner), *([str(found.joint_owner)] if found.joint_owner else [])]
    yield "Owner", " and ".join(owners)
    yield "Registration", found.get_registration_display()
    yield "Tax", found.get_tax_treatment_display()
    if found.tax_unit:
        yield "Taxed on the return of", str(found.tax_unit)
    yield "Custodian", found.get_custodian_display()
    yield "Margin", found.get_margin_display()
    since = f", since {figures.day(found.lot_method_since_on)}" if found.lot_method_since_on else ""
    yield "Standing lot method", f"{found.get_lot_method_display()}{since}"
    yield "Minimum cash", figures.money(found.minimum_cash)
    if plan is not None:
        yield "Employer’s plan", f"{plan}: only what its menu lists is bought"
    elif found.is_of_an_employer:
        yield "Employer’s plan", "not on record: nothing is bought"
    yield from _distributions(found)
    if found.is_erisa:
        yield "ERISA", "applies"
    yield "Opened", figures.day(found.opened_on) if found.opened_on else "unknown"
    if found.closed_on:
        yield "Closed", figures.day(found.closed_on)


def _agreement(found: Account) -> Iterable[tuple[str, str]]:
    yield "Signed", figures.day(found.agreement_signed_on) if found.agreement_signed_on else "not on record"
    yield (
        "In force from",
        figures.day(found.agreement_effective_on) if found.agreement_effective_on else "never",
    )
    if found.agreement_terminated_on:
        yield "Ended", figures.day(found.agreement_terminated_on)
    yield "Discretion", found.get_discretion_display()
    if found.discretion_from_on:
        yield "Discretion from", figures.day(found.discretion_from_on)
    if found.discretion_until_on:
        yield "Discretion until", figures.day(found.discretion_until_on)


def _files(found: Account, *, may_open: bool) -> Iterable[FileRow]:
    touched = FileAccount.objects.filter(account=found, state=FileAccount.State.LOADED)
    for row in (
        touched.select_related("file").defer("file__content").order_by("-file__loaded_at", "-pk")[:FILES_MAX]
    ):
        counted = [
            f"{number} {kind}{' ' if what else ''}{what}"
            for what, counts in row.counts.items()
            for kind, number in counts.items()
            if number and kind != "unchanged"
        ]
        yield FileRow(
            name=row.file.name,
            url=reverse("clients:import_detail", args=[row.file.public_id]) if may_open else "",
            state=row.file.get_state_display(),
            loaded_at=row.file.loaded_at,
            counts=", ".join(counted).replace("_", " ") or "nothing new",
        )


def _corrections(found: TaxLot) -> Iterable[CorrectionRow]:
    for one in found.corrections.select_related("asked_by", "decided_by"):
        ended = f"{figures.moment(one.ended_at)}: {one.end_reason}" if one.ended_at else ""
        yield CorrectionRow(
            decided=_decided(one),
            evidence=one.evidence,
            document=one.document,
            digest=one.document_sha256,
            by=f"asked for by {one.asked_by.get_full_name()}, decided by {one.decided_by.get_full_name()}",
            at=one.decided_at,
            ended=ended,
        )


def _decided(one: LotCorrection) -> str:
    labels = {"acquired_on": "acquired on", "basis": "basis", "basis_status": "status"}
    told = []
    for name in one.decides:
        before, after = getattr(one, f"was_{name}"), getattr(one, name)
        if name == "basis":
            words = [figures.money(value) if value is not None else "unknown" for value in (before, after)]
        elif name == "acquired_on":
            words = [figures.day(value) if value is not None else "unknown" for value in (before, after)]
        else:
            words = [TaxLot.BasisStatus(value).label for value in (before, after)]
        told.append(f"{labels[name]}: {words[0]} → {words[1]}")
    return "; ".join(told)
