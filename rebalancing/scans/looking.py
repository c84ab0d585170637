"""What a reading looked at and asked: the policy and model in force, the days of the holdings, each trigger and each hold.

It is kept with the reading, so that years later the record says what was asked on a day, and not only what was found.
"""

from __future__ import annotations

from clients.holdings import listings
from rebalancing.models import Reading
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.scans.deciding import ReadingResult
from rebalancing.triggers import triggers
from rebalancing.waiting import reasons
from rebalancing.waiting.past import LASTS
from rebalancing.waiting.reason import Effect

Outcome = Reading.Outcome

BEFORE_TRIGGERS = (Outcome.PENDING, Outcome.NO_POLICY, Outcome.FAILED)
"""Outcomes that are settled before any trigger is asked."""
BEFORE_HOLDS = (*BEFORE_TRIGGERS, Outcome.NOT_DUE, Outcome.IN_BAND)
"""Outcomes that are settled before any hold is asked: where nothing calls for a trade, nothing has to hold it back."""


def looked(result: ReadingResult) -> dict[str, object]:
    """What goes with the reading. Nothing is asked of a household that cannot be measured."""
    portfolio = result.portfolio
    if portfolio is None:
        return {"triggers": {}, "holds": {}}
    return {
        "policy": {"public_id": portfolio.policy.public_id, "version": portfolio.policy.version},
        "model": {"name": portfolio.model_version.model.name, "version": portfolio.model_version.version},
        "holdings": _holdings(portfolio),
        "investable": f"{result.measured.investable:.2f}" if result.measured else None,
        "triggers": _asked_triggers(result),
        "holds": _asked_holds(result),
        "facts": dict(result.facts),
    }


def _holdings(portfolio: Portfolio) -> dict[str, str | None]:
    """The day of each account's holdings, by the account's id; None where no file has come yet."""
    days: dict[int, str] = {}
    for lot in portfolio.rows.lots:
        if lot.as_of_on is None:
            continue  # It stands for a position without lots, which comes with the account's cash.
        days[lot.account_id] = max(days.get(lot.account_id, ""), listings.day_of(lot).isoformat())
    for account in portfolio.accounts:
        cash = getattr(account, "cash", None)
        if cash is not None:
            days[account.pk] = max(days.get(account.pk, ""), cash.as_of_on.isoformat())
    return {account.public_id: days.get(account.pk) for account in portfolio.accounts}


def _asked_triggers(result: ReadingResult) -> dict[str, bool]:
    """Every trigger by its code, and whether it fired."""
    if result.outcome in BEFORE_TRIGGERS:
        return {}
    fired = {one.code for one in (*result.triggers, *result.besides)}
    asked = [kind.CODE for kind in triggers.TRIGGERS]
    return {code: code in fired for code in (*asked, *sorted(fired - set(asked)))}


def _asked_holds(result: ReadingResult) -> dict[str, bool]:
    """Every reason to wait by its code, and whether it held back, or left something out of the plan."""
    if result.outcome in BEFORE_HOLDS:
        # What is raised on a later day is told all the same.
        return {one.code: one.effect in LASTS for one in result.holds if one.effect is not Effect.ENDED}
    found = {one.code for one in result.holds if one.effect in LASTS}
    return {code: code in found for code in (*reasons.ASKED, *sorted(found - set(reasons.ASKED)))}
