"""What the rules look at, as frozen values: the case, its parts, facts read from the record, and the firm's figures."""
