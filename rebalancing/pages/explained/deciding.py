"""Who shaped, discussed and decided a proposal, how they were signed in, and what the rules said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from clients import figures
from compliance.models import (
    AuditEvent,
    ChangeRequest,
    Comment,
    Consent,
    Decision,
    FindingRow,
    Override,
    Review,
    SeverityLevel,
)
from rebalancing.models import Revision
from rebalancing.pages.explained.parts import Column, Kind, Part, Value, part
from rebalancing.pages.proposal import makers
from rebalancing.pages.proposal.checks import SEVERITY_NAMES
from rebalancing.pages.proposal.stored import Stored
from rebalancing.proposals import anchors, ticks

HOW = {"password": "password", "mfa": "second factor", "totp": "authenticator", "webauthn": "passkey"}


def decisions(stored: Stored, events: Iterable[AuditEvent]) -> Part:
    """Every decision about the proposal, the last one first, with how each person was signed in and confirmed it."""
    confirmed = _confirmations(events)
    found = Decision.objects.filter(review__revision__proposal=stored.proposal)
    rows = []
    for one in found.select_related("review__revision", "approval").order_by("-decided_at", "-pk"):
        approval = getattr(one, "approval", None)
        how, when = confirmed.get((one.review.public_id, str(one.verdict)), ("", None))
        rows.append(
            (
                one.review.subject_revision,
                one.get_verdict_display(),
                one.decided_by_label,
                one.roles.replace(",", ", "),
                one.decided_at,
                signed_in(one.mfa_method),
                f"{signed_in(how)}, {figures.moment(when)}" if when else "not asked for",
                one.text,
                one.acknowledged.replace(",", ", "),
                approval.public_id if approval else "",
                one.fingerprint,
                one.request_id,
            )
        )
    return part(
        "decisions",
        "Who decided",
        (
            Column("revision", "Revision", Kind.COUNT),
            Column("verdict", "Decision"),
            Column("by", "By"),
            Column("roles", "As"),
            Column("at", "When", Kind.MOMENT),
            Column("signed_in", "Signed in with"),
            Column("confirmed", "Confirmed anew"),
            Column("text", "Words"),
            Column("acknowledged", "Notes read"),
            Column("approval", "Reference"),
            Column("fingerprint", "Fingerprint", Kind.DIGEST),
            Column("request", "Request"),
        ),
        rows,
        none="Nobody has decided.",
        sentence="A decision counts for exactly the fingerprint beside it, whatever was shown before or after.",
    )


def signed_in(methods: str) -> str:
    """How somebody was signed in, in words."""
    parts = [HOW.get(one, one.replace("_", " ")) for one in methods.split("+") if one]
    return " and ".join(parts) if parts else "not recorded"


def versions(stored: Stored) -> Part:
    """Every revision, with what called for it."""
    found = Revision.objects.filter(proposal=stored.proposal).select_related("review").order_by("number")
    rows = [
        (
            one.number,
            one.created_at,
            one.prices_as_of_on,
            one.trade_on,
            "" if one.review is None else one.review.get_state_display(),
            " ".join(str(trigger.get("sentence", "")) for trigger in one.triggers),
            one.fingerprint,
        )
        for one in found
    ]
    return part(
        "revisions",
        "Revisions",
        (
            Column("revision", "Revision", Kind.COUNT),
            Column("made_at", "Made", Kind.MOMENT),
            Column("prices_as_of", "Prices of", Kind.DAY),
            Column("trade_on", "To trade on", Kind.DAY),
            Column("state", "What became of it"),
            Column("called_for_by", "What called for it"),
            Column("fingerprint", "Fingerprint", Kind.DIGEST),
        ),
        rows,
        none="There is no revision.",
    )


def shaped_by(stored: Stored) -> Part:
    """Everybody who shaped the revision: none of them may decide on it."""
    return part(
        "makers",
        "Who shaped it",
        (Column("who", "Who"), Column("did", "Did what"), Column("at", "When", Kind.MOMENT)),
        [(one.name, one.did, one.done_at) for one in makers.of(stored.review).deeds],
        none="No person shaped it: the scan made it.",
        sentence="Whoever shaped a revision cannot decide on it.",
    )


def ticked(stored: Stored) -> Part:
    """Who ticked which account's trades of the revision, and which account nobody had."""
    given = ticks.of(stored.revision)
    rows: list[tuple[Value, ...]] = []
    for account in dict.fromkeys(order.account for order in stored.plan.orders):
        name = stored.account_names.get(account, account)
        rows += [(name, one.name, one.at) for one in given if one.account == account] or [
            (name, "nobody", None)
        ]
    return part(
        "ticks",
        "Whose trades were looked at",
        (Column("account", "Account"), Column("by", "Ticked by"), Column("at", "When", Kind.MOMENT)),
        rows,
        none="No account trades.",
        sentence="A tick is a person's word that they looked at an account's trades of this revision. No decision waits for it.",
    )


