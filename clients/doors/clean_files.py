"""The door to the clean files that wait: looked at together, loaded together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse

from clients import access, figures
from clients.doors.files import NOUN, ONLY_TRADERS, TRADER
from clients.imports import clean_files, custodian_files
from compliance.actions import Action
from compliance.doors.door import Act, Done, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Refusal


class LoadClean(DoorForm):
    """Which of the clean files to load; all of them unless some are left out."""

    chosen = forms.MultipleChoiceField(
        label="Clean files",
        widget=forms.CheckboxSelectMultiple,
        help_text="Known layout, every account bound, no caution and nothing to confirm. What changes is on each file's page.",
        error_messages={"required": "Choose at least one file."},
    )

    def offer(self) -> None:
        self.ready = {one.public_id: one for one in clean_files.waiting(access.files_for(self.user))}
        choice: Any = self.fields["chosen"]
        choice.choices = [
            (key, f"{one.name}, of {figures.day(one.as_of_on)}" if one.as_of_on else one.name)
            for key, one in self.ready.items()
        ]
        self.initial.setdefault("chosen", list(self.ready))

    def act(self, *, by: Actor, at: datetime) -> Done:
        refused = []
        asked = [one for key, one in self.ready.items() if key in self.cleaned_data["chosen"]]
        for file in asked:
            try:
                custodian_files.load(file, user_id=self.user.pk, by=by, at=at)
            except Refusal as refusal:
                refused.append(f"{file.name}: {refusal}")
        if len(refused) == len(asked):
            raise BadInput(f"Nothing was loaded. {' '.join(refused)}", "Open the files and look at them.")
        count = len(asked) - len(refused)
        said = f"{count} file{'s are' if count > 1 else ' is'} loaded."
        if refused:
            said += f" Not loaded: {' '.join(refused)}"
        return Done(said, reverse("clients:import_list"))


LOAD_CLEAN = FormDoor(
    namespace="clients",
    name="import_load_clean",
    noun=NOUN,
    act=Act.CREATE,
    title="Load the clean files",
    lead="Each file is loaded completely or not at all; what is refused keeps waiting.",
    path="imports/load-clean/",
    roles=TRADER,
    refusal=ONLY_TRADERS,
    form=LoadClean,
    back=lambda _: ("Imports", reverse("clients:import_list")),
    actions=(Action.FILE_LOADED,),
    verbs=(custodian_files.load,),
    button="Load what is chosen",
)
