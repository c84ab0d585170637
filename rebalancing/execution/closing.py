"""The end of a release: its blocks get their allocation statements and leave, or wait for their moment.

The release's own row is locked first by everyone who changes its blocks, so that no two of them meet halfway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from django.db import transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.execution import blocks, later_days, leaving, order_files, routes, trading_stops, waves
from rebalancing.models import BatchFile, Block, Release, ReleaseRow
from rebalancing.portfolios import pending_actions

GATHERING = Block.State.GATHERING
log = structlog.get_logger("rebalancing.execution.closing")


def lock(release: Release) -> Release:
    """The release, locked until the transaction ends."""
    return Release.objects.select_for_update().get(pk=release.pk)


def lock_block(block: Block) -> Block:
    """A block, locked until the transaction ends. Its release is locked first, because one that closes moves its blocks."""
    lock(block.release)
    return (
        Block.objects.select_for_update(of=("self",)).select_related("release", "security").get(pk=block.pk)
    )


def close(release: Release, *, by: Actor, at: datetime) -> Release:
    """Close a release of which every row is settled: its blocks become ready, or are held until its delay is over.

    Run again it changes nothing.
    """
    with transaction.atomic():
        release = lock(release)
        if release.state == Release.State.CLOSED:
            return release
        assert not release.rows.filter(outcome=ReleaseRow.Outcome.PENDING).exists(), "every row is settled"
        release.state, release.closed_at = Release.State.CLOSED, at
        release.save(update_fields=["state", "closed_at"])
        gathered = list(release.blocks.filter(state=GATHERING).select_related("security", "release"))
        for block in gathered:
            if reason := why_not_at_once(block, at=at):
                blocks.hold(block, reason=reason)
        free = [block for block in gathered if block.state == GATHERING]
        audit.record(
            audit.Action.RELEASE_CLOSED,
            about=release,
            by=by,
            at=at,
            blocks=[block.reference for block in gathered],
            held=[block.reference for block in gathered if block.state == Block.State.HELD],
        )
        let_go(free, by=by, at=at)
    return release


def leave_due(*, by: Actor, at: datetime) -> int:
    """Let the held blocks go whose moment has come; a second run finds none."""
    due = Release.objects.filter(
        state=Release.State.CLOSED, blocks__state=Block.State.HELD, blocks__send_at__lte=at
    ).distinct()
    gone = 0
    for release in due.order_by("pk"):
        try:
            gone += _leave(release, by=by, at=at)
        except Exception:
            # One release's trouble keeps no other waiting; it is tried again with the next run.
            log.exception("blocks of a release could not leave", release=release.public_id)
    return gone


@transaction.atomic
def _leave(release: Release, *, by: Actor, at: datetime) -> int:
    """Let the due blocks of one release go; how many went."""
    release = lock(release)
    held = release.blocks.filter(state=Block.State.HELD, send_at__lte=at)
    free = [
        block
        for block in held.select_related("security", "release").order_by("trade_on", "wave", "pk")
        if _comes_free(block, by=by, at=at)
    ]
    let_go(free, by=by, at=at)
    return len(free)


def _comes_free(block: Block, *, by: Actor, at: datetime) -> bool:
    """Whether a held block leaves now; else what it waits for is on it."""
    block.refresh_from_db()
    if block.state != Block.State.HELD:
        return False  # An account's purchases are decided together: a block before this one ended it.
    later_days.bring_forward(block, by=by, at=at)
    reason = why_held(block, at=at) or leaving.wait_for_its_hour(block, by=by, at=at)
    if not reason and block.wave > 1:
        if waves.can_be_cleared(block):
            if later_days.is_later(block):
                later_days.renew_terms(block, at=at)
            waves.clear(block, by=by, at=at)
            block.refresh_from_db()
            if block.state != Block.State.HELD:
                return False  # Its accounts' sales paid for nothing of it.
        reason = waves.why(block)
    if not reason and later_days.is_later(block):
        reason = later_days.why_asked(block, by=by, at=at)
    if reason and reason != block.held_reason:
        blocks.hold(block, reason=reason)
    return not reason


def why_held(block: Block, *, at: datetime) -> str:
    """Why a block does not leave yet, as a sentence; empty when it may."""
    if stop := trading_stops.of_block(block):
        return f"Trading is stopped for {trading_stops.what(stop)}: {stop.reason}"
    if pending := pending_actions.of_block(block, at=at):
        return pending
    if against := leaving.why_not(block, at=at):
        return against
    if block.send_at > at:
        return block.held_reason or "The firm's delay is running."
    return ""


def why_not_at_once(block: Block, *, at: datetime) -> str:
    """Why a block of a release that closes does not leave at once, as a sentence; empty when it may."""
    return why_held(block, at=at) or (waves.why(block) if block.wave > 1 else "")


def let_go(ready: Iterable[Block], *, by: Actor, at: datetime) -> None:
    """Store the statements of blocks of one release, then write their files or hand them to their FIX session."""
    custodians: dict[str, Release] = {}
    for block in ready:
        blocks.make_ready(block, at=at)
        record_statement(block, by=by, at=at)
        if block.is_by_file:
            custodians[block.custodian] = block.release
        else:
            blocks.mark_sent(block, at=at)
            routes.put(block, routes.Message.NEW, at=at)
            audit.record(audit.Action.BLOCK_SENT, about=block, by=by, at=at, route=block.route)
    written = [
        file
        for custodian, release in sorted(custodians.items())
        for file in order_files.write(release, custodian, at=at)
    ]
    if written:
        record_files(written, by=by, at=at)


def record_statement(block: Block, *, by: Actor, at: datetime) -> None:
    """Put a block that is ready on the trail, with the digest of its allocation statement."""
    audit.record(
        audit.Action.BLOCK_READY,
        about=block,
        by=by,
        at=at,
        sealing=[("block", block.pk)],
        reference=block.reference,
        statement=block.allocation_sha256,
    )


def write_anew(block: Block, *, by: Actor, at: datetime) -> None:
    """Write its custodian's files once more, after something of them was taken back."""
    if written := order_files.write(block.release, block.custodian, at=at):
        record_files(written, by=by, at=at)


def record_files(written: Sequence[BatchFile], *, by: Actor, at: datetime) -> None:
    """Put the files of one release on the trail, with their digests."""
    release = written[0].release
    assert release is not None, "files are written for releases"
    audit.record(
        audit.Action.RELEASE_FILES,
        about=release,
        by=by,
        at=at,
        sealing=[("release_files", release.pk)],
        files={file.name: file.sha256 for file in written},
    )
