"""Where a thing that is missing is cured: the form that does it, or, for whoever may not use it, who can.

A form is named by its door. Whether this person may use it is told from their roles and from their book, both read
once, so that a list of every household costs the same queries as a list of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from clients import access as record
from clients.models import Account, Household
from compliance.doors import registry
from compliance.people.roles import Role

OF_THE_ADVISOR = frozenset({"clients:policy_begin", "rebalancing:tax_profile_confirm"})
"""Doors that open for the household's own advisor only, whatever else their roles are."""


@dataclass(frozen=True, slots=True)
class Cure:
    """A link, and in words who can do it where this person cannot."""

    url: str
    link: str
    who: str = ""


class Cures:
    """The cures of one person's list."""

    def __init__(self, user: Any, *, on: date) -> None:
        self._user = user
        self._advised = record.advised_by(user, on=on) if user.has_role(Role.ADVISOR) else set()
        self._roles: dict[str, frozenset[Role]] = {}

    def at(
        self, name: str, link: str, *, household: Household, given: dict[str, str] | None = None, **where: Any
    ) -> Cure:
        """The form behind a door, filled in with what is `given`; else the household's page, with who can do it."""
        roles = self._roles_of(name)
        if not self._may(name, roles, household):
            return self._elsewhere(household, roles)
        query = f"?{urlencode(given)}" if given else ""
        return Cure(f"{reverse(name, kwargs=where)}{query}", link)

    def on(self, name: str, link: str, *, roles: Iterable[Role], household: Household, **where: Any) -> Cure:
        """The same for a page with a view of its own, which these roles open."""
        wanted = frozenset(roles)
        if not any(self._user.has_role(role) for role in wanted):
            return self._elsewhere(household, wanted)
        return Cure(reverse(name, kwargs=where), link)

    def account(self, account: Account, link: str) -> Cure:
        """The account's own page, which everybody on the desk may read."""
        return Cure(reverse("clients:account", args=[account.public_id]), link)

    def _roles_of(self, name: str) -> frozenset[Role]:
        if name not in self._roles:
            self._roles[name] = registry.form_door(name).roles
        return self._roles[name]

    def _may(self, name: str, roles: frozenset[Role], household: Household) -> bool:
        held = {role for role in roles if self._user.has_role(role)}
        if name in OF_THE_ADVISOR:
            held.discard(Role.ADVISOR)
            return bool(held) or household.pk in self._advised
        return bool(held)

    def _elsewhere(self, household: Household, roles: frozenset[Role]) -> Cure:
        # In the order of the roles, so that the sentence is the same every time.
        named = [role.label.lower() for role in Role if role in roles]
        who = " or ".join(("the " if one == "advisor" else "a ") + one for one in named)
        url = reverse("clients:household", args=[household.public_id])
        return Cure(url, "Look at the household", f"{who[:1].upper()}{who[1:]} does this.")
