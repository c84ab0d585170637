"""What stands before any row is copied: the people, the securities, the models, and one household of each model."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

from tests.bench.synthetic import market
from tests.clock import LAST_FRIDAY, SUNDAY_NOON

SET_UP_AT = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
"""Long before the readings, for which policies and models would be news otherwise."""

ADVISORS_MAX = 200
HOUSEHOLDS_AN_ADVISOR = 100


def joined(households: int) -> dict[str, Any]:
    from compliance.people.roles import Role
    from tests import cast

    found: dict[str, Any] = {
        name: getattr(cast, name)()
        for name in ("ana", "otto", "rui", "rosa", "tom", "tess", "cora", "nina", "ada", "carl", "mia")
    }
    wanted = min(ADVISORS_MAX, max(2, households // HOUSEHOLDS_AN_ADVISOR))
    more = [cast.someone(f"Advisor{number:03}", Role.ADVISOR) for number in range(3, wanted + 1)]
    found["advisors"] = [found["ana"], found["otto"], *more]
    found["reviewers"] = [found["rui"], found["rosa"]]
    return found


def securities() -> None:
    from clients.models import AssetClass, ClassWeight, Price, Security

    for position, (code, name, is_equity) in enumerate(market.CLASSES, 1):
        AssetClass.objects.update_or_create(
            code=code, defaults={"name": name, "position": position, "is_equity": is_equity}
        )
    classes = {one.code: one for one in AssetClass.objects.all()}
    made, kinds = [], {}
    for slot, pool in zip(market.SLOTS, market.pools(), strict=True):
        for symbol in pool:
            kinds[symbol] = slot.kind
            made.append(
                Security(
                    symbol=symbol, name=f"Invented {symbol}", kind="stock" if slot.stocks else "etf",
                    issuer=f"Invented {symbol} Inc." if slot.stocks else "", sector="Industrials" if slot.stocks else "",
                    product="plain", half_spread=D("0.0002"), daily_volume=5_000_000, increment=1, settlement_days=1,
                    expense_ratio=D(0) if slot.stocks else D("0.0005"), ordinary_yield=D("0.005"), qualified_yield=D("0.01"),
                    exempt_yield=0, realized_gain_yield=0, is_generated=True,
                )
            )  # fmt: skip
    Security.objects.bulk_create(made)
    weights, prices = [], []
    for number, one in enumerate(Security.objects.filter(symbol__in=kinds).order_by("symbol")):
        kind = kinds[one.symbol]
        for code, weight in market.SPLITS.get(kind, {kind: D(1)}).items():
            weights.append(ClassWeight(security=one, asset_class=classes[code], weight=weight))
        price = D(20 + number * 37 % 180) + D(number % 10) / 10
        for day, shown in ((market.DAY_BEFORE, price * D("0.998")), (LAST_FRIDAY, price)):
            prices.append(
                Price(security=one, as_of_on=day, price=shown, source="generated", received_at=SUNDAY_NOON)
            )
    ClassWeight.objects.bulk_create(weights)
    Price.objects.bulk_create(prices)


def models(reviewer: Any) -> dict[str, Any]:
    from clients.policies import model_portfolios
    from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
    from compliance.models.reviews import SubjectKind
    from compliance.people.actors import Actor
    from tests.factories.households import SET_UP

    found = {}
    for model in market.MODELS:
        version = model_portfolios.draft(
            code=model.code,
            name=model.name,
            description="Of the synthetic firm.",
            classes=[
                ClassSpec(code, weight, _sleeves(code, MemberSpec, SleeveSpec))
                for code, weight in model.weights.items()
            ],
            by=SET_UP,
            at=SET_UP_AT,
        )
        digest = model_portfolios.fingerprint_of(version)
        found[model.code] = model_portfolios.publish(
            version,
            approval=_approved(SubjectKind.MODEL, version.model.public_id, digest, reviewer=reviewer),
            effective_on=date(2026, 1, 2),
            user_id=reviewer.pk,
            by=Actor.person(reviewer),
            at=SET_UP_AT,
        )
    return found


def _sleeves(code: str, member: Any, sleeve: Any) -> tuple[Any, ...]:
    symbols = market.bought(code)
    members = tuple(
        member(symbol, use="primary" if rank == 1 else "alternate", rank=rank)
        for rank, symbol in enumerate(symbols, 1)
    )
    return (sleeve("core", members),) if members else ()


def template(number: int, model: market.Model, version: Any, reviewer: Any) -> Any:
    """One household of a model through the product's verbs, with empty accounts."""
    from clients.encryption import blind_index
    from clients.households import households, people, tax_profiles, tax_units
    from clients.households.accounts import NUMBER
    from clients.models import Account, Person, TaxUnit
    from clients.policies import policies
    from compliance.models.reviews import SubjectKind
    from compliance.people.actors import Actor
    from tests.factories.households import SET_UP

    household = households.open_household(
        code=f"s{number:06}", name=f"{market.FAMILIES[number % len(market.FAMILIES)]} {number:06}", opened_on=date(2020, 1, 2),
        profile_confirmed_on=date(2026, 3, 2), by=SET_UP, at=SET_UP_AT,
    )  # fmt: skip
    couple = [
        people.add(
            household, given_name=given, family_name=market.FAMILIES[number % len(market.FAMILIES)], part=part,
            born_on=date(1970, 5, 4), tax_number="900-00-0001", by=SET_UP, at=SET_UP_AT,
        )
        for given, part in (("Mia", Person.Part.HEAD), ("Max", Person.Part.SPOUSE))
    ]  # fmt: skip
    unit = tax_units.add(
        household, code="joint", name=household.name, filing_status=TaxUnit.FilingStatus.JOINT, state="CO",
        members=couple, by=SET_UP, at=SET_UP_AT,
    )  # fmt: skip
    tax_profiles.confirm(
        unit, tax_year=LAST_FRIDAY.year, confirmed_on=date(2026, 3, 2), wages=D(240_000), state_rate=D("0.044"),
        by=SET_UP, at=SET_UP_AT,
    )  # fmt: skip
    for position, (name, registration, treatment, _) in enumerate(market.ACCOUNTS):
        digits = number_of(number, position)
        Account.objects.create(
            household=household, owner=couple[0], joint_owner=couple[1] if registration == "joint" else None,
            tax_unit=unit, name=name, registration=registration, tax_treatment=treatment, custodian="house",
            number=digits, number_index=blind_index(digits, purpose=NUMBER), number_last4=digits[-4:],
            opened_on=date(2020, 1, 2), discretion="discretionary", discretion_from_on=date(2020, 1, 2),
            agreement_signed_on=date(2020, 1, 2), agreement_effective_on=date(2020, 1, 2), lot_method="specific",
            lot_method_since_on=date(2020, 1, 2), reconciliation="reconciled", reconciled_on=LAST_FRIDAY,
        )  # fmt: skip
    draft = policies.draft(
        household, model=version, targets=_targets(model), objectives="Growth with some income.", risk="Moderate",
        horizon_years=15, reviewed_on=date(2026, 3, 2), signed_by_client_on=date(2026, 3, 2),
        signed_by_advisor_on=date(2026, 3, 2), follows="model", by=SET_UP, at=SET_UP_AT,
    )  # fmt: skip
    digest = policies.fingerprint_of(draft)
    policies.adopt(
        draft,
        approval=_approved(SubjectKind.POLICY, draft.public_id, digest, reviewer=reviewer),
        effective_on=SET_UP_AT.date(),
        user_id=reviewer.pk,
        by=Actor.person(reviewer),
        at=SET_UP_AT,
    )
    return household


def _targets(model: market.Model) -> list[Any]:
    from clients.policies.targets import TargetSpec

    return [
        TargetSpec(asset_class=code, target=weight, band="asymmetric", lower=D(0), upper=D("0.05"))
        if code == "cash"
        else TargetSpec(asset_class=code, target=weight, band="narrower", points=D("0.05"), share=D("0.25"))
        for code, weight in model.weights.items()
    ]


def _approved(kind: Any, subject_id: str, digest: str, *, reviewer: Any) -> Any:
    """An approval of exactly this fingerprint, through the review desk."""
    from compliance.people.actors import Actor
    from compliance.review_desk import decisions, reviews
    from tests.factories.households import SET_UP

    review = reviews.request(
        subject_kind=kind, subject_id=subject_id, subject_revision=1, title=kind.label, fingerprint=digest,
        expires_at=SET_UP_AT + timedelta(days=7), by=SET_UP, at=SET_UP_AT,
    )  # fmt: skip
    return decisions.approve(
        review, fingerprint=digest, revalidate=None, by=Actor.person(reviewer), at=SET_UP_AT
    )


def number_of(household: int, position: int) -> str:
    """An account's number."""
    return f"77{household:07}{position}"
