"""Corporate actions in the accounts that hold their security: applied once, given way to the custodian's file, taken back.

Until a file shows it, an action that two people agreed to is written on the lots and positions on record from its day.
Whether that is needed is decided each time by comparing shares, so that running again changes nothing, a file from
before that comes late is written on again, and a file that shows the action is left as it is. Entries are only added.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from decimal import Decimal

import structlog
from django.db import DataError, transaction

from clients import figures
from clients.corporate_actions import agreeing, looking, previews, writing
from clients.corporate_actions.comparing import Shown
from clients.corporate_actions.looking import Seen, Verdict
from clients.holdings import reconciling
from clients.models import Account, ActionAccount, CorporateAction
from clients.registers import register
from clients.registers.corporate_action_terms import CHOSEN, IN_NAME, plain
from clients.registers.corporate_actions import REGISTER, words
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict

DESK = Actor.system("corporate actions")
log = structlog.get_logger("clients.corporate_actions")
AHEAD = timedelta(days=14)
"""From so many days before an action what accounts hold is kept."""
BEHIND = timedelta(days=60)
"""So many days after it files are still compared."""
State = ActionAccount.State
SETTLED = (State.SHOWN, State.TAKEN_BACK)


def current(*, on: date) -> list[CorporateAction]:
    """The standing actions that change lots, from some days before them to some weeks after."""
    rows = REGISTER.standing().filter(effective_on__gte=on - BEHIND, effective_on__lte=on + AHEAD)
    rows = rows.exclude(kind__in=[*map(str, IN_NAME), *map(str, CHOSEN)])
    return list(rows.select_related("security", "new_security", "agreement").order_by("effective_on", "pk"))


def run(*, at: datetime, accounts: Collection[int] | None = None, by: Actor = DESK) -> int:
    """Follow every current action in the accounts that hold its security. Returns in how many accounts something changed."""
    on = at.astimezone(clock.EASTERN).date()
    changed = 0
    for action in current(on=on):
        try:
            changed += follow(action, accounts=accounts, on=on, by=by, at=at)
        except (DataError, ArithmeticError, ValueError):
            # One action whose figures cannot be written keeps no other waiting, nor the morning's comparison.
            log.exception("a corporate action could not be followed", action=action.public_id)
    return changed


def follow(
    action: CorporateAction, *, accounts: Collection[int] | None = None, on: date, by: Actor, at: datetime
) -> int:
    """Look at an action in its accounts, and write it where the record still shows what was before."""
    known = {row.account_id: row for row in action.accounts.all()}
    line = _line(action)
    before = _kept_by_former(line)
    is_late = line[-1].entered_at.astimezone(clock.EASTERN).date() >= action.effective_on
    since = min(
        [row.before_on for row in (*known.values(), *before.values()) if row.before_on],
        default=action.effective_on - AHEAD,
    )
    found = looking.seen(action, since=since, accounts=accounts)
    unsettled = {key for key, row in known.items() if row.state not in SETTLED}
    if missing := {key for key in unsettled - found.keys() if accounts is None or key in accounts}:
        found |= looking.seen(action, since=since, accounts=missing)
    changed = 0
    for key, one in found.items():
        row = known.get(key)
        if row is not None and row.state in SETTLED:
            continue
        if row is None and not _was_reached(action, one, before, is_late=is_late):
            continue
        changed += _settle(action, row, one, before.get(key), on=on, by=by, at=at)
    return changed


def _kept_by_former(line: list[CorporateAction]) -> dict[int, ActionAccount]:
    """What accounts held before, as it was kept for the rows that this one replaces."""
    former = [one.pk for one in line[1:]]
    rows = (
        ActionAccount.objects.filter(action__in=former)
        .exclude(shares_before=None)
        .order_by("before_on", "pk")
    )
    return {row.account_id: row for row in rows} if former else {}


def _line(action: CorporateAction) -> list[CorporateAction]:
    """An action and the rows that it replaces, newest first."""
    found = [action]
    while (key := found[-1].replaces_id) is not None:
        found.append(CorporateAction.objects.get(pk=key))
    return found


def _was_reached(
    action: CorporateAction, one: Seen, before: dict[int, ActionAccount], *, is_late: bool
) -> bool:
    """Whether an account that we see for the first time held the security before the day."""
    if one.account in before:
        return True
    if not one.old_lots and not (one.positions and one.positions.old) and not one.is_booked:
        return False
    if one.day is not None and one.day < action.effective_on:
        return True
    if not is_late:
        return False  # It was followed before its day: what comes later was bought later.
    days = [lot.adjusted_acquired_on or lot.acquired_on for lot in one.lots]
    return not days or any(day is None or day < action.effective_on for day in days)


def _settle(
    action: CorporateAction,
    row: ActionAccount | None,
    one: Seen,
    former: ActionAccount | None,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> int:
    """Look at one account again under its lock, and do what is to be done. Returns 1 where anything changed."""
    if row is not None and not _needs_a_look(action, row, one, on=on):
        return 0
    with transaction.atomic(), audit.lines_last():
        account = (
            Account.objects.select_for_update(of=("self",)).select_related("household").get(pk=one.account)
        )
        since = (row.before_on if row else None) or (former.before_on if former else None)
        since = since or action.effective_on - AHEAD
        one = looking.seen(action, since=since, accounts=[one.account])[one.account]
        row = ActionAccount.objects.filter(action=action, account=account).first()
        if row is None:
            row = ActionAccount(action=action, account=account, looked_at=at)
            if former is not None:
                for name in ("before_on", "shares_before", "new_before", "basis_before", "basis_after"):
                    setattr(row, name, getattr(former, name))
        elif row.state in SETTLED:
            return 0
        return int(_decide(action, account, row, one, on=on, by=by, at=at))


def _needs_a_look(action: CorporateAction, row: ActionAccount, one: Seen, *, on: date) -> bool:
    found = looking.verdict(action, row, one)
    is_ours = row.state == State.APPLIED and row.positions_file_id == one.file
    if found is None:
        return one.day is not None and (one.day < action.effective_on or one.is_booked)
    if found.is_unclear:
        return row.state != State.UNCLEAR or one.day is None or one.day < action.effective_on
    if found.is_after:
        is_early = one.day is None or one.day < action.effective_on
        return not is_ours and not (is_early and row.state in (State.WAITING, State.APPLIED))
    if on < action.effective_on or not agreeing.is_agreed(action):
        return row.state != State.WAITING or row.before_on != one.day
    return True


def _decide(
    action: CorporateAction,
    account: Account,
    row: ActionAccount,
    one: Seen,
    *,
    on: date,
    by: Actor,
    at: datetime,
) -> bool:
    is_before_its_day = one.day is None or one.day < action.effective_on
    is_ours = row.state == State.APPLIED and row.positions_file_id == one.file
    found = looking.verdict(action, row, one)
    if is_before_its_day and not is_ours and (found is None or not found.is_after):
        # The file is from before the day: it cannot show the action, and is what the account held.
        for name, value in looking.remembered(action, one).items():
            setattr(row, name, value)
        found = looking.verdict(action, row, one)
    if found is None:
        return _without_a_before(action, row, one, by=by, at=at)
    if found.is_unclear:
        return _unclear(action, row, one, by=by, at=at)
    if found.is_after:
        return _after(action, row, one, is_before_its_day=is_before_its_day, is_ours=is_ours, by=by, at=at)
    if on < action.effective_on or not agreeing.is_agreed(action):
        sentence = (
            "Its day is still to come."
            if on < action.effective_on
            else "Two people have not agreed to it yet."
        )
        return _save(row, State.WAITING, sentence, at=at)
    return _apply(action, account, row, one, found, by=by, at=at)


def _apply(
    action: CorporateAction,
    account: Account,
    row: ActionAccount,
    one: Seen,
    found: Verdict,
    *,
    by: Actor,
    at: datetime,
) -> bool:
    sentence = f"Applied to the record of {figures.day(one.day)}; no file shows it yet."
    row.positions_file_id = one.file
    _save(row, State.APPLIED, sentence, at=at)
    reached = previews.of_account(action, one.old_lots) if found.lots is Shown.BEFORE else []
    writing.lots(action, row, reached, at=at)
    if found.positions is Shown.BEFORE:
        assert found.after is not None, "positions were compared"
        writing.positions(action, account, found.after)
    if account.reconciliation != Account.Reconciliation.NEVER and one.day is not None:
        reconciling.reconcile(account, as_of_on=one.day, by=by, at=at)
    sums = previews.totals(reached)
    audit.record(
        audit.Action.CORPORATE_ACTION_APPLIED,
        about=account,
        by=by,
        at=at,
        row=action.public_id,
        reason=words(action),
        lots=sums.lots,
        shares_before=sums.shares,
        shares_after=sums.kept,
        received=sums.received,
        gain=sums.gain,
    )
    return True


def _after(
    action: CorporateAction,
    row: ActionAccount,
    one: Seen,
    *,
    is_before_its_day: bool,
    is_ours: bool,
    by: Actor,
    at: datetime,
) -> bool:
    if is_ours or (is_before_its_day and row.state == State.APPLIED):
        return False
    if is_before_its_day:
        # Nothing becomes of this account: there is no fraction to be paid, or the file is dated early.
        return _save(row, State.WAITING, "Nothing changes in this account.", at=at)
    _save(row, State.SHOWN, f"The custodian’s file of {figures.day(one.day)} shows it.", at=at)
    audit.record(
        audit.Action.CORPORATE_ACTION_SHOWN,
        about=row.account,
        by=by,
        at=at,
        row=action.public_id,
        reason=words(action),
        as_of=one.day,
    )
    return True


def _without_a_before(
    action: CorporateAction, row: ActionAccount, one: Seen, *, by: Actor, at: datetime
) -> bool:
    """No file from before is on record: only the custodian's own booking tells that the action is in the file."""
    if one.is_booked:
        return _after(action, row, one, is_before_its_day=False, is_ours=False, by=by, at=at)
    return _unclear(action, row, one, by=by, at=at)


