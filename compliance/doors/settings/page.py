"""The firm's settings as their page and the API show them: in force, scheduled, and version by version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from compliance.doors import pages, registry
from compliance.doors.pages import DoorLink
from compliance.firm import catalog, differences, firm_settings
from compliance.firm.desk_figures import RETENTION_YEARS
from compliance.firm.differences import Difference
from compliance.firm.firm_facts import FISCAL_YEAR_END
from compliance.firm.firm_settings import InForce
from compliance.firm.rule_figures import FIXED
from compliance.firm.setting import Group, Setting
from compliance.models import SettingVersion
from compliance.people.roles import STAFF_ROLES, Person, Role
from rebalancing.engine.market import records_retention

VERSIONS_MAX = 200


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting with its value in force, in words."""

    setting: Setting[Any]
    value: str
    text: str
    shipped: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """One group with its settings and the door to its form; `note` says what is no setting, and why."""

    group: Group
    rows: tuple[SettingRow, ...]
    door: DoorLink | None
    note: str = ""

    @property
    def changed(self) -> int:
        """How many of its settings the firm has decided."""
        return sum(1 for row in self.rows if row.is_changed)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version: who, when, why, and what it changed. `take_back` is the door while it is not in effect."""

    version: SettingVersion
    group: str
    differences: tuple[Difference, ...]
    is_scheduled: bool
    take_back: DoorLink | None = None


@dataclass(frozen=True, slots=True)
class SettingsPage:
    groups: tuple[GroupView, ...]
    scheduled: tuple[VersionRow, ...]
    version: int
    since: date | None
    kept_through: date
    may_change: bool
    reads_promises: bool


@dataclass(frozen=True, slots=True)
class VersionsPage:
    rows: tuple[VersionRow, ...]
    count: int


def settings_page(user: Person, versions: Iterable[SettingVersion], *, on: date) -> SettingsPage:
    """Every setting in force on a day, and what is scheduled after it."""
    known = list(versions)
    present = firm_settings.folded(known, on=on)
    return SettingsPage(
        groups=tuple(_group(group, present, user) for group in Group),
        scheduled=tuple(
            version_row(one, known, user, on=on)
            for one in sorted(known, key=lambda one: (one.effective_on, one.number))
            if one.effective_on > on
        ),
        version=present.version,
        since=present.since,
        kept_through=kept_through(present),
        may_change=any(user.has_role(role) for role in firm_settings.ROLES),
        # Which promises are broken names households, which an administrator does not see.
        reads_promises=any(user.has_role(role) for role in STAFF_ROLES - {Role.ADMINISTRATOR}),
    )


def versions_page(user: Person, versions: Iterable[SettingVersion], *, on: date) -> VersionsPage:
    """The versions, the newest first, each with what it changed."""
    known = list(versions)
    newest = sorted(known, key=lambda one: -one.number)[:VERSIONS_MAX]
    return VersionsPage(tuple(version_row(one, known, user, on=on) for one in newest), len(known))


def version_row(
    version: SettingVersion, versions: Iterable[SettingVersion], user: Person, *, on: date
) -> VersionRow:
    """One version among those that were adopted."""
    is_scheduled = version.effective_on > on
    door = registry.form_door("compliance:setting_take_back")
    return VersionRow(
        version=version,
        group=Group(version.group).label if version.group in set(Group) else version.group,
        differences=differences.of(version, versions),
        is_scheduled=is_scheduled,
        take_back=pages.link(door, user, version) if is_scheduled else None,
    )


def row_of(setting: Setting[Any], present: InForce) -> SettingRow:
    """One setting on a day."""
    return SettingRow(
        setting=setting,
        value=present.shown(setting),
        text=setting.as_text(present.of(setting)),
        shipped=setting.shown(firm_settings.shipped(setting)),
        is_changed=present.is_changed(setting),
    )


def kept_through(present: InForce) -> date:
    """Through which day what is recorded on a day is kept (Rule 204-2(e)(1))."""
    kept = records_retention.retention(
        records_retention.Record.ENTRY,
        present.on,
        fiscal_year_end=present.of(FISCAL_YEAR_END),
        years=present.of(RETENTION_YEARS),
    )
    return kept.keep_through


def _group(group: Group, present: InForce, user: Person) -> GroupView:
    return GroupView(
        group=group,
        rows=tuple(row_of(setting, present) for setting in catalog.in_group(group)),
        door=pages.link(registry.form_door(f"compliance:setting_{group}"), user),
        note=" ".join(FIXED.values()) if group is Group.RULES else "",
    )
