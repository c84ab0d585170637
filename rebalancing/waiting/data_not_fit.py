"""Facts are not fit to trade on: lots that do not add up, a transfer or a corporate action under way, no agreement.

Each concerns one account, which is measured and not traded; the rest of the household goes on.
"""

from __future__ import annotations

from clients.models import Account, Hold
from rebalancing.portfolios import unreconciled as unreconciled_positions
from rebalancing.triggers import columns
from rebalancing.triggers.columns import Columns, Fact, Truth, is_set
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason, Owner

CODE = "data_not_fit"
TRANSFER = "transfer_pending"
UNRECONCILED = "unreconciled"
ACTION = "corporate_action"
NEEDS = ("reconciled", "transfer_pending", "action_pending", "refused")


def unreconciled(facts: Columns) -> Truth:
    return ~is_set(facts["reconciled"])


def transferring(facts: Columns) -> Truth:
    return is_set(facts["transfer_pending"])


def acting(facts: Columns) -> Truth:
    return is_set(facts["action_pending"])


def fires(facts: Columns) -> Truth:
    """An account that may not be traded, whatever the reason."""
    return unreconciled(facts) | transferring(facts) | acting(facts) | is_set(facts["refused"])


def facts(account: Account, *, holds: list[Hold], acts: bool, refused: bool) -> dict[str, Fact]:
    moved = account.reconciliation == Account.Reconciliation.NEVER and bool(account.reconciliation_note)
    held = any(
        one.kind == Hold.Kind.TRANSFER and one.account_id == account.pk and one.security_id is None
        for one in holds
    )
    return {
        "reconciled": account.reconciliation == Account.Reconciliation.RECONCILED
        and not unreconciled_positions.differences(account),
        "transfer_pending": held or moved,
        "action_pending": acts,
        "refused": refused,
    }


def find(look: Look) -> list[HoldReason]:
    """The accounts that are measured and not traded, each with why and who can end it.

    A hold on the whole household is a reason of its own and is not told again for each account.
    """
    portfolio = look.portfolio
    holds = [one for one in portfolio.rows.holds if one.security_id is None]
    all_held = any(one.account_id is None for one in holds)
    by_id = {one.public_id: one for one in portfolio.accounts}
    found = []
    for row in portfolio.household.accounts:
        acts = by_id[row.id].pk in portfolio.pending.accounts
        given = facts(by_id[row.id], holds=portfolio.rows.holds, acts=acts, refused=not row.tradable)
        if row.tradable or not columns.holds(fires, **given):
            continue
        account = by_id[row.id]
        code, because = CODE, "It ends when the record of this account is complete."
        reason = row.not_tradable_reason
        if columns.holds(transferring, **given):
            code = TRANSFER
            because = "It ends when the transfer is done and a file shows the account at its custodian."
        elif columns.holds(unreconciled, **given):
            code = UNRECONCILED
            because = "It ends when a custodian’s file shows lots and positions that agree."
        elif row.not_tradable_reason == portfolio.pending.accounts.get(account.pk):
            code = ACTION
            because = (
                "It ends when a custodian’s file shows it, or once it is applied and its price is known."
            )
        elif all_held:
            continue
        elif held := [one for one in holds if one.account_id == account.pk]:
            because = "It ends on that day, or when the hold is lifted."
            reason = f"it is held until {day_text(held[0].expires_on)}. {held[0].reason}"
        found.append(
            HoldReason(
                code=code,
                sentence=f"{row.name} is not traded: {reason}",
                ends_on=None,
                because=because,
                owner=Owner.DESK,
                figures={"account": row.id},
                effect=Effect.PARTLY,
                subject=row.id,
            )
        )
    return found
