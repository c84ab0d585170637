"""What colleagues ask of this person on reviews: each question stands on the home page until its thread is resolved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from advisory.desk import work
from advisory.desk.work import Work
from clients import access as record
from compliance.models import SubjectKind
from compliance.pages.subjects import subject_url
from compliance.review_desk import asking

WORDS_MAX = 280


def of(user: Any, *, at: datetime) -> tuple[Work, ...]:
    """The questions to this person's roles about their book, the oldest first."""
    refs = record.households_for(user).order_by().values("public_id")
    found = asking.standing_for(user, household_refs=refs)[: work.ROWS_MAX]
    return work.listed(
        (
            Work(
                one.review.title,
                f"{one.author_label} asks",
                "Answer",
                f"{subject_url(one.review)}#threads"
                if one.review.subject_kind == SubjectKind.PROPOSAL
                else subject_url(one.review) or reverse("compliance:review_list"),
                one.text[:WORDS_MAX],
                since=one.written_at,
            )
            for one in found
        ),
        at=at,
    )
