"""Lots that were not bought: gifts with their two bases, inheritances with their step-up. Decided by two people.

What follows for the lot is computed here and written on it; a later file does not undo it (`keep`). Sources: IRC 1014,
1015, 1223(2), (9), 2032, 2040(b); Treas. Reg. 1.1015-1(a).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients.holdings import lot_corrections
from clients.models import Account, LotCorrection, LotOrigin, TaxLot
from clients.registers import register
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.money import cents
from rebalancing.engine.tax import basis

ZERO = Decimal(0)
WRITTEN = ("acquired_by", "donor_basis", "donor_acquired_on", "gifted_on", "value_at_gift")
"""The columns of a lot that its origin decides."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of how a lot came about; dollars for all its shares."""

    kind: str
    happened_on: date
    value: Decimal | None
    evidence: str
    alternate_value: Decimal | None = None
    former_basis: Decimal | None = None
    former_acquired_on: date | None = None
    gift_tax: Decimal = ZERO


def basis_of(facts: Facts, *, is_income: bool = False) -> Decimal | None:
    """The basis that follows: of a gift that of a gain, of an inheritance the value; None where it is not known."""
    kind = LotOrigin.Kind(facts.kind)
    if kind is LotOrigin.Kind.GIFT:
        if facts.former_basis is None:
            return None
        value = facts.former_basis if facts.value is None else facts.value
        # At a price far above both bases the sale is at a gain: its basis is the one for gains.
        high = max(facts.former_basis, value) + facts.gift_tax + 1
        return basis.gift(
            donor_basis=facts.former_basis,
            value_at_gift=value,
            proceeds=high,
            gift_tax_on_appreciation=facts.gift_tax,
        ).basis
    if facts.value is None:
        return None
    if kind is LotOrigin.Kind.INHERITED:
        return basis.inherited(
            decedent_basis=facts.former_basis or ZERO,
            value_at_death=facts.value,
            value_on_alternate_date=facts.alternate_value,
            is_income_of_decedent=is_income,
        )
    if facts.former_basis is None and kind is LotOrigin.Kind.SURVIVOR:
        return None
    return cents(
        basis.survivor_of_joint_account(
            basis=facts.former_basis or ZERO,
            value_at_death=facts.value if facts.alternate_value is None else facts.alternate_value,
            is_community_property=kind is LotOrigin.Kind.COMMUNITY,
        )
    )


@transaction.atomic
def record(lot: TaxLot, facts: Facts, *, asked_by_id: int, by: Actor, at: datetime) -> LotOrigin:
    """Put a lot's origin on record as one person asked and another, `by`, decided, and write what follows on the lot.

    Raises `BadInput` for facts from which no basis follows, `Conflict` for a closed lot or one with an origin.
    """
    Account.objects.select_for_update().get(pk=lot.account_id)
    lot = TaxLot.objects.select_related("account__household", "security").get(pk=lot.pk)
    decider = people.behind(by)
    refuse(lot, facts)
    if LotOrigin.objects.filter(lot=lot, ended_at=None).exists():
        raise Conflict("Where this lot came from is on record.", "End that first.")
    found = basis_of(facts)
    before = {name: getattr(lot, name) for name in WRITTEN}
    row = LotOrigin.objects.create(
        lot=lot,
        **asdict(facts),
        shares=lot.quantity,
        basis=found,
        was={name: None if value is None else str(value) for name, value in before.items()},
        asked_by_id=asked_by_id,
        entered_by_id=decider.pk,
        entered_at=at,
    )
    _correct(lot, facts, found, asked_by_id=asked_by_id, by=by, at=at)
    lot = TaxLot.objects.select_related("account__household", "security").get(pk=lot.pk)
    after = written(row, lot)
    for name, value in after.items():
        setattr(lot, name, value)
    lot.save(update_fields=list(WRITTEN))
    audit.record(
        audit.Action.LOT_ORIGIN_RECORDED,
        about=lot,
        by=by,
        at=at,
        sealing=[("lot_origin", row.pk)],
        origin=row.public_id,
        kind=row.kind,
        evidence=row.evidence,
        changed=changed(before, after),
    )
    return row


