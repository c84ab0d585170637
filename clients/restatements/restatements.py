"""Restatements: the only writer. They are kept while a file loads, whatever loads it, and go with their file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from clients import figures
from clients.holdings import position_lots
from clients.holdings.account_changes import AccountChange, LoadedFile, LotChange, SaleChange
from clients.models import Account, Household, Restatement, TaxLot, Transaction
from clients.restatements import comparing
from clients.restatements.comparing import Context, Lot, Pair
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.firm import firm_settings, reconciliation_figures
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

BOOKED_BEFORE = timedelta(days=4)
"""A movement that was booked on the day of the earlier file, or just before it, may show in the lots only with this one."""
TOLD_MAX = 5
_K = Transaction.Kind
ACTIONS = frozenset(
    {
        *(_K.SPLIT, _K.SPIN_OFF, _K.MERGER, _K.RENAME, _K.RETURN_OF_CAPITAL, _K.CASH_IN_LIEU),
        *(_K.CASH_MERGER, _K.LIQUIDATION),
    }
)

Place = tuple[int, int]


def follow(loaded: LoadedFile) -> list[str]:
    """Keep what a file restated; returns what a person reads before it is loaded.

    Only taxable accounts: elsewhere neither basis nor day decides anything.
    """
    taxed = [
        one
        for one in loaded.accounts
        if one.account.tax_treatment == Account.TaxTreatment.TAXABLE and (one.lots or one.sales)
    ]
    if not taxed:
        return []
    found = [*_lots(taxed, loaded), *(_sale(one, loaded) for each in taxed for one in each.sales)]
    Restatement.objects.bulk_create(found, batch_size=1_000)
    asking = [row for row in found if row.cause == Restatement.Cause.UNKNOWN]
    told = [f"{row}: restated, and no movement explains it." for row in asking[:TOLD_MAX]]
    more = len(asking) - TOLD_MAX
    return [*told, *([f"{figures.counted(more, 'more figure')} restated so."] if more > 0 else [])]


@transaction.atomic
def see(row: Restatement, *, seen_as: str, remark: str, user_id: int, by: Actor, at: datetime) -> Restatement:
    """Say what a restatement was. Said again, it replaces what was said, which stays on the trail.

    Raises `BadInput` for an error of the custodian without what was asked, `Conflict` where nothing is new.
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
        sealing=[("restatement_seen", row.pk)],
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


def _lots(accounts: Sequence[AccountChange], loaded: LoadedFile) -> Iterable[Restatement]:
    by_place: dict[Place, list[LotChange]] = defaultdict(list)
    for each in accounts:
        for one in each.lots:
            if one.after.key != position_lots.KEY:
                by_place[each.account.pk, one.after.security_id].append(one)
    # Lots that are only new are purchases or arrivals: nothing on record is contradicted.
    by_place = {place: here for place, here in by_place.items() if any(one.before for one in here)}
    if not by_place:
        return
    days = {each.account.pk: each.lots_on for each in accounts}
    moves = _moves(by_place, loaded)
    on_day = loaded.at.astimezone(EASTERN).date()
    tolerance = firm_settings.in_force(on=on_day).of(reconciliation_figures.BASIS)
    for place, here in sorted(by_place.items()):
        earlier = [one.before.as_of_on for one in here if one.before is not None]
        on = days[place[0]] or max(one.after.as_of_on for one in here)
        context = _context(moves.get(place, ()), since=min(earlier), on=on, lots=here)
        by_key = dict(enumerate(here))
        pairs = [Pair(key, _lot(one.before), _lot(one.after)) for key, one in by_key.items()]
        for found in comparing.lots(pairs, context, tolerance=tolerance):
            lot = by_key[found.key].after
            yield Restatement(
                account_id=place[0],
                security=lot.security,
                lot=lot,
                source_file=loaded.file,
                as_of_on=on,
                is_past_day=context.same_day,
                cause=str(found.cause),
                found_at=loaded.at,
                **_side("was_", found.before),
                **_side("", found.after),
            )


def _moves(places: Iterable[Place], loaded: LoadedFile) -> dict[Place, list[Transaction]]:
    """What was booked in these places from shortly before the earlier files, and what this file brought."""
    wanted = set(places)
    accounts, securities = {account for account, _ in wanted}, {security for _, security in wanted}
    first = min(
        one.before.as_of_on
        for each in loaded.accounts
        for one in each.lots
        if one.before is not None and (each.account.pk, one.after.security_id) in wanted
    )
    rows = Transaction.objects.filter(
        Q(source_file=loaded.file) | Q(traded_on__gte=first - BOOKED_BEFORE),
        account__in=accounts,
        security__in=securities,
    )
    found: dict[Place, list[Transaction]] = defaultdict(list)
    for one in rows.order_by("pk"):
        assert one.security_id is not None, "only movements of a security are asked for"
        found[one.account_id, one.security_id].append(one)
    return found


def _context(moves: Iterable[Transaction], *, since: date, on: date, lots: Sequence[LotChange]) -> Context:
    in_time = [one for one in moves if since - BOOKED_BEFORE <= one.traded_on <= on]
    return Context(
        traded=any(one.quantity and one.kind not in ACTIONS for one in in_time),
        acted=any(one.kind in ACTIONS for one in in_time),
        same_day=since == on,
        is_average=any(one.after.is_average_cost for one in lots),
    )


def _lot(lot: TaxLot | None) -> Lot | None:
    """A lot as one file has it; None where it is not listed."""
    if lot is None or lot.closed_on is not None:
        return None
    return Lot(
        shares=lot.quantity,
        basis=lot.basis,
        held_since=lot.adjusted_acquired_on or lot.acquired_on,
        bought_on=lot.acquired_on,
        unadjusted=lot.unadjusted_basis,
    )


def _side(prefix: str, lot: Lot | None) -> dict[str, Any]:
    return {
        f"{prefix}quantity": lot.shares if lot else None,
        f"{prefix}basis": lot.basis if lot else None,
        f"{prefix}acquired_on": lot.held_since if lot else None,
    }


# ── Sales ────────────────────────────────────────────────────────────────────────────────────────


def _sale(one: SaleChange, loaded: LoadedFile) -> Restatement:
    was, gain = one.before, one.after
    other = (was.acquired_on, was.basis, was.term) != (gain.acquired_on, gain.basis, gain.term)
    return Restatement(
        account_id=gain.account_id,
        security=gain.security,
        gain=gain,
        source_file=loaded.file,
        as_of_on=loaded.file.as_of_on or gain.sold_on,
        is_past_day=True,
        cause=str(comparing.sale(before=was.basis, after=gain.basis, other_than_disallowed=other)),
        was_quantity=gain.quantity,
        quantity=gain.quantity,
        was_acquired_on=was.acquired_on,
        acquired_on=gain.acquired_on,
        was_basis=was.basis,
        basis=gain.basis,
        was_disallowed=was.disallowed,
        disallowed=gain.disallowed,
        was_term=was.term,
        term=gain.term,
        found_at=loaded.at,
    )
