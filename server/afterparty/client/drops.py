"""What the kernel dropped because a socket of ours had no room: our own slowness, nobody else's.

Told by Linux only (SO_MEMINFO, socket(7)); elsewhere it is 0.
"""

import socket
import struct
import sys

_SO_MEMINFO, _FIELDS, _DROPS = 55, 9, 8


def dropped(sock: socket.socket) -> int:
    """Datagrams lost in this socket's buffer since it was opened."""
    if sys.platform != "linux":
        return 0
    info = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 4 * _FIELDS)
    return int(struct.unpack(f"={_FIELDS}I", info)[_DROPS])
