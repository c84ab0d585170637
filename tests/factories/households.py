"""Households and files made through the product's own verbs, never by writing rows around them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from clients.households import books, households, people, tax_profiles, tax_units
from clients.imports import custodian_files
from clients.models import (
    AssetClass,
    BookEntry,
    CustodianFile,
    Household,
    ModelVersion,
    Person,
    Policy,
    TaxUnit,
)
from clients.policies import model_portfolios, policies
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from clients.policies.targets import TargetSpec
from compliance.models import Approval
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.review_desk import decisions, reviews
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle

SET_UP = Actor.system("test set-up")


def the_millers(code: str = "miller") -> Household:
    """A household of one person and one tax unit, without accounts yet."""
    household = households.open_household(
        code=code,
        name=code.capitalize(),
        opened_on=date(2020, 1, 2),
        profile_confirmed_on=date(2026, 3, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    mia = people.add(
        household,
        given_name="Mia",
        family_name="Miller",
        part=Person.Part.HEAD,
        born_on=date(1970, 5, 4),
        tax_number="900-00-0001",
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    unit = tax_units.add(
        household,
        code="mia",
        name="Mia Miller",
        filing_status=TaxUnit.FilingStatus.SINGLE,
        state="CO",
        members=[mia],
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    tax_profiles.confirm(
        unit,
        tax_year=2026,
        confirmed_on=date(2026, 3, 2),
        by=SET_UP,
        at=SUNDAY_NOON,
        wages=D(180_000),
        state_rate=D("0.044"),
    )
    return household


def received(
    content: bytes, *, name: str = "bundle.zip", user: Any = None, at: datetime = SUNDAY_NOON
) -> CustodianFile:
    """A file handed in through the front door."""
    return custodian_files.receive(
        content,
        name=name,
        channel=CustodianFile.Channel.COMMAND,
        user_id=user.pk if user else None,
        by=SET_UP,
        at=at,
    ).file


def loaded(content: bytes, *, name: str = "bundle.zip", at: datetime = SUNDAY_NOON) -> CustodianFile:
    """A file handed in and taken into the record."""
    return custodian_files.load(received(content, name=name, at=at), user_id=None, by=SET_UP, at=at)


def approved(kind: SubjectKind, subject_id: str, digest: str, *, reviewer: Any) -> Approval:
    """An approval of exactly this fingerprint, through the review desk."""
    review = reviews.request(
        subject_kind=kind,
        subject_id=subject_id,
        subject_revision=1,
        title=f"{kind.label} {subject_id}",
        fingerprint=digest,
        expires_at=SUNDAY_NOON + timedelta(days=7),
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    return decisions.approve(
        review, fingerprint=digest, revalidate=None, by=Actor.person(reviewer), at=SUNDAY_NOON
    )


ONE_FUND = (SleeveSpec("total", (MemberSpec("ZUS"), MemberSpec("ZUB", use="alternate", rank=2))),)
"""All stocks in one fund, with an alternate for it."""

LARGE_AND_SMALL = (
    SleeveSpec("large", (MemberSpec("ZUS"),), weight=D("0.7")),
    SleeveSpec("small", (MemberSpec("ZUB"),), weight=D("0.3")),
)
"""Stocks in two parts."""


def a_published_model(*, reviewer: Any, stocks: Sequence[SleeveSpec] = ONE_FUND) -> ModelVersion:
    """58% stocks, 40% bonds, 2% cash."""
    AssetClass.objects.get_or_create(
        code="cash", defaults={"name": "Cash", "position": 9, "is_equity": False}
    )
    version = model_portfolios.draft(
        code="60-40",
        name="Balanced",
        description="Stocks and bonds.",
        classes=[
            ClassSpec("us_stock", D("0.58"), tuple(stocks)),
            ClassSpec("us_bond", D("0.40"), (SleeveSpec("core", (MemberSpec("ZBD"),)),)),
            ClassSpec("cash", D("0.02"), ()),
        ],
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    digest = model_portfolios.fingerprint_of(version)
    approval = approved(SubjectKind.MODEL, version.model.public_id, digest, reviewer=reviewer)
    return model_portfolios.publish(
        version,
        approval=approval,
        effective_on=date(2026, 1, 2),
        user_id=reviewer.pk,
        by=Actor.person(reviewer),
        at=SUNDAY_NOON,
    )


BALANCED = (
    TargetSpec(asset_class="us_stock", target=D("0.58"), points=D("0.05")),
    TargetSpec(asset_class="us_bond", target=D("0.40"), points=D("0.05")),
    TargetSpec(asset_class="cash", target=D("0.02"), band="asymmetric", lower=D(0), upper=D("0.04")),
)


def an_adopted_policy(
    household: Household,
    *,
    model: ModelVersion,
    reviewer: Any,
    targets: Sequence[TargetSpec] = BALANCED,
    **terms: Any,
) -> Policy:
    """Five-point bands around the model's weights and cash up to 4%, unless other targets are given."""
    draft = policies.draft(
        household,
        model=model,
        targets=targets,
        by=SET_UP,
        at=SUNDAY_NOON,
        **{
            "objectives": "Growth with some income.",
            "risk": "Moderate",
            "horizon_years": 15,
            "reviewed_on": date(2026, 3, 2),
            "signed_by_client_on": date(2026, 3, 2),
            "signed_by_advisor_on": date(2026, 3, 2),
            **terms,
        },
    )
    digest = policies.fingerprint_of(draft)
    approval = approved(SubjectKind.POLICY, draft.public_id, digest, reviewer=reviewer)
    return policies.adopt(
        draft,
        approval=approval,
        effective_on=date(2026, 3, 3),
        user_id=reviewer.pk,
        by=Actor.person(reviewer),
        at=SUNDAY_NOON,
    )