def consents(stored: Stored) -> Part:
    """What the client agreed to."""
    found = Consent.objects.filter(review__revision__proposal=stored.proposal).select_related("review")
    rows = [
        (
            one.review.subject_revision,
            one.given_by,
            one.get_channel_display(),
            one.given_at,
            one.evidence,
            one.recorded_by_label,
            one.fingerprint,
        )
        for one in found
    ]
    return part(
        "consents",
        "The client's consent",
        (
            Column("revision", "Revision", Kind.COUNT),
            Column("by", "Given by"),
            Column("channel", "How"),
            Column("at", "When", Kind.MOMENT),
            Column("evidence", "Evidence"),
            Column("recorded_by", "Recorded by"),
            Column("fingerprint", "Fingerprint", Kind.DIGEST),
        ),
        rows,
        none="None was needed: the accounts are managed with discretion."
        if not stored.review.consent_required
        else "It was needed and is not on record.",
    )


def checks(stored: Stored) -> Part:
    """What the rule book said when it last ran on this revision, and who answered for it."""
    answers: dict[str, Override] = {
        one.key: one
        for one in Override.objects.filter(
            review=stored.review, fingerprint=stored.revision.fingerprint
        ).order_by("given_at")
    }
    found = (
        FindingRow.objects.filter(examination=stored.examination).order_by("-severity", "position")
        if stored.examination
        else FindingRow.objects.none()
    )
    rows = [
        (
            one.rule,
            one.rule_version,
            SEVERITY_NAMES[SeverityLevel(one.severity)],
            one.sentence,
            _pairs(one.inputs),
            _pairs(one.thresholds),
            _answered(answers.get(one.key)),
        )
        for one in found
    ]
    ran = figures.moment(stored.examination.examined_at) if stored.examination else ""
    return part(
        "checks",
        "What was checked",
        (
            Column("rule", "Rule"),
            Column("version", "Version", Kind.COUNT),
            Column("result", "Result"),
            Column("sentence", "What it found"),
            Column("inputs", "Looked at"),
            Column("thresholds", "Compared with"),
            Column("answer", "Answered"),
        ),
        rows,
        none="The rule book did not run on this revision.",
        sentence=f"The last run of the rule book on this fingerprint, {ran}." if ran else "",
    )


def thread(stored: Stored) -> Part:
    """What was said and asked for, in the order it was."""
    reviews = Review.objects.filter(revision__proposal=stored.proposal)
    said: list[tuple[Any, ...]] = []
    for one in Comment.objects.filter(review__in=reviews).select_related("review", "resolved_by"):
        about = anchors.of_comment(one).in_words(stored.account_names)
        where = about or ("an answer" if one.thread_id else "the whole proposal")
        became = f"settled {figures.moment(one.resolved_at)}" if one.resolved_at else ""
        said.append(
            (
                one.written_at,
                one.review.subject_revision,
                one.author_label,
                "Comment",
                where,
                one.text,
                became,
            )
        )
    for asked in ChangeRequest.objects.filter(review__in=reviews).select_related("review"):
        lifted = f"{asked.get_lifted_how_display()} {figures.moment(asked.lifted_at)}. {asked.lifted_reason}"
        said.append(
            (
                asked.asked_at,
                asked.review.subject_revision,
                asked.asked_by_label,
                "Request for changes",
                "the whole proposal",
                asked.text,
                lifted.strip() if asked.lifted_at else "it stands",
            )
        )
    said.sort(key=lambda row: row[0])
    return part(
        "thread",
        "What was said",
        (
            Column("at", "When", Kind.MOMENT),
            Column("revision", "Revision", Kind.COUNT),
            Column("who", "Who"),
            Column("kind", "What"),
            Column("about", "About"),
            Column("text", "Words"),
            Column("became", "What became of it"),
        ),
        said,
        none="Nobody said anything.",
    )


def _confirmations(events: Iterable[AuditEvent]) -> dict[tuple[str, str], tuple[str, Any]]:
    """How each decision was confirmed anew, as the trail has it: by review and verdict."""
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for event in events:
        if event.action != "review.decided":
            continue
        facts = json.loads(event.facts)
        given = facts.get("confirmed")
        if isinstance(given, dict):
            found[event.about_id, str(facts.get("verdict", ""))] = (
                str(given.get("method", "")),
                _moment(given.get("at")),
            )
    return found


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _pairs(text: str) -> str:
    """Named values of a finding in words."""
    found = json.loads(text or "[]")
    pairs = found.items() if isinstance(found, dict) else [one for one in found if isinstance(one, list)]
    return "; ".join(f"{str(name).replace('_', ' ')} {value}" for name, value in pairs)


def _answered(given: Override | None) -> Value:
    if given is None:
        return ""
    return f"{given.approver_label}, {figures.moment(given.given_at)}: {given.get_reason_display()}. {given.text}"