def _unclear(action: CorporateAction, row: ActionAccount, one: Seen, *, by: Actor, at: datetime) -> bool:
    held = one.positions or one.lots_book
    shown = plain(held.old) if held else "nothing"
    if row.shares_before is None:
        sentence = f"No file from before {figures.day(action.effective_on)} is on record; the one of {figures.day(one.day)} shows {shown}."
    else:
        sentence = (
            f"{plain(row.shares_before)} were held on {figures.day(row.before_on)}; the record of {figures.day(one.day)} shows {shown}, which is "
            "neither without the action nor with it."
        )
    if row.state == State.UNCLEAR and row.sentence == sentence:
        return False
    _save(row, State.UNCLEAR, sentence, at=at)
    audit.record(
        audit.Action.CORPORATE_ACTION_UNCLEAR,
        about=row.account,
        by=by,
        at=at,
        row=action.public_id,
        reason=sentence,
    )
    return True


def _save(row: ActionAccount, state: str, sentence: str, *, at: datetime) -> bool:
    is_other = row.pk is None or row.state != state
    row.state, row.sentence, row.looked_at = state, sentence[:300], at
    row.save()
    return is_other


@transaction.atomic
def remember(
    row_of: CorporateAction, account: Account, *, shares: Decimal, new: Decimal, on: date, at: datetime
) -> None:
    """Keep what our own book had of an account on a day, where no file from before the action is on record."""
    row = ActionAccount.objects.filter(action=row_of, account=account).first()
    if row is None or row.shares_before is not None or row.state in SETTLED:
        return
    row.before_on, row.shares_before, row.new_before, row.looked_at = on, shares, new, at
    row.save()


