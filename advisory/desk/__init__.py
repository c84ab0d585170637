"""The desk's frame: home page, navigation, appearance."""
