"""Questions over two nodes, one of which is killed: none is lost, and each vote counts."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.conftest import Nodes, open_evening, several_nodes

from afterparty.client.errors import Refused
from afterparty.client.session import Session

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    with several_nodes(tmp_path / "data", 2) as found:
        yield found


def asked(session: Session) -> dict[str, int]:
    """Votes of each question, as a session was told last."""
    return {one.text: one.votes for one in session.questions.questions} if session.questions else {}


async def test_questions_outlive_the_node_they_were_asked_at(nodes: Nodes) -> None:
    alive, killed = nodes.urls
    async with open_evening(alive, "asked") as evening, asyncio.timeout(90):
        room = evening.post
        host = await evening.join("host", room, url=alive)
        guest = await evening.join("guest", room, url=killed)
        fans = [await evening.join(f"fan-{n}", room, url=killed) for n in range(3)]
        first = await fans[0].ask("When is the next single?")
        second = await fans[1].ask("Will there be a tour?")
        await asyncio.gather(*(fan.vote(second) for fan in (fans[0], fans[2], host)))
        await fans[1].vote(first)
        expected = {"Will there be a tour?": 3, "When is the next single?": 1}
        for session in (host, *fans):  # while it waits for the room to open, at either node
            await session.until(lambda s: asked(s) == expected)
        nodes.kill(killed)
        for fan in fans:
            await fan.until(lambda s: s.url == alive and s.state == "joined")
            await fan.until(lambda s: asked(s) == expected)
        await fans[0].vote(second)  # it counts already
        await fans[2].vote(second, given=False)
        await host.command("open")
        await guest.until(lambda s: s.url == alive and s.room.state == "live")
        await guest.command("pick", question=second)
        for fan in fans:
            await fan.until(lambda s: asked(s) == {"When is the next single?": 1})
            picked = fan.room.picked
            assert picked is not None
            assert (picked.text, picked.member, picked.votes) == (
                "Will there be a tour?",
                "fan-1",
                2,
            )
        with pytest.raises(Refused) as refused:
            await fans[2].vote(second)
        assert refused.value.code == "no_such_question"
        await host.command("answered", question=second)
        await fans[0].until(lambda s: [one.question for one in s.room.answered] == [second])
        await asyncio.to_thread(nodes.read)
        late = await evening.join(None, room, url=killed)
        await late.until(lambda s: asked(s) == {"When is the next single?": 1})
