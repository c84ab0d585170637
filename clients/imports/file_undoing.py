"""Undoing a file: the record goes back to exactly what it was, while nothing was built on the file.

What counts as built on it: a file loaded later that changed something of its accounts or one of its rows, which is
undone first; a row of it that was changed since by a person or an upgrade; a proposal made on its holdings that is open or released; and anything
that refers to a row that would go. A scan's reading does not count: it records what was known at the time, and
the next scan reads again. A security that the file named first stays on record while anything else uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils.module_loading import import_string

from clients.imports import file_journal
from clients.models import Account, CustodianFile, FileAccount, FileChange, Security
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Blocked, Cause, Conflict

NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Built:
    """Something that was built on a file. `address` is the URL name and id of its page, if it has one.

    `would_go_stale` marks a proposal that a corrected file makes stale.
    """

    sentence: str
    address: tuple[str, str] | None = None
    would_go_stale: bool = False


BuiltOn = Callable[[Collection[int], datetime], Iterable[Built]]
"""What a floor above built on the holdings of these accounts since a moment (`settings.BUILT_ON_RECORD`)."""

NOUNS = {
    "account": ("account", "accounts"),
    "assetclass": ("asset class", "asset classes"),
    "cashbalance": ("cash balance", "cash balances"),
    "classweight": ("class weight", "class weights"),
    "formersymbol": ("former symbol", "former symbols"),
    "lotcorrection": ("correction of a lot", "corrections of lots"),
    "lotlisting": ("listing of lots", "listings of lots"),
    "lotpiece": ("piece of a lot", "pieces of lots"),
    "position": ("position", "positions"),
    "price": ("price", "prices"),
    "realizedgain": ("realized gain", "realized gains"),
    "replacement": ("replacement", "replacements"),
    "restatement": ("restatement", "restatements"),
    "security": ("security", "securities"),
    "taxlot": ("tax lot", "tax lots"),
    "transfer": ("transfer in kind", "transfers in kind"),
    "transfermovement": ("part of a transfer", "parts of transfers"),
    "transaction": ("transaction", "transactions"),
    "washgroup": ("wash-sale group", "wash-sale groups"),
}


def refusal_to_undo(file: CustodianFile, *, at: datetime) -> str | None:
    """Why a file cannot be undone whatever was built on it; None where it can."""
    if file.state != CustodianFile.State.LOADED or file.loaded_at is None:
        return "Only a loaded file can be undone."
    if file.loaded_at < at - file_journal.KEPT_FOR:
        return f"It was loaded more than {file_journal.KEPT_FOR.days} days ago."
    if not file.changes.exists():
        return "Loading it changed nothing, or was done by an earlier version of Evenkeel."
    return None


def built_on(file: CustodianFile) -> list[Built]:
    """Everything that was built on a loaded file, so that it cannot be undone."""
    assert file.loaded_at is not None, "a loaded file says when"
    accounts = set(file.accounts.filter(state=FileAccount.State.LOADED).values_list("account_id", flat=True))
    found = list(_later(file, accounts))
    for path in settings.BUILT_ON_RECORD:
        asked: BuiltOn = import_string(path)
        found += asked(accounts, file.loaded_at)
    found += [
        Built(
            f"{counted(table, len(rows))} of this file {'was' if len(rows) == 1 else 'were'} changed since."
        )
        for table, rows in file_journal.changed_since(file, except_by_later_files=True).items()
    ]
    made = file_journal.made_by(file)
    restored = file_journal.rows_of(file)
    stays = file_journal.staying(made, restored=restored)
    for table, keys in made.items():
        model = file_journal.model_of(table)
        if model in (*file_journal.STAYS_WHILE_USED, *file_journal.DESCRIBES):
            continue
        users = {other for _, other in file_journal.users_of(model, keys, restored=restored, stays=stays)}
        found += [
            Built(
                f"{_capital(NOUNS[table.removeprefix('clients_')][1])} that this file added are used: {name}."
            )
            for name in sorted({str(other._meta.verbose_name_plural) for other in users})
        ]
    return found


def _later(file: CustodianFile, accounts: Collection[int]) -> Iterable[Built]:
    """The files that have to be undone before this one, the newest first.

    A file that was loaded later and changed nothing stands in nobody's way; it could not be undone either.
    """
    loaded = CustodianFile.objects.filter(state=CustodianFile.State.LOADED, loaded_at__gt=file.loaded_at)
    of_accounts = Exists(
        FileAccount.objects.filter(
            file=OuterRef("pk"), state=FileAccount.State.LOADED, account__in=list(accounts)
        )
    )
    same_rows = Exists(
        FileChange.objects.filter(file=OuterRef("pk")).filter(
            Exists(file.changes.filter(table=OuterRef("table"), row=OuterRef("row")))
        )
    )
    changed = Exists(FileChange.objects.filter(file=OuterRef("pk")))
    later = loaded.exclude(pk=file.pk).filter(changed).filter(of_accounts | same_rows)
    for place, one in enumerate(later.defer("content").order_by("-loaded_at", "-pk")):
        turn = "undo it first" if place == 0 else "undo it next"
        yield Built(
            f"{one.name} was loaded later and changed the same part of the record: {turn}.",
            ("clients:import_detail", one.public_id),
        )


def undo(file: CustodianFile, *, reason: str, user_id: int, by: Actor, at: datetime) -> CustodianFile:
    """Take a loaded file back: every table is as it was before, and the file can be loaded again.

    Raises `BadInput` without a reason, `Conflict` for a file that is not loaded or was loaded too long ago,
    and `Blocked` with everything that was built on it.
    """
    if not reason.strip():
        raise BadInput("Undoing a file needs a reason.", "Say in a sentence what is wrong with it.")
    with transaction.atomic(), audit.lines_last():
        file = CustodianFile.objects.select_for_update().defer("content").get(pk=file.pk)
        if refusal := refusal_to_undo(file, at=at):
            raise Conflict(refusal, "Load the corrected file instead; it restates every account it holds.")
        keys = list(file.accounts.values_list("account_id", flat=True))
        list(Account.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk"))
        if built := built_on(file):
            raise Blocked(
                f"{file.name} cannot be undone, because something was built on it. "
                + " ".join(one.sentence for one in built[:NAMED_MAX]),
                "Load the corrected file instead, or first take back what was built on it.",
                causes=[Cause(input=file.name, sentence=one.sentence) for one in built],
            )
        tally = file_journal.counts(file)
        made = file_journal.made_by(file)
        stays = file_journal.staying(made, restored=file_journal.rows_of(file))
        named = Security.objects.filter(pk__in=stays.get(Security._meta.db_table, ()))
        kept = sorted(named.values_list("symbol", flat=True))
        file.accounts.filter(state=FileAccount.State.LOADED).update(state=FileAccount.State.READY)
        opened = FileAccount.objects.filter(account__in=made.get(Account._meta.db_table, ()))
        opened.filter(state=FileAccount.State.READY).exclude(file=file).update(
            state=FileAccount.State.UNBOUND
        )
        opened.update(account=None)
        try:
            file_journal.take_back(file, stays=stays)
        except IntegrityError as error:
            raise Conflict(
                "The record has changed since in a way that does not let this file be taken back.",
                "Load the corrected file instead.",
            ) from error
        file.state = CustodianFile.State.UNDONE
        file.undone_at, file.undone_by_id, file.undone_reason = at, user_id, reason.strip()[:300]
        file.save(update_fields=["state", "undone_at", "undone_by", "undone_reason"])
        audit.record(
            audit.Action.FILE_UNDONE,
            about=file,
            by=by,
            at=at,
            sealing=[("file_undone", file.pk)],
            reason=file.undone_reason,
            rows={table.removeprefix("clients_"): kinds for table, kinds in tally.items()},
            securities_kept=kept,
        )
    return file


def counted(table: str, number: int) -> str:
    """`3 tax lots` for a table of the journal."""
    one, many = NOUNS[table.removeprefix("clients_")]
    return f"{number} {one if number == 1 else many}"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
