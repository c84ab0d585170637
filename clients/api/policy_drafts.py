"""Drafts of investment policies for programs: their content, how they differ from others, and the firm's templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import ModelVersion, Policy, PolicyTemplate
from clients.pages import policy_changes
from clients.policies import drafts, gaps, model_versions, policies, templates
from clients.policies.restrictions import RestrictionSpec
from compliance import clock
from compliance.api import transitions
from compliance.api.fields import words
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed


class PolicyContent(serializers.Serializer[Any]):
    """Everything an author decides. Weights are fractions of one; terms go by the names of the policy's fields."""

    model = serializers.CharField(required=False, help_text="The public id of a model portfolio.")
    terms = serializers.DictField(default=dict)
    sections = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    targets = serializers.ListField(child=serializers.DictField(), default=list)
    restrictions = serializers.ListField(child=serializers.DictField(), default=list)


class PolicyTaskOut(serializers.Serializer[Any]):
    """One thing on the task list of a draft."""

    what = words("label")
    sentence = words()
    is_done = serializers.BooleanField(read_only=True)
    is_required = serializers.BooleanField(read_only=True)
    note = words()


class PolicyDraftOut(serializers.Serializer[Any]):
    public_id = words()
    fingerprint = words()
    tasks = PolicyTaskOut(many=True, read_only=True)


class PolicyDifference(serializers.Serializer[Any]):
    """One difference, in words and numbers; before is empty where something is new."""

    what = words("label")
    before = words()
    after = words()


class PolicyTemplateIn(serializers.Serializer[Any]):
    """A template, or the next version of the one with the same code."""

    name = serializers.CharField(max_length=120)
    code = serializers.CharField(max_length=40, required=False, default="")
    terms = serializers.DictField(default=dict)
    sections = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    targets = serializers.ListField(child=serializers.DictField(), default=list)


class PolicyTemplateOut(serializers.Serializer[PolicyTemplate]):
    public_id = words()
    code = words()
    version = serializers.IntegerField(read_only=True)
    name = words()
    content = serializers.JSONField(read_only=True)
    made_at = serializers.DateTimeField(read_only=True, allow_null=True)
    retired_at = serializers.DateTimeField(read_only=True, allow_null=True)


class _OfPolicy(Things):
    model = Policy

    def mine(self) -> QuerySet[Policy]:
        return access.policies_for(self.request.user).select_related("household", "model__model")


