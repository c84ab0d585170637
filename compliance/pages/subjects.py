"""The pages of what reviews ask about."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from compliance.models import Review, SubjectKind

# Where the pages of the floors above are, by URL name; a name that is not there gives no link.
SUBJECT_PAGES = {
    SubjectKind.PROPOSAL: "rebalancing:proposal",
    SubjectKind.POLICY: "clients:policy",
    SubjectKind.MODEL: "clients:model",
}


def subject_url(review: Review) -> str:
    """The page of what a review asks about, or nothing while that page is not mounted."""
    page = SUBJECT_PAGES.get(SubjectKind(review.subject_kind))
    if page is None:
        return reverse("compliance:review", args=[review.public_id])
    return _url(page, review.subject_id)


def _url(name: str, identity: str) -> str:
    if not name or not identity:
        return ""
    try:
        return reverse(name, args=[identity])
    except NoReverseMatch:
        return ""
