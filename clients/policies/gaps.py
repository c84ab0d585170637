"""What a draft still needs before it can go to review: the task list of the editor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from clients.models import ModelVersion, Policy, PolicySection
from clients.policies import parties, targets, triggering, wording
from clients.policies.targets import Edges
from clients.securities import asset_classes

PLACEHOLDER = re.compile(r"\{[^{}]*\}")
Code = PolicySection.Code
OPTIONAL = frozenset({Code.CONCENTRATION})
"""Sections that a policy may leave out."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing on the list. `place` is the part of the editor that it is done in."""

    label: str
    sentence: str
    is_done: bool
    place: str
    is_required: bool = True
    note: str = ""
    """What a done one says all the same."""


def of(policy: Policy, *, on: date) -> list[Task]:
    """Every task of a draft, done or not, in the order of the editor."""
    texts = {one.code: one.text for one in policy.sections.all()}
    return [
        Task("Objectives", "Say what the money is for.", bool(policy.objectives.strip()), "goals"),
        Task("Risk", "Say in a few words how much risk was agreed.", bool(policy.risk.strip()), "goals"),
        Task(
            "Horizon",
            "Say in years how long the money is invested.",
            policy.horizon_years is not None,
            "goals",
        ),
        Task("Tax guidance", "Say how taxes guide the trades.", bool(policy.tax_guidance.strip()), "taxes"),
        # Without it no proposal of the household can be approved (rule PTC-04), and an adopted text stays as it is.
        Task(
            "Last reviewed with the client",
            "Give the day you went through it with the client, today or earlier.",
            policy.reviewed_on is not None and policy.reviewed_on <= on,
            "days",
        ),
        Task(
            "Next review",
            "Give a day after today.",
            policy.next_review_on is not None and policy.next_review_on > on,
            "days",
        ),
        *(
            Task(
                code.label,
                "Write it, in the client's words." if code not in OPTIONAL else "Write it where it applies.",
                bool(texts.get(code, "").strip()),
                "words",
                is_required=code not in OPTIONAL,
            )
            for code in Code
        ),
        _placeholders(policy, texts),
        *_targets(policy),
        *_looks(policy),
        Task(
            "Model portfolio",
            "Choose a published model.",
            policy.follows_model or policy.model.state not in ModelVersion.NEVER_IN_FORCE,
            "model",
            note=f"{policy.model_label}. {wording.FOLLOWS[policy.follows][1]}",
        ),
        Task(
            "Day it takes effect",
            "It lies in the past; leave it empty or give a later day.",
            policy.starts_on is None or policy.starts_on >= on,
            "days",
        ),
        Task(
            "People who sign",
            "Nobody in the household signs: put its head on record.",
            bool(parties.signers(policy.household)),
            "people",
        ),
    ]


def _placeholders(policy: Policy, texts: dict[str, str]) -> Task:
    written = [*texts.values(), policy.objectives, policy.risk, policy.tax_guidance, policy.text]
    left = sorted({found for text in written for found in PLACEHOLDER.findall(text)})
    return Task(
        "Placeholders of the template",
        f"Replace {', '.join(left)}." if left else "All are filled in.",
        not left,
        "words",
    )


def _looks(policy: Policy) -> list[Task]:
    """What a term about looks needs beside itself."""
    found = []
    if policy.on_fall == Policy.OnFall.CLASSES:
        sentence = "Choose the classes that are looked at after a fall."
        found.append(Task("Classes after a fall", sentence, bool(policy.fall_classes), "looks"))
    if policy.soft_breach == Policy.SoftBreach.WAITS:
        sentence = "Without “Never below” or “Never above” a class outside its band always waits."
        is_given = triggering.has_hard_range(policy)
        found.append(Task("Hard ranges", sentence, is_given, "targets", is_required=False))
    return found


def _targets(policy: Policy) -> list[Task]:
    rows = list(policy.targets.select_related("asset_class"))
    wrong = targets.faults_of_total(
        {
            row.asset_class.name: (row.weight_target, Edges(lower=row.weight_lower, upper=row.weight_upper))
            for row in rows
        }
    )
    cap = asset_classes.refusal_of_cap(
        policy.equity_cap, ((row.asset_class, row.weight_target) for row in rows)
    )
    tasks = [
        Task("Targets", wrong or "They add up to 100%.", not wrong, "targets"),
        Task("Cap on stocks", cap or "The targets keep it.", cap is None, "targets"),
    ]
    if policy.tracking_error_limit is not None:
        unsaid = [row.asset_class.name for row in rows if not targets.has_assumptions(row.asset_class)]
        sentence = (
            f"The firm has no assumption of how much these move: {', '.join(unsaid)}."
            if unsaid
            else "The firm has an assumption for every class."
        )
        tasks.append(Task("Tracking error", sentence, not unsaid, "targets"))
    return tasks
