"""The rows of the registers, sealed as they were entered and as they ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clients.registers import market_facts
from clients.registers.catalog import REGISTERS
from clients.registers.register import Register
from compliance.audit_trail.seals import Kind

ENDING = ("ended_by_id", "ended_at", "end_reason")
CARRIED = "starts_with(t.public_id, 'mk_')"
"""Halts, spreads and the volatility index were market conditions once, and were carried over under the ids they had."""

WERE_CONDITIONS = (market_facts.QUOTES, market_facts.HALTS, market_facts.LEVELS)


def of(register: Register) -> Iterator[Kind]:
    """The two kinds of a register: a row as it was entered, and how it ended."""
    table = register.model._meta.db_table
    columns = tuple(str(field.column) for field in register.model._meta.concrete_fields)
    entered = tuple(one for one in columns if one not in ENDING)
    shared: dict[str, Any] = {
        "called": "t.public_id",
        "carried": CARRIED if register in WERE_CONDITIONS else "",
    }
    yield Kind(register.name, table, entered, open=ENDING, **shared)
    yield Kind(f"{register.name}_ended", table, ENDING, where="t.ended_at IS NOT NULL", **shared)


KINDS = tuple(kind for register in REGISTERS for kind in of(register))
