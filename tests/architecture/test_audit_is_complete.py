"""Every verb that changes something writes its audit line: a change and its line live or die together."""

from __future__ import annotations

import ast
from functools import cache

from tests.architecture.sources import Module, calls, dotted, is_door, is_pure, modules
from tests.architecture.writers import WRITERS

WITHOUT_A_LINE = {
    "advisory.people.tokens.sent_by": "The day of a token's last use; what it does has its own line.",
    "advisory.outward.deliveries.fan_out": "Work in hand; what is told has its line already.",
    "advisory.outward.deliveries.forget": "An old log of work in hand; what was told has its line.",
    "advisory.outward.deliveries.take": "Work in hand; what is told has its line already.",
    "advisory.people.notice_choices.give_back": "The day's mail has its line once it is sent.",
    "rebalancing.client_reports.telling.ask": "Part of what ends a proposal, which has its line.",
    "rebalancing.client_reports.summaries.store": "Part of publishing a version, which has its line.",
    "rebalancing.execution.blocks.shrink": "Part of taking an order out or making it smaller, which has its line.",
    "rebalancing.fills.standings.store_allocation": "Part of settling a block, whose line names the allocation.",
    "rebalancing.fills.lots.settle": "Part of settling a block, whose line seals the entries.",
    "clients.securities.replacements.restate": "Part of loading a file, whose line names it.",
    "clients.imports.file_rehearsing.prepare": "The preview of a file that is received or bound, which has its line.",
    "clients.imports.file_journal.written": "The journal of a load, whose line names the file.",
    "clients.corporate_actions.applying.remember": "What was held before an action; what follows from it has its line.",
    "clients.corporate_actions.writing.lots": "Part of applying an action, whose line names it.",
    "clients.corporate_actions.writing.positions": "Part of applying or taking back an action, whose line names it.",
    "clients.corporate_actions.writing.undo_lots": "Part of taking an action back, whose line names it.",
    "clients.restatements.restatements.follow": "Part of loading a file, whose line names it.",
    "clients.holdings.holdings.write": "Part of loading a file; the comparison has the line.",
    "clients.imports.file_loading.keep_accounts": "A file's preview and receipt, whose line names it.",
    "clients.holdings.lots.write": "Part of loading a file, whose line names it.",
    "clients.holdings.positions.write": "Part of loading a file, whose line names it.",
    "clients.holdings.positions.write_cash": "Part of loading a file, whose line names it.",
    "clients.holdings.movements.write": "Part of loading a file, whose line names it.",
    "clients.holdings.gains.add_from_file": "Part of loading a file, whose line names it.",
    "rebalancing.fix.inbox.keep": "A broker's message as it came; what follows from it has its line.",
    "rebalancing.fix.inbox.set_aside": "A broker's message as it came; nothing follows from it.",
    "rebalancing.fix.outbox.answered": "What a broker answered, beside the message it is about.",
    "rebalancing.fix.outbox.meant_again": "What a broker asked for again; what is held back is asked about by a break.",
    "rebalancing.fix.outbox.put": "The release, cancel or allocation that decides to send has its line.",
    "rebalancing.fix.outbox.refused": "What a broker answered, beside the message it is about.",
    "rebalancing.fix.outbox.withhold": "The block is told, and its line says why it was not sent.",
    "rebalancing.model_changes.impacts.cancel": "A preview is a working paper; its start is on the trail.",
    "rebalancing.model_changes.impacts.claim": "A lease of a working paper; its start is on the trail.",
    "rebalancing.model_changes.impacts.preview": "A figure of a working paper; its start is on the trail.",
    "rebalancing.model_changes.impacts.put_back": "A failed try of a working paper; its start is on the trail.",
    "rebalancing.scans.claims.put_back": "A failed try is work in hand; the finished scan has its line.",
    "clients.securities.securities.add_or_update": "Part of loading a file, whose line names it.",
    "clients.securities.securities.add_unclassified": "Part of loading a file, whose line names it.",
    "compliance.audit_trail.checkpoints.keep": "Part of `audit.write_checkpoint`, which writes the line.",
    "clients.policies.policies.move": "Part of a verb's transaction; the verb writes the line.",
    "clients.policies.policies.restate": "Part of `drafts.save`, which writes the line.",
    "clients.policies.policies.start": "Part of `draft` and `drafts.begin`, which write the line.",
    "clients.registers.register.close": "Part of ending a row; the verb writes the line.",
    "clients.policies.signatures.refusal_to_adopt": "Locks the approval that it looks at and changes nothing.",
    "clients.households.people.correct_death_day": "Part of `deaths.correct`, which writes the line.",
    "clients.households.people.die": "Part of `deaths.record`, which writes the line.",
    "clients.households.tax_units.end_with_death": "Part of `deaths.record`, which writes the line.",
    "compliance.review_desk.findings.keep": "Part of a verb's transaction; the verb writes the line.",
    "compliance.lists.saved_views.hide": "Which columns somebody looks at is a habit, no fact of the firm.",
    "compliance.repeats.forget": "A key is no record of the firm; what it did has its own line.",
    "compliance.repeats.once": "The effect it wraps writes its own line.",
    "compliance.review_desk.states.move": "Part of a verb's transaction; the verb writes the line.",
    "compliance.review_desk.threads.lift_by_approving": "Part of the approval, whose line names it.",
    "compliance.review_desk.threads.record_decision": "Part of a verb's transaction; the verb writes the line.",
    "rebalancing.execution.blocks.hold": "Part of closing a release, whose line names the blocks held.",
    "rebalancing.execution.blocks.join": "Part of a household's release, whose line seals its orders' blocks.",
    "rebalancing.execution.blocks.make_ready": "Part of `closing.let_go`, which writes the line.",
    "rebalancing.execution.blocks.mark_sent": "Part of handing it out or over; that writes the line.",
    "rebalancing.execution.gathering.settle": "Part of a household's release; whoever settles it writes the line.",
    "rebalancing.execution.order_files.write": "Part of `closing.let_go`, which writes the line.",
    "rebalancing.proposals.frontiers.store": "Part of comparing a revision; `comparisons.ensure` writes the line.",
    "rebalancing.proposals.revisions.put_before_the_desk": "Part of drafting or revising, whose line names the revision.",
    "rebalancing.proposals.revisions.store": "Part of drafting or revising, whose line names the revision.",
    "rebalancing.scans.claims.take": "A lease is work in hand, no decision; the finished scan has its line.",
    "rebalancing.scans.claims.renew": "A lease is work in hand, no decision; the finished scan has its line.",
    "rebalancing.scans.claims.skip": "The merger that closed the household has its line.",
}
"""Public functions that write without a line of their own, each with its reason."""

