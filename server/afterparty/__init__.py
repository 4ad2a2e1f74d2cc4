"""Afterparty: a self-hosted live-audio room server in the manner of Twitter Spaces.

The folders are the architecture: ``core`` ← ``wire`` ← ``store``, ``media`` ← ``node``;
``client`` knows ``wire`` only; ``replay`` and ``loadtest`` know ``client`` only.
"""

__version__: str


def __getattr__(name: str) -> str:
    """``__version__``, found when asked for: looking for it imports sockets, and core has none."""
    if name != "__version__":
        raise AttributeError(f"afterparty has no {name}")
    from importlib import metadata

    try:
        return metadata.version("afterparty")
    except metadata.PackageNotFoundError:  # run from a checkout that was not installed
        return "0.0.0+checkout"