class Content(_OfPolicy):
    """The content of a draft."""

    serializer_class = PolicyContent

    @extend_schema(summary="What the author of a version decided", responses=PolicyContent)
    def present(self, request: Request, public_id: str) -> Response:
        if not access.is_staff(request.user):
            raise NotAllowed("Drafts are written at the firm's desk.")
        policy = self.get_object()
        body = {"model": policy.model.model.public_id, **_as_sent(policy)}
        return Response(body, headers={"ETag": transitions.etag(policies.fingerprint_of(policy))})

    @extend_schema(
        summary="Replace the content of a draft",
        request=PolicyContent,
        responses=PolicyDraftOut,
        parameters=[transitions.IF_MATCH, transitions.IDEMPOTENCY_KEY],
    )
    def save(self, request: Request, public_id: str) -> Response:
        policy = self.get_object()
        if refusal := access.refusal_to_write_policies(request.user, policy.household):
            raise NotAllowed(refusal)
        asked = PolicyContent(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        at = clock.now()

        def do() -> Mapping[str, Any]:
            content = templates.parsed(given, model=_model(given, policy))
            wishes = tuple(_restriction(row, policy) for row in given["restrictions"])
            whole = policies.Content(
                model=content.model,
                targets=content.targets,
                sections=content.sections,
                terms={name: value for name, value in content.terms.items() if name in drafts.TERMS},
                restrictions=wishes,
            )
            saved = drafts.save(policy, whole, by=Actor.of(request), at=at)
            on = at.astimezone(clock.EASTERN).date()
            return dict(
                PolicyDraftOut(
                    {
                        "public_id": saved.public_id,
                        "fingerprint": policies.fingerprint_of(saved),
                        "tasks": gaps.of(saved, on=on),
                    }
                ).data
            )

        return transitions.once(
            request, do, unless=lambda: transitions.require_match(request, policies.fingerprint_of(policy))
        )


class Changes(_OfPolicy):
    """How a version differs from another one of the same household."""

    serializer_class = PolicyDifference
    pagination_class = None
    filter_backends = ()

    @extend_schema(
        summary="Differences from another version",
        responses=PolicyDifference(many=True),
        parameters=[
            OpenApiParameter(
                "with",
                OpenApiTypes.STR,
                description="The other version's id; else the one in force, or the last.",
            )
        ],
    )
    def show(self, request: Request, public_id: str) -> Response:
        if not access.is_staff(request.user):
            raise NotAllowed("Versions are compared at the firm's desk.")
        page = policy_changes.show(request.user, self.get_object(), against=request.GET.get("with", ""))
        return Response(PolicyDifference(page.lines, many=True).data)


class Templates(Things):
    """The firm's policy templates."""

    model = PolicyTemplate
    serializer_class = PolicyTemplateOut
    ordering_fields = ("name", "version")

    def mine(self) -> QuerySet[PolicyTemplate]:
        return access.policy_templates_for(self.request.user)

    @extend_schema(summary="Policy templates, every version", responses=PolicyTemplateOut(many=True))
    def list(self, request: Request) -> Response:
        if not access.is_staff(request.user):
            raise NotAllowed("Policy templates are for the firm's desk.")
        return self.listed()

    @extend_schema(
        summary="Make a template, or its next version",
        request=PolicyTemplateIn,
        responses={201: PolicyTemplateOut},
        parameters=[transitions.IDEMPOTENCY_KEY],
    )
    def make(self, request: Request) -> Response:
        user: Any = request.user
        if not any(user.has_role(role) for role in templates.ROLES):
            raise NotAllowed(templates.REFUSAL)
        asked = PolicyTemplateIn(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data

        def do() -> Mapping[str, Any]:
            made = templates.make(
                code=given["code"] or templates.code_of(given["name"]),
                name=given["name"],
                content={name: given[name] for name in ("terms", "sections", "targets")},
                by=Actor.of(request),
                at=clock.now(),
            )
            return dict(PolicyTemplateOut(made).data)

        return transitions.once(request, do, status=201)


def _as_sent(policy: Policy) -> dict[str, Any]:
    content = drafts.content_of(policy)
    return {
        **templates.as_content(content),
        "restrictions": [
            {
                "kind": wish.kind,
                "reason": wish.reason,
                "symbol": wish.symbol,
                "issuer": wish.issuer,
                "sector": wish.sector,
                "account": wish.account.public_id if wish.account else "",
                "weight_cap": f"{wish.weight_cap:f}" if wish.weight_cap is not None else None,
                "until_on": wish.until_on.isoformat() if wish.until_on else None,
            }
            for wish in content.restrictions
        ],
    }


def _model(given: Mapping[str, Any], policy: Policy) -> ModelVersion:
    if "model" not in given:
        return policy.model
    found = next((one for one in model_versions.to_follow() if one.model.public_id == given["model"]), None)
    if found is None:
        raise BadInput(f"No model {given['model']} is published.", "Use the id of a published model.")
    return found


def _restriction(row: Mapping[str, Any], policy: Policy) -> RestrictionSpec:
    try:
        account = row.get("account") or ""
        return RestrictionSpec(
            kind=row["kind"],
            reason=row["reason"],
            symbol=row.get("symbol") or "",
            issuer=row.get("issuer") or "",
            sector=row.get("sector") or "",
            account=get_object_or_404(policy.household.accounts, public_id=account) if account else None,
            weight_cap=Decimal(row["weight_cap"]) if row.get("weight_cap") else None,
            until_on=date.fromisoformat(row["until_on"]) if row.get("until_on") else None,
        )
    except (KeyError, InvalidOperation, ValueError, TypeError) as error:
        raise BadInput(
            f"A restriction cannot be read: {error}.", "Give its kind and reason, and days as YYYY-MM-DD."
        ) from error
