"""What this floor's screens show, each built in a known number of queries."""
