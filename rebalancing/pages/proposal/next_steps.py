"""What can be done about a refusal at a proposal: work it out again, answer what blocks it, ask whoever may, read on.

One function for every page and every program that is refused something here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from compliance.doors.refused import Known, Place
from compliance.models import FindingRow, SeverityLevel, SubjectKind
from compliance.people.roles import STAFF_ROLES, Role
from compliance.refusals import NotAllowed, Refusal, Stale, Step
from compliance.review_desk import asking, findings, objections
from rebalancing import access
from rebalancing.models import OrderBatch, Proposal, Revision
from rebalancing.proposals import proposals, revisions

SHAPED = frozenset({Proposal.State.IN_REVIEW, Proposal.State.RETURNED})
ADVISERS = (Role.ADVISOR,)
MAY: dict[str, tuple[Role, ...]] = {
    **dict.fromkeys(("revise", "split", "shape", "work_again"), ADVISERS),
    "release": (Role.TRADER,),
    "consent": (Role.ADVISOR, Role.COMPLIANCE),
}
"""Who may do what at a proposal besides deciding on it, by the last word of the address's name."""
SETTLED = frozenset({"already-settled", "already-used"})
READ_AGAIN = frozenset({"precondition-failed", "precondition-required", "idempotency-key-reused"})
CAUSES_NAMED = 3


def at(refusal: Refusal, place: Place) -> Known | None:
    """What can be done where the address is one of a proposal; None at any other."""
    identity = str(place.parameters.get("public_id", ""))
    if f"/proposals/{identity}/" not in place.path or not identity:
        return None
    proposal = access.proposals_for(place.user).filter(public_id=identity).select_related("household").first()
    if proposal is None:
        return None
    verb = place.name.rpartition(":")[2].removeprefix("proposal-").replace("-", "_")
    return of(refusal, proposal, verb=verb, user=place.user, at=place.at)


def of(refusal: Refusal, proposal: Proposal, *, verb: str, user: Any, at: datetime) -> Known:
    """What this person can do next about a refusal of `verb`, the last word of the address at which they asked."""
    steps = _Steps(proposal, proposals.current(proposal), user, at)
    if isinstance(refusal, NotAllowed):
        return steps.not_allowed(verb)
    current = steps.current
    found = [*steps.settled()] if refusal.kind in SETTLED else []
    if _is_another_revision(refusal):
        found.append(Step(f"Read revision {current.number}, the current one", steps.url, api=steps.api()))
    elif isinstance(refusal, Stale):
        found += steps.moved(refusal)
    elif refusal.causes:
        found += steps.blocked()
    elif verb in ("work_again", "revise", "split", "shape"):
        found += steps.unplanned()
    return Known((*found, steps.open))


def on_page(refusal: Refusal, current: Revision, *, user: Any, at: datetime) -> Known:
    """The same on the proposal's own page, which names nobody where its sentence does not: names are looked up when asked for."""
    steps = _Steps(current.proposal, current, user, at)
    if isinstance(refusal, NotAllowed):
        return Known(tuple(steps.ask_the_deciders()))
    return Known(tuple(steps.moved(refusal)))


def _is_another_revision(refusal: Refusal) -> bool:
    if refusal.kind in READ_AGAIN:
        return True
    named = {cause.input for cause in refusal.causes}
    return "fingerprint" in named or (isinstance(refusal, Stale) and not named and refusal.kind != "expired")


