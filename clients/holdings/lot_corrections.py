"""Corrections of a tax lot's basis, day or status by two people, kept against later files; and locks of lots.

A file that still has the old value does not undo a correction. When shares are sold, the corrected basis shrinks as the
file's does, so that a split leaves it whole. When a file has the corrected value itself, the correction ends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients import figures
from clients.models import Account, LotCorrection, TaxLot
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict
from rebalancing.engine.money import cents

CAUGHT_UP = "The custodian's file has the corrected values"
"""Undoing that file takes this end back, so it is not sealed as a decision of a person is."""
CENT = Decimal("0.01")
FILED = ("acquired_on", "basis", "basis_status", "quantity")
KNOWN = (TaxLot.BasisStatus.COVERED, TaxLot.BasisStatus.NONCOVERED)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a lot is corrected to, and why."""

    acquired_on: date | None
    basis: Decimal | None
    basis_status: str
    evidence: str
    document: str = ""
    document_sha256: str = ""


@transaction.atomic
def correct(lot: TaxLot, decided: Decided, *, asked_by_id: int, by: Actor, at: datetime) -> LotCorrection:
    """Correct a lot as one person asked and another, `by`, decided. A correction in force gives way to it.

    Raises `BadInput` for values that contradict each other or change nothing, `Conflict` for a closed lot.
    """
    lot = _locked(lot)
    decider = people.behind(by)
    refuse_contradictions(decided)
    if lot.closed_on is not None:
        raise Conflict("The custodian no longer lists this lot.", "Correct the lot that took its place.")
    before = {name: getattr(lot, name) for name in ("acquired_on", "basis", "basis_status")}
    after = {"acquired_on": decided.acquired_on, "basis": decided.basis, "basis_status": decided.basis_status}
    told = changed(before, after)
    if not told:
        raise BadInput("Nothing is changed.", "Change the day, the basis or its status.")
    standing = LotCorrection.objects.select_for_update().filter(lot=lot, ended_at=None).first()
    filed = {f"filed_{name}": getattr(lot, name) for name in FILED}
    sealing: list[tuple[str, object]] = []
    if standing is not None:
        # What the files say is still what the earlier correction has seen of them.
        filed = {name: getattr(standing, name) for name in filed}
        before = {name: getattr(standing, f"was_{name}") for name in before}
        _end(standing, reason="Corrected again", at=at)
        sealing.append(("lot_correction_ended", standing.pk))
    correction = LotCorrection.objects.create(
        lot=lot,
        **{f"was_{name}": value for name, value in before.items()},
        **after,
        quantity=lot.quantity,
        evidence=decided.evidence.strip(),
        document=decided.document.strip(),
        document_sha256=decided.document_sha256,
        **filed,
        asked_by_id=asked_by_id,
        decided_by_id=decider.pk,
        decided_at=at,
    )
    for name, value in after.items():
        setattr(lot, name, value)
    lot.save(update_fields=list(after))
    audit.record(
        audit.Action.LOT_CORRECTED,
        about=lot,
        by=by,
        at=at,
        sealing=[*sealing, ("lot_correction", correction.pk)],
        correction=correction.public_id,
        evidence=correction.evidence,
        document=correction.document,
        document_sha256=correction.document_sha256,
        changed=told,
    )
    return correction


@transaction.atomic
def withdraw(correction: LotCorrection, *, reason: str, by: Actor, at: datetime) -> LotCorrection:
    """End a correction: the lot is again what the last file says. Raises `Conflict` for one that has ended."""
    lot = _locked(correction.lot)
    correction = LotCorrection.objects.select_for_update().get(pk=correction.pk)
    if correction.ended_at is not None:
        raise Conflict("This correction has ended.", "There is nothing to do.")
    if not reason.strip():
        raise BadInput("Say why the correction ends.", "Give a reason.")
    before = {name: getattr(lot, name) for name in correction.decides}
    after = {name: getattr(correction, f"filed_{name}") for name in correction.decides}
    for name, value in after.items():
        setattr(lot, name, value)
    _keep_status(lot)
    lot.save(update_fields=["acquired_on", "basis", "basis_status"])
    _end(correction, reason=reason.strip()[:200], at=at)
    audit.record(
        audit.Action.LOT_CORRECTION_ENDED,
        about=lot,
        by=by,
        at=at,
        sealing=[("lot_correction_ended", correction.pk)],
        correction=correction.public_id,
        reason=correction.end_reason,
        changed=changed(before, after),
    )
    return correction