CHANGES = {"create", "bulk_create", "get_or_create", "update_or_create", "update", "delete", "save"}


@cache
def functions() -> dict[str, tuple[Module, ast.FunctionDef]]:
    return {
        f"{module.name}.{node.name}": (module, node)
        for module in modules()
        if not is_pure(module)
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
    }


def names_of(module: Module) -> dict[str, str]:
    """Local name to what it stands for, for everything imported from our own packages."""
    found = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return found


def called_from(name: str) -> set[str]:
    """What a function calls, by full name as far as it can be told."""
    module, node = functions()[name]
    names = names_of(module)
    found = set()
    for _, text in calls(node):
        first, _, rest = text.partition(".")
        whole = names.get(first, f"{module.name}.{first}")
        found.add(at_home(f"{whole}.{rest}" if rest else whole))
    return found


def at_home(name: str) -> str:
    """Where a function is written, for a name that another module only passes on."""
    holder, _, last = name.rpartition(".")
    passing = {module.name: module for module in modules()}.get(holder)
    if name in functions() or passing is None:
        return name
    return names_of(passing).get(last, name)


@cache
def audited() -> frozenset[str]:
    """Every function that writes an audit line itself or through what it calls."""
    edges = {name: called_from(name) for name in functions()}
    found = {"compliance.audit_trail.audit.record"}
    while True:
        more = {name for name, called in edges.items() if called & found} - found
        if not more:
            return frozenset(found)
        found |= more


def opens_a_transaction(node: ast.FunctionDef) -> bool:
    return any(
        dotted(one) in {"transaction.atomic", "transaction.atomic()"} for one in node.decorator_list
    ) or any(text == "transaction.atomic" for _, text in calls(node))


def changes_rows(node: ast.FunctionDef) -> bool:
    return any(
        text in {"bulk.insert", "bulk.update", "bulk.insert_or_update"}
        or (
            "." in text
            and text.rsplit(".", 1)[-1] in CHANGES
            and ("objects" in text or text.endswith(".save"))
        )
        for _, text in calls(node)
    )


def writing_verbs() -> set[str]:
    """Public functions of writing modules and doors that open a transaction or change rows."""
    writing = set().union(*WRITERS.values())
    return {
        name
        for name, (module, node) in functions().items()
        if not node.name.startswith("_")
        and (module.name in writing or is_door(module))
        and (opens_a_transaction(node) or (module.name in writing and changes_rows(node)))
    }


def test_every_writing_verb_leaves_an_audit_line() -> None:
    silent = writing_verbs() - audited() - set(WITHOUT_A_LINE)

    assert silent == set(), "Record an audit event, or say in WITHOUT_A_LINE whose line covers it."


def test_nothing_is_excused_that_does_not_exist_or_leaves_a_line_anyway() -> None:
    assert {name for name in WITHOUT_A_LINE if name not in functions()} == set()
    assert {name for name in WITHOUT_A_LINE if name not in writing_verbs()} == set()
    assert {name for name in WITHOUT_A_LINE if name in audited()} == set()


def test_the_search_sees_lines_written_further_down() -> None:
    assert {
        "rebalancing.proposals.proposals.approve",
        "rebalancing.execution.orders.release",
        "clients.policies.policies.adopt",
    } <= audited()
