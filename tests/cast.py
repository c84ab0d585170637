"""The people of the tests. Ana advises, Rui and Rosa review, Tom trades, Cora audits, Max may see nothing."""

from __future__ import annotations

from typing import Any

from advisory import roles
from compliance.roles import Role
from tests.clock import SUNDAY_NOON

PASSWORD = "a long sentence nobody guesses"


def someone(name: str, *held: Role) -> Any:
    """A user with an e-mail made of the name, holding the roles."""
    email = f"{name.lower()}@firm.example"
    return roles.join(email, name=name, password=PASSWORD, roles=held, by=None, at=SUNDAY_NOON)


def ana() -> Any:
    return someone("Ana", Role.ADVISOR)


def rui() -> Any:
    return someone("Rui", Role.REVIEWER)


def rosa() -> Any:
    return someone("Rosa", Role.REVIEWER)


def tom() -> Any:
    return someone("Tom", Role.TRADER)


def cora() -> Any:
    return someone("Cora", Role.COMPLIANCE)


def ada() -> Any:
    return someone("Ada", Role.ADMINISTRATOR)


def carl() -> Any:
    return someone("Carl", Role.CLIENT)


def max_() -> Any:
    return someone("Max")
