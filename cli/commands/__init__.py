"""The options and arguments of the commands, by what a person is about.

Commands import what they do only when they run: `etl --help` and mistakes answer at once.
"""