@transaction.atomic
def say(
    action: CorporateAction, account: Account, *, is_shown: bool, reason: str, by: Actor, at: datetime
) -> ActionAccount:
    """A person says whether the record of an account shows an action that shares do not tell.

    Raises `Conflict` where that is known, `BadInput` without a reason.
    """
    if not reason.strip():
        raise BadInput("This needs a reason.", "Say what it rests on.")
    account = Account.objects.select_for_update(of=("self",)).select_related("household").get(pk=account.pk)
    row = ActionAccount.objects.filter(action=action, account=account).first()
    if row is None or row.state != State.UNCLEAR:
        raise Conflict("What this account shows is known.", "There is nothing to say.")
    one = looking.seen(action, since=action.effective_on - AHEAD, accounts=[account.pk])[account.pk]
    if is_shown:
        _save(row, State.SHOWN, f"The record of {figures.day(one.day)} shows it: {reason.strip()}", at=at)
        audit.record(
            audit.Action.CORPORATE_ACTION_SHOWN, about=account, by=by, at=at, row=action.public_id,
            reason=reason.strip(),
        )  # fmt: skip
        return row
    for name, value in looking.remembered(action, one).items():
        setattr(row, name, value)
    _save(
        row, State.WAITING, f"The record of {figures.day(one.day)} does not show it: {reason.strip()}", at=at
    )
    audit.record(
        audit.Action.CORPORATE_ACTION_UNCLEAR, about=account, by=by, at=at, row=action.public_id,
        reason=reason.strip(),
    )  # fmt: skip
    return row


@transaction.atomic
def take_back(
    action: CorporateAction, *, reason: str, user_id: int, by: Actor, at: datetime
) -> CorporateAction:
    """Take an action back that two people agreed to: what we wrote is undone by entries, what custodians show stays.

    Raises `Conflict` for one that was ended.
    """
    with audit.lines_last():
        for row in action.accounts.select_related("account__household").order_by("account"):
            account = Account.objects.select_for_update(of=("self",)).get(pk=row.account_id)
            was = row.state
            if was == State.APPLIED:
                one = looking.seen(
                    action, since=row.before_on or action.effective_on - AHEAD, accounts=[account.pk]
                )[account.pk]
                found = looking.verdict(action, row, one)
                # Where nothing of the security is left there are no lots to compare: its positions tell.
                if found is not None and (found.lots or found.positions) is Shown.AFTER:
                    writing.undo_lots(row, at=at)
                is_ours = row.positions_file_id == one.file
                if (
                    found is not None
                    and found.positions is Shown.AFTER
                    and is_ours
                    and found.without is not None
                ):
                    writing.positions(action, account, found.without)
                if account.reconciliation != Account.Reconciliation.NEVER and one.day is not None:
                    reconciling.reconcile(account, as_of_on=one.day, by=by, at=at)
            if was == State.SHOWN:
                continue
            _save(row, State.TAKEN_BACK, reason, at=at)
            if was == State.APPLIED:
                audit.record(
                    audit.Action.CORPORATE_ACTION_TAKEN_BACK, about=account, by=by, at=at, row=action.public_id,
                    reason=reason.strip(),
                )  # fmt: skip
        ended: CorporateAction = register.end(REGISTER, action, reason=reason, user_id=user_id, by=by, at=at)
    return ended
