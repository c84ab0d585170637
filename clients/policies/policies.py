"""Investment policies: drafting a version, and adopting it through the review desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.forms.models import model_to_dict

from clients.households import life_events
from clients.models import (
    Account,
    AssetClass,
    Household,
    ModelVersion,
    Policy,
    PolicyRestriction,
    PolicyTarget,
    Security,
)
from clients.policies import firm_defaults, model_versions
from clients.securities import asset_classes, securities
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.firm import firm_settings
from compliance.firm.firm_settings import InForce
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, Stale, closest
from compliance.review_desk import approvals
from rebalancing.engine.market.calendars import wall_clock

ZERO, ONE, HALF = Decimal(0), Decimal(1), Decimal("0.5")

# Columns set by adoption, which are not part of the approved text.
_NOT_SHOWN = {
    "id",
    "household",
    "model",
    "follows",
    "state",
    "adopted_at",
    "adopted_by",
    "superseded_at",
    "fingerprint",
    "effective_on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec:
    """A class's target and band. Points and shares are fractions; edges may be given explicitly."""

    asset_class: str
    target: Decimal
    band: str = PolicyTarget.BandKind.ABSOLUTE
    points: Decimal | None = None
    share: Decimal | None = None
    lower: Decimal | None = None
    upper: Decimal | None = None
    hard_lower: Decimal | None = None
    hard_upper: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionSpec:
    """A restriction by the client on a security, an issuer or a sector."""

    kind: str
    reason: str
    symbol: str = ""
    issuer: str = ""
    sector: str = ""
    account: Account | None = None
    weight_cap: Decimal | None = None
    until_on: date | None = None


def edges(spec: TargetSpec) -> tuple[Decimal, Decimal]:
    """The band's lower and upper weight, never outside 0 to 1.

    Raises `BadInput` when the band's kind lacks the figure it needs, when it has no width (a share of a
    target of 0) or does not contain its target, or when it is wider than half of its target, so that the
    class could hardly ever fall below it.
    """
    kinds = PolicyTarget.BandKind
    if spec.band == kinds.ASYMMETRIC:
        if spec.lower is None or spec.upper is None:
            raise BadInput(f"The band of {spec.asset_class} needs both its edges.", "Give low and high.")
        if not ZERO <= spec.lower <= spec.target <= spec.upper <= ONE:
            raise BadInput(
                f"The band of {spec.asset_class}, {spec.lower * 100:f}% to {spec.upper * 100:f}%, does not contain its target of {spec.target * 100:f}%.",
                "Give a low at or below the target and a high at or above it, both from 0% to 100%.",
            )
        return spec.lower, spec.upper
    widths = {
        kinds.ABSOLUTE: [spec.points],
        kinds.VOLATILITY: [spec.points],
        kinds.RELATIVE: [_of_target(spec)],
        kinds.NARROWER: [spec.points, _of_target(spec)],
        kinds.WIDER: [spec.points, _of_target(spec)],
    }[PolicyTarget.BandKind(spec.band)]
    known = [width for width in widths if width is not None]
    if len(known) != len(widths):
        raise BadInput(
            f"The band of {spec.asset_class} has no width.", "Give points, a share of the target, or both."
        )
    width = max(known) if spec.band == kinds.WIDER else min(known)
    if not width > ZERO:
        # A share of a target of 0 is 0, so any holding would be outside, which cannot be intended.
        raise BadInput(
            f"The band of {spec.asset_class} around {spec.target * 100:f}% has no width.",
            "Give the band points, or give the class its own low and high (0 and 0 for none of it).",
        )
    if spec.target and width > spec.target * HALF and spec.asset_class != "cash":
        raise BadInput(
            f"A band of {width * 100:f} points around {spec.target * 100:f}% is wider than half the target.",
            "Narrow it, or give the class its own low and high.",
        )
    return max(ZERO, spec.target - width), min(ONE, spec.target + width)


def class_order(policy: Policy) -> dict[str, int]:
    """The position of each class in a policy, by the class's code, for every list of classes."""
    prefetch_related_objects([policy], "targets__asset_class")
    return {target.asset_class.code: place for place, target in enumerate(policy.targets.all())}


