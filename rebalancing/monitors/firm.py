"""The firm on a day, as the monitors ask it: what they share is fetched once. Closed households are left out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from clients.models import Account, AssetClass, Household, Security, Transaction
from clients.models.securities import CASH_CLASS
from compliance.firm import firm_settings
from compliance.firm.firm_settings import InForce
from compliance.firm.setting import Setting
from rebalancing import market_days
from rebalancing.daily_record import facts as days
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import OrderBatch, ProposedOrder, Reading

YEAR = timedelta(days=365)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sold:
    """What a released batch trades in one account, or, by class, in the household. Dollars, both positive."""

    bought: Decimal = ZERO
    sold: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Released:
    """One released batch, with what it trades by account and by class."""

    public_id: str
    household: int
    revision: int
    on: date
    settles_on: date
    by_account: dict[int, Sold]
    by_class: dict[str, Sold]
    is_told: bool


class Firm:
    """The record as of a moment; `on` is the day of the latest close."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.on = market_days.last_close(at)

    def of(self, setting: Setting[Any]) -> Any:
        """The value of a setting in force."""
        return self._settings.of(setting)

    @cached_property
    def _settings(self) -> InForce:
        return firm_settings.in_force(on=market_days.new_york_date(self.at))

    @cached_property
    def households(self) -> dict[int, Household]:
        """Every open household by its key."""
        return {one.pk: one for one in Household.objects.filter(closed_on=None)}

    @cached_property
    def accounts(self) -> dict[int, Account]:
        """The open accounts of open households by key."""
        found = Account.objects.filter(household__in=self.households, closed_on=None).select_related("cash")
        return {one.pk: one for one in found}

    @cached_property
    def measured(self) -> dict[int, Reading]:
        """The last reading of each household that measured it."""
        found = (
            Reading.objects.filter(household__in=self.households, value__isnull=False)
            .exclude(measures=[])
            .select_related("run")
            .order_by("household_id", "-run__market_on", "-read_at")
            .distinct("household_id")
        )
        return {one.household_id: one for one in found}

    @cached_property
    def equity(self) -> dict[str, bool | None]:
        """Whether each class counts as stocks, by its code; None: compliance has not said so yet. Cash never does."""
        return {**dict(AssetClass.objects.values_list("code", "is_equity")), CASH_CLASS: False}

    @cached_property
    def last_read(self) -> dict[int, date]:
        """The last day on which each household was read without a failure."""
        found = (
            Reading.objects.filter(household__in=self.households)
            .exclude(outcome=Reading.Outcome.FAILED)
            .order_by()
            .values_list("household")
            .annotate(Max("run__market_on"))
        )
        return dict(found)

    @cached_property
    def scan_days(self) -> tuple[date, ...]:
        """The days of the last quarter whose scan should be complete, in order, from the firm's first scan on."""
        first_on = self.on - timedelta(days=92)
        calendar = days.calendar(first_on, self.on, at=self.at)
        first_scan = calendar.first_scan_on or self.on + timedelta(days=1)
        return tuple(
            sorted(day for day in calendar.scan_days & calendar.startable if first_scan <= day < self.on)
        )

    @cached_property
    def released(self) -> list[Released]:
        """The batches of the last twelve months, the oldest first."""
        since = self.at - YEAR
        found = (
            OrderBatch.objects.filter(
                released_at__gte=since, revision__proposal__household__in=self.households
            )
            .exclude(state=OrderBatch.State.CANCELED)
            .select_related("revision__proposal")
            .defer("revision__household_document", "revision__plan_document", "allocation_statement")
            .annotate(told=Min("revision__summaries__id"))
            .order_by("released_at", "pk")
        )
        batches = list(found)
        orders: dict[int, list[ProposedOrder]] = defaultdict(list)
        traded = ProposedOrder.objects.filter(revision__in=[one.revision_id for one in batches])
        for order in traded.select_related("security").prefetch_related(
            "security__class_weights__asset_class"
        ):
            orders[order.revision_id].append(order)
        return [self._released(one, orders[one.revision_id]) for one in batches]

    def _released(self, batch: OrderBatch, orders: list[ProposedOrder]) -> Released:
        by_account: dict[int, Sold] = defaultdict(Sold)
        by_class: dict[str, Sold] = defaultdict(Sold)
        settles_in = 1
        for order in orders:
            by_account[order.account_id] = _with(by_account[order.account_id], order, order.amount)
            for code, share in classes_of(order.security).items():
                by_class[code] = _with(by_class[code], order, order.amount * share)
            settles_in = max(settles_in, order.security.settlement_days)
        on = market_days.trade_day(batch.released_at)
        return Released(
            public_id=batch.public_id,
            household=batch.revision.proposal.household_id,
            revision=batch.revision_id,
            on=on,
            settles_on=new_york().add_settlement_days(on, settles_in),
            by_account=dict(by_account),
            by_class=dict(by_class),
            is_told=batch.told is not None,  # type: ignore[attr-defined]  # Annotated by the query.
        )

    @cached_property
    def outside_since(self) -> dict[int, date]:
        """The first day of the unbroken time that each household has been outside a band: broken by a day inside its bands,
        by a hold on record, and by a release of orders.
        """
        with connection.cursor() as cursor:
            cursor.execute(_OUTSIDE_SINCE, {"held": Reading.Outcome.HELD})
            found: dict[int, date] = dict(cursor.fetchall())
        return found

    def sessions_since(self, day: date) -> int:
        """Market days after a day, up to the latest close."""
        return len(new_york().sessions_between(day, self.on)) - 1 if day < self.on else 0

    def cash_weights(self, most: int) -> dict[int, list[tuple[date, Decimal, Decimal]]]:
        """The cash of each household in its last readings, at most so many, the newest first: day, weight, target."""
        first_on = self.on
        for _ in range(most):
            first_on = new_york().session_before(first_on)
        seen: dict[int, dict[date, tuple[date, Decimal, Decimal]]] = defaultdict(dict)
        rows = (
            Reading.objects.filter(household__in=self.households, run__market_on__gte=first_on)
            .exclude(measures=[])
            .order_by("-run__market_on", "-read_at")
            .values_list("household", "run__market_on", "measures")
        )
        for household, on, measures in rows:
            for one in measures:
                if one["asset_class"] == CASH_CLASS and one.get("account") is None:
                    seen[household].setdefault(on, (on, Decimal(one["weight"]), Decimal(one["target"])))
        return {household: list(by_day.values()) for household, by_day in seen.items()}

    def deposits(self) -> dict[int, list[tuple[date, Decimal]]]:
        """Money that came into each household from outside in the last twelve months: day and amount."""
        found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
        rows = Transaction.objects.filter(
            kind=Transaction.Kind.DEPOSIT,
            account__in=self.accounts,
            amount__gt=0,
            traded_on__gte=self.on - YEAR,
        ).values_list("account__household", "traded_on", "amount")
        for household, on, amount in rows:
            found[household].append((on, amount))
        return found


