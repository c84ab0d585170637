"""The rows of the registers, sealed as they were entered and as they ended."""

from __future__ import annotations

from collections.abc import Iterator

from clients.registers.catalog import REGISTERS
from clients.registers.register import Register
from compliance.audit_trail.seals import Kind

ENDING = ("ended_by_id", "ended_at", "end_reason")


def of(register: Register) -> Iterator[Kind]:
    """The two kinds of a register: a row as it was entered, and how it ended."""
    table = register.model._meta.db_table
    columns = tuple(str(field.column) for field in register.model._meta.concrete_fields)
    entered = tuple(one for one in columns if one not in ENDING)
    yield Kind(register.name, table, entered, open=ENDING, called="t.public_id")
    yield Kind(f"{register.name}_ended", table, ENDING, where="t.ended_at IS NOT NULL", called="t.public_id")


KINDS = tuple(kind for register in REGISTERS for kind in of(register))
