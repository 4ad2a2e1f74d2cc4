"""Who comes to an evening, when, and what each of them will do: drawn by lot, the same for a seed.

Pure: from a scenario to a plan.
"""
