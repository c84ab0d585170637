"""The list of accounts in waiting files that are not bound yet, each with the accounts it most likely means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from clients import access
from clients.imports import binding_proposals
from clients.imports.file_contents import Contents, parse
from clients.models import Account, CustodianFile, FileAccount
from clients.pages.import_list import counted

FOUND_MAX = 10


@dataclass(frozen=True, slots=True)
class Choice:
    """One account that an unbound one may mean."""

    value: str
    label: str
    evidence: str
    is_proposed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An unbound account of a file; `field` is the name of its choice in the form. Other waiting files that name the
    account alike have no line of their own: they are bound with it.
    """

    file_account: FileAccount
    file_name: str
    file_url: str
    field: str
    choices: tuple[Choice, ...]
    cannot_bind: str
    others: tuple[str, ...] = ()

    @property
    def name(self) -> tuple[str, str]:
        """How a custodian's files name the account."""
        return self.file_account.file.custodian, self.file_account.key


@dataclass(frozen=True, slots=True)
class BindingsPage:
    heading: str
    rows: tuple[Row, ...]
    proposed_count: int
    searched: str
    found_count: int
    list_url: str


def candidates_for(user: Any, custodian: str) -> QuerySet[Account]:
    """The open accounts at a custodian that a masked number could mean."""
    return (
        access.accounts_for(user)
        .filter(custodian=custodian, closed_on=None)
        .select_related("household", "owner", "joint_owner")
        .prefetch_related("positions__security")
        .defer("number")
        .order_by("household__name", "name", "id")
    )


def waiting(user: Any, *, public_id: str = "") -> QuerySet[CustodianFile]:
    """The files with accounts to bind, or one of them."""
    files = access.files_for(user).filter(
        state=CustodianFile.State.PREVIEWED, accounts__state=FileAccount.State.UNBOUND
    )
    return (files.filter(public_id=public_id) if public_id else files).distinct().order_by("pk")


def unbound_for(user: Any) -> QuerySet[FileAccount]:
    """The unbound accounts of waiting files that this person may read."""
    return FileAccount.objects.filter(
        file__in=access.files_for(user).filter(state=CustodianFile.State.PREVIEWED),
        state=FileAccount.State.UNBOUND,
    )


def show(user: Any, *, public_id: str = "", text: str = "") -> BindingsPage:
    """Every unbound account with its likely ones, and those that a search found at its custodian."""
    rows: list[Row] = []
    found_count = 0
    for file in waiting(user, public_id=public_id):
        accounts = list(candidates_for(user, file.custodian)) if file.custodian else []
        found = _found(accounts, text)
        found_count += len(found)
        rows += _rows(file, accounts, found)
    rows = _once(rows)
    proposed = sum(1 for row in rows for one in row.choices if one.is_proposed)
    return BindingsPage(
        heading=f"{counted(len(rows), 'account')} to bind" if rows else "Every account is bound",
        rows=tuple(rows),
        proposed_count=proposed,
        searched=text,
        found_count=found_count,
        list_url=reverse("clients:import_list"),
    )


def _once(rows: Sequence[Row]) -> list[Row]:
    """One row for each account, however many files name it alike."""
    by_name: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_name[row.name].append(row)
    return [replace(first, others=tuple(one.file_name for one in more)) for first, *more in by_name.values()]


def chosen(user: Any, given: Any) -> dict[int, dict[FileAccount, Account]]:
    """What a form chose, by file: only unbound accounts and accounts at their custodian that this person may see. Other
    waiting files that name an account alike follow the choice.
    """
    picked = {name.removeprefix("row-"): value for name, value in given.items() if name.startswith("row-")}
    keys = [int(key) for key, value in picked.items() if value and key.isdecimal() and len(key) < 19]
    by_file: dict[int, dict[FileAccount, Account]] = defaultdict(dict)
    for row in unbound_for(user).filter(pk__in=keys).select_related("file").defer("file__content"):
        accounts = candidates_for(user, row.file.custodian)
        account = accounts.filter(public_id=picked[str(row.pk)]).first()
        if account is None:
            continue
        alike = unbound_for(user).filter(key=row.key, file__custodian=row.file.custodian)
        for one in alike.select_related("file").defer("file__content"):
            by_file[one.file_id][one] = account
    return dict(by_file)


def _rows(file: CustodianFile, accounts: Sequence[Account], found: Sequence[Account]) -> list[Row]:
    held = list(file.accounts.all())
    unbound = [one for one in held if one.state == FileAccount.State.UNBOUND]
    taken = {one.account_id for one in held if one.account_id}
    contents = Contents.of(file, parse(file))
    offers = binding_proposals.offers(
        contents, unbound, binding_proposals.Candidates.of(accounts), taken=taken
    )
    return [
        Row(
            file_account=one.file_account,
            file_name=file.name,
            file_url=reverse("clients:import_detail", args=[file.public_id]),
            field=f"row-{one.file_account.pk}",
            choices=_choices(one, found),
            cannot_bind=why_not(file, one.file_account, has_accounts=bool(accounts)),
        )
        for one in offers
    ]


def why_not(file: CustodianFile, row: FileAccount, *, has_accounts: bool) -> str:
    """Why a person cannot say which account this is; empty where they can. A whole number is never bound by hand."""
    if row.mask.startswith("····") or not file.custodian:
        return "The file names the whole number, and no account on record has it. Open the account first."
    if not has_accounts:
        return "No account at this custodian is on record. Open the account first."
    return ""


def _choices(offer: binding_proposals.Offer, found: Sequence[Account]) -> tuple[Choice, ...]:
    best = offer.proposed.account.pk if offer.proposed else None
    fitting = [
        Choice(one.account.public_id, label_of(one.account), one.evidence, one.account.pk == best)
        for one in offer.fits
    ]
    listed = {one.value for one in fitting}
    others = [Choice(one.public_id, label_of(one), "found by the search", False) for one in found]
    return (*fitting, *(one for one in others if one.value not in listed))


def label_of(account: Account) -> str:
    return f"{account.household.name}: {account.name} ····{account.number_last4}"


def _found(accounts: Sequence[Account], text: str) -> list[Account]:
    """The accounts that a search found, at most ten."""
    wanted = text.casefold().strip()
    if not wanted:
        return []
    fitting = [
        one
        for one in accounts
        if wanted in f"{one.household.name} {one.name} {one.owner} {one.joint_owner or ''}".casefold()
        or one.number_last4.endswith(wanted)
    ]
    return fitting[:FOUND_MAX]
