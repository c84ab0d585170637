"""What became of a decision: what moved since, the orders, what was filled, the lots relieved, and what the client was told."""

from __future__ import annotations

from datetime import datetime

from clients import figures
from compliance.models import AuditEvent
from rebalancing.models import ClientSummary, ExecutedLot, Fill, Letter, Order, OrderBatch
from rebalancing.pages.explained.deciding import signed_in
from rebalancing.pages.explained.parts import Column, Kind, Part, part
from rebalancing.pages.proposal.stored import Stored
from rebalancing.proposals import staleness


def moved(stored: Stored, *, at: datetime) -> Part:
    """What the record says otherwise today."""
    _, causes = staleness.causes(stored.revision, at=at)
    rows = [
        (one.input, one.sentence or f"it was {one.shown or 'not there'}, now {one.now or 'gone'}")
        for one in causes
    ]
    return part(
        "moved",
        "What has moved since",
        (Column("what", "What"), Column("how", "How")),
        rows,
        none="Nothing that this revision rests on has moved.",
        sentence=f"Compared with the record at {figures.moment(at)}; the trades of this proposal itself are among it.",
    )


def not_shown() -> Part:
    """The same for an examiner, whose access shows decisions and not what the client holds today."""
    return part(
        "moved",
        "What has moved since",
        (Column("what", "What"), Column("how", "How")),
        (),
        none="Not shown to an examiner: it compares with the record of today.",
    )


def sent(batch: OrderBatch | None) -> Part:
    """The orders with their memorandum: terms, who recommended, who placed, discretion (Rule 204-2(a)(3))."""
    found = (
        Order.objects.filter(batch=batch)
        .select_related("account", "security", "placed_by", "block")
        .defer("account__number")
        .order_by("pk")
        if batch is not None
        else ()
    )
    rows = [
        (
            one.reference,
            one.account.name,
            one.account.get_custodian_display(),
            one.get_side_display(),
            one.security.symbol,
            one.quantity,
            f"{one.order_type}, {one.time_in_force}"
            + (f", limit {figures.share_price(one.limit_price)}" if one.limit_price else ""),
            batch.released_at if batch else None,
            one.recommended_by,
            one.placed_by.get_full_name() or one.placed_by.get_username(),
            one.is_discretionary,
            one.get_state_display(),
            one.filled_quantity,
            one.average_price if one.filled_quantity else "nothing filled",
            one.fees,
            " ".join(text for text in (one.reduced_reason, one.end_reason) if text),
        )
        for one in found
    ]
    return part(
        "orders",
        "The orders",
        (
            Column("reference", "Order", Kind.DIGEST),
            Column("account", "Account"),
            Column("custodian", "Custodian"),
            Column("side", "Side"),
            Column("security", "Security"),
            Column("shares", "Shares", Kind.SHARES),
            Column("terms", "Terms"),
            Column("released_at", "Released", Kind.MOMENT),
            Column("recommended_by", "Recommended by"),
            Column("placed_by", "Placed by"),
            Column("discretionary", "Discretion", Kind.YES),
            Column("state", "State"),
            Column("filled", "Filled", Kind.SHARES),
            Column("average_price", "Average price", Kind.PRICE),
            Column("fees", "Fees", Kind.MONEY),
            Column("note", "Note"),
        ),
        rows,
        none="No order was released.",
    )


def fills(batch: OrderBatch | None) -> Part:
    """What brokers reported about the orders' blocks and about single orders."""
    rows = []
    if batch is not None:
        orders = Order.objects.filter(batch=batch)
        own = {one.pk for one in orders}
        reports = Fill.objects.filter(block__in=orders.values("block")).select_related("block", "order")
        rows = [
            (
                one.transacted_at,
                one.received_at,
                one.broker,
                one.exec_id,
                one.get_kind_display(),
                one.order.reference if one.order else f"block {one.block.reference}" if one.block else "",
                one.symbol,
                one.quantity,
                one.price,
                one.corrects,
                one.text,
            )
            for one in reports.order_by("transacted_at", "pk")
            if one.order_id is None or one.order_id in own
        ]
    return part(
        "fills",
        "What brokers reported",
        (
            Column("at", "Traded", Kind.MOMENT),
            Column("received_at", "Received", Kind.MOMENT),
            Column("broker", "Broker"),
            Column("execution", "Execution", Kind.DIGEST),
            Column("kind", "What"),
            Column("of", "Of", Kind.DIGEST),
            Column("security", "Security"),
            Column("shares", "Shares", Kind.SHARES),
            Column("price", "Price", Kind.PRICE),
            Column("corrects", "Takes back"),
            Column("text", "Words"),
        ),
        rows,
        none="No broker has reported anything.",
        sentence="A report of a block is of all its orders; what each order got of it stands with the orders.",
    )


