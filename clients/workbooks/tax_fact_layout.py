"""The sheets of what the tax ledger needs beside the custodians' files: accounts elsewhere, elections of the average basis."""

from __future__ import annotations

from clients.models import Account
from clients.workbooks.columns import HOUSEHOLD, Column, Kind, SheetLayout

OUTSIDE_ACCOUNTS = SheetLayout(
    "outside_accounts",
    "Accounts elsewhere",
    "Accounts that nobody here sees. A row that differs changes what is on record; one that is gone is taken off on its page.",
    (
        HOUSEHOLD,
        Column("owner", Kind.TEXT, "Full name of whose it is.", True, length=181),
        Column("name", Kind.TEXT, "What the client calls it.", True, length=120),
        Column("institution", Kind.TEXT, "Where it is kept.", length=120),
        Column("registration", Kind.CHOICE, "Kind of account.", True, tuple(Account.Registration.values)),
        Column("has_statements", Kind.FLAG, "yes where the client sends its statements."),
        Column("buys", Kind.SYMBOLS, "What it buys by itself: payroll, plans, reinvestment."),
        Column("declared_on", Kind.DAY, "When the client told of it.", True),
    ),
    key=("household", "owner", "name"),
)
BASIS_ELECTIONS = SheetLayout(
    "basis_elections",
    "Elections of the average basis",
    "Mutual funds of taxable accounts whose basis is an average by election (IRC 1012(d)). A row that differs corrects it.",
    (
        HOUSEHOLD,
        Column("account", Kind.NUMBER_AS_TEXT, "The account's number or reference.", True, length=64),
        Column("symbol", Kind.SYMBOL, "The fund, on record or of sheet securities.", True),
        Column("elected_on", Kind.DAY, "The day of the election.", True),
        Column("document", Kind.TEXT, "Where the written election is kept.", True, length=200),
    ),
    key=("household", "account", "symbol"),
)
TAX_FACT_SHEETS = (OUTSIDE_ACCOUNTS, BASIS_ELECTIONS)
