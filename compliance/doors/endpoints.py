"""Doors for programs: the same form, the same verb, the same refusals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, viewsets
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import clock
from compliance.api import transitions
from compliance.api.reading import Session
from compliance.doors import pages
from compliance.doors.door import Act, DoorForm, FormDoor, digest_of, raw
from compliance.models import ProposedChange
from compliance.people.actors import Actor
from compliance.refusals import BadInput, NotAllowed


class DoorAnswer(serializers.Serializer[Any]):
    """What an act did. `change` names the proposed change where a second person has to decide first."""

    sentence = serializers.CharField(read_only=True)
    id = serializers.CharField(read_only=True, allow_null=True)
    change = serializers.CharField(read_only=True, allow_null=True)


class _Given(dict[str, Any]):
    """A JSON body as a form reads it."""

    def getlist(self, name: str) -> list[Any]:
        value = self.get(name, [])
        return value if isinstance(value, list) else [value]


class DoorEndpoint(viewsets.GenericViewSet[Any]):
    """One door under /api/v1/: GET answers with the present values and their ETag, POST acts."""

    door: FormDoor
    authentication_classes = (Session,)
    parser_classes = (JSONParser,)
    serializer_class = DoorAnswer
    pagination_class = None
    filter_backends = ()

    def present(self, request: Request, **parameters: Any) -> Response:
        subject = self._subject(request, parameters)
        on = clock.now().astimezone(clock.EASTERN).date()
        now = self.door.now(subject, user=request.user, on=on)
        values = {name: raw(value) for name, value in now.items()}
        return Response({"values": values}, headers={"ETag": transitions.etag(digest_of(now))})

    def act(self, request: Request, **parameters: Any) -> Response:
        door, user = self.door, request.user
        subject = self._subject(request, parameters)
        at = clock.now()
        on = at.astimezone(clock.EASTERN).date()
        now = door.now(subject, user=user, on=on)
        form = door.bound(_typed(door, now, request.data), subject, user=user, on=on)
        if not form.is_valid():
            raise serializers.ValidationError(_errors(form))

        def do() -> Mapping[str, Any]:
            done = pages.run(door, form, parameters=parameters, by=Actor.of(request), at=at)
            proposed = isinstance(done.thing, ProposedChange)
            identity = None if done.thing is None else str(getattr(done.thing, "public_id", done.thing.pk))
            return {
                "sentence": done.sentence,
                "id": None if proposed else identity,
                "change": identity if proposed else None,
            }

        def unless() -> None:
            if door.act is Act.EDIT:
                transitions.require_match(request, digest_of(now))

        status = 202 if door.two_people else 201 if door.act is Act.CREATE else 200
        return transitions.once(request, do, unless=unless, status=status)

    def _subject(self, request: Request, parameters: Mapping[str, Any]) -> Any:
        subject = self.door.subject(request.user, parameters)
        if sentence := self.door.refusal_to(request.user, subject):
            raise NotAllowed(sentence)
        return subject


def endpoint(door: FormDoor) -> type[DoorEndpoint]:
    """The endpoint of a door, described for the API's document."""
    name = "".join(part.capitalize() for part in f"{door.namespace}_{door.name}".split("_"))
    given = inline_serializer(f"{name}In", _fields(door.form))
    values = inline_serializer(f"{name}Values", {"values": serializers.DictField()})
    heads = [transitions.IDEMPOTENCY_KEY]
    if door.act is Act.EDIT:
        heads.append(transitions.IF_MATCH)
    created: type[DoorEndpoint] = type(f"{name}Endpoint", (DoorEndpoint,), {"door": door})

    def present(self: DoorEndpoint, request: Request, **parameters: Any) -> Response:
        return DoorEndpoint.present(self, request, **parameters)

    def act(self: DoorEndpoint, request: Request, **parameters: Any) -> Response:
        return DoorEndpoint.act(self, request, **parameters)

    # The generator reads the description from the method, so each door has methods of its own.
    created.present = extend_schema(  # type: ignore[method-assign]
        operation_id=f"{door.namespace}_{door.name}_values",
        summary=f"{door.title}: the present values",
        responses=values,
    )(present)
    created.act = extend_schema(  # type: ignore[method-assign]
        operation_id=f"{door.namespace}_{door.name}",
        summary=door.title,
        request=given,
        responses={202 if door.two_people else 201 if door.act is Act.CREATE else 200: DoorAnswer},
        parameters=heads,
    )(act)
    return created


def _typed(door: FormDoor, now: Mapping[str, Any], given: Any) -> _Given:
    """The body over the present values: what an edit does not name stays as it is."""
    if not isinstance(given, Mapping):
        raise BadInput("The body is not an object.", "Send a JSON object of fields.")
    known = set(door.form.base_fields)
    if unknown := sorted(set(given) - known):
        raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
    start = {name: raw(value) for name, value in now.items()} if door.act is Act.EDIT else {}
    sent = {name: _text(value) for name, value in given.items()}
    return _Given({**start, **sent})


def _text(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, list):
        return [_text(one) for one in value]
    if isinstance(value, (int, float)):
        return str(value)
    raise BadInput("A field holds an object.", "Send text, figures, true, false or a list.")


def _errors(form: DoorForm) -> dict[str, list[str]]:
    return {
        ("non_field_errors" if name == NON_FIELD_ERRORS else name): [str(one) for one in errors]
        for name, errors in form.errors.items()
    }


_KINDS: tuple[tuple[type[forms.Field], type[serializers.Field[Any, Any, Any, Any]]], ...] = (
    (forms.MultipleChoiceField, serializers.ListField),
    (forms.ModelMultipleChoiceField, serializers.ListField),
    (forms.BooleanField, serializers.BooleanField),
    (forms.DateTimeField, serializers.DateTimeField),
    (forms.DateField, serializers.DateField),
    (forms.DecimalField, serializers.CharField),
    (forms.IntegerField, serializers.IntegerField),
)


def _fields(form: type[DoorForm]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, field in form.base_fields.items():
        kind = next((ours for theirs, ours in _KINDS if isinstance(field, theirs)), serializers.CharField)
        told = " ".join(part for part in (str(field.label or ""), str(field.help_text or "")) if part)
        found[name] = kind(required=field.required, help_text=told)
    return found
