"""What the demo says at the end: who can sign in as what."""

from __future__ import annotations

from advisory.demo import people
from advisory.demo.firm import Firm


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
