"""The people of the tests, one cast for all rooms. A fixture of the same name brings most of them.

Ana and Otto advise, Rui and Rosa review, Bea does both; Tom and Tess trade; Cora audits and Nina answers for
findings; Ada administers. Carl, Mia, Hal and Noah are clients. Greta left the firm. Max may see nothing.
Eve has no role: what she may see as an examiner is what compliance opens for her.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from advisory.people import roles
from compliance.people.roles import Role
from tests.clock import SUNDAY_NOON

PASSWORD = "a long sentence nobody guesses"

HELD: dict[str, tuple[Role, ...]] = {
    "Ana": (Role.ADVISOR,),
    "Otto": (Role.ADVISOR,),
    "Rui": (Role.REVIEWER,),
    "Rosa": (Role.REVIEWER,),
    "Bea": (Role.ADVISOR, Role.REVIEWER),
    "Tom": (Role.TRADER,),
    "Tess": (Role.TRADER,),
    "Cora": (Role.COMPLIANCE,),
    "Nina": (Role.COMPLIANCE,),
    "Ada": (Role.ADMINISTRATOR,),
    "Carl": (Role.CLIENT,),
    "Mia": (Role.CLIENT,),
    "Hal": (Role.CLIENT,),
    "Noah": (Role.CLIENT,),
    "Greta": (Role.ADVISOR, Role.REVIEWER, Role.TRADER, Role.COMPLIANCE),
    "Max": (),
    "Eve": (),
}
"""Who holds which roles. Whoever needs other roles for one test is `someone` else."""


def someone(name: str, *held: Role) -> Any:
    """A user with an e-mail made of the name, holding the roles."""
    return roles.join(email_of(name), name=name, password=PASSWORD, roles=held, by=None, at=SUNDAY_NOON)


def email_of(name: str) -> str:
    return f"{name.lower()}@firm.example"


def known(name: str) -> Any:
    """One of the cast; the same user however often a test asks."""
    there = get_user_model()._default_manager.filter(email=email_of(name)).first()
    return there or someone(name, *HELD[name])


def ana() -> Any:
    return known("Ana")


def otto() -> Any:
    return known("Otto")


def rui() -> Any:
    return known("Rui")


def rosa() -> Any:
    return known("Rosa")


def bea() -> Any:
    return known("Bea")


def tom() -> Any:
    return known("Tom")


def tess() -> Any:
    return known("Tess")


def cora() -> Any:
    return known("Cora")


def nina() -> Any:
    return known("Nina")


def ada() -> Any:
    return known("Ada")


def carl() -> Any:
    return known("Carl")


def mia() -> Any:
    return known("Mia")


def hal() -> Any:
    return known("Hal")


def noah() -> Any:
    return known("Noah")


def greta() -> Any:
    return known("Greta")


def max_() -> Any:
    return known("Max")


def eve() -> Any:
    return known("Eve")
