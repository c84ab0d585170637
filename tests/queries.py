"""What a page itself asks the database, of what was captured while it was opened."""

from __future__ import annotations

from collections.abc import Iterable

OF_SIGNING_IN = ('FROM "django_session"', 'FROM "advisory_user"', 'FROM "advisory_rolegrant"')
OF_THE_TEST = ("SAVEPOINT", "RELEASE SAVEPOINT")
"""A test runs in a transaction, in which one of the product's is a savepoint."""


def of_the_page(captured: Iterable[dict[str, str]]) -> list[str]:
    """The round trips without those that say who asks, each by its beginning."""
    return [
        one["sql"][:90]
        for one in captured
        if not one["sql"].startswith(OF_THE_TEST)
        and ("; SELECT" in one["sql"] or not any(table in one["sql"] for table in OF_SIGNING_IN))
    ]
