"""What-if questions for programs: the figures of the page, and its households. Nothing is recorded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from clients import access as record
from clients.models import Household
from compliance import clock
from compliance.api import fields
from compliance.api.fields import words
from compliance.api.reading import Things, asked_of
from compliance.refusals import NotAllowed
from rebalancing.pages.lists import what_if, what_if_questions
from rebalancing.what_if.answers import Sum


class WhatIfSumOut(serializers.Serializer[Sum]):
    """Some households together, in dollars of an estimate. `unknown` of them sell what has no basis on record: in no sum of taxes."""

    households = serializers.IntegerField(read_only=True)
    flagged = serializers.IntegerField(read_only=True, help_text="Outside a band.")
    moved = fields.money()
    gain = fields.money()
    tax = fields.money()
    cost = fields.money()
    unknown = serializers.IntegerField(read_only=True)


class WhatIfLineOut(serializers.Serializer[what_if.Line]):
    name = words()
    now = WhatIfSumOut(read_only=True)
    then = WhatIfSumOut(read_only=True)


class WhatIfHouseholdOut(serializers.Serializer[what_if.Row]):
    """One household that is outside a band now, then or both; null where the gain is not known."""

    household = words()
    code = words()
    name = words()
    model = words()
    standing = words(help_text=f"One of {', '.join(what_if_questions.STANDINGS)}.")
    worst_class = words()
    weight = fields.weight()
    target = fields.weight()
    lower = fields.weight()
    upper = fields.weight()
    moved_now = fields.money()
    moved = fields.money()
    gain = fields.money(allow_null=True)
    tax = fields.money(allow_null=True)


class WhatIfOut(serializers.Serializer[what_if.WhatIfPage]):
    """The answer: all households that are asked about together, by model and by advisor, and a page of those it touches."""

    market_on = serializers.DateField(read_only=True)
    questions = serializers.ListField(
        child=words(), read_only=True, help_text="What was asked, in sentences."
    )
    together = WhatIfLineOut(source="whole", read_only=True)
    unmeasured = serializers.IntegerField(
        read_only=True, help_text="Households without a policy or anything to weigh."
    )
    by_model = WhatIfLineOut(many=True, read_only=True)
    by_advisor = WhatIfLineOut(many=True, read_only=True)
    count = serializers.IntegerField(source="listing.count", read_only=True)
    households = WhatIfHouseholdOut(source="rows", many=True, read_only=True)


class WhatIf(Things):
    """Other bands, costs or targets for every household of your scope, before anybody proposes them."""

    model = Household
    serializer_class = WhatIfOut
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        summary="What other bands, costs or another model would mean for the firm",
        parameters=[
            OpenApiParameter("model", str, description="The public id of a model: only who follows it."),
            OpenApiParameter(
                "version", int, description="Take the weights of this version of the model as targets."
            ),
            OpenApiParameter(
                "asset_class", str, description="The code of the class whose band changes; else all but cash."
            ),
            OpenApiParameter(
                "points", Decimal, description="Half the band, in percentage points of the portfolio."
            ),
            OpenApiParameter("share", Decimal, description="Half the band, in percent of the target."),
            OpenApiParameter("minimum_trade", Decimal, description="The smallest trade, in dollars."),
            OpenApiParameter("half_spread", Decimal, description="Half the spread, in basis points."),
            OpenApiParameter("tax_rate", Decimal, description="Tax on gains in percent; 23.8 if left out."),
            OpenApiParameter("show", enum=list(what_if_questions.STANDINGS)),
            OpenApiParameter(
                "ordering",
                enum=[
                    *what_if_questions.KIND.orderings,
                    *(f"-{one}" for one in what_if_questions.KIND.orderings),
                ],
            ),
            OpenApiParameter("page", int, description="Fifty households a page."),
        ],
        responses=WhatIfOut,
    )
    def ask(self, request: Request) -> Response:
        if not record.is_staff(request.user):
            raise NotAllowed("What-if questions are for the firm's desk.")
        page: Any = what_if.show(request.user, asked_of(what_if_questions.KIND, request), at=clock.now())
        if page.listing.faults:
            raise ValidationError({fault.name: [fault.sentence] for fault in page.listing.faults})
        return Response(self.get_serializer(page).data)
