"""Restatements: the only writer. They are read from the journal of the load, whatever loaded it, and go with their file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q

from clients.holdings import position_lots
from clients.models import (
    Account,
    CustodianFile,
    FileChange,
    Household,
    RealizedGain,
    Restatement,
    TaxLot,
    Transaction,
)
from clients.restatements import comparing
from clients.restatements.comparing import Context, Lot, Pair
from compliance.audit_trail import audit
from compliance.firm import firm_settings, reconciliation_figures
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

TAXABLE = Account.TaxTreatment.TAXABLE
LOTS, SALES = TaxLot._meta.db_table, RealizedGain._meta.db_table
OF_A_LOT = (
    *("quantity", "basis", "acquired_on", "adjusted_acquired_on", "unadjusted_basis", "closed_on"),
    "as_of_on",
)
TELLING = ("quantity", "basis", "acquired_on", "adjusted_acquired_on", "closed_on")
OF_A_SALE = ("acquired_on", "basis", "disallowed", "term")
BOOKED_BEFORE = timedelta(days=4)
"""A movement that was booked on the day of the earlier file, or just before it, may show in the lots only with this one."""
_K = Transaction.Kind
ACTIONS = frozenset(
    {
        *(_K.SPLIT, _K.SPIN_OFF, _K.MERGER, _K.RENAME, _K.RETURN_OF_CAPITAL, _K.CASH_IN_LIEU),
        *(_K.CASH_MERGER, _K.LIQUIDATION),
    }
)

Was = dict[str, Any]
Place = tuple[int, int]


def note(file: CustodianFile, *, at: datetime) -> list[Restatement]:
    """Keep what a file restated, from its journal; called once, inside the load and before its journal is closed.

    Only taxable accounts: elsewhere neither basis nor day decides anything.
    """
    found = [*_lots(file, at=at), *_sales(file, at=at)]
    return Restatement.objects.bulk_create(found, batch_size=1_000)


@transaction.atomic
def see(row: Restatement, *, seen_as: str, remark: str, user_id: int, by: Actor, at: datetime) -> Restatement:
    """Say what a restatement was. Said again, it replaces what was said, which stays on the trail.

    Raises `BadInput` where nothing is new, or where an error of the custodian comes without what was asked.
    """
    row = Restatement.objects.select_for_update(of=("self",)).get(pk=row.pk)
    remark = remark.strip()[:300]
    if seen_as == Restatement.SeenAs.CUSTODIAN_ERROR and not remark:
        raise BadInput("Say what the custodian was asked.", "Add a note.")
    if (row.seen_as, row.seen_note) == (seen_as, remark):
        raise Conflict("That has been said already.", "There is nothing to do.")
    before = row.get_seen_as_display() if row.seen_as else ""
    row.seen_as, row.seen_note, row.seen_by_id, row.seen_at = seen_as, remark, user_id, at
    row.save(update_fields=["seen_as", "seen_note", "seen_by", "seen_at"])
    audit.record(
        audit.Action.RESTATEMENT_SEEN,
        about=row,
        by=by,
        at=at,
        reason=remark,
        changed={"seen_as": {"before": before, "after": row.get_seen_as_display()}},
    )
    return row


def since(household: Household, moment: datetime) -> list[Restatement]:
    """What was restated in a household after a moment, the earliest first."""
    rows = Restatement.objects.filter(account__household=household, found_at__gt=moment)
    return list(
        rows.select_related("account", "security", "gain", "source_file")
        .defer("account__number", "source_file__content")
        .order_by("found_at", "pk")
    )


# ── Lots ─────────────────────────────────────────────────────────────────────────────────────────


def _lots(file: CustodianFile, *, at: datetime) -> Iterable[Restatement]:
    changed = _changed(file, LOTS, TELLING, also=("as_of_on",))
    if not changed:
        return
    touched = _of_taxed(TaxLot.objects.filter(pk__in=changed))
    places = {(one.account_id, one.security_id) for one in touched}
    gone = {
        (one.account_id, one.security_id)
        for one in touched
        if "closed_on" in changed[one.pk] and one.closed_on is not None
    }
    made = _made(file, gone)
    moves = _moves(file, places, touched, changed)
    tolerance = firm_settings.in_force(on=at.date()).of(reconciliation_figures.BASIS)
    by_place: dict[Place, list[TaxLot]] = defaultdict(list)
    for lot in (*touched, *made):
        by_place[lot.account_id, lot.security_id].append(lot)
    for place, here in sorted(by_place.items()):
        was = {lot.pk: _before(lot, changed[lot.pk]) for lot in here if lot.pk in changed}
        days = [one["as_of_on"] for one in was.values()]
        on = max(lot.closed_on or lot.as_of_on for lot in here)
        context = _context(moves.get(place, ()), since=min(days), on=on, lots=here)
        by_pk = {lot.pk: lot for lot in here}
        for one in comparing.lots(
            (_pair(lot, was.get(lot.pk)) for lot in here), context, tolerance=tolerance
        ):
            lot = by_pk[one.key]
            yield Restatement(
                account=lot.account,
                security=lot.security,
                lot=lot,
                source_file=file,
                as_of_on=on,
                is_past_day=context.same_day,
                cause=str(one.cause),
                found_at=at,
                **_side("was_", one.before),
                **_side("", one.after),
            )


def _changed(
    file: CustodianFile, table: str, telling: tuple[str, ...], *, also: tuple[str, ...] = ()
) -> dict[int, Was]:
    """What stood before the file in its rows that changed in a telling column, by row. The first change counts."""
    rows = FileChange.objects.filter(file=file, table=table, kind=FileChange.Kind.CHANGED)
    found: dict[int, Was] = {}
    for row, was in (
        rows.filter(was__has_any_keys=list(telling)).order_by("id").values_list("row", "was").iterator()
    ):
        before = found.setdefault(row, {})
        for name in (*telling, *also):
            if was and name in was:
                before.setdefault(name, was[name])
    return found


def _of_taxed(lots: Any) -> list[TaxLot]:
    return list(
        lots.filter(account__tax_treatment=TAXABLE)
        .exclude(key=position_lots.KEY)
        .select_related("account", "security")
        .defer("account__number")
        .order_by("pk")
    )


def _made(file: CustodianFile, places: set[Place]) -> list[TaxLot]:
    """The file's new lots of securities of which lots are gone."""
    if not places:
        return []
    made = FileChange.objects.filter(file=file, table=LOTS, kind=FileChange.Kind.MADE).values("row")
    lots = TaxLot.objects.filter(pk__in=made, account__in={account for account, _ in places})
    return [one for one in _of_taxed(lots) if (one.account_id, one.security_id) in places]


