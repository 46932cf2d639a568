"""What a billion rows a day need on AWS, computed from what was measured here."""
