"""The desk's frame: home, navigation, appearance, error pages."""
