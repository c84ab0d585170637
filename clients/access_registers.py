"""What a person may see of the registers. Facts about the market are the firm's own; clients see none."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from clients import access
from clients.models import FundDistribution


def fund_distributions_for(user: Any) -> QuerySet[FundDistribution]:
    """Distributions of funds, also those that were changed or taken back."""
    found = FundDistribution.objects.select_related("security", "entered_by")
    return found if access.is_staff(user) else found.none()
