"""What a page that loads a portfolio will ask and depends on the household's key and the days alone: sent together with what
else the page asks (`compliance.statements.reads`). A statement that is not foreseen here is read when it is asked for.
"""

from __future__ import annotations

from datetime import date, timedelta

from clients.corporate_actions import applying, looking, recognized
from clients.models import Household
from clients.registers import fund_distributions, market_facts, trading_facts
from compliance import restrictions
from compliance.firm import firm_settings
from compliance.firm.corporate_action_figures import HOLD_DAYS
from compliance.statements.reads import Asked
from rebalancing import market_days
from rebalancing.distributions import record as distribution_record
from rebalancing.portfolios import market, own_rows, own_sales, pending_actions, record_rows, surroundings


def asked(household: Household, *, trade_on: date) -> tuple[Asked | None, ...]:
    """The statements of `portfolios.load` for a household on a trade day."""
    on, of_it = trade_on, [household.pk]
    wash_since = on - timedelta(days=record_rows.WASH_DAYS)
    since = min(date(on.year, 1, 1), wash_since)
    return (
        *own_rows.asked(
            household,
            on=on,
            since=since,
            wash_since=wash_since,
            until=on + timedelta(days=record_rows.HORIZON_DAYS),
        ),
        own_rows.MOVEMENTS.asked(household.pk, on - timedelta(days=surroundings.HISTORY_DAYS), on),
        own_sales.SENT.asked(household.pk, own_sales.released_since(since)),
        trading_facts.standing_insiders.asked(of_it, on),
        trading_facts.standing_approvals.asked(of_it, on),
        trading_facts.standing_arranged.asked(of_it, on),
        recognized.those_reached.asked(date(on.year, 1, 1) - looking.BOOKED_AFTER, on),
        distribution_record.of_kinds_concerned.asked(of_it, date(on.year - 1, 1, 1)),
        firm_settings.versions.asked(),
        restrictions.listed.asked(on),
        market.every_class.asked(),
        market_facts.standing_policies.asked(),
        market_facts.standing_halts.asked(market_days.opened_at(on)),
        fund_distributions.of_days.asked(
            on - timedelta(days=surroundings.PAID_DAYS), on + timedelta(days=surroundings.AHEAD_DAYS)
        ),
        # As shipped: a firm that holds actions for longer asks once more.
        pending_actions.standing.asked(on - applying.BEHIND, on + timedelta(days=HOLD_DAYS.default)),
    )