def _moves(
    file: CustodianFile, places: set[Place], lots: list[TaxLot], changed: Mapping[int, Was]
) -> dict[Place, list[Transaction]]:
    """What was booked in these places from shortly before the earliest of the earlier days."""
    first = min((_before(one, changed[one.pk])["as_of_on"] for one in lots), default=date.max)
    if not places:
        return {}
    rows = Transaction.objects.filter(
        Q(source_file=file) | Q(traded_on__gte=first - BOOKED_BEFORE),
        account__in={account for account, _ in places},
        security__in={security for _, security in places},
    )
    found: dict[Place, list[Transaction]] = defaultdict(list)
    for one in rows.order_by("pk"):
        assert one.security_id is not None, "only movements of a security are asked for"
        found[one.account_id, one.security_id].append(one)
    return found


def _context(moves: Iterable[Transaction], *, since: date, on: date, lots: list[TaxLot]) -> Context:
    in_time = [one for one in moves if since - BOOKED_BEFORE <= one.traded_on <= on]
    return Context(
        traded=any(one.quantity and one.kind not in ACTIONS for one in in_time),
        acted=any(one.kind in ACTIONS for one in in_time),
        same_day=since == on,
        is_average=any(one.is_average_cost for one in lots),
    )


def _before(lot: TaxLot, was: Was) -> Was:
    """The lot's columns as they stood before the file."""
    found = {name: was[name] if name in was else getattr(lot, name) for name in OF_A_LOT}
    for name in ("acquired_on", "adjusted_acquired_on", "closed_on", "as_of_on"):
        found[name] = _day(found[name])
    for name in ("quantity", "basis", "unadjusted_basis"):
        found[name] = _figure(found[name])
    return found


def _pair(lot: TaxLot, was: Was | None) -> Pair:
    now = {name: getattr(lot, name) for name in OF_A_LOT}
    return Pair(
        lot.pk,
        _lot(was) if was is not None and was["closed_on"] is None else None,
        _lot(now) if lot.closed_on is None else None,
    )


def _lot(values: Was) -> Lot:
    return Lot(
        shares=values["quantity"],
        basis=values["basis"],
        held_since=values["adjusted_acquired_on"] or values["acquired_on"],
        bought_on=values["acquired_on"],
        unadjusted=values["unadjusted_basis"],
    )


def _side(prefix: str, lot: Lot | None) -> dict[str, Any]:
    return {
        f"{prefix}quantity": lot.shares if lot else None,
        f"{prefix}basis": lot.basis if lot else None,
        f"{prefix}acquired_on": lot.held_since if lot else None,
    }


# ── Sales ────────────────────────────────────────────────────────────────────────────────────────


def _sales(file: CustodianFile, *, at: datetime) -> Iterable[Restatement]:
    changed = _changed(file, SALES, OF_A_SALE)
    if not changed:
        return
    rows = RealizedGain.objects.filter(pk__in=changed, account__tax_treatment=TAXABLE)
    for gain in rows.select_related("account", "security").defer("account__number").order_by("pk"):
        was = changed[gain.pk]
        before = {name: was[name] if name in was else getattr(gain, name) for name in OF_A_SALE}
        basis, disallowed = _figure(before["basis"]), _figure(before["disallowed"]) or Decimal(0)
        yield Restatement(
            account=gain.account,
            security=gain.security,
            gain=gain,
            source_file=file,
            as_of_on=file.as_of_on or gain.sold_on,
            is_past_day=True,
            cause=str(
                comparing.sale(
                    before=basis,
                    after=gain.basis,
                    other_than_disallowed=any(name in was for name in ("acquired_on", "basis", "term")),
                )
            ),
            was_quantity=gain.quantity,
            quantity=gain.quantity,
            was_acquired_on=_day(before["acquired_on"]),
            acquired_on=gain.acquired_on,
            was_basis=basis,
            basis=gain.basis,
            was_disallowed=disallowed,
            disallowed=gain.disallowed,
            was_term=before["term"],
            term=gain.term,
            found_at=at,
        )


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _figure(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
