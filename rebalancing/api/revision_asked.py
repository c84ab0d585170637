"""What a program asks of a new revision, checked by the page's own form."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from rebalancing import forms
from rebalancing.models import Proposal
from rebalancing.pages.proposal import decision as decision_section
from rebalancing.proposals import proposals, revisions


class PlaceIn(serializers.Serializer[Any]):
    account = serializers.CharField(max_length=32)
    symbol = serializers.CharField(max_length=24, default="", allow_blank=True, help_text="Empty: all of it.")


class RevisionIn(serializers.Serializer[Any]):
    """What a new revision should look for, and what it should leave alone."""

    objective = serializers.ChoiceField(
        choices=[forms.Revise.DEFAULT, forms.Revise.LEAST_TAX, forms.Revise.NO_GAINS],
        default=forms.Revise.DEFAULT,
    )
    drift_max = serializers.DecimalField(
        max_digits=6,
        decimal_places=4,
        min_value=Decimal(0),
        max_value=Decimal(1),
        required=False,
        allow_null=True,
        help_text="For the least tax: the drift allowed, as a fraction of one.",
    )
    leave_alone = PlaceIn(many=True, default=list)
    why = serializers.CharField(max_length=300)


def form_of(proposal: Proposal, asked: Mapping[str, Any]) -> forms.Revise:
    """The page's own form, so that a program and a person can ask for the same and are checked the same."""
    current = proposals.current(proposal)
    drift = asked.get("drift_max")
    form = forms.Revise(
        {
            "objective": asked["objective"],
            "drift_points": None if drift is None else (drift * 100).quantize(Decimal("0.01")),
            "leave_alone": [
                "/".join(filter(None, (place["account"], place["symbol"]))) for place in asked["leave_alone"]
            ],
            "why": asked["why"],
        },
        places=decision_section.places(revisions.plan_of(current), revisions.household_of(current)),
    )
    if not form.is_valid():
        names = {"drift_points": "drift_max"}
        raise serializers.ValidationError(
            {names.get(name, name): [str(error) for error in errors] for name, errors in form.errors.items()}
        )
    return form
