"""``python -m afterparty`` is the ``afterparty`` command."""

from afterparty.cli import main

main()
