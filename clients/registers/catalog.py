"""Every register. A new one adds its file here."""

from __future__ import annotations

from clients.registers import fund_distributions
from clients.registers.register import Register

REGISTERS: tuple[Register, ...] = (fund_distributions.REGISTER,)
