"""Others beside ours: WHEP servers as people build or install them, under the same swarm.

Each is a process of its own; the swarm (`afterparty.loadtest`) joins all of them by WHEP and cannot
tell them apart. `compare` runs them one after another and does the sums.
"""
