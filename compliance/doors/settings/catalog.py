"""The doors to the firm's settings, and their addresses."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from compliance import access
from compliance.actions import Action
from compliance.doors.door import Act, Door, FormDoor, NoDoor
from compliance.doors.settings import endpoints, forms, views
from compliance.firm import firm_settings
from compliance.firm.setting import Group
from compliance.models import SettingVersion, SubjectKind
from compliance.people.roles import STAFF_ROLES

NOUN = "Firm settings"


def _back(_: Any) -> tuple[str, str]:
    return NOUN, reverse("compliance:settings")


def _find(user: Any, number: int) -> SettingVersion:
    return get_object_or_404(access.setting_versions_for(user), number=number)


def _number(version: SettingVersion) -> dict[str, Any]:
    return {"number": version.number}


_COMMON: dict[str, Any] = {
    "namespace": "compliance",
    "noun": NOUN,
    "roles": firm_settings.ROLES,
    "refusal": firm_settings.REFUSAL,
    "actions": (Action.SETTING_CHANGED,),
    "back": _back,
    "checked": True,
    "confirmed": True,
    "two_people": SubjectKind.SETTING,
    "may_be_alone": True,
}

CHANGES = tuple(
    FormDoor(
        name=f"setting_{group}",
        act=Act.EDIT,
        title=f"Change settings: {group.label}",
        button="Propose the change",
        lead="What you leave as it is stays as it is, also where a later change is scheduled.",
        path=f"settings/{group}/change/",
        form=forms.of_group(group),
        verbs=(firm_settings.adopt,),
        **_COMMON,
    )
    for group in Group
)
TAKE_BACK = FormDoor(
    name="setting_take_back",
    act=Act.RETIRE,
    title="Take back a scheduled change",
    button="Propose to take it back",
    lead="What would count on its day without it counts instead.",
    path="settings/versions/<int:number>/take-back/",
    form=forms.TakeBack,
    find=_find,
    address=_number,
    verbs=(firm_settings.take_back,),
    **_COMMON,
)
_READ: dict[str, Any] = {
    "noun": NOUN,
    "roles": STAFF_ROLES,
    "refusal": "Only the firm's staff can read its settings.",
}
DOORS: tuple[Door | NoDoor, ...] = (
    NoDoor(
        NOUN,
        Act.CREATE,
        "each setting is declared in the code, with a default that counts until the firm decides.",
    ),
    Door(act=Act.READ, title="Settings in force", browser="compliance:settings", api="api:settings", **_READ),
    *CHANGES,
    TAKE_BACK,
    Door(
        act=Act.HISTORY,
        title="Versions of the settings",
        browser="compliance:setting_versions",
        api="api:setting-versions",
        **_READ,
    ),
)

browser: list[URLPattern] = [
    path("settings/", views.show, name="settings"),
    path("settings/versions/", views.versions, name="setting_versions"),
]
api: list[URLPattern] = [
    path("settings/", endpoints.Settings.as_view({"get": "list"}), name="settings"),
    path("settings/versions/", endpoints.SettingVersions.as_view({"get": "list"}), name="setting-versions"),
]
