"""The doors of the firm's policy templates, and of its assumptions about how much each asset class moves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.models import AssetClass, PolicyTemplate
from clients.policies import templates
from clients.securities import asset_classes
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

TEMPLATES = "Policy templates"
ASSUMPTIONS = "Assumptions about asset classes"
STAFF = frozenset({Role.ADVISOR, Role.REVIEWER, Role.COMPLIANCE, Role.TRADER})


def _class(user: Any, code: str) -> AssetClass:
    return get_object_or_404(access.asset_classes_for(user), code=code)


def _template(user: Any, public_id: str) -> PolicyTemplate:
    return get_object_or_404(access.policy_templates_for(user), public_id=public_id)


def _to_templates(template: PolicyTemplate) -> tuple[str, str]:
    return "Policy templates", reverse("clients:policy_template_list")


def _to_models(asset_class: AssetClass) -> tuple[str, str]:
    return "Model portfolios", reverse("clients:model_list")


class RetireTemplate(DoorForm):
    def act(self, *, by: Actor, at: datetime) -> Done:
        templates.retire(self.subject, by=by, at=at)
        return Done(f"{self.subject} is retired.", reverse("clients:policy_template_list"), self.subject)


class Assume(DoorForm):
    """How much a class moves, as the firm assumes it."""

    volatility = forms.DecimalField(
        label="Yearly volatility",
        required=False,
        min_value=0,
        max_value=2,
        max_digits=7,
        decimal_places=6,
        help_text="A fraction of one: 0.16 is 16% a year. Empty: none.",
    )
    market_correlation = forms.DecimalField(
        label="Correlation with world stocks",
        required=False,
        min_value=-1,
        max_value=1,
        max_digits=7,
        decimal_places=6,
        help_text="From -1 to 1. Two classes correlate as the product of theirs.",
    )
    reason = forms.CharField(label="Source and reason", max_length=300)

    @classmethod
    def now(cls, subject: AssetClass, *, user: Any, on: date) -> dict[str, Any]:
        return {"volatility": subject.volatility, "market_correlation": subject.market_correlation}

    def act(self, *, by: Actor, at: datetime) -> Done:
        asset_classes.assume(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"The assumptions about {self.subject} are entered.", reverse("clients:model_list"))


RETIRE_TEMPLATE = FormDoor(
    name="policy_template_retire",
    noun=TEMPLATES,
    act=Act.RETIRE,
    title="Retire this template",
    namespace="clients",
    path="policies/templates/<slug:public_id>/retire/",
    find=_template,
    roles=templates.ROLES,
    refusal=templates.REFUSAL,
    back=_to_templates,
    lead="No new draft starts from it. Drafts made from it stay.",
    form=RetireTemplate,
    actions=(Action.POLICY_TEMPLATE_RETIRED,),
    verbs=(templates.retire,),
)
ASSUME = FormDoor(
    name="asset_class_assume",
    noun=ASSUMPTIONS,
    act=Act.EDIT,
    title="Assumptions about a class",
    namespace="clients",
    path="models/classes/<str:code>/assumptions/",
    find=_class,
    address=lambda asset_class: {"code": asset_class.code},
    roles=frozenset({Role.COMPLIANCE}),
    refusal="Only compliance can enter assumptions about classes.",
    back=_to_models,
    lead="They scale bands of later drafts. Versions that are drafted keep what was assumed then.",
    checked=True,
    form=Assume,
    actions=(Action.ASSET_CLASS_ASSUMED,),
    verbs=(asset_classes.assume,),
)
DOORS: tuple[Door | NoDoor, ...] = (
    Door(
        noun=TEMPLATES,
        act=Act.CREATE,
        title="Make a template",
        roles=templates.ROLES,
        refusal=templates.REFUSAL,
        browser="clients:policy_template_new",
        api="api:policy-template-list",
        actions=(Action.POLICY_TEMPLATE_MADE,),
        verbs=(templates.make,),
    ),
    Door(
        noun=TEMPLATES,
        act=Act.EDIT,
        title="Make the next version of a template",
        roles=templates.ROLES,
        refusal=templates.REFUSAL,
        browser="clients:policy_template_edit",
        api="api:policy-template-list",
        actions=(Action.POLICY_TEMPLATE_MADE,),
        verbs=(templates.make,),
    ),
    Door(
        noun=TEMPLATES,
        act=Act.READ,
        title="Policy templates",
        roles=STAFF,
        refusal="Policy templates are for the firm's desk.",
        browser="clients:policy_template_list",
        api="api:policy-template-list",
    ),
    Door(
        noun=TEMPLATES,
        act=Act.HISTORY,
        title="Versions of a template",
        roles=STAFF,
        refusal="Policy templates are for the firm's desk.",
        browser="clients:policy_template_list",
        api="api:policy-template-list",
    ),
    RETIRE_TEMPLATE,
    ASSUME,
    Door(
        noun=ASSUMPTIONS,
        act=Act.READ,
        title="Asset classes",
        roles=STAFF,
        refusal="Model portfolios are for the firm's desk.",
        browser="clients:model_list",
    ),
    NoDoor(ASSUMPTIONS, Act.HISTORY, "Each change is on the trail with both values."),
    NoDoor(ASSUMPTIONS, Act.CREATE, "A class is made with its securities; its assumptions begin empty."),
    NoDoor(ASSUMPTIONS, Act.RETIRE, "They are emptied by the same door."),
)
