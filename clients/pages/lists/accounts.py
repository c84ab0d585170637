"""Accounts across the firm: open and closed, by custodian and tax, with whether they reconcile."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.urls import reverse

from clients import access, figures
from clients.models import Account
from clients.pages.lists.record_list import RecordList, Shown, State, filters
from compliance.lists.asked import Kind
from compliance.lists.exports import Cell

TONES = {
    Account.Reconciliation.RECONCILED: "order",
    Account.Reconciliation.BROKEN: "breach",
    Account.Reconciliation.NEVER: "attention",
}
STATES = (
    State("open", "Open", lambda on: Q(closed_on=None) | Q(closed_on__gt=on)),
    State(
        "unsigned",
        "Without an agreement in force",
        lambda on: (
            Q(closed_on=None)
            & (
                Q(agreement_signed_on=None)
                | Q(agreement_effective_on=None)
                | Q(agreement_effective_on__gt=on)
                | Q(agreement_terminated_on__lte=on)
            )
        ),
    ),
    State(
        "unbound",
        "Never named by a file",
        lambda _: Q(closed_on=None, reconciliation=Account.Reconciliation.NEVER),
    ),
    State("broken", "Lots and positions differ", lambda _: Q(reconciliation=Account.Reconciliation.BROKEN)),
    State("closed", "Closed", lambda on: Q(closed_on__lte=on)),
)


def _mine(user: Any) -> QuerySet[Account]:
    return access.accounts_of_the_desk(user).select_related("household", "owner", "joint_owner", "cash")


def _cells(account: Account, on: date) -> tuple[Shown, ...]:
    cash = getattr(account, "cash", None)
    is_closed = account.closed_on is not None and account.closed_on <= on
    return (
        Shown(
            account.name,
            url=reverse("clients:account", args=[account.public_id]),
            mark=account.number_last4,
            note=f"closed {figures.day(account.closed_on)}" if is_closed else "",
        ),
        Shown(account.household.name, url=reverse("clients:household", args=[account.household.public_id])),
        Shown(account.get_custodian_display()),
        Shown(account.get_registration_display(), note=account.get_tax_treatment_display()),
        Shown(account.get_discretion_display()),
        Shown("In force", tone="order")
        if account.agreement_in_force(on=on)
        else Shown("Not in force", tone="attention"),
        Shown(figures.amount(cash.settled) if cash else figures.UNKNOWN),
        Shown(
            account.get_reconciliation_display(),
            tone=TONES[Account.Reconciliation(account.reconciliation)],
            note=account.reconciliation_note,
        ),
    )


def _exported(account: Account) -> tuple[Cell, ...]:
    cash = getattr(account, "cash", None)
    return (
        account.name, account.number_last4, account.household.name, account.household.code, account.custodian,
        account.registration, account.tax_treatment, str(account.owner),
        str(account.joint_owner) if account.joint_owner else "", account.discretion, account.agreement_signed_on,
        account.agreement_effective_on, account.agreement_terminated_on, account.margin, account.lot_method,
        account.minimum_cash, cash.settled if cash else None, account.reconciliation, account.opened_on,
        account.closed_on,
    )  # fmt: skip


ACCOUNTS = RecordList(
    kind=Kind(
        name="accounts",
        about=("account_list", "accounts"),
        filters=filters(
            STATES,
            household="household",
            custodian=django_filters.ChoiceFilter(choices=Account.Custodian.choices, label="Custodian"),
            tax_treatment=django_filters.ChoiceFilter(choices=Account.TaxTreatment.choices, label="Tax"),
            reconciliation=django_filters.ChoiceFilter(
                choices=Account.Reconciliation.choices, label="Lots and positions"
            ),
        ),
        orderings={
            "name": ("name", "pk"),
            "household": ("household__name", "name", "pk"),
            "custodian": ("custodian", "household__name", "pk"),
        },
        usual="household",
        defaults={"state": "open"},
        searched=("household__name", "household__code", "name"),
    ),
    title="Accounts",
    noun="account",
    lead="Every account of the firm's households. A new one is opened on a household's page, or by a file of accounts.",
    states=STATES,
    columns=(
        ("name", "Account", False),
        ("household", "Household", False),
        ("custodian", "Custodian", False),
        ("registration", "Registration", False),
        ("discretion", "Discretion", False),
        ("agreement", "Agreement", False),
        ("cash", "Cash $", True),
        ("reconciliation", "Lots and positions", False),
    ),
    mine=_mine,
    cells=_cells,
    header=(
        "account", "last_four", "household", "code", "custodian", "registration", "tax_treatment", "owner",
        "joint_owner", "discretion", "agreement_signed_on", "agreement_effective_on", "agreement_terminated_on",
        "margin", "lot_method", "minimum_cash", "settled_cash", "reconciliation", "opened_on", "closed_on",
    ),
    exported=_exported,
    empty="No account matches",
    empty_body="Accounts are opened on a household's page, or come with a file of accounts.",
)  # fmt: skip