@transaction.atomic
def lock(lot: TaxLot, *, kind: str, reason: str, until_on: date | None, by: Actor, at: datetime) -> TaxLot:
    """Keep a lot from being sold. Raises `Conflict` for a lot that is locked or closed, `BadInput` without a reason."""
    lot = _locked(lot)
    if lot.closed_on is not None:
        raise Conflict("The custodian no longer lists this lot.", "Lock the lot that took its place.")
    if not reason.strip():
        raise BadInput("A lock needs a reason.", "Say why this lot is not sold.")
    before = {name: getattr(lot, name) for name in ("lock", "lock_reason", "lock_until_on")}
    lot.lock, lot.lock_reason, lot.lock_until_on = kind, reason.strip(), until_on
    told = changed(before, {name: getattr(lot, name) for name in before})
    if not told:
        raise Conflict("The lot is locked exactly so.", "There is nothing to do.")
    lot.save(update_fields=list(before))
    audit.record(
        audit.Action.LOT_LOCKED, about=lot, by=by, at=at, kind=kind, reason=reason.strip(), changed=told
    )
    return lot


@transaction.atomic
def unlock(lot: TaxLot, *, reason: str, by: Actor, at: datetime) -> TaxLot:
    """Let a lot be sold again. Raises `Conflict` for a lot that is not locked, `BadInput` without a reason."""
    lot = _locked(lot)
    if not lot.lock:
        raise Conflict("This lot is not locked.", "There is nothing to do.")
    if not reason.strip():
        raise BadInput("Say why the lock ends.", "Give a reason.")
    before = {name: getattr(lot, name) for name in ("lock", "lock_reason", "lock_until_on")}
    lot.lock, lot.lock_reason, lot.lock_until_on = "", "", None
    lot.save(update_fields=list(before))
    audit.record(
        audit.Action.LOT_UNLOCKED,
        about=lot,
        by=by,
        at=at,
        reason=reason.strip(),
        changed=changed(before, {"lock": "", "lock_reason": "", "lock_until_on": None}),
    )
    return lot


def refuse_contradictions(decided: Decided) -> None:
    """Raise `BadInput` for a status that does not fit the basis and the day."""
    if not decided.evidence.strip():
        raise BadInput("A correction needs evidence.", "Say what it rests on.")
    if decided.basis_status in KNOWN and (decided.basis is None or decided.acquired_on is None):
        raise BadInput(
            f"A lot that is {TaxLot.BasisStatus(decided.basis_status).label.lower()} has a basis and a day.",
            "Type both, or choose another status.",
        )
    if decided.basis_status == TaxLot.BasisStatus.UNKNOWN and decided.basis is not None:
        raise BadInput(
            "A basis that is unknown has no amount.", "Leave the basis empty, or choose another status."
        )


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Standing:
    """The corrections in force of one account, by lot, while a file is compared with it.

    `notes` are sentences for the preview that a person has to read, `kept` those about lots that stand as they were
    decided on exactly what the file says again; `caught_up` are corrections that the file makes needless.
    """

    by_lot: dict[int, LotCorrection]
    applied: dict[int, dict[str, Any]]
    notes: list[str]
    caught_up: list[LotCorrection]
    kept: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, by_lot: dict[int, LotCorrection], book: Iterable[TaxLot]) -> Standing:
        """The corrections, with the lots of `book` set back to what the last file said, for matching."""
        applied: dict[int, dict[str, Any]] = {}
        for lot in book:
            if (correction := by_lot.get(lot.pk)) is None:
                continue
            applied[lot.pk] = {name: getattr(lot, name) for name in ("acquired_on", "basis", "basis_status")}
            for name in correction.decides:
                setattr(lot, name, getattr(correction, f"filed_{name}"))
        return cls(by_lot, applied, [], [])

    def keep(self, lot: TaxLot) -> None:
        """Put the correction back over what the file says about a lot, and note what the file says."""
        correction = self.by_lot.get(lot.pk)
        if correction is None:
            return
        filed = {name: getattr(lot, name) for name in FILED}
        target = self._targets(correction, filed)
        what = f"{lot.security} acquired {figures.day(target['acquired_on'])} in {lot.account}"
        if _is_caught_up(correction, filed, target, before=self.applied[lot.pk]["basis"]):
            self.caught_up.append(correction)
            self.notes.append(f"{what}: the file has the corrected values now, so the correction ends.")
        else:
            told = ("quantity", *correction.decides)
            same = all(filed[name] == getattr(correction, f"filed_{name}") for name in told)
            (self.kept if same else self.notes).append(_note(correction, filed, target, what))
            for name in correction.decides:
                setattr(lot, name, target[name])
            _keep_status(lot)
        for name, value in filed.items():
            setattr(correction, f"filed_{name}", value)

    def leave(self, lots: Iterable[TaxLot], met: Collection[int]) -> None:
        """Put the correction back over lots that the file does not name."""
        for lot in lots:
            if lot.pk in self.applied and lot.pk not in met:
                for name, value in self.applied[lot.pk].items():
                    setattr(lot, name, value)

    def gone(self, lots: Sequence[TaxLot], new: Sequence[TaxLot]) -> None:
        """Note corrected lots that the file no longer lists while it lists new ones of the same security."""
        fresh = {lot.security_id for lot in new}
        for lot in lots:
            if lot.pk in self.by_lot and lot.security_id in fresh:
                self.notes.append(
                    f"{lot.security} in {lot.account}: a corrected lot is no longer listed, and new ones are. Its "
                    "correction stays with the lot that is gone; correct the new one if it is the same."
                )

    def _targets(self, correction: LotCorrection, filed: dict[str, Any]) -> dict[str, Any]:
        now = self.applied[correction.lot_id]
        target = {**{name: filed[name] for name in now}, **{name: now[name] for name in correction.decides}}
        if "basis" in correction.decides and now["basis"] is not None:
            target["basis"] = rest_of_basis(
                now["basis"],
                filed=(correction.filed_basis, filed["basis"]),
                shares=(correction.filed_quantity, filed["quantity"]),
            )
        return target