def relieved(batch: OrderBatch | None) -> Part:
    """The lots that sales relieved, entries that were taken back too."""
    found = (
        ExecutedLot.objects.filter(order__batch=batch)
        .select_related("order__account", "order__security", "lot")
        .defer("order__account__number")
        .order_by("pk")
        if batch is not None
        else ()
    )
    rows = [
        (
            one.order.reference,
            one.order.account.name,
            one.order.security.symbol,
            one.lot.key if one.lot else "beyond the instruction",
            one.traded_on,
            one.quantity,
            one.proceeds,
            one.basis,
            one.gain,
            one.disallowed,
            one.term,
        )
        for one in found
    ]
    return part(
        "lots_sold",
        "Lots that were sold",
        (
            Column("order", "Order", Kind.DIGEST),
            Column("account", "Account"),
            Column("security", "Security"),
            Column("lot", "Lot"),
            Column("traded_on", "Traded", Kind.DAY),
            Column("shares", "Shares", Kind.SHARES),
            Column("proceeds", "Proceeds", Kind.MONEY),
            Column("basis", "Basis", Kind.MONEY),
            Column("gain", "Gain", Kind.SIGNED),
            Column("disallowed", "Disallowed", Kind.MONEY),
            Column("term", "Term"),
        ),
        rows,
        none="No sale has been entered.",
    )


def letters(stored: Stored) -> tuple[Part, list[Letter]]:
    """What the client was told, version by version, and the letters as they were handed out."""
    told = list(ClientSummary.objects.filter(revision__proposal=stored.proposal).order_by("number", "pk"))
    kept = {
        one.summary_id: one
        for one in Letter.objects.filter(summary__in=told).select_related("summary").order_by("pk")
    }
    rows = [
        (
            one.public_id,
            one.number,
            one.get_stage_display(),
            one.published_at,
            one.digest,
            letter_name(kept[one.pk]) if one.pk in kept else "",
            kept[one.pk].sha256 if one.pk in kept else "",
            one.difference,
        )
        for one in told
    ]
    return (
        part(
            "letters",
            "What the client was told",
            (
                Column("summary", "Summary", Kind.DIGEST),
                Column("number", "Version", Kind.COUNT),
                Column("stage", "Stage"),
                Column("published_at", "Published", Kind.MOMENT),
                Column("digest", "Digest", Kind.DIGEST),
                Column("letter", "Letter"),
                Column("letter_sha256", "Letter's SHA-256", Kind.DIGEST),
                Column("difference", "What had changed"),
            ),
            rows,
            none="The client has been told nothing.",
        ),
        list(kept.values()),
    )


def letter_name(letter: Letter) -> str:
    """The name of a letter inside a pack."""
    return f"letter-{letter.summary.public_id}.pdf"


def trail(events: list[AuditEvent]) -> Part:
    """The events of the trail about all of it, each with its place in the chain."""
    return part(
        "trail",
        "Its events on the audit trail",
        (
            Column("seq", "No.", Kind.COUNT),
            Column("at", "When", Kind.MOMENT),
            Column("action", "What"),
            Column("by", "Who"),
            Column("roles", "As"),
            Column("signed_in", "Signed in with"),
            Column("about", "About"),
            Column("hash", "Hash", Kind.DIGEST),
            Column("prev_hash", "Hash before", Kind.DIGEST),
        ),
        [
            (
                one.seq,
                one.occurred_at,
                one.get_action_display(),
                one.actor_label,
                one.roles.replace(",", ", "),
                signed_in(one.mfa_method) if one.person_ref else "",
                f"{one.about_kind} {one.about_id}",
                one.hash,
                one.prev_hash,
            )
            for one in events
        ],
        none="The trail has nothing about it.",
        sentence="Each event's hash is over its content and the hash before; trail.jsonl has all of it, and verify_evenkeel.py checks it.",
    )
