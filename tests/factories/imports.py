"""Bringing the custodians' samples in, and drawing what the record holds afterwards."""

from __future__ import annotations

from typing import Any

from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount
from compliance.people.actors import Actor
from tests import cast
from tests.clients.custodians.reading import SAMPLES, header, table
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import table as csv_of
from tests.factories.households import SET_UP, loaded, received, the_millers

# Whole numbers as the firm knows them; the masks in the samples are their tails.
ACCOUNTS = (
    "60024526,Joint taxable,miller,Mia Miller,individual,schwab,full,2020-01-02,yes,fifo",
    "60020931,Roth,miller,Mia Miller,roth_ira,schwab,full,2020-01-02,no,fifo",
    "Z20526526,Trust,miller,Mia Miller,individual,fidelity,full,2020-01-02,yes,fifo",
    "217526931,Rollover,miller,Mia Miller,rollover_ira,fidelity,full,2020-01-02,no,fifo",
    "U0052601,Flex,miller,Mia Miller,individual,ibkr,full,2020-01-02,yes,fifo",
    "52600931,Plan,miller,Mia Miller,plan_401k,house,full,2020-01-02,no,fifo",
)


def the_accounts() -> None:
    """The Millers with an account at each custodian, empty so far."""
    the_millers()
    file = loaded(csv_of("accounts", list(ACCOUNTS)), name="accounts.csv")
    assert file.state == CustodianFile.State.LOADED, file.faults


def account(tail: str, *, at: str = "") -> Account:
    """The account whose number ends so: at a custodian, else at any but the house itself."""
    found = Account.objects.filter(number_last4__endswith=tail)
    return found.get(custodian=at) if at else found.exclude(custodian="house").get()


def bound(file: CustodianFile, *, to: dict[str, str] | None = None) -> CustodianFile:
    """A person binds each unknown account to the one whose number ends alike, or as `to` says by label."""
    for seen in list(file.accounts.filter(state=FileAccount.State.UNBOUND)):
        tail = (to or {}).get(seen.label) or seen.mask[-3:]
        custodian_files.bind(
            seen,
            account=account(tail, at=file.custodian),
            user_id=cast.tom().pk,
            by=Actor.person(cast.tom()),
            at=SUNDAY_NOON,
        )
    return CustodianFile.objects.get(pk=file.pk)


def brought_in(name: str, content: bytes | None = None, *, to: dict[str, str] | None = None) -> CustodianFile:
    """A sample, or other bytes under its name, received, bound and loaded."""
    data = (SAMPLES / name).read_bytes() if content is None else content
    file = bound(received(data, name=name), to=to)
    return custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def sample_bytes(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def assert_rows(rows: Any, drawing: str) -> None:
    """The rows of a queryset are the drawn ones, whole, in their order; the header names lookups."""
    names = header(drawing)
    found = [["-" if cell is None else str(cell) for cell in row] for row in rows.values_list(*names)]
    assert found == table(drawing)
