import numpy as np

from afterparty.media.datagrams.rtp import MAX_CSRCS
from afterparty.media.desk.feed import COMFORT_TICKS, FeedPacket
from afterparty.media.desk.mixer import HANG_OVER_TICKS, SPEAKING_TICKS, Mixed, Mixer
from afterparty.media.desk.opus import COMFORT
from afterparty.media.desk.pcm import Pcm

FIRST = 1_000_000


class Hum:
    """A voice of constant loudness, until told otherwise."""

    def __init__(self, amplitude: float | None) -> None:
        self.amplitude = amplitude
        self._at = 0

    def pull(self) -> Pcm | None:
        self._at += 960
        if self.amplitude is None:
            return None
        wave = self.amplitude * np.sin(2 * np.pi * 440 * np.arange(self._at, self._at + 960) / 48e3)
        return wave.astype(np.float32)


def room(*amplitudes: float | None) -> tuple[Mixer, list[Hum]]:
    mixer, voices = Mixer(), [Hum(a) for a in amplitudes]
    for number, voice in enumerate(voices):
        mixer.seat(f"v{number}", 100 + number, voice)
    return mixer, voices


def common(mixer: Mixer, mixed: Mixed) -> FeedPacket | None:
    return next((p for feed, p in mixed.packets if feed is mixer.feed), None)


def test_an_empty_room_costs_nothing_but_comfort() -> None:
    mixer, _ = room()
    packets = [common(mixer, mixer.tick(FIRST + t)) for t in range(3 * COMFORT_TICKS)]
    sent = [t for t, p in enumerate(packets) if p is not None]
    assert sent == [0, COMFORT_TICKS, 2 * COMFORT_TICKS]
    assert {p.payload for p in packets if p} == {COMFORT}
    assert mixer.encodes == 0


def test_a_quiet_microphone_is_not_speech() -> None:
    mixer, _ = room(0.0005)
    for t in range(30):
        mixer.tick(FIRST + t)
    assert mixer.encodes == 0


def test_one_speaker_costs_one_encode_a_tick() -> None:
    """Alone they hear nobody, so their own feed is comfort."""
    mixer, _ = room(0.3, None)
    for t in range(20):
        mixer.tick(FIRST + t)
    assert mixer.encodes == 20


def test_each_speaker_follows_a_feed_of_their_own() -> None:
    mixer, _ = room(0.3, 0.2)
    mixed = mixer.tick(FIRST)
    assert [name for name, _ in mixed.moved] == ["v0", "v1"]
    by_feed = dict(mixed.packets)
    own = dict(mixed.moved)
    assert by_feed[mixer.feed].csrcs == (100, 101)
    assert by_feed[own["v0"]].csrcs == (101,)
    assert by_feed[own["v1"]].csrcs == (100,)
    assert mixer.encodes == 3


def test_the_loudest_comes_first_with_its_level() -> None:
    mixer, _ = room(0.01, 0.5)
    packet = common(mixer, mixer.tick(FIRST))
    assert packet is not None
    assert packet.csrcs == (101, 100)
    assert list(packet.levels) == [9, 43]


def test_a_voice_stays_for_a_while_after_it_falls_silent() -> None:
    mixer, (voice,) = room(0.3)
    mixer.tick(FIRST)
    voice.amplitude = None
    back = None
    for t in range(1, HANG_OVER_TICKS + 5):
        mixed = mixer.tick(FIRST + t)
        if mixed.moved:
            assert back is None
            back = t
            assert mixed.moved == [("v0", mixer.feed)]
    assert back == HANG_OVER_TICKS
    assert mixer.encodes == HANG_OVER_TICKS


def test_sound_after_silence_bears_the_marker() -> None:
    mixer, (voice,) = room(None)
    mixer.tick(FIRST)
    voice.amplitude = 0.3
    packets = [common(mixer, mixer.tick(FIRST + t)) for t in (1, 2, 3)]
    assert [p.marker for p in packets if p] == [True, False, False]


def test_who_speaks_is_told_on_change_and_five_times_a_second_at_most() -> None:
    mixer, (voice, other) = room(0.3, None)
    speaking = mixer.tick(FIRST).speaking
    assert speaking is not None
    assert 12 <= speaking[100] <= 15
    voice.amplitude, other.amplitude = 0.2, 0.3
    told = [t for t in range(1, 60) if mixer.tick(FIRST + t).speaking is not None]
    assert told == [SPEAKING_TICKS]


def test_an_unseated_voice_is_not_in_the_next_tick() -> None:
    mixer, _ = room(0.3, 0.3)
    mixer.tick(FIRST)
    mixer.unseat("v0")
    packet = common(mixer, mixer.tick(FIRST + 1))
    assert packet is not None
    assert packet.csrcs == (101,)
    assert mixer.encodes == 4


def test_only_the_fifteen_loudest_are_heard() -> None:
    mixer, _ = room(*(0.8**n for n in range(20, 0, -1)))
    packet = common(mixer, mixer.tick(FIRST))
    assert packet is not None
    assert packet.csrcs == tuple(range(119, 119 - MAX_CSRCS, -1))