@transaction.atomic
def draft(
    household: Household,
    *,
    model: ModelVersion,
    targets: Sequence[TargetSpec],
    restrictions: Sequence[RestrictionSpec] = (),
    by: Actor,
    at: datetime,
    **terms: Any,
) -> Policy:
    """Draft the next version of a household's policy; `terms` are columns of `Policy`. What they leave out, and the
    band of a class without any width, are the firm's (`firm_defaults`).

    Raises `BadInput` when the targets do not add up to one, a band is invalid, the targets hold more stocks
    than the policy's own cap, or a restriction names nothing on record.
    """
    total = sum((spec.target for spec in targets), ZERO)
    if total != ONE:
        raise BadInput(f"The targets add up to {total * 100:f}%, not to 100%.", "Correct the targets.")
    last = household.policies.order_by("-version").values_list("version", flat=True).first() or 0
    figures = firm_settings.in_force(on=wall_clock(at).date())
    terms = {**firm_defaults.terms(figures), **terms}
    policy = Policy.objects.create(household=household, version=last + 1, model=model, **terms)
    classes = AssetClass.objects.in_bulk(field_name="code")
    for spec in targets:
        if spec.asset_class not in classes:
            raise BadInput(
                f"There is no asset class {spec.asset_class}.", "Use the code of a class on record."
            )
        spec = _with_the_firms_band(spec, figures)
        lower, upper = edges(spec)
        if (spec.hard_lower is not None and spec.hard_lower > lower) or (
            spec.hard_upper is not None and spec.hard_upper < upper
        ):
            raise BadInput(
                f"The hard range of {spec.asset_class} must hold its band of {lower * 100:.1f}% to {upper * 100:.1f}%.",
                "Widen the hard range, or narrow the band.",
            )
        PolicyTarget.objects.create(
            policy=policy,
            asset_class=classes[spec.asset_class],
            weight_target=spec.target,
            band_kind=spec.band,
            band_points=spec.points,
            band_share=spec.share,
            weight_lower=lower,
            weight_upper=upper,
            hard_lower=spec.hard_lower,
            hard_upper=spec.hard_upper,
        )
    refuse_cap(policy)
    for wish in restrictions:
        refuse_unknown_names(wish)
        PolicyRestriction.objects.create(
            policy=policy,
            kind=wish.kind,
            reason=wish.reason,
            security=Security.objects.get(symbol=wish.symbol) if wish.symbol else None,
            issuer=wish.issuer,
            sector=wish.sector,
            account=wish.account,
            weight_cap=wish.weight_cap,
            until_on=wish.until_on,
        )
    audit.record(audit.Action.POLICY_DRAFTED, about=policy, by=by, at=at, version=policy.version)
    return policy


def _with_the_firms_band(spec: TargetSpec, figures: InForce) -> TargetSpec:
    """The target with the firm's usual band of its class, where nothing is said about its width."""
    if any(width is not None for width in (spec.points, spec.share, spec.lower, spec.upper)):
        return spec
    usual = firm_defaults.usual_band(spec.asset_class, figures)
    return replace(spec, band=usual.kind, points=usual.points, share=usual.share)


def refuse_cap(policy: Policy) -> None:
    """Raise `BadInput` where the policy's targets exceed its own cap on stocks, or where that cannot be
    determined.
    """
    targets = policy.targets.select_related("asset_class")
    refusal = asset_classes.refusal_of_cap(
        policy.equity_cap, ((target.asset_class, target.weight_target) for target in targets)
    )
    if refusal:
        raise BadInput(
            refusal,
            "Lower the targets of stocks or raise the cap; compliance decides on the Models page which classes count as stocks.",
        )


def refuse_model(policy: Policy, *, on: date) -> None:
    """Raise `BadInput` where the policy follows a model that says nothing on that day, or that is retired."""
    version = policy.model
    if version.model.retired_at is not None:
        raise BadInput(f"The model {version.model} is retired.", "Follow another model.")
    if policy.follows_model:
        if model_versions.in_force(version.model, on=on) is None:
            raise BadInput(
                f"The model {version.model} has no version in force on {on}.",
                "Publish one, or wait for its day.",
            )
    elif version.state == ModelVersion.State.DRAFT:
        # A draft model can still be edited, which would change the client's holdings without a decision.
        raise BadInput(f"The model {version} is not published.", "Publish it, or follow a published version.")
    elif version.effective_on is None or version.effective_on > on:
        raise BadInput(
            f"The model {version} takes effect on {version.effective_on} only.",
            "Follow the version before it.",
        )


def refuse_unknown_names(wish: RestrictionSpec) -> None:
    """Raise `BadInput` for a restriction on something not on record, which would have no effect."""
    named = (
        ("security", wish.symbol, securities.symbols_on_record),
        ("issuer", wish.issuer, securities.issuers_on_record),
        ("sector", wish.sector, securities.sectors_on_record),
    )
    for what, given, on_record in named:
        if given and given not in (known := on_record()):
            raise BadInput(
                f"There is no {what} {given!r} on record, so this restriction would have no effect.",
                closest(given, known)
                or "Choose one that is on record, or load a file that describes it first.",
            )
    if not any((wish.symbol, wish.issuer, wish.sector)):
        raise BadInput("A restriction names a security, an issuer or a sector.", "Name one of them.")


