"""Writes the demonstration firm's files to a folder and loads them through the importer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from advisory.models import User
from advisory.showroom.demo import custodian_exports, house_files
from advisory.showroom.demo.holdings import Contents
from advisory.showroom.demo.markets import Market
from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount
from compliance.people.actors import Actor

BY = Actor.system("demo")


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file as a custodian or the firm would submit it.

    `means` are the last digits of the account behind a masked number: what the person who binds it knows.
    """

    name: str
    content: bytes
    means: str = ""


class NotImported(Exception):
    """The importer left out part of a generated file, so the demo's data or the importer is wrong."""


def market(of: Market) -> WrittenFile:
    """Securities and ten years of prices."""
    return WrittenFile(f"market-{of.as_of}.zip", house_files.market_file(of))


def write(contents: Sequence[Contents], of: Market) -> list[WrittenFile]:
    """Every file except the market's, in loading order."""
    day = of.as_of
    ours = [held for held in contents if held.account.feed == "house"]
    theirs = [held for held in contents if held.account.feed != "house"]
    written = [
        WrittenFile(f"book-{advisor}-{day}.zip", house_files.book_file(book, of))
        for advisor in sorted({held.family.advisor for held in ours})
        if (book := [held for held in ours if held.family.advisor == advisor])
    ]
    if not theirs:
        return written
    without_lots = [held for held in theirs if held.account.feed in {"fidelity", "ofx"}]
    written.append(WrittenFile(f"accounts-at-custodians-{day}.csv", house_files.accounts_file(theirs)))
    if without_lots:
        written.append(WrittenFile(f"lots-on-record-{day}.csv", house_files.lots_file(without_lots, of)))
    written.append(WrittenFile(f"transactions-{day}.csv", house_files.transactions_file(theirs)))
    for held in theirs:
        tail = held.account.number[-3:]
        if held.account.feed == "schwab":
            means = held.account.number[-4:]
            name = f"Brokerage_XXX{tail}_Positions_{day:%Y%m%d}.csv"
            written.append(WrittenFile(name, custodian_exports.schwab_positions(held, of), means))
            written += [
                WrittenFile(f"{symbol}_Lot_Details_{tail}_{day:%Y%m%d}.csv", content, means)
                for symbol, content in custodian_exports.schwab_lots(held, of)
            ]
        elif held.account.feed == "ibkr":
            written.append(WrittenFile(f"flex-{tail}-{day}.xml", custodian_exports.ibkr_flex(held, of)))
        elif held.account.feed == "ofx":
            written.append(
                WrittenFile(f"statement-{tail}-{day}.ofx", custodian_exports.ofx_statement(held, of))
            )
    if fidelity := [held for held in theirs if held.account.feed == "fidelity"]:
        written.append(
            WrittenFile(
                f"Portfolio_Positions_{day:%b-%d-%Y}.csv", custodian_exports.fidelity_positions(fidelity, of)
            )
        )
    return written


def keep(written: Sequence[WrittenFile], folder: Path) -> None:
    """Keep the files where a person can open them or upload them again."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in written:
        (folder / one.name).write_bytes(one.content)


def hand_in(one: WrittenFile, *, user: User, at: datetime) -> CustodianFile:
    """Receive a file, bind the masked accounts it names, and load it.

    Raises `NotImported` when the importer refuses the file or leaves an account out.
    """
    by = Actor.person(user)
    receipt = custodian_files.receive(
        one.content, name=one.name, channel=CustodianFile.Channel.COMMAND, user_id=user.pk, by=by, at=at
    )
    file = receipt.file
    if file.state == CustodianFile.State.LOADED:
        return file
    for seen in list(file.accounts.filter(state=FileAccount.State.UNBOUND)):
        account = Account.objects.get(custodian=file.custodian, number_last4=one.means)
        custodian_files.bind(seen, account=account, user_id=user.pk, by=by, at=at)
    file.refresh_from_db(fields=["preview"])
    file = custodian_files.load(
        file,
        parsed=receipt.parsed,
        confirmed=file.preview.get("confirm", ""),
        user_id=user.pk,
        by=by,
        at=at,
    )
    left_out = file.accounts.exclude(state=FileAccount.State.LOADED)
    if file.faults or left_out.exists():
        told = "; ".join(str(fault) for fault in file.faults[:3]) or "an account was left out"
        raise NotImported(f"{one.name}: {told}")
    return file
