"""The six model portfolios of the demonstration firm, drafted by one person and published on another's
approval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal as D

from advisory.models import User
from advisory.showroom.demo.listing import CLASSES, STOCKS
from clients.models import ModelVersion
from clients.models.portfolios import SleeveMember
from clients.policies import model_portfolios
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from clients.policies.targets import TargetSpec
from clients.securities import asset_classes
from compliance.models import Approval
from compliance.models.reviews import SubjectKind
from compliance.people.actors import Actor
from compliance.review_desk import decisions, reviews

# The securities bought for each class, best first, unless a model overrides them.
_USUAL = {
    "us_stock": ("ZZTM", "ZZLC", "ZZTX"),
    "us_small": ("ZZSM", "ZZSC"),
    "intl_stock": ("ZZIX", "ZZIN"),
    "emerging": ("ZZEM", "ZZEA"),
    "reit": ("ZZRE", "ZZRX"),
    "us_bond": ("ZZBD", "ZZAG", "ZZBX"),
    "muni": ("ZZMU", "ZZMN"),
    "tips": ("ZZTP", "ZZTI"),
    "commodities": ("ZZAU",),
}
WIDTH, SHARE = D("0.05"), D("0.25")
CASH_MOST = D("0.05")


@dataclass(frozen=True, slots=True)
class Model:
    """A model's weights by class; `bought` overrides what fills a class."""

    code: str
    name: str
    description: str
    risk: str
    horizon_years: int
    weights: Mapping[str, str]
    bought: Mapping[str, Sequence[str]]

    def targets(self) -> tuple[TargetSpec, ...]:
        """Bands of five points or a quarter of the target, whichever is narrower; cash up to five percent."""
        return tuple(
            TargetSpec(asset_class=code, target=D(weight), band="asymmetric", lower=D(0), upper=CASH_MOST)
            if code == "cash"
            else TargetSpec(asset_class=code, target=D(weight), band="narrower", points=WIDTH, share=SHARE)
            for code, weight in self.weights.items()
        )

    def symbols(self, asset_class: str) -> tuple[str, ...]:
        """The securities bought for a class, best first."""
        return tuple(self.bought.get(asset_class) or _USUAL.get(asset_class, ()))


MODELS: tuple[Model, ...] = (
    Model(
        "conservative", "Conservative 30/70", "Steady income first, some growth.", "Low", 5,
        {"us_stock": "0.18", "us_small": "0.02", "intl_stock": "0.08", "emerging": "0.02",
         "us_bond": "0.50", "tips": "0.18", "cash": "0.02"}, {},
    ),
    Model(
        "balanced", "Balanced 60/40", "Growth and income in balance, with gold and real estate.", "Moderate", 12,
        {"us_stock": "0.33", "us_small": "0.05", "intl_stock": "0.13", "emerging": "0.05", "reit": "0.04",
         "us_bond": "0.28", "tips": "0.07", "commodities": "0.03", "cash": "0.02"}, {},
    ),
    Model(
        "growth", "Equity growth 90/10", "Long-term growth through stocks all over the world.", "High", 25,
        {"us_stock": "0.50", "us_small": "0.09", "intl_stock": "0.20", "emerging": "0.07", "reit": "0.04",
         "us_bond": "0.08", "cash": "0.02"}, {},
    ),
    Model(
        "esg", "Sustainable 60/40", "Balanced, in funds that screen their companies.", "Moderate", 15,
        {"us_stock": "0.42", "intl_stock": "0.18", "us_bond": "0.38", "cash": "0.02"},
        {"us_stock": ("ZZES", "ZZEP"), "intl_stock": ("ZZIE", "ZZIN")},
    ),
    Model(
        "income", "Income", "Dividends and interest, with tax-exempt bonds in taxable accounts.", "Low to moderate", 8,
        {"us_stock": "0.32", "reit": "0.06", "us_bond": "0.32", "muni": "0.18", "tips": "0.10", "cash": "0.02"},
        {"us_stock": ("ZZDV", "ZZDG")},
    ),
    Model(
        "direct", "Direct indexing 70/30", "Single companies in taxable accounts, funds elsewhere.",
        "Moderate to high", 18,
        {"us_stock": "0.50", "intl_stock": "0.16", "emerging": "0.04", "us_bond": "0.28", "cash": "0.02"},
        {"us_stock": ("ZZTM", "ZZLC", "ZZTX", *STOCKS)},
    ),
)  # fmt: skip

BY_CODE = {model.code: model for model in MODELS}


STOCK_CLASSES = frozenset({"us_stock", "us_small", "intl_stock", "emerging", "reit"})
"""What the firm's compliance counts as stocks for a client's risk cap."""


def name_classes(*, decider: User, at: datetime) -> None:
    """Add the asset classes with their names and page order, and decide which count as stocks."""
    for position, (code, name) in enumerate(CLASSES, start=1):
        asset_class = asset_classes.name(code, label=name, position=position, by=Actor.person(decider), at=at)
        asset_classes.decide(
            asset_class,
            is_equity=code in STOCK_CLASSES,
            reason="Stocks and what moves with them, real estate funds included.",
            by=Actor.person(decider),
            at=at,
        )


def publish(*, drafter: User, approver: User, effective_on: date, at: datetime) -> dict[str, ModelVersion]:
    """Draft every model and publish it on the approver's decision; by code."""
    return {
        model.code: _publish(model, drafter=drafter, approver=approver, effective_on=effective_on, at=at)
        for model in MODELS
    }


def approve(
    kind: SubjectKind, subject_id: str, *, title: str, digest: str, household_ref: str = "",
    drafter: User, approver: User, at: datetime,
) -> Approval:  # fmt: skip
    """Request a review of exactly this fingerprint, and approve it as another person."""
    review = reviews.request(
        subject_kind=kind,
        subject_id=subject_id,
        subject_revision=1,
        title=title,
        fingerprint=digest,
        expires_at=at + timedelta(days=7),
        household_ref=household_ref,
        by=Actor.person(drafter),
        at=at,
    )
    return decisions.approve(review, fingerprint=digest, revalidate=None, by=Actor.person(approver), at=at)


def _publish(
    model: Model, *, drafter: User, approver: User, effective_on: date, at: datetime
) -> ModelVersion:
    version = model_portfolios.draft(
        code=model.code,
        name=model.name,
        description=model.description,
        classes=[
            ClassSpec(code, D(weight), _sleeves(model.symbols(code), code))
            for code, weight in model.weights.items()
        ],
        by=Actor.person(drafter),
        at=at,
    )
    digest = model_portfolios.fingerprint_of(version)
    approval = approve(
        SubjectKind.MODEL, version.model.public_id, title=f"Model {model.name}", digest=digest,
        drafter=drafter, approver=approver, at=at,
    )  # fmt: skip
    return model_portfolios.publish(
        version,
        approval=approval,
        effective_on=effective_on,
        user_id=approver.pk,
        by=Actor.person(approver),
        at=at,
    )


def _sleeves(symbols: Sequence[str], asset_class: str) -> tuple[SleeveSpec, ...]:
    if not symbols:
        return ()
    use = SleeveMember.Use
    place = SleeveMember.Place.TAXABLE if asset_class == "muni" else SleeveMember.Place.ANY
    members = tuple(
        MemberSpec(symbol, use=use.PRIMARY if rank == 1 else use.ALTERNATE, place=place, rank=rank)
        for rank, symbol in enumerate(symbols, start=1)
    )
    return (SleeveSpec("core", members),)
