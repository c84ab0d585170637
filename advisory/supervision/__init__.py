"""What `./evenkeel` hands over to once the packages are there: starting, watching, stopping, checking."""
