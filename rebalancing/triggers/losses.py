"""Losses stand in taxed accounts that are worth taking, and the client agreed to it."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm import harvest_figures
from compliance.firm.desk_figures import HARVEST_MIN
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, loss_lots
from rebalancing.triggers.columns import Columns, Truth
from rebalancing.triggers.loss_lots import Weighing
from rebalancing.triggers.measures import Measured
from rebalancing.triggers.trigger import Trigger

ZERO = Decimal(0)

CODE = "losses"
SHOWN = 3
"""Losses left alone that a reading names; a proposal names all."""
NEEDS = ("loss", "loss_least", "invested", "share_least")
"""Of a household that agreed to harvesting: the losses that are worth taking, one by one, together."""


def fires(facts: Columns) -> Truth:
    """A loss of nothing is no reason, however little the firm finds worth taking."""
    return (
        columns.more_than(facts["loss"], 0)
        & columns.at_least(facts["loss"], facts["loss_least"])
        & columns.at_least(facts["loss"], facts["invested"] * facts["share_least"])
    )


def facts(portfolio: Portfolio, measured: Measured) -> dict[str, Columns]:
    """The exact facts of the household; none where losses are not harvested."""
    return _facts(portfolio, measured, weighed(portfolio)) if portfolio.household.rules.harvest_losses else {}


def weighed(portfolio: Portfolio) -> Weighing:
    """What each loss of the household is worth, and why the others are left alone."""
    return loss_lots.weigh(portfolio.household, portfolio.rows.figures)


def find(portfolio: Portfolio, measured: Measured) -> list[Trigger]:
    """Unrealized losses in taxed accounts that are worth harvesting, where the client agreed to it."""
    if not portfolio.household.rules.harvest_losses:
        return []
    found = weighed(portfolio)
    if not any(fires(given).yes[0] for given in _facts(portfolio, measured, found).values()):
        return []
    return [
        Trigger(
            code=CODE,
            sentence=(
                f"Taxable lots stand {dollars(found.loss)} below their cost, and the policy allows taking such losses. "
                f"Taking them is worth {dollars(found.benefit)} after trading costs and the tax that follows later."
            ),
            figures={
                "loss": f"{found.loss:.2f}",
                "tax_saved": f"{found.saved:.2f}",
                "tax_later": f"{sum((one.later for one in found.taken), ZERO):.2f}",
                "costs": f"{sum((one.spread for one in found.taken), ZERO):.2f}",
                "benefit": f"{found.benefit:.2f}",
                "positions": str(len(found.taken)),
                "lots": str(sum(len(one.lots) for one in found.taken)),
                "lots_left": str(len(found.left)),
            },
        )
    ]


def left_alone(portfolio: Portfolio) -> str:
    """Why the largest losses are not taken, as the end of a reason; empty where there are none, or none to be taken."""
    if not portfolio.household.rules.harvest_losses:
        return ""
    found = weighed(portfolio)
    lots = {lot.id: lot for lot in portfolio.household.lots}
    largest = sorted(found.losses, key=lambda lot: (-found.losses[lot], lot))[:SHOWN]
    told = [
        f"A loss of {dollars(found.losses[lot])} in {lots[lot].security} is left alone: {found.left[lot].rstrip('.')}."
        for lot in largest
        if lot in found.left
    ]
    if found.taken:
        told.append(f"Losses of {dollars(found.loss)} are worth taking, which is too little for a proposal.")
    return "".join(f" {sentence}" for sentence in told)


def _facts(portfolio: Portfolio, measured: Measured, found: Weighing) -> dict[str, Columns]:
    figures = portfolio.rows.figures
    return {
        "household": columns.one(
            loss=found.loss,
            loss_least=figures.of(HARVEST_MIN),
            invested=measured.investable,
            share_least=figures.of(harvest_figures.TOTAL_SHARE),
        )
    }
