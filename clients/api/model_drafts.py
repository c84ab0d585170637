"""Drafts and versions of models as documents, for programs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access
from clients.models import ModelPortfolio, ModelVersion
from clients.policies import model_differences, model_files, model_portfolios, model_trees, model_versions
from compliance import clock
from compliance.api import transitions
from compliance.api.reading import Things
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed


class ModelDifferenceOut(serializers.Serializer[Any]):
    """One change from the version before, in words."""

    where = serializers.CharField(source="label", read_only=True)
    before = serializers.CharField(read_only=True)
    after = serializers.CharField(read_only=True)


class VersionDocument(serializers.Serializer[Any]):
    """A version as a YAML document. `faults` say what keeps a draft from being sent to review."""

    version = serializers.IntegerField(read_only=True)
    state = serializers.CharField(read_only=True)
    fingerprint = serializers.CharField(read_only=True)
    document = serializers.CharField(read_only=True)
    faults = serializers.ListField(child=serializers.CharField(), read_only=True)
    differences = ModelDifferenceOut(many=True, read_only=True)


class DocumentIn(serializers.Serializer[Any]):
    """The whole draft: what it does not name is gone from it."""

    document = serializers.CharField(max_length=model_files.SIZE_MAX)


class ModelDrafts(Things):
    """A model's draft and its versions."""

    model = ModelPortfolio
    serializer_class = VersionDocument
    parser_classes = (JSONParser,)

    def mine(self) -> QuerySet[ModelPortfolio]:
        return access.models_for(self.request.user)

    @extend_schema(summary="One version of a model as a document", responses=VersionDocument)
    def version(self, request: Request, public_id: str, version: int) -> Response:
        found = self.get_object().versions.filter(version=version).select_related("model").first()
        if found is None:
            raise Http404
        return Response(_shown(found))

    @extend_schema(summary="The draft of a model's next version as a document", responses=VersionDocument)
    def present(self, request: Request, public_id: str) -> Response:
        shown = _shown(self._draft())
        return Response(shown, headers={"ETag": transitions.etag(shown["fingerprint"])})

    @extend_schema(
        summary="Replace the draft of a model's next version",
        request=DocumentIn,
        responses=VersionDocument,
        parameters=[transitions.IF_MATCH, transitions.IDEMPOTENCY_KEY],
    )
    def change(self, request: Request, public_id: str) -> Response:
        version = self._draft()
        if sentence := access.refusal_to_change_models(request.user):
            raise NotAllowed(sentence)
        given = DocumentIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = model_files.read(given.validated_data["document"])
        if told.code != version.model.code:
            raise BadInput(f"The document is about {told.code}.", f"Send one about {version.model.code}.")

        def do() -> dict[str, Any]:
            model_portfolios.change(
                version, classes=told.classes, note=told.note, by=Actor.of(request), at=clock.now()
            )
            version.refresh_from_db()
            return _shown(version)

        def unless() -> None:
            transitions.require_match(request, model_portfolios.fingerprint_of(version))

        return transitions.once(request, do, unless=unless)

    def _draft(self) -> ModelVersion:
        found = model_versions.draft_of(self.get_object())
        if found is None:
            raise Http404
        return found


def _shown(version: ModelVersion) -> dict[str, Any]:
    tree = model_trees.of(version)
    earlier = version.model.versions.filter(version__lt=version.version).exclude(
        state__in=ModelVersion.NEVER_IN_FORCE
    )
    before = earlier.order_by("-version").first()
    is_draft = version.state == ModelVersion.State.DRAFT
    return dict(
        VersionDocument(
            {
                "version": version.version,
                "state": version.state,
                "fingerprint": model_portfolios.fingerprint_of(version) if is_draft else version.fingerprint,
                "document": model_files.written(version),
                "faults": [*model_trees.faults(tree), *model_versions.unfilled(version)] if is_draft else [],
                "differences": model_differences.between(model_trees.of(before) if before else (), tree),
            }
        ).data
    )
