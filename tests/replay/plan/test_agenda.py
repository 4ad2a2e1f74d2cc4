"""afterparty.replay.plan.agenda: a plan as a list of what is due."""

from afterparty.replay.plan.agenda import Agenda, Does
from afterparty.replay.plan.audience import Fan, Inclination
from afterparty.replay.plan.visits import Visit


def fan(key: str, *visits: Visit) -> Fan:
    return Fan(key, "part", anonymous=False, visits=visits, inclination=Inclination.FOLLOW,
               decides_after=0.5, simulated=True)  # fmt: skip


def taken(agenda: Agenda, now: float) -> list[tuple[float, Does, str, str]]:
    found = []
    while due := agenda.take(now):
        found.append((due.at, due.does, due.who, due.room))
    return found


def test_comings_and_goings_in_their_order() -> None:
    agenda = Agenda(
        [fan("b", Visit("x", 2, 4), Visit("x", 6, None)), fan("a", Visit("x", 1, None))]
    )
    assert len(agenda) == 4
    assert agenda.take(0.5) is None
    assert taken(agenda, 4) == [
        (1, Does.ENTER, "a", "x"),
        (2, Does.ENTER, "b", "x"),
        (4, Does.LEAVE, "b", ""),
    ]
    assert taken(agenda, 9) == [(6, Does.ENTER, "b", "x")]
    assert len(agenda) == 0


def test_who_goes_over_is_gone_with_that() -> None:
    agenda = Agenda([fan("a", Visit("x", 1, 2), Visit("y", 2, 3))])
    assert [(does, room) for _, does, _, room in taken(agenda, 9)] == [
        (Does.ENTER, "x"),
        (Does.ENTER, "y"),
        (Does.LEAVE, ""),
    ]


def test_what_is_put_back_comes_before_what_is_due_later() -> None:
    agenda = Agenda([fan("a", Visit("x", 1, 2))])
    first = agenda.take(1)
    assert first is not None
    agenda.add(1.5, Does.QUIT, "a", "x")
    agenda.put_back([first])
    assert [does for _, does, _, _ in taken(agenda, 9)] == [Does.ENTER, Does.QUIT, Does.LEAVE]
