"""Run as a script: become another program that is ended when the parent process ends.

``python lifeline.py PARENT_PID PROGRAM ARGUMENT...``. On Linux the kernel sends the program
SIGTERM when its parent is gone, however that ended; elsewhere the program simply starts, and who
needs the data next ends it. Standard library only: it runs without the package.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Arm the signal and become the program."""
    parent, program, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != int(parent):  # it ended before the signal was armed
            sys.exit(0)
    os.execv(program, [program, *arguments])  # noqa: S606 -- replacing this process is the point


if __name__ == "__main__":
    main()