def shown(policy: Policy) -> dict[str, Any]:
    """Everything that is approved about a version; the approval has the digest of this value."""
    terms = {name: value for name, value in model_to_dict(policy).items() if name not in _NOT_SHOWN}
    return {
        **terms,
        "household": policy.household.public_id,
        # By its code alone where the policy follows the model: the client agrees to its later versions too.
        "model": policy.model.model.code
        if policy.follows_model
        else f"{policy.model.model.code}/{policy.model.version}",
        "targets": [
            {
                "asset_class": target.asset_class.code,
                "target": target.weight_target,
                "band": target.band_kind,
                "lower": target.weight_lower,
                "upper": target.weight_upper,
                "hard_lower": target.hard_lower,
                "hard_upper": target.hard_upper,
            }
            for target in policy.targets.select_related("asset_class")
        ],
        "restrictions": [
            {
                "kind": wish.kind,
                "security": wish.security.symbol if wish.security else "",
                "issuer": wish.issuer,
                "sector": wish.sector,
                "account": wish.account.public_id if wish.account else "",
                "weight_cap": wish.weight_cap,
                "until_on": wish.until_on,
                "reason": wish.reason,
            }
            for wish in policy.restrictions.select_related("security", "account")
        ],
    }


def fingerprint_of(policy: Policy) -> str:
    """The digest of the stored version as `shown` returns it; unsaved values are never approved."""
    return fingerprint.of(shown(Policy.objects.get(pk=policy.pk)), kind="policy")


@transaction.atomic
def adopt(
    policy: Policy, *, approval: Any, effective_on: date, user_id: int, by: Actor, at: datetime
) -> Policy:
    """Adopt an approved and signed version, and supersede the previous one, which uses the approval.

    Raises `BadInput` without both signatures, for an unpublished model or a future day, `Stale` when the
    approval was given for another text or has expired, `Conflict` when version or approval are already
    settled.
    """
    policy = Policy.objects.select_for_update().get(pk=policy.pk)
    if policy.state != Policy.State.DRAFT:
        raise Conflict("This version is already settled.", "Draft a new version to change it.")
    if policy.signed_by_client_on is None or policy.signed_by_advisor_on is None:
        raise BadInput("The policy is not signed by both parties.", "Record both signatures first.")
    refuse_model(policy, on=max(effective_on, wall_clock(at).date()))
    if effective_on > wall_clock(at).date():
        # The previous version is superseded at once, so with a later day the household would have no policy
        # until then.
        raise BadInput("A policy cannot take effect after the day it is adopted.", "Adopt it on that day.")
    # The decision about what counts as stocks may have changed since the draft.
    refuse_cap(policy)
    digest = fingerprint_of(policy)
    if approval.fingerprint != digest:
        raise Stale(
            "The policy changed after it was approved.", "Request a new decision about the current version."
        )
    approvals.use(approval, by=by, at=at)
    for old in policy.household.policies.filter(state=Policy.State.ADOPTED):
        old.state, old.superseded_at = Policy.State.SUPERSEDED, at
        old.save(update_fields=["state", "superseded_at"])
        audit.record(
            audit.Action.POLICY_SUPERSEDED, about=old, by=by, at=at, sealing=[("policy_state", old.pk)]
        )
    policy.state = Policy.State.ADOPTED
    policy.adopted_at, policy.adopted_by_id, policy.effective_on = at, user_id, effective_on
    policy.fingerprint = digest
    policy.save()
    audit.record(
        audit.Action.POLICY_ADOPTED,
        about=policy,
        by=by,
        at=at,
        sealing=[
            (kind, policy.pk) for kind in ("policy", "policy_state", "policy_targets", "policy_restrictions")
        ],
        fingerprint=digest,
    )
    life_events.resolve_by_policy(
        policy.household,
        policy_ref=policy.public_id,
        version=policy.version,
        effective_on=effective_on,
        by=by,
        at=at,
    )
    return policy


def in_force(household: Household, *, on: date) -> Policy | None:
    """The policy in force on a day: adopted and effective by then."""
    return (
        household.policies.filter(state=Policy.State.ADOPTED, effective_on__lte=on)
        .select_related("model__model")
        .order_by("-version")
        .first()
    )


def _of_target(spec: TargetSpec) -> Decimal | None:
    return None if spec.share is None else spec.share * spec.target
