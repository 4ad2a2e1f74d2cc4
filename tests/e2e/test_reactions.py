"""Reactions over real sockets at two nodes: what a room takes, and that all are told of all."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.e2e.conftest import Nodes, open_evening, several_nodes

from afterparty.client.errors import ClientError
from afterparty.wire.messages import Reactions, ToClient

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    with several_nodes(tmp_path_factory.mktemp("reactions") / "data", 2) as found:
        yield found


class Told:
    """All reactions that one session was told of, by what they were."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.named: set[tuple[str, str]] = set()

    def __call__(self, message: ToClient) -> None:
        if isinstance(message, Reactions):
            for member, reaction, times in message.reactions:
                self.sums[reaction] += times
                self.named.add((member, reaction))


async def test_everybody_at_every_node_is_told_of_every_reaction(nodes: Nodes) -> None:
    async with open_evening(nodes.urls[0], "reacting") as evening:
        ears = [Told() for _ in nodes.urls]
        fans = [
            await evening.join(f"fan{n}", url=url, told=ears[n]) for n, url in enumerate(nodes.urls)
        ]
        fans.append(await evening.join(None, url=nodes.urls[1]))
        sent: Counter[str] = Counter()
        for fan in fans:
            for reaction in ("💯", "👋", "👋🏽", "✊🏿", "😂", "💯"):
                await fan.command("react", reaction=reaction)
                sent[reaction] += 1
        async with asyncio.timeout(30):
            for fan, ear in zip(fans, ears, strict=False):
                await fan.until(lambda _, ear=ear: ear.sums.total() >= sent.total())
        assert [ear.sums for ear in ears] == [sent, sent]
        assert ears[0].named == ears[1].named
        assert {member for member, _ in ears[0].named} == {fan.member for fan in fans}
        for wrong in ("✋", "✌️", "😂🏽", "👋🏽🏽", "🐍", ""):
            with pytest.raises(ClientError, match="bad_reaction"):
                await fans[0].command("react", reaction=wrong)
