"""Our book against the custodian's files: what is compared, and what differs."""
