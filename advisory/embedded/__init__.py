"""The quick start's own database and broker: real servers from wheels, supervised by us.

Nothing here knows Django, because settings are read only after the servers have an address.
A DATABASE_URL or REDIS_URL always wins over what this package would start.
"""
