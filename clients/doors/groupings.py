"""Doors to asset classes and wash-sale groups."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.doors.securities import COMPLIANCE, DESK, ONLY_DESK
from clients.models import AssetClass, WashGroup
from clients.securities import asset_classes, wash_groups
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor

CLASSES, GROUPS = "Asset classes", "Wash-sale groups"
ONLY_COMPLIANCE = "Only compliance can change asset classes and wash-sale groups."

CODE = r"^[a-z][a-z0-9_-]*$"
NO_CODE = "A code has small letters, digits, - and _, and starts with a letter."


class AddClass(DoorForm):
    code = forms.RegexField(
        CODE,
        max_length=24,
        help_text="As files and models use it, such as us_stock. It never changes.",
        error_messages={"invalid": NO_CODE},
    )
    label = forms.CharField(label="Name", max_length=80, help_text="As pages show it.")
    position = forms.IntegerField(
        label="Place on pages", min_value=0, max_value=32_000, help_text="Lower comes first."
    )
    is_equity = forms.TypedChoiceField(
        label="Counts as stocks for clients' risk caps",
        choices=(("", "Choose"), ("yes", "Yes"), ("no", "No")),
        coerce=lambda given: given == "yes",
        error_messages={"required": "Say yes or no."},
    )
    reason = forms.CharField(max_length=300, error_messages={"required": "Say why."})

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = dict(self.cleaned_data)
        added = asset_classes.add(given.pop("code"), **given, by=by, at=at)
        return Done(f"The class {added} is on record.", _list_url(), added)


class RenameClass(DoorForm):
    label = forms.CharField(label="Name", max_length=80)
    position = forms.IntegerField(label="Place on pages", min_value=0, max_value=32_000)

    @classmethod
    def now(cls, subject: AssetClass, *, user: Any, on: date) -> dict[str, Any]:
        return {"label": subject.name, "position": subject.position}

    def act(self, *, by: Actor, at: datetime) -> Done:
        renamed = asset_classes.rename(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"The class {renamed.code} is called {renamed}.", _list_url(), renamed)


class Reason(DoorForm):
    reason = forms.CharField(max_length=300, error_messages={"required": "Say why; it stays on record."})


class RetireClass(Reason):
    def act(self, *, by: Actor, at: datetime) -> Done:
        asset_classes.retire(self.subject, reason=self.cleaned_data["reason"], on=self.on, by=by, at=at)
        return Done(f"The class {self.subject} is retired.", _list_url(), self.subject)


class AddGroup(DoorForm):
    code = forms.RegexField(CODE, max_length=40, error_messages={"invalid": NO_CODE})
    reason = forms.CharField(
        max_length=200, help_text="Why its securities are substantially identical (IRC 1091)."
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        added = wash_groups.add(self.cleaned_data["code"], reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(f"The group {added} is on record.", _list_url(), added)


class RenameGroup(AddGroup):
    @classmethod
    def now(cls, subject: WashGroup, *, user: Any, on: date) -> dict[str, Any]:
        return {"code": subject.code, "reason": subject.reason}

    def act(self, *, by: Actor, at: datetime) -> Done:
        renamed = wash_groups.rename(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"The group is called {renamed}. Its members count as decided.", _list_url(), renamed)


class RetireGroup(Reason):
    def act(self, *, by: Actor, at: datetime) -> Done:
        wash_groups.retire(self.subject, reason=self.cleaned_data["reason"], on=self.on, by=by, at=at)
        return Done(f"The group {self.subject} is retired.", _list_url(), self.subject)


def _list_url() -> str:
    return reverse("clients:grouping_list")


def _class(user: Any, key: int) -> AssetClass:
    return get_object_or_404(access.asset_classes_for(user), pk=key)


def _group(user: Any, key: int) -> WashGroup:
    return get_object_or_404(access.wash_groups_for(user), pk=key)


def _door(name: str, noun: str, act: Act, title: str, form: type[DoorForm], **more: Any) -> FormDoor:
    return FormDoor(
        namespace="clients",
        name=name,
        noun=noun,
        act=act,
        title=title,
        roles=COMPLIANCE,
        refusal=ONLY_COMPLIANCE,
        form=form,
        address=lambda one: {"key": one.pk},
        back=lambda _: ("Classes and groups", _list_url()),
        **more,
    )


CLASS_ADD = _door(
    "asset_class_add",
    CLASSES,
    Act.CREATE,
    "Add an asset class",
    AddClass,
    path="asset-classes/add/",
    actions=(Action.ASSET_CLASS_DECIDED,),
    verbs=(asset_classes.add,),
)
CLASS_EDIT = _door(
    "asset_class_edit",
    CLASSES,
    Act.EDIT,
    "Rename an asset class",
    RenameClass,
    path="asset-classes/<int:key>/edit/",
    find=_class,
    actions=(Action.ASSET_CLASS_DECIDED,),
    verbs=(asset_classes.rename,),
)
CLASS_RETIRE = _door(
    "asset_class_retire",
    CLASSES,
    Act.RETIRE,
    "Retire an asset class",
    RetireClass,
    path="asset-classes/<int:key>/retire/",
    find=_class,
    refuse=lambda _, one: asset_classes.refusal_to_retire(one),
    actions=(Action.ASSET_CLASS_RETIRED,),
    verbs=(asset_classes.retire,),
)
GROUP_ADD = _door(
    "wash_group_add",
    GROUPS,
    Act.CREATE,
    "Add a wash-sale group",
    AddGroup,
    path="wash-groups/add/",
    actions=(Action.WASH_GROUP_ADDED,),
    verbs=(wash_groups.add,),
)
GROUP_EDIT = _door(
    "wash_group_edit",
    GROUPS,
    Act.EDIT,
    "Rename a wash-sale group",
    RenameGroup,
    path="wash-groups/<int:key>/edit/",
    find=_group,
    actions=(Action.WASH_GROUP_CHANGED,),
    verbs=(wash_groups.rename,),
)
GROUP_RETIRE = _door(
    "wash_group_retire",
    GROUPS,
    Act.RETIRE,
    "Retire a wash-sale group",
    RetireGroup,
    path="wash-groups/<int:key>/retire/",
    find=_group,
    actions=(Action.WASH_GROUP_CHANGED,),
    verbs=(wash_groups.retire,),
)
OF_A_CLASS = (CLASS_EDIT.browser, CLASS_RETIRE.browser)
OF_A_GROUP = (GROUP_EDIT.browser, GROUP_RETIRE.browser)


def _read(noun: str, act: Act, title: str, browser: str, api: str) -> Door:
    return Door(noun=noun, act=act, title=title, browser=browser, api=api, roles=DESK, refusal=ONLY_DESK)


DOORS: tuple[Door | NoDoor, ...] = (
    *(CLASS_ADD, CLASS_EDIT, CLASS_RETIRE, GROUP_ADD, GROUP_EDIT, GROUP_RETIRE),
    Door(
        noun=CLASSES,
        act=Act.EDIT,
        title="Decide whether a class counts as stocks",
        browser="clients:asset_class_decide",
        file="`manage decide_class`",
        roles=COMPLIANCE,
        refusal=ONLY_COMPLIANCE,
        actions=(Action.ASSET_CLASS_DECIDED,),
        verbs=(asset_classes.decide,),
    ),
    _read(CLASSES, Act.READ, "Classes and groups", "clients:grouping_list", "api:asset-class-list"),
    _read(
        CLASSES,
        Act.HISTORY,
        "What was decided about classes",
        "clients:grouping_list",
        "api:asset-class-list",
    ),
    _read(GROUPS, Act.READ, "Classes and groups", "clients:grouping_list", "api:wash-group-list"),
    _read(
        GROUPS, Act.HISTORY, "What was decided about groups", "clients:grouping_list", "api:wash-group-list"
    ),
)
