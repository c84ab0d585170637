"""Losses stand in taxed accounts that are worth taking, and the client agreed to it."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.desk_figures import HARVEST_LOT_MIN, HARVEST_MIN
from rebalancing.engine.documents.household import TaxTreatment
from rebalancing.engine.evaluation.standing_lots import with_gifts
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

ZERO = Decimal(0)

CODE = "losses"


def find(portfolio: Portfolio, _measured: Measured) -> list[Trigger]:
    """Unrealized losses in taxed accounts that are worth harvesting, where the client agreed to it."""
    household = portfolio.household
    if not household.rules.harvest_losses:
        return []
    figures = portfolio.rows.figures
    share_min = figures.of(HARVEST_LOT_MIN)
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
            if lot.basis - value >= lot.basis * share_min:
                loss += lot.basis - value
    # A loss of nothing is no reason, however little the firm finds worth taking.
    if not loss or loss < figures.of(HARVEST_MIN):
        return []
    return [
        Trigger(
            code=CODE,
            sentence=f"Taxable lots stand {dollars(loss)} below their cost, and the policy allows taking such losses.",
            figures={"loss": f"{loss:.2f}"},
        )
    ]
