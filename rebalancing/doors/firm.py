"""The doors to the firm's timetable, promises and rebalancing policy, which are groups of its settings."""

from __future__ import annotations

from typing import Any

from compliance.actions import Action
from compliance.doors.door import Act, Door, NoDoor
from compliance.firm import firm_settings
from compliance.firm.setting import Group
from compliance.models import SubjectKind
from compliance.people.roles import STAFF_ROLES, Role

PROMISES, POLICY = "Scan timetable and promises", "The firm's rebalancing policy"
DESK = STAFF_ROLES - {Role.ADMINISTRATOR}

_HISTORY: dict[str, Any] = {
    "act": Act.HISTORY,
    "title": "Versions of the settings",
    "browser": "compliance:setting_versions",
    "api": "api:setting-versions",
    "roles": STAFF_ROLES,
    "refusal": "Only the firm's staff can read its settings.",
}


def _edit(noun: str, group: Group) -> Door:
    """The form of a group of settings, listed under the noun that it is for."""
    return Door(
        noun=noun,
        act=Act.EDIT,
        title=f"Change settings: {group.label}",
        browser=f"compliance:setting_{group}",
        api=f"api:setting-{group}",
        roles=firm_settings.ROLES,
        refusal=firm_settings.REFUSAL,
        actions=(Action.SETTING_CHANGED,),
        verbs=(firm_settings.adopt,),
        checked=True,
        two_people=SubjectKind.SETTING,
    )


_ALWAYS = "each has a value from the first day; what is shipped counts until the firm decides."
_NEVER = "another value replaces it; a change that is scheduled is taken back under Firm settings."
DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(PROMISES, Act.CREATE, _ALWAYS),
    NoDoor(PROMISES, Act.RETIRE, _NEVER),
    Door(
        noun=PROMISES,
        act=Act.READ,
        title="Promises, and which are broken",
        browser="rebalancing:promises",
        api="api:promise-list",
        roles=DESK,
        refusal="These pages are for the firm's desk.",
    ),
    _edit(PROMISES, Group.PROMISES),
    _edit(PROMISES, Group.TIMETABLE),
    Door(noun=PROMISES, **_HISTORY),
    NoDoor(POLICY, Act.CREATE, _ALWAYS),
    NoDoor(POLICY, Act.RETIRE, _NEVER),
    Door(
        noun=POLICY,
        act=Act.READ,
        title="How we rebalance",
        browser="rebalancing:rebalancing_policy",
        api="api:rebalancing-policy",
        roles=frozenset(Role),
        refusal="Sign in to read it.",
    ),
    _edit(POLICY, Group.POLICY),
    _edit(POLICY, Group.COSTS),
    _edit(POLICY, Group.TRIGGERS),
    Door(noun=POLICY, **_HISTORY),
)
