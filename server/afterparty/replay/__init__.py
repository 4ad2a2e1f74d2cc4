"""Scenarios: what they say, their audience and voices, a run, what came of it, and seasons of them.

Drives a server through ``client`` only. Its rooms: ``words`` below all; ``plan``, ``voice`` and
``verdict`` on it; ``evening`` on these, ``season`` on that; ``author`` beside.
"""