def rest_of_basis(
    basis: Decimal, *, filed: tuple[Decimal | None, Decimal | None], shares: tuple[Decimal, Decimal]
) -> Decimal:
    """What is left of a corrected basis when a lot's shares have changed between two files, to the cent.

    It changes as the file's own basis does: a sale takes its part along, a split leaves it whole. Where the files have no
    basis, it changes with the shares.
    """
    (filed_before, filed_now), (shares_before, shares_now) = filed, shares
    if shares_now == shares_before:
        return basis
    if filed_before and filed_now is not None:
        return cents(basis * filed_now / filed_before)
    return cents(basis * shares_now / shares_before)


def restate(standing: Standing, *, by: Actor, at: datetime) -> None:
    """Keep what a file says beside each correction, and end those that it makes needless."""
    LotCorrection.objects.bulk_update(
        list(standing.by_lot.values()), [f"filed_{name}" for name in FILED], batch_size=1_000
    )
    for correction in standing.caught_up:
        _end(correction, reason=CAUGHT_UP, at=at)
        audit.record(
            audit.Action.LOT_CORRECTION_ENDED,
            about=correction.lot,
            by=by,
            at=at,
            correction=correction.public_id,
            reason=correction.end_reason,
        )


def _is_basis(file_has: Decimal | None, corrected: Collection[Decimal | None]) -> bool:
    """Whether a file's basis is one that a corrected basis may have become, to the cent."""
    if file_has is None:
        return None in corrected
    return any(one is not None and abs(one - file_has) <= CENT for one in corrected)


def _whole_or_part(
    correction: LotCorrection, filed: dict[str, Any], target: dict[str, Any], before: Decimal | None
) -> set[Decimal | None]:
    """What the corrected basis is when a file has it too: the same, the sold part taken off, or whole after a split."""
    if before is None:
        return {None}
    return {target["basis"], before, cents(before * filed["quantity"] / correction.filed_quantity)}


def _is_caught_up(
    correction: LotCorrection, filed: dict[str, Any], target: dict[str, Any], *, before: Decimal | None
) -> bool:
    for name in correction.decides:
        if name == "basis":
            if not _is_basis(filed["basis"], _whole_or_part(correction, filed, target, before)):
                return False
        elif name == "basis_status" and len(correction.decides) > 1:
            continue  # It follows from the day and the basis.
        elif filed[name] != target[name]:
            return False
    return True


def _note(correction: LotCorrection, filed: dict[str, Any], target: dict[str, Any], what: str) -> str:
    told = []
    for name in correction.decides:
        label = {"acquired_on": "day", "basis": "basis", "basis_status": "status"}[name]
        said = _words(name, filed[name])
        moved = (
            filed[name] != getattr(correction, f"filed_{name}")
            and filed["quantity"] == correction.filed_quantity
        )
        since = f", no longer {_words(name, getattr(correction, f'filed_{name}'))}" if moved else ""
        told.append(f"{label} {_words(name, target[name])} stays; the file has {said}{since}")
    return f"{what} was corrected on {figures.day(correction.decided_at.date())}: {'; '.join(told)}."


def _words(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name == "basis":
        return figures.money(value)
    if name == "basis_status":
        return TaxLot.BasisStatus(value).label.lower()
    return figures.day(value)


def _keep_status(lot: TaxLot) -> None:
    """Keep the status possible: without a basis it is unknown, without a day the basis is in dispute."""
    if lot.basis is None and lot.basis_status != TaxLot.BasisStatus.DISPUTED:
        lot.basis_status = TaxLot.BasisStatus.UNKNOWN
    elif lot.basis is not None and (
        lot.acquired_on is None or lot.basis_status == TaxLot.BasisStatus.UNKNOWN
    ):
        lot.basis_status = TaxLot.BasisStatus.DISPUTED


def _end(correction: LotCorrection, *, reason: str, at: datetime) -> None:
    correction.ended_at, correction.end_reason = at, reason
    correction.save(update_fields=["ended_at", "end_reason"])


def _locked(lot: TaxLot) -> TaxLot:
    # A load locks the account, so that a file and a correction cannot cross.
    Account.objects.select_for_update().get(pk=lot.account_id)
    locked: TaxLot = TaxLot.objects.select_related("account__household", "security").get(pk=lot.pk)
    return locked
