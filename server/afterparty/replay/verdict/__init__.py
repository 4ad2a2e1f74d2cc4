"""What a run measured, whether it is as expected, and the report of it.

Knows nothing of how it was run.
"""
