"""What each screen of this floor says: one frozen value a page, in a known number of queries."""
