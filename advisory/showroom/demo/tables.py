"""The demo's own tables: who can sign in as what, and which household shows which situation."""

from __future__ import annotations

from collections.abc import Sequence

from advisory.showroom.demo import people
from advisory.showroom.demo import situations as drawn_situations
from advisory.showroom.demo.families import Family
from advisory.showroom.demo.firm import Firm


def sign_ins(firm: Firm) -> str:
    """Who may sign in, as what, and what to look at first."""
    rows = [(one.email, one.roles[0].label, one.look_at) for one in people.COLLEAGUES]
    rows += [(one.email, "Client", one.look_at) for one in firm.sign_ins]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{email:<{widths[0]}}  {role:<{widths[1]}}  {look_at}" for email, role, look_at in rows]
    return "\n".join(
        [
            f"{people.FIRM}, as of {firm.as_of}. People, holdings and prices are generated.",
            f"Everybody's password is: {people.PASSWORD}   (a demonstration only)",
            "",
            *lines,
        ]
    )


def situations(families: Sequence[Family]) -> str:
    """Which households are in which situation, as a Markdown table for docs/demo.md."""
    lines = ["| Situation | Households | What it shows |", "|---|---|---|"]
    for situation in (*drawn_situations.SITUATIONS, drawn_situations.INSIDE):
        names = ", ".join(sorted(one.name for one in families if one.situation == situation))
        if names:
            lines.append(f"| {situation.title} | {names} | {situation.shows} |")
    return "\n".join(lines)
