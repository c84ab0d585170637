"""What a revision looks like to a program: the sections of its page."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from compliance.api.fields import words
from rebalancing.api import sections
from rebalancing.models import Revision


class RevisionRow(serializers.Serializer[Revision]):
    number = serializers.IntegerField(read_only=True)
    fingerprint = words()
    input_digest = words()
    plan_digest = words()
    engine_version = words()
    verifier_signature = words()
    prices_as_of_on = serializers.DateField(read_only=True, allow_null=True)
    trade_on = serializers.DateField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)
    review = words("review.public_id", allow_null=True)


class RevisionOne(RevisionRow):
    """One revision with everything a reviewer decides on, section by section as its page shows it."""

    heading = words("page.header.heading")
    outcome = sections.OutcomeOut(read_only=True, source="page.outcome")
    changes = sections.ChangesOut(read_only=True, source="page.changes", allow_null=True)
    trades = sections.TradesOut(read_only=True, source="page.trades")
    left_alone = sections.NotTradedOut(read_only=True, source="page.left_alone")
    taxes = sections.TaxesOut(read_only=True, source="page.taxes")
    alternatives = sections.AlternativesOut(read_only=True, source="page.alternatives")
    checks = sections.ChecksOut(read_only=True, source="page.checks")
    makers = sections.DeedOut(many=True, read_only=True, source="page.makers.deeds")


def shown(revision: Revision, page: Any) -> dict[str, Any]:
    """A revision and the page of it as one document."""
    told: Any = revision
    told.page = page
    return dict(RevisionOne(told).data)