class _Steps:
    """The steps of one proposal for one person."""

    def __init__(self, proposal: Proposal, current: Revision, user: Any, at: datetime) -> None:
        self.proposal, self.current, self.user, self.at = proposal, current, user, at
        self.review = revisions.review_of(current)
        self.url = reverse("rebalancing:proposal", args=[proposal.public_id])
        self.open = Step("Open the proposal as it is now", self.url, api=self.api())

    def api(self, verb: str = "") -> str:
        name = f"api:proposal-{verb}" if verb else "api:proposal"
        return reverse(name, args=[self.proposal.public_id])

    def not_allowed(self, verb: str) -> Known:
        """Who may, by name, and a way to ask them."""
        if verb == "override":
            roles = _answering(self._unanswered())
        else:
            roles = MAY.get(verb) or objections.DECIDERS[SubjectKind.PROPOSAL]
        barred = self._barred() if verb not in MAY else set()
        found = asking.asked(roles, self.review, but={*barred, self.user.pk})
        who = f"{_listed([one.get_full_name() for one in found])} can." if found else ""
        is_open = self.proposal.state in Proposal.OPEN_STATES
        what = {"override": "answer", "release": "release it", "consent": "record the client's consent"}
        words = what.get(verb, "change it" if verb in MAY else "decide on it")
        steps = self.ask(roles, f"Please {words}.", found) if is_open and found else ()
        return Known((*steps, self.open), who)

    def ask_the_deciders(self) -> Iterator[Step]:
        """A question to whoever may decide on it, by their role."""
        roles = objections.DECIDERS[SubjectKind.PROPOSAL]
        if self.review.is_active and any(self.user.has_role(role) for role in STAFF_ROLES):
            yield self._question(roles, f"a {roles[0].label.lower()}", "Please decide on it.")

    def settled(self) -> Iterator[Step]:
        """What came of it: the approval with its reference, and the orders."""
        approval = access.approvals_for(self.user).filter(review=self.review).first()
        if approval is not None:
            yield Step(
                "See the approval and its reference",
                reverse("rebalancing:approval", args=[approval.public_id]),
            )
        batch = OrderBatch.objects.filter(revision=self.current).first()
        if batch is not None and access.batches_for(self.user).filter(pk=batch.pk).exists():
            yield Step("See the orders", reverse("rebalancing:batch", args=[batch.public_id]))

    def moved(self, refusal: Refusal) -> Iterator[Step]:
        """Work it out again here, or ask an advisor to; an approval is taken back first."""
        if self.proposal.state in SHAPED:
            if access.refusal_to_revise(self.user) is None:
                yield self.work_again()
                yield Step(
                    "Shape the plan first", reverse("rebalancing:shape", args=[self.proposal.public_id])
                )
                return
            named = "; ".join(str(cause) for cause in refusal.causes[:CAUSES_NAMED])
            text = (
                f"It cannot be approved as it stands: {named or refusal.sentence} Please work it out again."
            )
            yield from self.ask(ADVISERS, text, verb="to work it out again")
        elif self.proposal.state == Proposal.State.APPROVED:
            yield Step(
                "Take the approval back", f"{self.url}#withdraw", api=self.api("withdraw"), method="POST"
            )

    def work_again(self) -> Step:
        """The form that makes the next revision from today's facts, in place."""
        return Step(
            "Work it out again",
            reverse("rebalancing:work_again", args=[self.proposal.public_id]),
            is_form=True,
            sends=(("seen", self.current.fingerprint),),
            api=self.api("work-again"),
            method="POST",
        )

    def unplanned(self) -> Iterator[Step]:
        """Nothing came of another plan: ask for something else, or take the proposal back."""
        if access.refusal_to_revise(self.user) is None and self.proposal.state in SHAPED:
            yield Step("Ask for something else", reverse("rebalancing:shape", args=[self.proposal.public_id]))
        yield Step("Take it back", f"{self.url}#withdraw", api=self.api("withdraw"), method="POST")

    def blocked(self) -> Iterator[Step]:
        """Each thing that stands in the way by name, with where it is settled."""
        others: list[FindingRow] = []
        for row in self._unanswered():
            if row.severity == SeverityLevel.BLOCK:
                yield Step(f"Read what {row.rule} asks for", f"{self.url}#finding-{row.pk}")
            elif findings.refusal_to_override(self.user, row) is None:
                yield Step(
                    f"Answer for {row.rule}: {row.sentence}",
                    f"{self.url}#answer-{row.pk}",
                    api=self.api("override"),
                    method="POST",
                )
            else:
                others.append(row)
        if others:
            rules = _listed(sorted({row.rule for row in others}), "and")
            yield from self.ask(
                _answering(others), f"Please answer for {rules}.", verb=f"to answer for {rules}"
            )
        if self.review.consent_required and not self.review.consents.filter(
            fingerprint=self.review.fingerprint
        ):
            yield from self._consent()
        for asked in objections.change_requests_standing(self.review):
            yield Step(f"Read what {asked.asked_by_label} asked for", f"{self.url}#checks")

    def _consent(self) -> Iterator[Step]:
        if self.user.has_role(Role.ADVISOR) or self.user.has_role(Role.COMPLIANCE):
            yield Step(
                "Record the client's consent", f"{self.url}#consent", api=self.api("consent"), method="POST"
            )
        else:
            text = "Please ask the client to agree to this revision, and record it."
            yield from self.ask(ADVISERS, text, verb="for the client's consent")

    def ask(
        self, roles: Sequence[Role], text: str, found: Sequence[Any] | None = None, *, verb: str = ""
    ) -> Iterator[Step]:
        """A question to everybody of these roles who has the household in their book and did not shape it."""
        if not any(self.user.has_role(role) for role in STAFF_ROLES):
            return
        if found is None:
            found = asking.asked(roles, self.review, but={self.user.pk})
        if not found:
            return
        names = _listed([one.get_full_name() for one in found])
        yield self._question(roles, names, text, verb=verb)

    def _question(self, roles: Sequence[Role], whom: str, text: str, *, verb: str = "") -> Step:
        return Step(
            f"Ask {whom}{f' {verb}' if verb else ''}",
            reverse("compliance:review_ask", args=[self.review.public_id]),
            is_form=True,
            sends=(("of", ",".join(roles)),),
            asks=("text", f"Your question to {whom}", text),
            api=reverse("api:review-comment", args=[self.review.public_id]),
            method="POST",
        )

    def _unanswered(self) -> list[FindingRow]:
        examination = findings.latest(self.review)
        return findings.unanswered(examination, at=self.at) if examination is not None else []

    def _barred(self) -> set[int]:
        """Who shaped it or answered for a finding of it, and so cannot approve it."""
        made = self.review.makers.values_list("person_id", flat=True)
        given = self.review.overrides.filter(fingerprint=self.review.fingerprint)
        return {*made, *given.values_list("approver_id", flat=True)}


def _answering(rows: Iterable[FindingRow]) -> tuple[Role, ...]:
    """Whose roles may answer for at least one of these findings."""
    named = {one for row in rows for one in row.override_roles.split(",") if one}
    return tuple(role for role in Role if role.value in named)


def _listed(names: Sequence[str], last: str = "or") -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
