"""Numbers that accounts had before: files of earlier days mean the account still, later ones are refused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from clients.encryption import blind_index
from clients.models import Account, FormerNumber

COUNTS = (FormerNumber.Why.MOVED, FormerNumber.Why.CHANGED)
"""A number that was typed wrongly never was the account's."""


def of(indexes: Collection[str], *, custodian: str | None = None) -> dict[str, FormerNumber]:
    """The accounts that had these numbers last, by the number's digest; none for what an account has today."""
    if not indexes:
        return {}
    rows = FormerNumber.objects.filter(number_index__in=set(indexes), why__in=COUNTS)
    if custodian:
        rows = rows.filter(custodian=custodian)
    taken = Account.objects.filter(number_index__in=set(indexes)).values("number_index")
    found = rows.exclude(number_index__in=taken).select_related("account__household")
    return {row.number_index: row for row in found.order_by("changed_at", "pk")}


def refusal(number: str | None, account: Account, *, on: date, purpose: str) -> tuple[str, str] | None:
    """Why a file of a day does not go by an account's former number, and what to do; None where it may."""
    if number is None or (index := blind_index(number, purpose=purpose)) == account.number_index:
        return None
    row = of([index], custodian=None).get(index)
    if row is None or row.account_id != account.pk or on < row.until_on:
        return None
    return (
        f"The number ····{row.number_last4} is not {account.name}’s since {row.until_on:%m/%d/%Y}; it is "
        f"····{account.number_last4} now. The file is of {on:%m/%d/%Y}.",
        "Ask the custodian for a file with the new number, or correct the account’s number.",
    )
