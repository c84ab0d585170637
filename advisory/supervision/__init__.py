"""The commands behind `./evenkeel`: starting, watching, stopping, checking."""
