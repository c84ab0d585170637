"""Impact previews of models, and versions followed to done."""

from __future__ import annotations

from clients import access as record
from compliance.actions import Action
from compliance.doors.door import Act, Door, NoDoor
from compliance.people.roles import Role
from rebalancing import tasks

PREVIEWS, ROLLOUTS = "Impact previews of models", "Versions of models followed to done"
FOR_THE_DESK = "Model portfolios are for the firm's desk."
SCANNERS = frozenset({Role.TRADER, Role.ADVISOR})

DOORS: tuple[Door | NoDoor, ...] = (
    Door(
        noun=PREVIEWS, act=Act.CREATE, title="Preview what a version would do",
        roles=frozenset(record.MODEL_MAKERS),
        refusal="Only advisors, reviewers and the trading desk change model portfolios.",
        browser="rebalancing:model_impact_start", api="api:model-impact-start",
        actions=(Action.MODEL_PREVIEWED,), verbs=(tasks.preview,),
    ),
    Door(
        noun=PREVIEWS, act=Act.READ, title="A preview with its totals and households", roles=frozenset(record.STAFF),
        refusal=FOR_THE_DESK, browser="rebalancing:model_impact", api="api:model-impact",
    ),
    Door(
        noun=PREVIEWS, act=Act.HISTORY, title="The previews of a version", roles=frozenset(record.STAFF),
        refusal=FOR_THE_DESK, browser="rebalancing:model_impact_list",
    ),
    NoDoor(PREVIEWS, Act.EDIT, "A preview shows one version as it was; a changed draft is previewed again."),
    NoDoor(PREVIEWS, Act.RETIRE, "A running preview is cancelled on its page; previews go with their draft."),
    Door(
        noun=ROLLOUTS, act=Act.CREATE, title="Scan the households that follow a version", roles=SCANNERS,
        refusal="Only the schedule, an advisor or the trading desk can start a scan.",
        browser="rebalancing:model_rollout_scan", actions=(Action.SCAN_STARTED,), verbs=(tasks.start,),
    ),
    Door(
        noun=ROLLOUTS, act=Act.READ, title="Where each household stands with a version",
        roles=frozenset(record.STAFF), refusal=FOR_THE_DESK, browser="rebalancing:model_rollout",
        api="api:model-rollout",
    ),
    NoDoor(ROLLOUTS, Act.EDIT, "Where a household stands follows from its readings, proposals and orders."),
    NoDoor(ROLLOUTS, Act.RETIRE, "A version is followed until the next one takes effect."),
    NoDoor(ROLLOUTS, Act.HISTORY, "Each step is on the trail of its scan, proposal or order."),
)  # fmt: skip
