"""What a scenario and a season say: forms, reading, and whether it can happen as it is written.

Knows no server and no run.
"""