def classes_of(security: Security) -> dict[str, Decimal]:
    """What a security is made of, by the code of the class."""
    return {one.asset_class.code: one.weight for one in security.class_weights.all()}


def _with(sold: Sold, order: ProposedOrder, amount: Decimal) -> Sold:
    if order.side == ProposedOrder.Side.SELL:
        return Sold(sold.bought, sold.sold + amount)
    return Sold(sold.bought + amount, sold.sold)


_OUTSIDE_SINCE = """
WITH days AS (
    SELECT reading.household_id, run.market_on, reading.outcome, reading.outside_value
    FROM rebalancing_reading AS reading JOIN rebalancing_scanrun AS run ON run.id = reading.run_id
    WHERE reading.outside_value IS NOT NULL
), broken AS (
    SELECT household_id, max(market_on) AS market_on FROM (
        SELECT household_id, market_on FROM days WHERE outside_value = 0 OR outcome = %(held)s
        UNION ALL
        SELECT proposal.household_id, (batch.released_at AT TIME ZONE 'America/New_York')::date
        FROM rebalancing_orderbatch AS batch
        JOIN rebalancing_revision AS revision ON revision.id = batch.revision_id
        JOIN rebalancing_proposal AS proposal ON proposal.id = revision.proposal_id
        WHERE batch.state <> 'cancelled'
    ) AS breaks GROUP BY household_id
)
SELECT days.household_id, min(days.market_on)
FROM days LEFT JOIN broken USING (household_id)
WHERE days.outside_value > 0 AND (broken.market_on IS NULL OR days.market_on > broken.market_on)
GROUP BY days.household_id
"""
