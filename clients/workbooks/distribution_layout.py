"""The sheets of what required distributions are computed with: terms of accounts, and figures of a year."""

from __future__ import annotations

from decimal import Decimal

from clients.models import DistributionFigure, DistributionTerms
from clients.workbooks.columns import HOUSEHOLD, Column, Kind, SheetLayout

DISTRIBUTION_TERMS = SheetLayout(
    "distribution_terms",
    "Terms of required distributions",
    "What the plan type of a retirement account does not say. A row that differs corrects what is on record.",
    (
        HOUSEHOLD,
        Column("account", Kind.NUMBER_AS_TEXT, "The account's number or reference.", True, length=64),
        Column("inherited_from", Kind.TEXT, "Who died, for an inherited account.", length=120),
        Column("decedent_born_on", Kind.DAY, "Their birth date."),
        Column("died_on", Kind.DAY, "The day they died."),
        Column(
            "beneficiary",
            Kind.CHOICE,
            "Who inherited it.",
            choices=tuple(DistributionTerms.Beneficiary.values),
        ),
        Column(
            "spouse_choice",
            Kind.CHOICE,
            "What a spouse who inherited has chosen.",
            choices=tuple(DistributionTerms.SpouseChoice.values),
        ),
        Column("still_working", Kind.FLAG, "The owner works for the plan's employer."),
        Column("retired_on", Kind.DAY, "When the owner left that employer."),
        Column("owns_five_percent", Kind.FLAG, "The owner has more than 5% of that employer."),
        Column("source", Kind.TEXT, "Where this is written.", True, length=200),
    ),
    key=("household", "account"),
)
DISTRIBUTION_FIGURES = SheetLayout(
    "distribution_figures",
    "Figures of required distributions",
    "Balances of December 31, gifts to charity, divisors, and what lies or was taken elsewhere. A row that differs "
    "corrects what is on record.",
    (
        HOUSEHOLD,
        Column("figure", Kind.CHOICE, "What it is.", True, tuple(DistributionFigure.Kind.values)),
        Column(
            "account", Kind.NUMBER_AS_TEXT, "The account; empty for what lies at another firm.", length=64
        ),
        Column("owner", Kind.TEXT, "Whose it is, for what lies at another firm.", length=181),
        Column("place", Kind.TEXT, "The other firm.", length=120),
        Column(
            "plan",
            Kind.CHOICE,
            "What it counts with, for what lies at another firm.",
            choices=tuple(DistributionFigure.Plan.values),
        ),
        Column(
            "year",
            Kind.WHOLE,
            "The year of the distribution; a balance is that of December 31 before it.",
            True,
            smallest=Decimal(2000),
            largest=Decimal(2200),
        ),
        Column("taken_on", Kind.DAY, "When it was paid, for a gift and for what was taken."),
        Column("amount", Kind.MONEY, "Dollars, zero or more; or, for a divisor, its number."),
        Column("source", Kind.TEXT, "Where this is written.", True, length=200),
    ),
    key=("household", "figure", "account", "owner", "place", "plan", "year", "taken_on"),
)
