"""What a person may see of the registers. Facts about the market are the firm's own; clients see none."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from clients import access
from clients.models import (
    ActionAccount,
    ArrangedTrade,
    CorporateAction,
    FundDistribution,
    FundTradingPolicy,
    Insider,
    InsiderWindow,
    ProductApproval,
    Quote,
    TradingHalt,
    VolatilityLevel,
)


def fund_distributions_for(user: Any) -> QuerySet[FundDistribution]:
    """Distributions of funds, also those that were changed or taken back."""
    return _of_the_firm(FundDistribution.objects.select_related("security", "entered_by"), user)


def fund_policies_for(user: Any) -> QuerySet[FundTradingPolicy]:
    """Trading policies of funds."""
    return _of_the_firm(FundTradingPolicy.objects.select_related("security", "entered_by"), user)


def quotes_for(user: Any) -> QuerySet[Quote]:
    """Quotes of securities."""
    return _of_the_firm(Quote.objects.select_related("security", "entered_by"), user)


def halts_for(user: Any) -> QuerySet[TradingHalt]:
    """Halts and pauses of securities and of the whole market."""
    return _of_the_firm(TradingHalt.objects.select_related("security", "entered_by"), user)


def volatility_levels_for(user: Any) -> QuerySet[VolatilityLevel]:
    """Levels of the volatility index."""
    return _of_the_firm(VolatilityLevel.objects.select_related("entered_by"), user)


def corporate_actions_for(user: Any) -> QuerySet[CorporateAction]:
    """Corporate actions, also those that were changed or withdrawn."""
    found = CorporateAction.objects.select_related(
        "security",
        "new_security",
        "entered_by",
        "agreement__agreed_by",
        "agreement__asked_by",
        "source_file",
    ).annotate(
        **{
            f"any_{state}": Exists(ActionAccount.objects.filter(action=OuterRef("pk"), state=state))
            for state in ("waiting", "applied", "shown", "unclear")
        }
    )
    return _of_the_firm(found, user)


def actions_in_accounts_for(user: Any) -> QuerySet[ActionAccount]:
    """What the record shows of corporate actions, in the accounts that this member of staff may see."""
    found = ActionAccount.objects.select_related("account__household", "action__security").order_by(
        "account__household__name", "account"
    )
    return _of_households(found, user, "account__household")


def insiders_for(user: Any) -> QuerySet[Insider]:
    """Insiders in the households that this member of staff may see."""
    found = Insider.objects.select_related("person__household", "entered_by")
    return _of_households(found, user, "person__household")


def insider_windows_for(user: Any) -> QuerySet[InsiderWindow]:
    """The windows of those insiders."""
    found = InsiderWindow.objects.select_related("insider__person__household", "entered_by")
    return _of_households(found, user, "insider__person__household")


def product_approvals_for(user: Any) -> QuerySet[ProductApproval]:
    """Approvals of complex products in the households that this member of staff may see."""
    found = ProductApproval.objects.select_related("household", "security", "entered_by")
    return _of_households(found, user, "household")


def arranged_trades_for(user: Any) -> QuerySet[ArrangedTrade]:
    """Principal and cross trades of the households that this member of staff may see."""
    found = ArrangedTrade.objects.select_related(
        "account__household", "security", "other_account", "entered_by"
    )
    return _of_households(found, user, "account__household")


def _of_the_firm(found: QuerySet[Any], user: Any) -> QuerySet[Any]:
    return found if access.is_staff(user) else found.none()


def _of_households(found: QuerySet[Any], user: Any, path: str) -> QuerySet[Any]:
    if not access.is_staff(user):
        return found.none()
    return found.filter(**{f"{path}__in": access.households_for(user)})
