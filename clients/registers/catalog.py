"""Every register. A new one adds its file here."""

from __future__ import annotations

from clients.registers import corporate_actions, fund_distributions, market_facts, trading_facts
from clients.registers.register import Register

REGISTERS: tuple[Register, ...] = (
    fund_distributions.REGISTER,
    market_facts.FUND_POLICIES,
    market_facts.QUOTES,
    market_facts.HALTS,
    market_facts.LEVELS,
    trading_facts.INSIDERS,
    trading_facts.WINDOWS,
    trading_facts.APPROVALS,
    trading_facts.ARRANGED,
    corporate_actions.REGISTER,
)
