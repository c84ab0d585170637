"""The doors to the firm's own workbooks."""

from __future__ import annotations

from clients.workbooks import bulk_adoption, workbooks, writing
from compliance.actions import Action
from compliance.doors.door import Act, Door, NoDoor
from compliance.people.roles import Role

NOUN = "Workbooks"
LOADERS = frozenset({Role.TRADER, Role.ADMINISTRATOR})
READERS = LOADERS | {Role.COMPLIANCE}
REFUSAL_TO_READ = (
    "Workbooks hold many households at once. Only the trading desk, compliance and administrators read them."
)
REFUSAL_TO_LOAD = "Only the trading desk and administrators load workbooks. Ask one of them to upload it."

DOORS: tuple[Door | NoDoor, ...] = (
    Door(
        noun=NOUN,
        act=Act.CREATE,
        title="Upload and preview a workbook",
        roles=LOADERS,
        refusal=REFUSAL_TO_LOAD,
        browser="clients:workbook_list",
        api="api:workbook-upload",
        actions=(Action.WORKBOOK_RECEIVED,),
        verbs=(workbooks.receive,),
    ),
    Door(
        noun=NOUN,
        act=Act.FILE,
        title="Load what a workbook's preview shows",
        roles=LOADERS,
        refusal=REFUSAL_TO_LOAD,
        browser="clients:workbook_load",
        api="api:workbook-load",
        file="`./evenkeel manage import_firm`",
        actions=(Action.WORKBOOK_CONFIRMED, Action.WORKBOOK_PART_LOADED, Action.WORKBOOK_LOADED),
        verbs=(workbooks.confirm, workbooks.advance),
        checked=True,
    ),
    Door(
        noun=NOUN,
        act=Act.FILE,
        title="Export what is on record as a workbook",
        roles=READERS,
        refusal=REFUSAL_TO_READ,
        browser="clients:workbook_record",
        api="api:workbook-record",
        actions=(Action.DATA_EXPORTED,),
        verbs=(writing.everything,),
    ),
    Door(
        noun=NOUN,
        act=Act.READ,
        title="Read a workbook's preview and what came of it",
        roles=READERS,
        refusal=REFUSAL_TO_READ,
        browser="clients:workbook",
        api="api:workbook",
    ),
    Door(
        noun=NOUN,
        act=Act.EDIT,
        title="Compare a workbook with the record again",
        roles=LOADERS,
        refusal=REFUSAL_TO_LOAD,
        browser="clients:workbook_again",
        actions=(Action.WORKBOOK_RECEIVED,),
        verbs=(workbooks.look_again,),
    ),
    Door(
        noun=NOUN,
        act=Act.RETIRE,
        title="Discard a workbook",
        roles=LOADERS,
        refusal=REFUSAL_TO_LOAD,
        browser="clients:workbook_discard",
        api="api:workbook-discard",
        actions=(Action.WORKBOOK_DISCARDED,),
        verbs=(workbooks.discard,),
    ),
    Door(
        noun=NOUN,
        act=Act.HISTORY,
        title="List the workbooks that came in",
        roles=READERS,
        refusal=REFUSAL_TO_READ,
        browser="clients:workbook_list",
        api="api:workbook-list",
    ),
    Door(
        noun=NOUN,
        act=Act.FILE,
        title="Adopt the signed policies of a workbook together",
        roles=frozenset({Role.REVIEWER}),
        refusal="Only a reviewer who did not load the workbook can adopt its policies.",
        browser="clients:workbook_policies",
        file="sheets `policies`, `policy_templates`, `policy_targets` and `restrictions`",
        actions=(Action.REVIEW_DECIDED, Action.POLICY_ADOPTED),
        verbs=(bulk_adoption.adopt,),
    ),
)
