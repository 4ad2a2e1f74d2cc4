"""A worker that speaks the swarm's pipe and joins nobody: what it tells is set by its target.

The target is ``http://127.0.0.1/?…``-like: the part after ``#`` names what goes wrong.
"""

import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, urlsplit

import numpy as np

from afterparty.loadtest.tally import Finish, Mark, Order, Outcome, Progress, Wanted, Window

EVERY = 0.05
PACE = 50


class Fake:
    """Everybody joins at the rate asked for, and hears 50 packets a second."""

    def __init__(self, order: Order) -> None:
        self.order = order
        faults = parse_qs(urlsplit(order.target).fragment)
        self.faults = {name: float(values[-1]) for name, values in faults.items()}
        self.wanted = Wanted(0, 1)
        self.asked = self.there = self.failed = self.left = 0
        self.joins = 0.0
        self.packets = 0.0
        self.window: tuple[str, float, int] | None = None
        self.windows: list[Window] = []
        self.sounds: list[float] = []

    def fault(self, name: str) -> float:
        above = self.faults.get(f"{name}_above", 0)
        return self.faults.get(name, 0.0) if self.there > above else 0.0

    def pass_time(self, seconds: float) -> list[float]:
        """Join, churn and hear for so long; the times to first sound of who joined."""
        missing = self.wanted.listeners - self.there - self.failed
        self.joins = min(self.joins + self.wanted.rate * seconds, max(missing, 0))
        new = int(self.joins)
        self.joins -= new
        fail = int(new * self.fault("fail"))
        self.asked += new
        self.failed += fail
        self.there += new - fail
        churned = min(round(self.wanted.churn * seconds), self.there)
        self.asked += churned
        self.left += churned
        self.packets += self.there * PACE * seconds
        sounds = [0.1 + self.fault("slow")] * (new - fail + churned)
        self.sounds += sounds
        return sounds

    def progress(self, sounds: list[float]) -> Progress:
        return Progress(
            worker=self.order.worker,
            at=time.time(),
            asked=self.asked,
            joining=0,
            connected=self.there,
            hearing=self.there - int(self.there * self.fault("deaf")),
            left=self.left,
            failed=self.failed,
            waiting=0,
            packets=int(self.packets),
            gaps=0,
            silence=0.02,
            first_sound=tuple(sounds),
            reasons={"http_503": self.failed} if self.failed else {},
            cpu=time.process_time(),
            dropped=int(self.fault("dropped")),
        )

    def close(self) -> Iterator[Window]:
        if self.window is None:
            return
        name, since, there = self.window
        self.window = None
        expected = np.full(there, int(PACE * (time.monotonic() - since)) or 1)
        received = (expected * (1 - self.fault("lose"))).astype(np.int64)
        silence = np.full(there, 0.021)
        silence[: 1 if there else 0] += self.fault("silence")
        yield Window(self.order.worker, name, expected, received, expected - received, silence)

    def outcome(self) -> Outcome:
        return Outcome(
            worker=self.order.worker,
            first_sound=np.array(self.sounds),
            windows=(*self.windows, *self.close()),
            checked=100,
            unauthentic=int(self.faults.get("unauthentic", 0)),
            decoded=self.order.decode,
            wrong_sound=int(self.faults.get("wrong", 0)),
            ticks_missing=0,
            reasons={},
        )


def work(pipe: Connection, order: Order) -> None:
    """The process."""
    fake = Fake(order)
    then = time.monotonic()
    while True:
        try:
            told = pipe.recv() if pipe.poll(EVERY) else None
        except (EOFError, OSError):
            return
        now = time.monotonic()
        sounds = fake.pass_time(now - then)
        then = now
        match told:
            case Wanted():
                fake.wanted = told
            case Mark(name):
                for window in fake.close():
                    fake.windows.append(window)
                    pipe.send(window)
                fake.window = (name, now, fake.there)
            case Finish():
                pipe.send(fake.outcome())
                return
        if fake.faults.get("die") and fake.there >= fake.faults["die"]:
            raise SystemExit(3)
        pipe.send(fake.progress(sounds))
