"""What is on record of clients' restrictions and of employers' plans, in the layout of the household's sheets."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Prefetch

from clients.models import Account, ClientRestriction, Household, PlanAccount
from clients.workbooks.columns import Value, written
from clients.workbooks.standing_layout import CLIENT_RESTRICTIONS

FETCHED = (
    Prefetch(
        "client_restrictions",
        ClientRestriction.objects.select_related("account", "lot", "security", "asset_class").order_by("pk"),
    ),
    Prefetch("accounts__plan_accounts", PlanAccount.objects.filter(ended_at=None).select_related("plan")),
)


def plan_of(account: Account) -> str | None:
    """The code of the employer's plan of an account."""
    return next((one.plan.code for one in account.plan_accounts.all()), None)


def rows(household: Household) -> Iterator[tuple[tuple[str, ...], dict[str, Value | None], bool]]:
    """The restrictions of a household, each with its key and whether it still counts."""
    for row in household.client_restrictions.all():
        values: dict[str, Value | None] = {
            "household": household.code,
            "restriction": row.kind,
            "symbol": row.security.symbol if row.security else None,
            "lot": row.lot.public_id if row.lot else None,
            "issuers": tuple(row.issuers) or None,
            "sector": row.sector or None,
            "asset_class": row.asset_class.code if row.asset_class else None,
            "account": row.account.public_id if row.account and not row.lot else None,
            "weight_cap": row.weight_cap,
            "reason": row.reason,
            "asked_by": row.asked_by,
            "asked_on": row.asked_on,
            "document": row.document or None,
            "starts_on": row.starts_on,
            "ends_on": row.ends_on,
        }
        key = tuple(written(values[name]) for name in CLIENT_RESTRICTIONS.key)
        yield key, values, row.cancelled_at is None and row.expired_at is None
