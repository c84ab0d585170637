"""The sheets of what goes on until somebody ends it: recurring cash needs, holds, what clients ask for."""

from __future__ import annotations

from decimal import Decimal

from clients.models import CashFlow, CashFlowRule, ClientRestriction, Hold
from clients.workbooks.columns import HOUSEHOLD, Column, Kind, SheetLayout

ONE = Decimal(1)

RECURRING_CASH = SheetLayout(
    "recurring_cash",
    "Recurring cash needs",
    "Money due again and again, by rule. A row that differs from the rule on record ends it, and begins the next today.",
    (
        HOUSEHOLD,
        Column("account", Kind.NUMBER_AS_TEXT, "The account's number or reference.", True, length=64),
        Column("flow", Kind.CHOICE, "What it is.", True, tuple(CashFlow.Kind.values)),
        Column("amount", Kind.MONEY, "Each time; negative leaves the account.", True),
        Column("every", Kind.CHOICE, "How often.", True, tuple(CashFlowRule.Every.values)),
        Column(
            "day",
            Kind.WHOLE,
            "Day of the month; the last day of a month that is shorter.",
            True,
            smallest=ONE,
            largest=Decimal(31),
        ),
        Column("starts_on", Kind.DAY, "From when. Of a rule that is on record it says nothing.", True),
        Column("until_on", Kind.DAY, "Until when; empty: until it is ended."),
        Column(
            "count",
            Kind.WHOLE,
            "How many times, counted from its first day; empty: no limit.",
            smallest=ONE,
            largest=Decimal(600),
        ),
        Column(
            "moved",
            Kind.CHOICE,
            "Where a day without business goes; empty: before.",
            choices=tuple(CashFlowRule.Moved.values),
        ),
        Column("note", Kind.TEXT, "Anything a colleague should know.", length=200),
    ),
    key=("household", "account", "flow", "every", "day"),
)
HOLDS = SheetLayout(
    "holds",
    "Holds",
    "Reasons not to trade until a day. Legal holds and those of a death are placed by compliance on the household's page.",
    (
        HOUSEHOLD,
        Column("account", Kind.NUMBER_AS_TEXT, "In this account only; empty: everywhere.", length=64),
        Column("symbol", Kind.SYMBOL, "This security only; empty: all of them."),
        Column("hold", Kind.CHOICE, "What kind of hold.", True, tuple(Hold.Kind.values)),
        Column("reason", Kind.TEXT, "Why, in words.", True, length=300),
        Column("starts_on", Kind.DAY, "Its first day.", True),
        Column("expires_on", Kind.DAY, "Its last day.", True),
    ),
    key=("household", "account", "symbol", "hold", "starts_on"),
)
CLIENT_RESTRICTIONS = SheetLayout(
    "client_restrictions",
    "Client restrictions",
    "What the client asks for outside the policy; in force at once. A row makes one, or one stricter, never looser.",
    (
        HOUSEHOLD,
        Column("restriction", Kind.CHOICE, "What is asked for.", True, tuple(ClientRestriction.Kind.values)),
        Column("symbol", Kind.SYMBOL, "One security. Exactly one of this and the next four is filled in."),
        Column("lot", Kind.CODE, "Or one tax lot, by the id of an export or of its page.", length=32),
        Column("issuers", Kind.NAMES, "Or companies, `Big Oil Corp; Smoke Inc.`"),
        Column("sector", Kind.TEXT, "Or an industry.", length=60),
        Column("asset_class", Kind.CODE, "Or a class, by its code.", length=24),
        Column("account", Kind.NUMBER_AS_TEXT, "In this account only; empty: everywhere.", length=64),
        Column("weight_cap", Kind.SHARE, "The most, for a cap."),
        Column("reason", Kind.TEXT, "Why, in the client's words.", True, length=200),
        Column("asked_by", Kind.TEXT, "Who asked for it.", True, length=120),
        Column("asked_on", Kind.DAY, "When.", True),
        Column("document", Kind.TEXT, "Where the letter or note is kept.", length=200),
        Column("starts_on", Kind.DAY, "From when.", True),
        Column("ends_on", Kind.DAY, "Its last day; empty: until cancelled."),
    ),
    key=(
        *("household", "restriction", "symbol", "lot", "issuers", "sector", "account", "asset_class"),
        "starts_on",
    ),
)
