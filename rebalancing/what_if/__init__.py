"""What other bands, costs or another model would mean for the whole firm, before anybody proposes them; nothing is stored."""
