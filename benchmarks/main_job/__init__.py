"""The main job from a CSV file to all stores, as a user runs it, by step."""
