"""Losses stand in taxed accounts that are worth taking, and the client agreed to it."""

from __future__ import annotations

from decimal import Decimal

from rebalancing.engine.documents.household import TaxTreatment
from rebalancing.engine.evaluation.standing_lots import with_gifts
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

ZERO = Decimal(0)

CODE = "losses"

LOSS_MIN = Decimal(3000)
"""Losses below the yearly deduction (IRC 1211(b)) are not worth a proposal of their own."""

SHARE_MIN = Decimal("0.05")
"""A lot counts when it stands at least this far below its basis."""


def find(portfolio: Portfolio, _measured: Measured) -> list[Trigger]:
    """Unrealized losses in taxed accounts that are worth harvesting, where the client agreed to it."""
    household = portfolio.household
    if not household.rules.harvest_losses:
        return []
    prices = {security.id: security.price for security in household.securities}
    taxed = {
        account.id
        for account in household.accounts
        if account.tax_treatment is TaxTreatment.TAXABLE and account.tradable
    }
    loss = ZERO
    for lot in with_gifts(household).lots:
        if lot.account in taxed and lot.basis is not None and lot.lock_reason is None:
            value = lot.quantity * prices[lot.security]
            if lot.basis - value >= lot.basis * SHARE_MIN:
                loss += lot.basis - value
    if loss < LOSS_MIN:
        return []
    return [
        Trigger(
            code=CODE,
            sentence=f"Taxable lots stand {dollars(loss)} below their cost, and the policy allows taking such losses.",
            figures={"loss": f"{loss:.2f}"},
        )
    ]
