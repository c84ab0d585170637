"""Sample decisions about some of the scan's proposals, made with the product's verbs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from advisory.models import User
from advisory.showroom.demo.firm import Firm, Say
from advisory.showroom.demo.households import OnRecord
from compliance import clock
from compliance.models import ConsentChannel, FindingRow, OverrideReason, SeverityLevel
from compliance.people.actors import Actor
from compliance.refusals import NotAllowed, Refusal
from compliance.review_desk import findings
from rebalancing.execution import orders
from rebalancing.models import Proposal, ScanRun
from rebalancing.proposals import proposals
from rebalancing.scans import readings, scans

QUIET_SECONDS = 8
"""After this time without a worker, the households are read in this process."""
WAIT_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to the proposal of the `place`-th household of a situation."""

    situation: str
    place: int
    did: str
    act: Callable[[Firm, OnRecord, Proposal], None]


def wait_for(run: ScanRun, *, say: Say) -> None:
    """Wait until the worker has read every household; read them here when there is none."""
    told, seen, quarter = -1, time.monotonic(), 0
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        states = scans.progress(run)
        total = sum(states.values())
        done = total - states["waiting"] - states["leased"]
        if done != told:
            told, seen = done, time.monotonic()
        if 4 * done // total > quarter:
            quarter = 4 * done // total
            say(f"Read {done} of {total} households")
        run.refresh_from_db()
        if run.state != ScanRun.State.RUNNING:
            return
        if time.monotonic() - seen > QUIET_SECONDS:
            say("No worker answers, so the households are read here.")
            read_here(run)
            return
        time.sleep(1)
    say("The scan is still going; nobody decides about its proposals yet.")


def read_here(run: ScanRun) -> None:
    """Read every waiting household in this process."""
    scans.work(worker="demo", now=clock.now, do=readings.reader_for_turn(), run=run, households_max=10_000)


def live(firm: Firm, *, say: Say) -> dict[str, int]:
    """Take every step for which the scan made a proposal; returns the number of proposals by state."""
    for step in STEPS:
        fitting = [one for one in firm.on_record if one.family.situation.code == step.situation]
        if step.place >= len(fitting):
            continue
        one = fitting[step.place]
        proposal = one.household.proposals.filter(state__in=Proposal.OPEN_STATES).first()
        if proposal is None:
            continue
        try:
            step.act(firm, one, proposal)
        except Refusal as refusal:
            # The product's safeguards apply: a refusal is printed and not circumvented.
            say(f"{one.family.name} was not {step.did}: {refusal}")
    states: dict[str, int] = {}
    for state in Proposal.objects.values_list("state", flat=True):
        states[state] = states.get(state, 0) + 1
    return dict(sorted(states.items()))


def _approve(firm: Firm, one: OnRecord, proposal: Proposal) -> None:
    reviewer = firm.users[one.family.reviewer]
    _answer_findings(firm, proposal, reviewer)
    proposals.approve(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        text="Order sizes and lots look right.",
        acknowledge_warnings=True,
        by=Actor.person(reviewer),
        at=clock.now(),
    )


def _release(firm: Firm, one: OnRecord, proposal: Proposal) -> None:
    _approve(firm, one, proposal)
    orders.release(proposal, by=Actor.person(firm.users["theo"]), at=clock.now())


def _reject(firm: Firm, one: OnRecord, proposal: Proposal) -> None:
    proposals.reject(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        text="The client moves the account to a trust next week. Wait until the transfer is through.",
        by=Actor.person(firm.users[one.family.reviewer]),
        at=clock.now(),
    )


def _return(firm: Firm, one: OnRecord, proposal: Proposal) -> None:
    proposals.request_changes(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        text="Leave the minor's account alone this year, and look at the trust's bracket first.",
        by=Actor.person(firm.users[one.family.reviewer]),
        at=clock.now(),
    )


def _consent(firm: Firm, one: OnRecord, proposal: Proposal) -> None:
    proposals.consent(
        proposal,
        seen=proposals.current(proposal).fingerprint,
        given_by=str(one.people[0]),
        channel=ConsentChannel.PHONE,
        evidence="Recorded call of this afternoon, minute 12.",
        by=Actor.person(firm.users[one.family.advisor]),
        at=clock.now(),
    )


def _answer_findings(firm: Firm, proposal: Proposal, reviewer: User) -> None:
    """A person with the required role overrides each finding that needs it, but not the later approver."""
    review = proposals.current(proposal).review
    assert review is not None, "a stored revision always has its review"
    asked = FindingRow.objects.filter(examination__review=review, severity=SeverityLevel.OVERRIDE)
    for finding in asked:
        others = [firm.users[short] for short in ("rhea", "rufus") if firm.users[short] != reviewer]
        for person in (*others, firm.users["cora"]):
            try:
                findings.override(
                    finding,
                    reason=OverrideReason.FACTS_CONFIRMED,
                    text="Checked against the account: the size follows from the drift.",
                    fingerprint=review.fingerprint,
                    expires_at=clock.now() + timedelta(days=2),
                    by=Actor.person(person),
                    at=clock.now(),
                )
            except NotAllowed:
                continue
            break


STEPS: tuple[Step, ...] = (
    Step("embedded_gains", 0, "approved and released", _release),
    Step("out_of_band", 0, "approved and released", _release),
    Step("missing_basis", 0, "approved", _approve),
    Step("abroad_low", 0, "approved", _approve),
    Step("out_of_band", 1, "rejected", _reject),
    Step("trust_and_minor", 0, "returned", _return),
    Step("non_discretionary", 1, "consented to", _consent),
)
