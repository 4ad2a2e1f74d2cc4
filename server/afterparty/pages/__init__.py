"""What reports are drawn and printed with: charts, and the look of a page that stands alone.

Knows nothing of runs, servers or listeners.
"""