@transaction.atomic
def end(row: LotOrigin, *, reason: str, by: Actor, at: datetime) -> LotOrigin:
    """End an origin: the lot is again what its files say. Raises `Conflict` for one that has ended."""
    Account.objects.select_for_update().get(pk=row.lot.account_id)
    row = register.taken_up(row)
    decider = people.behind(by)
    standing = LotCorrection.objects.filter(lot=row.lot, ended_at=None, evidence=row.evidence).first()
    if standing is not None:
        lot_corrections.withdraw(standing, reason=reason, by=by, at=at)
    lot = TaxLot.objects.select_related("account__household", "security").get(pk=row.lot_id)
    before = {name: getattr(lot, name) for name in WRITTEN}
    after = {name: _value(name, row.was.get(name)) for name in WRITTEN}
    for name, value in after.items():
        setattr(lot, name, value)
    lot.save(update_fields=list(WRITTEN))
    register.close(row, reason=reason, user_id=decider.pk, at=at)
    audit.record(
        audit.Action.LOT_ORIGIN_ENDED,
        about=lot,
        by=by,
        at=at,
        sealing=[("lot_origin_ended", row.pk)],
        origin=row.public_id,
        reason=row.end_reason,
        changed=changed(before, after),
    )
    return row


def refuse(lot: TaxLot, facts: Facts) -> None:
    """Raise `BadInput` or `Conflict` for an origin that cannot be."""
    if lot.closed_on is not None:
        raise Conflict(
            "The custodian no longer lists this lot.", "Record it for the lot that took its place."
        )
    if lot.account.tax_treatment != Account.TaxTreatment.TAXABLE:
        raise BadInput(
            f"Sales in {lot.account.name} are not taxed, and nothing steps up there (IRC 1014(c)).",
            "There is nothing to record.",
        )
    if not facts.evidence.strip():
        raise BadInput("An origin needs evidence.", "Say what it rests on.")
    if facts.kind == LotOrigin.Kind.GIFT and facts.former_basis is None:
        raise BadInput("The donor's basis is not known.", "Leave the basis of the lot unknown until it is.")
    if facts.kind != LotOrigin.Kind.GIFT and facts.value is None:
        raise BadInput("The value on the day of the death is not known.", "Ask the estate for it.")
    if facts.kind == LotOrigin.Kind.SURVIVOR and facts.former_basis is None:
        raise BadInput("Half of the owners' basis stays, and it is not known.", "Give what they had.")
    if facts.former_acquired_on is not None and facts.former_acquired_on > facts.happened_on:
        raise BadInput("The donor cannot have acquired it later.", "Correct one of the two days.")


def written(row: LotOrigin, lot: TaxLot) -> dict[str, Any]:
    """The lot's columns as the origin has them, for the shares that are left of it."""

    def part(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else cents(amount * lot.quantity / row.shares)

    if row.kind == LotOrigin.Kind.GIFT:
        former = row.basis if row.gift_tax else row.former_basis
        return {
            "acquired_by": str(TaxLot.Acquisition.GIFT),
            "donor_basis": part(former),
            "donor_acquired_on": row.former_acquired_on,
            "gifted_on": row.happened_on,
            "value_at_gift": part(row.value),
        }
    if row.kind == LotOrigin.Kind.SURVIVOR:
        # Half of it keeps its own days, so it is not long-term by statute as a whole.
        return {name: getattr(lot, name) for name in WRITTEN}
    nothing = dict.fromkeys(WRITTEN)
    return {**nothing, "acquired_by": str(TaxLot.Acquisition.INHERITANCE)}


def keep(origins: Mapping[int, LotOrigin], lots: Iterable[TaxLot]) -> None:
    """Put what was decided back over what a file says about lots."""
    for lot in lots:
        if (row := origins.get(lot.pk)) is not None:
            for name, value in written(row, lot).items():
                setattr(lot, name, value)


def _correct(
    lot: TaxLot, facts: Facts, found: Decimal | None, *, asked_by_id: int, by: Actor, at: datetime
) -> None:
    """Correct the lot's basis and day, so that files leave them alone."""
    if found is None:
        return
    since = facts.happened_on
    if facts.kind == LotOrigin.Kind.GIFT:
        since = facts.former_acquired_on or facts.happened_on
    elif facts.kind == LotOrigin.Kind.SURVIVOR:
        since = lot.acquired_on or facts.happened_on
    same = lot.basis == found and lot.acquired_on == since
    if same and lot.basis_status in lot_corrections.KNOWN:
        return
    decided = lot_corrections.Decided(
        acquired_on=since,
        basis=found,
        basis_status=str(TaxLot.BasisStatus.NONCOVERED),
        evidence=facts.evidence.strip(),
    )
    lot_corrections.correct(lot, decided, asked_by_id=asked_by_id, by=by, at=at)


def _value(name: str, text: str | None) -> Any:
    """A column's value from the text in which it was kept."""
    if text is None:
        return "" if name == "acquired_by" else None
    if name == "acquired_by":
        return text
    return date.fromisoformat(text) if name.endswith("_on") else Decimal(text)
