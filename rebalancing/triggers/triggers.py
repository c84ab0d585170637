"""What calls for action: a class out of its band, money due that is not there, losses worth taking."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.household import TaxTreatment
from rebalancing.engine.evaluation.standing_lots import with_gifts
from rebalancing.engine.portfolio.cash_needs import cash_need, outflows_within
from rebalancing.engine.wording import dollars
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers.measures import Measured

ZERO = Decimal(0)

HARVEST_LOSS_MIN = Decimal(3000)
"""Losses below the yearly deduction (IRC 1211(b)) are not worth a proposal of their own."""

HARVEST_SHARE_MIN = Decimal("0.05")
"""A lot counts when it stands at least this far below its basis."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One reason to act, with its figures. `code` is stable; the sentence is for people."""

    code: str
    sentence: str
    figures: dict[str, str]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def find(portfolio: Portfolio, measured: Measured) -> tuple[Trigger, ...]:
    """Every trigger of this portfolio, the weightiest kind first."""
    return (*_out_of_band(measured), *_cash_short(portfolio), *_losses(portfolio))


def _out_of_band(measured: Measured) -> list[Trigger]:
    return [
        Trigger(
            code="out_of_band",
            sentence=f"{one.sentence()}.",
            figures={
                "asset_class": one.asset_class,
                "weight": f"{one.weight:.6f}",
                "target": f"{one.target:.6f}",
                "lower": f"{one.lower:.6f}",
                "upper": f"{one.upper:.6f}",
            },
        )
        for one in measured.breached
    ]


def _cash_short(portfolio: Portfolio) -> list[Trigger]:
    """Accounts whose known outflows are not covered by the cash they hold (see `cash_needs`)."""
    found = []
    for account in portfolio.household.accounts:
        outflows = outflows_within(account.flows, as_of=portfolio.household.as_of)
        pending = sum((part.amount for part in account.cash_unsettled), ZERO)
        need = cash_need(outflows, cash=account.cash_settled + pending, minimum=account.minimum_cash)
        if outflows > ZERO and need.to_raise > ZERO:
            first = min((flow.on for flow in account.flows if flow.amount < ZERO), default=None)
            found.append(
                Trigger(
                    code="cash_due",
                    sentence=(
                        f"{dollars(outflows, cents=True)} is due out of {account.name} by {day_text(first)}, and "
                        f"{dollars(need.available, cents=True)} above the minimum is there."
                    ),
                    figures={
                        "account": account.id,
                        "outflows": f"{outflows:.2f}",
                        "available": f"{need.available:.2f}",
                        "to_raise": f"{need.to_raise:.2f}",
                        "first_on": first.isoformat() if first else "",
                    },
                )
            )
    return found


def _losses(portfolio: Portfolio) -> list[Trigger]:
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
            if lot.basis - value >= lot.basis * HARVEST_SHARE_MIN:
                loss += lot.basis - value
    if loss < HARVEST_LOSS_MIN:
        return []
    return [
        Trigger(
            code="losses",
            sentence=f"Taxable lots stand {dollars(loss)} below their cost, and the policy allows taking such losses.",
            figures={"loss": f"{loss:.2f}"},
        )
    ]


def day_text(day: date | None) -> str:
    """`December 10`, with the year only where it is not obvious from the context of a scan."""
    return f"{day:%B} {day.day}" if day else "an unknown day"
