"""What a person may see of restrictions, employers' plans, required distributions and the tax ledger's facts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from clients import access
from clients.models import (
    BasisElection,
    ClientRestriction,
    DistributionFigure,
    DistributionTerms,
    EmployerPlan,
    EstimatedTax,
    NumberChange,
    OutsideAccount,
    PlanAccount,
    PlanFund,
    Restatement,
    StatedGains,
    Transfer,
)


def client_restrictions_for(user: Any) -> QuerySet[ClientRestriction]:
    """Restrictions of the households that this member of staff may see."""
    if not access.is_staff(user):
        return ClientRestriction.objects.none()
    return ClientRestriction.objects.filter(household__in=access.households_for(user))


def employer_plans_for(user: Any) -> QuerySet[EmployerPlan]:
    """Employers' plans are the firm's own: the desk reads all, clients none."""
    return EmployerPlan.objects.all() if access.is_staff(user) else EmployerPlan.objects.none()


def plan_funds_for(user: Any) -> QuerySet[PlanFund]:
    """The lines of the plans' menus, for those who may read the plans."""
    return PlanFund.objects.filter(plan__in=employer_plans_for(user))


def plan_accounts_for(user: Any) -> QuerySet[PlanAccount]:
    """Which accounts belong to which plan, of the households that this member of staff may see."""
    return PlanAccount.objects.filter(account__in=access.accounts_of_the_desk(user))


def distribution_terms_for(user: Any) -> QuerySet[DistributionTerms]:
    """Terms of the retirement accounts that this member of staff may see."""
    return DistributionTerms.objects.filter(account__in=access.accounts_of_the_desk(user))


def distribution_figures_for(user: Any) -> QuerySet[DistributionFigure]:
    """Figures of required distributions of the households that this member of staff may see."""
    if not access.is_staff(user):
        return DistributionFigure.objects.none()
    return DistributionFigure.objects.filter(person__household__in=access.households_for(user))


def stated_gains_for(user: Any) -> QuerySet[StatedGains]:
    """Custodians' year-to-date figures of the accounts that this member of staff may see."""
    return StatedGains.objects.filter(account__in=access.accounts_of_the_desk(user))


def estimated_taxes_for(user: Any) -> QuerySet[EstimatedTax]:
    """Payments of the returns that this member of staff may see."""
    return EstimatedTax.objects.filter(tax_unit__in=access.tax_units_for(user).values("pk"))


def outside_accounts_for(user: Any) -> QuerySet[OutsideAccount]:
    """Accounts elsewhere of the households that this member of staff may see."""
    if not access.is_staff(user):
        return OutsideAccount.objects.none()
    return OutsideAccount.objects.filter(owner__household__in=access.households_for(user))


def basis_elections_for(user: Any) -> QuerySet[BasisElection]:
    """Elections of an average basis in the accounts that this member of staff may see."""
    return BasisElection.objects.filter(account__in=access.accounts_of_the_desk(user))


def restatements_for(user: Any) -> QuerySet[Restatement]:
    """What was restated in the accounts that this member of staff may see."""
    return Restatement.objects.filter(account__in=access.accounts_of_the_desk(user))


def transfers_for(user: Any) -> QuerySet[Transfer]:
    """Transfers in kind of the households that this member of staff may see."""
    if not access.is_staff(user):
        return Transfer.objects.none()
    return Transfer.objects.filter(household__in=access.households_for(user))


def number_changes_for(user: Any) -> QuerySet[NumberChange]:
    """Changes of numbers of the accounts that this member of staff may see."""
    return NumberChange.objects.filter(account__in=access.accounts_of_the_desk(user))
