"""Doors to custodian files: most have pages of their own; undoing a loaded file is a form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.imports import custodian_files, file_undoing
from clients.models import CustodianFile
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Custodian files"
TRADER = frozenset({Role.TRADER})
READERS = frozenset({Role.TRADER, Role.COMPLIANCE})
ONLY_TRADERS = "Only the trading desk can import custodian files. Ask a trader to upload it."
ONLY_READERS = (
    "Custodian files hold many households at once. Only the trading desk and compliance can read them."
)


class Undo(DoorForm):
    """Why a loaded file is taken back."""

    reason = forms.CharField(
        label="What is wrong with it",
        max_length=300,
        help_text="It stays on record with the file. The record goes back to what it was before the file.",
        error_messages={"required": "Say what is wrong with the file."},
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        file = file_undoing.undo(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done(f"{file.name} is undone. The record is as it was before it was loaded.", _url(file), file)


def _url(file: CustodianFile) -> str:
    return reverse("clients:import_detail", args=[file.public_id])


def _find(user: Any, public_id: str) -> CustodianFile:
    return get_object_or_404(access.files_for(user).defer("content"), public_id=public_id)


UNDO = FormDoor(
    namespace="clients",
    name="import_undo",
    noun=NOUN,
    act=Act.RETIRE,
    title="Undo a loaded file",
    lead="Lots, positions, cash, prices, transactions and gains go back to exactly what they were before it.",
    path="imports/<slug:public_id>/undo/",
    find=_find,
    roles=TRADER,
    refusal=ONLY_TRADERS,
    form=Undo,
    back=lambda file: (file.name, _url(file)),
    actions=(Action.FILE_UNDONE,),
    verbs=(file_undoing.undo,),
    checked=True,
    button="Undo this file",
)

DOORS: tuple[Door | NoDoor, ...] = (
    Door(
        noun=NOUN,
        act=Act.CREATE,
        title="Upload files",
        browser="clients:import_upload",
        api="api:file-upload",
        file="drop folder; `manage import_file --dry-run`",
        roles=TRADER,
        refusal=ONLY_TRADERS,
        actions=(Action.FILE_RECEIVED, Action.FILE_RECOGNIZED, Action.FILE_REFUSED),
        verbs=(custodian_files.receive,),
    ),
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Files that came in",
        browser="clients:import_list",
        api="api:file-list",
        roles=READERS,
        refusal=ONLY_READERS,
    ),
    Door(
        noun=NOUN,
        act=Act.READ,
        title="One file: its preview or its receipt",
        browser="clients:import_detail",
        api="api:file",
        roles=READERS,
        refusal=ONLY_READERS,
    ),
    Door(
        noun=NOUN,
        act=Act.EDIT,
        title="Load a previewed file",
        browser="clients:import_load",
        api="api:file-load",
        file="`manage import_file`",
        roles=TRADER,
        refusal=ONLY_TRADERS,
        actions=(Action.FILE_LOADED,),
        verbs=(custodian_files.load,),
        checked=True,
    ),
    Door(
        noun=NOUN,
        act=Act.RETIRE,
        title="Discard a previewed file",
        browser="clients:import_discard",
        api="api:file-discard",
        roles=TRADER,
        refusal=ONLY_TRADERS,
        actions=(Action.FILE_REFUSED,),
        verbs=(custodian_files.discard,),
    ),
    UNDO,
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="The rows that a loaded file made, changed and removed",
        browser="clients:import_changes",
        api="api:file-changes",
        roles=READERS,
        refusal=ONLY_READERS,
    ),
)
