"""The people of the tests. Ana advises, Rui and Rosa review, Tom trades, Cora audits,
Nina answers for findings, Max may see nothing."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from advisory.people import roles
from compliance.people.roles import Role
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


def nina() -> Any:
    """A second compliance officer, who answers for findings; the same Nina however often she is asked for."""
    known = get_user_model()._default_manager.filter(email="nina@firm.example").first()
    return known or someone("Nina", Role.COMPLIANCE)


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
