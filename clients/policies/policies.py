"""Investment policies: drafting a version, and adopting it through the review desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet, prefetch_related_objects
from django.forms.models import model_to_dict

from clients.households import life_events
from clients.models import (
    AssetClass,
    Household,
    ModelVersion,
    Policy,
    PolicyRestriction,
    PolicySection,
    PolicySignature,
    PolicyTarget,
    Security,
)
from clients.policies import firm_defaults, model_versions, parties, targets, triggering
from clients.policies.restrictions import RestrictionSpec, refuse_unknown_names
from clients.policies.targets import TargetSpec, Widths, edges
from clients.securities import asset_classes
from compliance.audit_trail import audit
from compliance.digests import fingerprint
from compliance.firm import firm_settings
from compliance.firm.firm_settings import InForce
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict, Stale
from compliance.review_desk import approvals
from rebalancing.engine.market.calendars import wall_clock

ZERO, ONE = Decimal(0), Decimal(1)
SEALED = (
    *("policy", "policy_state", "policy_targets", "policy_target_terms", "policy_restrictions"),
    "policy_sections",
)
"""The seals of an adopted version on the audit trail."""
SCALED = frozenset({PolicyTarget.BandKind.VOLATILITY, PolicyTarget.BandKind.RISK})

# Columns of a version's life, which are not part of the approved text.
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
    # Signatures name the fingerprint of the text, so they cannot be a part of it.
    "signed_by_client_on",
    "signed_by_advisor_on",
}


def class_order(policy: Policy) -> dict[str, int]:
    """The position of each class in a policy, by the class's code, for every list of classes."""
    prefetch_related_objects([policy], "targets__asset_class")
    return {target.asset_class.code: place for place, target in enumerate(policy.targets.all())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything an author decides about a version. `terms` are columns of `Policy`, by name; `sections` are texts by
    the code of their section.
    """

    model: ModelVersion
    targets: tuple[TargetSpec, ...] = ()
    restrictions: tuple[RestrictionSpec, ...] = ()
    sections: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def draft(
    household: Household,
    *,
    model: ModelVersion,
    targets: Sequence[TargetSpec],
    restrictions: Sequence[RestrictionSpec] = (),
    sections: Mapping[str, str] | None = None,
    signed_by_client_on: date | None = None,
    signed_by_advisor_on: date | None = None,
    by: Actor,
    at: datetime,
    **terms: Any,
) -> Policy:
    """Draft the next version of a household's policy, whole; `terms` are columns of `Policy`. What they leave out, and
    the band of a class without any width, are the firm's (`firm_defaults`).

    The two days are those of signatures that were given before the policy was kept here. Raises `BadInput` when the targets do not add up to one, a band is invalid, the targets hold more stocks
    than the policy's own cap, or a restriction names nothing on record.
    """
    total = sum((spec.target for spec in targets), ZERO)
    if total != ONE:
        raise BadInput(f"The targets add up to {total * 100:f}%, not to 100%.", "Correct the targets.")
    content = Content(
        model=model,
        targets=tuple(targets),
        restrictions=tuple(restrictions),
        sections=sections or {},
        terms={
            **terms,
            "signed_by_client_on": signed_by_client_on,
            "signed_by_advisor_on": signed_by_advisor_on,
        },
    )
    policy = start(household, content, at=at)
    refuse_cap(policy)
    earlier = (
        (PolicySignature.Party.CLIENT, household.name, signed_by_client_on),
        (PolicySignature.Party.ADVISOR, by.label, signed_by_advisor_on),
    )
    signed = [
        PolicySignature.objects.create(
            policy=policy,
            party=party,
            method=PolicySignature.Method.EARLIER,
            name=name[:160],
            fingerprint=fingerprint_of(policy),
            signed_on=signed_on,
            recorded_by_id=int(by.person_ref) if by.is_person else None,
            recorded_at=at,
        )
        for party, name, signed_on in earlier
        if signed_on is not None
    ]
    audit.record(
        audit.Action.POLICY_DRAFTED,
        about=policy,
        by=by,
        at=at,
        sealing=[("policy_signature", one.pk) for one in signed],
        version=policy.version,
    )
    return policy


def start(household: Household, content: Content, *, at: datetime) -> Policy:
    """Make the next version's row with its parts, in the transaction of a verb. Terms left out are the firm's."""
    # Not through the household, which may have been fetched with a part of its versions.
    last = Policy.objects.filter(household=household).aggregate(last=Max("version"))["last"] or 0
    figures = firm_settings.in_force(on=wall_clock(at).date())
    terms = {**firm_defaults.terms(figures), **content.terms}
    policy = Policy.objects.create(household=household, version=last + 1, model=content.model, **terms)
    _write_parts(policy, content, figures)
    return policy


def restate(policy: Policy, content: Content, *, at: datetime) -> None:
    """Put other content into a draft, in the transaction of a verb."""
    policy.model = content.model
    for name, value in content.terms.items():
        setattr(policy, name, value)
    policy.save()
    for part in (policy.targets, policy.restrictions, policy.sections):
        part.all().delete()
    _write_parts(policy, content, firm_settings.in_force(on=wall_clock(at).date()))


def _write_parts(policy: Policy, content: Content, figures: InForce) -> None:
    """Raises `BadInput` for a class that is not on record, a band without sense, a restriction on nothing."""
    classes = AssetClass.objects.in_bulk(field_name="code")
    unknown = [spec.asset_class for spec in content.targets if spec.asset_class not in classes]
    if unknown:
        raise BadInput(f"There is no asset class {unknown[0]}.", "Use the code of a class on record.")
    volatilities = targets.scaled(content.targets, classes)
    widths = widths_of(policy)
    for stated in content.targets:
        spec = firm_defaults.with_usual_band(stated, figures)
        moves = volatilities.get(spec.asset_class)
        found = edges(spec, widths=widths, relative_volatility=moves)
        narrower = found.sheltered or (None, None)
        PolicyTarget.objects.create(
            policy=policy,
            asset_class=classes[spec.asset_class],
            weight_target=spec.target,
            band_kind=spec.band,
            band_points=spec.points,
            band_share=spec.share,
            band_multiple=spec.multiple,
            band_risk=spec.risk,
            relative_volatility=moves if spec.band in SCALED else None,
            benchmark=spec.benchmark,
            weight_lower=found.lower,
            weight_upper=found.upper,
            sheltered_lower=narrower[0],
            sheltered_upper=narrower[1],
            hard_lower=spec.hard_lower,
            hard_upper=spec.hard_upper,
        )
    for wish in content.restrictions:
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
    for code in PolicySection.Code.values:
        if text := content.sections.get(code, "").strip():
            PolicySection.objects.create(policy=policy, code=code, text=text)


def move(policy: Policy, state: str) -> None:
    """Put a version into another state, in the transaction of a verb that says so on the trail."""
    policy.state = state
    policy.save(update_fields=["state"])


def widths_of(policy: Policy) -> Widths:
    """What the policy's terms say about all of its bands."""
    return Widths(
        preference=policy.band_preference, look=policy.look, sheltered_share=policy.sheltered_band_share
    )


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
    elif version.state in ModelVersion.NEVER_IN_FORCE:
        # A draft model can still be edited, which would change the client's holdings without a decision.
        raise BadInput(f"The model {version} is not published.", "Publish it, or follow a published version.")
    elif version.effective_on is None or version.effective_on > on:
        raise BadInput(
            f"The model {version} takes effect on {version.effective_on} only.",
            "Follow the version before it.",
        )


def shown(policy: Policy) -> dict[str, Any]:
    """Everything that is approved about a version; the approval has the digest of this value."""
    terms = {name: value for name, value in model_to_dict(policy).items() if name not in _NOT_SHOWN}
    terms = triggering.without_the_unsaid(terms)
    return {
        **terms,
        "sections": {section.code: section.text for section in policy.sections.all()},
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
                "points": target.band_points,
                "share": target.band_share,
                "multiple": target.band_multiple,
                "risk": target.band_risk,
                "relative_volatility": target.relative_volatility,
                "benchmark": target.benchmark,
                "lower": target.weight_lower,
                "upper": target.weight_upper,
                "sheltered_lower": target.sheltered_lower,
                "sheltered_upper": target.sheltered_upper,
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
    if policy.state not in (Policy.State.DRAFT, Policy.State.APPROVED):
        raise Conflict("This version is already settled.", "Draft a new version to change it.")
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
    if unsigned := parties.outstanding(policy, digest=digest, on=wall_clock(at).date()):
        names = ", ".join(one.who for one in unsigned)
        raise BadInput(
            f"The policy is not signed by all parties: {names} still to sign.",
            "Collect the signatures first.",
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
    signed = policy.signatures.filter(fingerprint=digest)
    policy.signed_by_client_on = _last_of(signed, PolicySignature.Party.CLIENT)
    policy.signed_by_advisor_on = _last_of(signed, PolicySignature.Party.ADVISOR)
    policy.save()
    audit.record(
        audit.Action.POLICY_ADOPTED,
        about=policy,
        by=by,
        at=at,
        sealing=[(kind, policy.pk) for kind in SEALED],
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


def _last_of(signed: QuerySet[PolicySignature], party: str) -> date:
    """The day on which the party was complete."""
    return max(one.signed_on for one in signed if one.party == party)


def in_force(household: Household, *, on: date) -> Policy | None:
    """The policy in force on a day: adopted and effective by then."""
    return next(iter(model_versions.policy_in_force.rows(household.pk, on)), None)
