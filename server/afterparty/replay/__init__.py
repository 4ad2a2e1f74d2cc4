"""Scenarios: their file format, cast and voices, audience, runner, report.

Drives a server through ``client`` only.
"""