def a_managed_household(
    *,
    advisor: Any,
    reviewer: Any,
    content: bytes | None = None,
    stocks: Sequence[SleeveSpec] = ONE_FUND,
    **terms: Any,
) -> Household:
    """The Millers with their accounts loaded, a policy in force, in an advisor's and a reviewer's book."""
    household = the_millers()
    loaded(content or bundle())
    model = a_published_model(reviewer=reviewer, stocks=stocks)
    an_adopted_policy(household, model=model, reviewer=reviewer, **terms)
    for user, part in ((advisor, BookEntry.Part.ADVISOR), (reviewer, BookEntry.Part.REVIEWER)):
        books.assign(household, user=user, part=part, starts_on=date(2020, 1, 2), by=SET_UP, at=SUNDAY_NOON)
    return household


def many_managed_households(count: int, *, reviewer: Any, **terms: Any) -> list[Household]:
    """So many copies of the Millers, all far out of their bands, under one model."""
    made: list[Household] = []
    model = None
    for number in range(count):
        household = the_millers(f"miller{number}")
        loaded(bundle(**{kind: renumbered(rows, number) for kind, rows in MILLERS.items()}))
        model = model or a_published_model(reviewer=reviewer)
        an_adopted_policy(household, model=model, reviewer=reviewer, **terms)
        made.append(household)
    return made


def households_without_policy(count: int) -> None:
    """So many copies of the Millers with their holdings, for whom no policy is in force."""
    for number in range(count):
        the_millers(f"miller{number}")
        loaded(bundle(**{kind: renumbered(rows, number) for kind, rows in MILLERS.items()}))


def renumbered(rows: list[str], number: int) -> list[str]:
    """The Millers' rows for another household and its own account numbers."""
    return [
        row.replace("miller", f"miller{number}").replace("1111000", f"{2000 + number}000") for row in rows
    ]


def another(code: str, name: str, *, advisor: Any) -> Any:
    """A household without accounts, in the advisor's book."""
    opened = households.open_household(
        code=code, name=name, opened_on=date(2020, 1, 2), profile_confirmed_on=None, by=SET_UP, at=SUNDAY_NOON
    )
    books.assign(opened, user=advisor, part="advisor", starts_on=date(2020, 1, 2), by=SET_UP, at=SUNDAY_NOON)
    return opened
