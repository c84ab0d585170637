"""The pre-trade rule book: pure functions over frozen values, no framework, no clock, no database.

Start with ``book.py`` (which rules there are), then ``facts/case.py`` (what they look at), then any rule.
Adding a rule is one file with a ``RULE`` and a ``check``, one line in the book and one drawn test.
"""
