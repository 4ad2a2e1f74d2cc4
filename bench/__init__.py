"""The benchmarks behind every figure in docs/capacity.md. ``make bench`` runs them all.

Each module measures one thing and has ``async def run(quick) -> list[Figure]``. Servers are real
processes, started here on free ports with a folder of their own. Nothing is judged: no figure makes
a run fail. Must not import from the tests.
"""
