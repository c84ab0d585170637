"""What a new version of a model means: previews before it is published, and following it to done afterwards."""
