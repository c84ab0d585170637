"""The firm's promises and which of them are broken: the check (`promises`) and the facts it is made of (`facts`)."""
