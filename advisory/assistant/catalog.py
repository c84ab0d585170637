"""What an assistant may ask: tools, each one address of the API that is read, and the same addresses as resources."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

ID = r"^[a-z]{2,4}_[0-9a-z]{12}$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})$"
WORD = r"^[a-z0-9_.]{1,64}$"
SCHEME = "evenkeel://record/"
TEXT_MAX = 200


class BadArguments(ValueError):
    """What was asked for cannot be asked so; the words say why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One argument of a tool."""

    name: str
    kind: str
    told: str
    pattern: str = ""
    required: bool = False

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        found: dict[str, Any] = {"type": self.kind, "description": self.told}
        if self.pattern:
            found["pattern"] = self.pattern
        if self.kind == "string" and not self.pattern:
            found |= {"minLength": 1, "maxLength": TEXT_MAX}
        if self.kind == "integer":
            found |= {"minimum": 1, "maximum": 10**15}
        return found

    def text_of(self, value: Any) -> str:
        """The value as an address has it. Raises `BadArguments`."""
        if self.kind == "boolean" and isinstance(value, bool):
            return "true" if value else "false"
        if self.kind == "integer" and type(value) is int and 1 <= value <= 10**15:
            return str(value)
        if self.kind == "string" and isinstance(value, str) and 0 < len(value) <= TEXT_MAX:
            if not self.pattern or re.fullmatch(self.pattern, value):
                return value
            raise BadArguments(f"{self.name} is written as {self.pattern}.")
        raise BadArguments(f"{self.name} is a {self.kind}.")


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing to read. `path` is an address under /api/v1/, with arguments in braces; the other ones are its query."""

    name: str
    title: str
    told: str
    path: str
    takes: tuple[Asked, ...] = ()

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its arguments."""
        return {
            "type": "object",
            "properties": {one.name: one.schema() for one in self.takes},
            "required": [one.name for one in self.takes if one.required],
            "additionalProperties": False,
        }

    def address(self, given: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """The address and its query. Raises `BadArguments`."""
        if unknown := sorted(set(given) - {one.name for one in self.takes}):
            raise BadArguments(f"{self.name} takes no {', '.join(unknown)[:80]}.")
        texts = {}
        for one in self.takes:
            if one.name in given:
                texts[one.name] = one.text_of(given[one.name])
            elif one.required:
                raise BadArguments(f"{self.name} needs {one.name}.")
        inside = {name: quote(text, safe="") for name, text in texts.items() if f"{{{name}}}" in self.path}
        return self.path.format(**inside), {name: texts[name] for name in texts if name not in inside}


HOUSEHOLD = Asked("household", "string", "The household's id, such as hh_v7g3bapstcfw.", ID)
PROPOSAL = Asked("proposal", "string", "The proposal's id.", ID)
PAGE = Asked("page", "integer", "The page, from 1; each has 50 records.")
STATE = Asked("state", "string", "Only those in this state.", WORD)
SINCE = Asked("since", "string", "The first day, such as 2026-11-23.", DAY)
UNTIL = Asked("until", "string", "The last day.", DAY)


def _one(what: str) -> Asked:
    return Asked("id", "string", f"The id of the {what}.", ID, required=True)


TOOLS = (
    Tool(
        "households",
        "Households",
        "Households by name, or all: ids, advisors, whether open. Begin here to find an id.",
        "households/",
        (
            Asked("name", "string", "A part of the name."),
            Asked("is_open", "boolean", "Whether it has not been closed."),
            PAGE,
        ),
    ),
    Tool("household", "One household", "One household.", "households/{id}/", (_one("household"),)),
    Tool(
        "timeline",
        "A household's days",
        "What was found for a household on each market day, or why no scan read it.",
        "households/{id}/timeline/",
        (_one("household"), SINCE, UNTIL, PAGE),
    ),
    Tool(
        "tax_ledger",
        "A household's tax ledger",
        "Realized sales with what the wash-sale rule disallows, budgets, payments and custodians' figures.",
        "households/{id}/tax-ledger/",
        (_one("household"),),
    ),
    Tool(
        "wash_calendar",
        "A household's wash windows",
        "Open wash-sale windows and what they cover.",
        "households/{id}/wash-calendar/",
        (_one("household"),),
    ),
    Tool("accounts", "Accounts", "Accounts, of one household or all.", "accounts/", (HOUSEHOLD, PAGE)),
    Tool(
        "account", "One account", "One account with positions and cash.", "accounts/{id}/", (_one("account"),)
    ),
    Tool(
        "lots",
        "Tax lots",
        "Tax lots with basis and dates, of a household, an account or a symbol.",
        "lots/",
        (
            HOUSEHOLD,
            Asked("account", "string", "The account's id.", ID),
            Asked("symbol", "string", "The security's symbol."),
            Asked("is_open", "boolean", "Whether shares are left."),
            PAGE,
        ),
    ),
    Tool(
        "standings",
        "What needs attention",
        "The state of every household of the book, what needs attention first.",
        "standings/",
        (STATE, PAGE),
    ),
    Tool(
        "drift",
        "Drift",
        "The drift of every household of the book as of a day, with every class.",
        "drift/",
        (
            Asked("as_of", "string", "The day.", DAY),
            Asked("asset_class", "string", "One asset class, by its code.", WORD),
            PAGE,
        ),
    ),
    Tool(
        "readings",
        "Readings",
        "What scans found for each household, and why nothing was done.",
        "readings/",
        (HOUSEHOLD, Asked("scan", "string", "The scan's id.", ID), SINCE, UNTIL, PAGE),
    ),
    Tool("reading", "One reading", "One reading.", "readings/{id}/", (_one("reading"),)),
    Tool("scans", "Scans", "Scans with their progress.", "scans/", (STATE, PAGE)),
    Tool(
        "proposals",
        "Proposals",
        "Proposals, the newest first. State is open, all, or one state.",
        "proposals/",
        (HOUSEHOLD, STATE, PAGE),
    ),
    Tool(
        "proposal",
        "One proposal",
        "One proposal as it counts now: its fingerprint, what moved since, what blocks it.",
        "proposals/{id}/",
        (_one("proposal"),),
    ),
    Tool(
        "revision",
        "One revision",
        "One revision: outcome, trades, lots, taxes, what was left alone, alternatives, checks, makers.",
        "proposals/{id}/revisions/{number}/",
        (
            _one("proposal"),
            Asked("number", "integer", "The number of the revision, from 1.", required=True),
        ),
    ),
    Tool("reviews", "Reviews", "The review desk.", "reviews/", (HOUSEHOLD, STATE, PAGE)),
    Tool(
        "review", "One review", "One review: findings, decisions, thread.", "reviews/{id}/", (_one("review"),)
    ),
    Tool("batches", "Released orders", "Released orders.", "batches/", (HOUSEHOLD, PROPOSAL, PAGE)),
    Tool(
        "batch",
        "One released batch",
        "The orders of one release, with lots.",
        "batches/{id}/",
        (_one("batch"),),
    ),
    Tool(
        "breaks",
        "Breaks",
        "Where our book and custodians' files differ.",
        "breaks/",
        (HOUSEHOLD, STATE, PAGE),
    ),
    Tool(
        "policies",
        "Policies",
        "Investment policies, version by version.",
        "policies/",
        (HOUSEHOLD, STATE, PAGE),
    ),
    Tool("policy", "One policy", "One version of a policy.", "policies/{id}/", (_one("policy"),)),
    Tool("models", "Models", "Model portfolios.", "models/", (PAGE,)),
    Tool("model", "One model", "One model portfolio with its tree.", "models/{id}/", (_one("model"),)),
    Tool("holds", "Holds", "Holds on households and accounts.", "holds/", (HOUSEHOLD, PAGE)),
    Tool("cash_needs", "Cash needs", "Money that is due in or out.", "cash-needs/", (HOUSEHOLD, PAGE)),
    Tool(
        "summaries",
        "What clients were told",
        "What clients read, version after version.",
        "summaries/",
        (HOUSEHOLD, PROPOSAL, PAGE),
    ),
    Tool("summary", "One summary", "What a client was told.", "summaries/{id}/", (_one("summary"),)),
    Tool("promises", "Broken promises", "The firm's promises that are broken now.", "promises/"),
    Tool("settings", "Settings", "The firm's settings in force.", "settings/"),
    Tool(
        "events",
        "The audit trail",
        "Events of the audit trail, the newest first, each with its place in the hash chain.",
        "audit/",
        (
            HOUSEHOLD,
            Asked("action", "string", "The kind of event, such as review.decided.", WORD),
            Asked("about_kind", "string", "The kind of thing, such as proposal.", WORD),
            Asked("about_id", "string", "The id of the thing."),
            Asked("since", "string", "From this moment, such as 2026-11-23T00:00:00Z.", MOMENT),
            Asked("until", "string", "Before this moment.", MOMENT),
            Asked("cursor", "string", "From `next` of the page before."),
        ),
    ),
    Tool(
        "event",
        "One audit event",
        "One event of the audit trail with its facts and hashes.",
        "audit/{seq}/",
        (Asked("seq", "integer", "The number of the event.", required=True),),
    ),
    Tool("chain", "The chain", "The result of the last verification of the audit trail.", "audit/chain/"),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
LISTED = tuple(tool for tool in TOOLS if "{" not in tool.path)
"""Tools that are resources as they are: lists, on their first page."""
OF_ONE = tuple(tool for tool in TOOLS if "{" in tool.path)


def uri_of(tool: Tool) -> str:
    """The address of a tool's resource, a template where it is about one thing."""
    return SCHEME + tool.path.rstrip("/")


def found_at(uri: str) -> tuple[Tool, dict[str, Any]] | None:
    """The tool and the arguments that a resource's address means; None where there is no such resource."""
    if not uri.startswith(SCHEME):
        return None
    path = uri.removeprefix(SCHEME).rstrip("/") + "/"
    for tool in TOOLS:
        parts = re.split(r"\{(\w+)\}", tool.path)
        pattern = "".join(
            f"(?P<{part}>[^/?#]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
        )
        if match := re.fullmatch(pattern, path):
            kinds = {one.name: one.kind for one in tool.takes}
            given = match.groupdict()
            if any(kinds[name] == "integer" and not text.isdecimal() for name, text in given.items()):
                return None
            return tool, {
                name: int(text) if kinds[name] == "integer" else text for name, text in given.items()
            }
    return None
