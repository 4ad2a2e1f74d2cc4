"""afterparty.replay.author.synopsis: what an evening is, in a few lines."""

from pathlib import Path

from tests.replay.texts import SMALL

from afterparty.replay.author.synopsis import REAL_LIMIT, synopsis, synopsis_of_season
from afterparty.replay.season.runner import REAL
from afterparty.replay.words.loading import parse
from afterparty.replay.words.seasonload import load

FOLDER = Path(__file__).parents[3] / "scenarios"

BEGINS = 'begins: {at: "2021-06-09T22:53:00+09:00", basis: press}\n'


def test_an_evening_in_a_few_lines() -> None:
    assert synopsis(parse(SMALL)) == [
        ("evening", "A small evening"),
        ("time", "4:00, 40 s at demo speed; stands for no time but its own"),
        ("rooms", "first (blueroom), second (space)"),
        ("cast", "host.a, speaker.b, fan.c"),
        ("audience", "20 listeners: 20 with connections, 0 simulated (fans 20)"),
        ("beats", "12, of which 2 are lines to speak"),
        ("expects", "state"),
    ]


def test_an_evening_of_very_many_says_how_many_are_simulated_and_when_it_was() -> None:
    told = dict(synopsis(parse(BEGINS + SMALL.replace("size: 20", "size: 44208"))))
    assert "44,208 listeners: 200 with connections, 44,008 simulated" in told["audience"]
    assert told["time"].endswith("begins 2021-06-09T22:53:00+09:00 (press)")


def test_as_many_are_said_to_have_connections_as_a_replay_gives_them() -> None:
    assert REAL_LIMIT == REAL


def test_a_season_in_a_few_lines() -> None:
    told = dict(synopsis_of_season(load(FOLDER)))
    assert told["season"].startswith("Spaces, January to June 2021")
    assert told["evenings"].startswith("16 on ")
    assert told["eras"] == "before-launch, since-launch"
    assert "first" in told["claims"]
