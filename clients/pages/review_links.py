"""Links to the review desk, for those who may open the review."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from clients import access
from compliance import access as desk
from compliance.models import Review


def refs_for(user: Any) -> frozenset[str]:
    """The public ids of the households in this person's book, for the floor below that knows no books."""
    if not access.is_staff(user):
        return frozenset()
    return frozenset(access.households_for(user).values_list("public_id", flat=True))


def review_url(user: Any, review: Review | None) -> str:
    """The address of a review; empty without one, and for people who would be told that it is not there."""
    if review is None:
        return ""
    mine = desk.reviews_for(user, household_refs=refs_for(user)).filter(pk=review.pk)
    return reverse("compliance:review", args=[review.public_id]) if mine.exists() else ""


def seeing(people: Sequence[Any], household_ref: str) -> list[Any]:
    """Those of these people who may see the household; the review desk names nobody else as who can decide."""
    return [one for one in people if access.households_for(one).filter(public_id=household_ref).exists()]
