"""What a scan does with one household: it is decided what should happen (`deciding`), and that is stored.

The database is read before the arithmetic and written after it, in one transaction that also settles the
lease. Every household gets a reading.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import transaction

from clients.models import Household
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.engine.documents import serializing
from rebalancing.models import Proposal, Reading, ScanRun
from rebalancing.portfolios import record_rows, tax_units
from rebalancing.proposals import expiry, proposals
from rebalancing.scans import claims, deciding, looking, renewals
from rebalancing.scans.turns import Turn

Outcome = Reading.Outcome
SCAN = Actor.system("scan")


class AccountsMoved(Exception):
    """Accounts came or went while the household was read; the next attempt reads it as it is now."""


def reader_for_turn() -> Callable[[claims.Claim, datetime], Reading | None]:
    """`read` for one turn of a worker: what its households share is fetched once per turn, and the rows of those that are
    leased to it together.
    """
    return partial(read, turn=Turn())


def read(mine: claims.Claim, at: datetime, *, turn: Turn | None = None) -> Reading | None:
    """Read the claimed household and store the outcome; the lease is settled in the same transaction.

    None where the household was closed since the run began: merged into another one, which is read by itself.
    """
    turn = turn or Turn(together=False)
    claimed = turn.item(mine)
    household, run = claimed.household, claimed.run
    market = turn.market(run.market_on)
    standing = renewals.standing_of(household, market=market)
    renewed = _renew(standing, at=at)
    result = deciding.decide_outcome(
        household, market=market, trade_on=market_days.trade_day(at), is_free=standing is None
    )
    if renewed is not None:
        result = replace(result, reason=f"{renewed.why} {result.reason}".strip())
    with transaction.atomic():
        # A merger or a split holds this lock: what was read before it is not proposed after it.
        now = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
        if now.merged_into_id is not None:
            claims.skip(mine, at=at)
            return None
        _refuse_other_accounts(household, result)
        claims.finish(mine, at=at)
        reading = _write(run, household, result, at=at)
        if result.plan is not None and result.portfolio is not None:
            proposals.draft(
                household,
                portfolio=result.portfolio,
                plan=result.plan,
                called_by=result.triggers,
                run=run,
                reading=reading,
                by=SCAN,
                at=at,
            )
    return reading


def _renew(standing: Proposal | None, *, at: datetime) -> renewals.Renewal | None:
    """The household's open proposal, if any, is brought to the new closing prices first; one whose end has come is closed."""
    if standing is None:
        return None
    if expiry.has_ended(proposals.current(standing), at=at):
        proposals.expire_due(by=SCAN, at=at)
        return None
    return renewals.renew(standing, by=SCAN, at=at)


def _refuse_other_accounts(household: Household, result: deciding.ReadingResult) -> None:
    """Raise `AccountsMoved` where a plan was made for accounts that are not the household's any more, or not all."""
    if result.plan is None or result.portfolio is None:
        return
    planned = {account.pk for account in result.portfolio.accounts}
    trade_on = result.portfolio.rows.trade_on
    if planned != set(record_rows.open_on(household, trade_on).values_list("pk", flat=True)):
        raise AccountsMoved(f"The accounts of {household} changed while it was read.")


def _write(run: ScanRun, household: Household, result: deciding.ReadingResult, *, at: datetime) -> Reading:
    measured = result.measured
    worst = measured.worst if measured else None
    return Reading.objects.create(
        run=run,
        household=household,
        outcome=result.outcome,
        reason=" ".join(filter(None, (result.reason, named(result), _left_out(result)))),
        value=measured.value if measured else None,
        worst_drift=worst.drift.quantize(Decimal("0.000001")) if worst else None,
        worst_class=worst.name if worst else "",
        outside_value=measured.outside_value if measured else None,
        measures=[one.as_json() for one in measured.measures] if measured else [],
        account_weights=[one.as_json() for one in measured.accounts] if measured else [],
        triggers=[one.as_json() for one in (*result.triggers, *result.besides)],
        holds=[one.as_json() for one in result.holds],
        looked=looking.looked(result),
        input_digest=_input_digest(result),
        prices_as_of_on=result.portfolio.prices_as_of_on if result.portfolio else None,
        read_at=at,
    )


def named(result: deciding.ReadingResult) -> str:
    """A sentence for each return whose year is not confirmed, where the reason does not say it already."""
    if result.portfolio is None:
        return ""
    rows = result.portfolio.rows
    told = [
        tax_units.sentence_without_profile(unit, rows.trade_on.year)
        for unit in record_rows.without_profile(rows)
    ]
    return " ".join(sentence for sentence in told if sentence not in result.reason)


def _left_out(result: deciding.ReadingResult) -> str:
    """Holdings of unknown value that are not in the weights, and what cannot be bought for want of a price."""
    if result.portfolio is None:
        return ""
    rows = result.portfolio.rows
    said = []
    if found := sorted(rows.left_out.values()):
        said.append(f"Measured without {', '.join(found)}: its value is unknown.")
    if found := sorted(rows.not_offered.values()):
        said.append(f"Not offered for purchase, as no price is known: {', '.join(found)}.")
    return " ".join(said)


def _input_digest(result: deciding.ReadingResult) -> str:
    """The digest of the household's document; the plan already holds it where there is one."""
    if result.plan is not None:
        return result.plan.input_digest
    return serializing.digest(result.portfolio.household) if result.portfolio else ""
