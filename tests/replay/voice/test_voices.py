"""The cast's voices: who speaks can be told, from clean sound and from what Opus leaves of it."""

import asyncio
import importlib.util

import numpy as np
import pytest
from numpy.typing import NDArray

from afterparty.client.opus import OpusDecoder, OpusEncoder
from afterparty.replay.voice import espeak, tone
from afterparty.replay.voice.espeak import SpeechError, resample
from afterparty.replay.voice.pitch import PITCHES, RATE
from afterparty.replay.voice.voices import PILOT, Voice, VoiceKind, pitch_of, who_is_heard

Pcm = NDArray[np.int16]

KOREAN = "안녕하세요, 오늘 밤 우리 방에 오신 여러분 환영합니다. 이야기를 시작해 볼까요?"
ENGLISH = "Good evening, and welcome to the room. Shall we begin?"
CAST = {str(index): float(hertz) for index, hertz in enumerate(PITCHES)}

needs_espeak = pytest.mark.skipif(
    importlib.util.find_spec("espeakng_loader") is None, reason="the voices extra is not installed"
)


def through_opus(pcm: Pcm) -> Pcm:
    encoder, decoder = OpusEncoder(bit_rate=32_000), OpusDecoder()
    ticks = range(0, len(pcm) - 959, 960)
    return np.concatenate([decoder.decode(encoder.encode(pcm[n : n + 960])) for n in ticks])


def mix(voices: list[Pcm]) -> Pcm:
    whole = np.zeros(max(map(len, voices)))
    for voice in voices:
        whole[: len(voice)] += voice
    return np.clip(whole, -32_768, 32_767).astype(np.int16)


def seconds(pcm: Pcm) -> float:
    return len(pcm) / RATE


@pytest.mark.parametrize("kind", ["tone", pytest.param("marked", marks=needs_espeak)])
@pytest.mark.parametrize("index", range(len(PITCHES)))
def test_each_voice_is_its_own(kind: VoiceKind, index: int) -> None:
    pcm = Voice(index, kind).speech(KOREAN)
    assert pcm.dtype == np.int16
    assert pcm.ndim == 1
    assert 3 < seconds(pcm) < 15
    assert who_is_heard(pcm, CAST) == {str(index)}
    assert who_is_heard(through_opus(pcm), CAST) == {str(index)}


@pytest.mark.parametrize("kind", ["tone", pytest.param("marked", marks=needs_espeak)])
@pytest.mark.parametrize("group", [{0, 1}, {2, 3, 4}, {5, 6, 7, 8}, {0, 3, 8, 13, 16}])
def test_voices_in_a_mix(kind: VoiceKind, group: set[int]) -> None:
    pcm = mix([Voice(index, kind).speech(KOREAN * 2) for index in sorted(group)])
    names = {str(index) for index in group}
    assert who_is_heard(pcm, CAST) == names
    assert who_is_heard(through_opus(pcm), CAST) == names


@pytest.mark.parametrize("line", ["", "...", "?!", "ㅋ", "a", "hmm"])
def test_the_shortest_lines_can_be_told(line: str) -> None:
    for kind in ("tone", "marked"):
        assert who_is_heard(Voice(2, kind).speech(line), CAST) == {"2"}


def test_without_a_voice_nothing_is_said() -> None:
    assert len(Voice(0, "none").speech(KOREAN)) == 0


def test_a_tone_keeps_within_its_bounds() -> None:
    assert seconds(tone.speak("", 700)) == pytest.approx(tone.SHORTEST, abs=tone.SYLLABLE)
    assert seconds(tone.speak("가" * 10_000, 700)) == tone.LONGEST
    pcm = tone.speak(KOREAN, 700).astype(int)
    assert abs(pcm).max() <= tone.PEAK * 32_768
    assert pcm[0] == pcm[-1] == 0
    # No click: the steepest step is that of the sine itself.
    assert abs(np.diff(pcm)).max() <= tone.PEAK * 32_768 * 2 * np.pi * 700 / RATE + 2


def test_a_tone_has_the_rhythm_of_its_line() -> None:
    assert len(tone.speak("가나다라마바사아자차", 700)) > len(tone.speak("가나다라마", 700))
    assert not np.array_equal(tone.speak("가나다라마", 700), tone.speak("바사아자차", 700))
    assert np.array_equal(tone.speak(ENGLISH, 700), tone.speak(ENGLISH, 700))
    loudness = np.abs(tone.speak("가나다라마바사아자차", 700).astype(float))
    slow = np.convolve(loudness, np.ones(1200) / 1200, "valid")[2400:-2400]
    assert slow.min() < 0.6 * slow.max()


@needs_espeak
@pytest.mark.parametrize(("line", "lang"), [(KOREAN, "ko"), (ENGLISH, "en")])
def test_speech_sounds_for_a_plausible_time(line: str, lang: str) -> None:
    pcm = Voice(0, "speech").speech(line, lang)
    assert 2 < seconds(pcm) < 12
    assert np.sqrt(np.mean(pcm.astype(float) ** 2)) > 500
    assert abs(pcm.astype(int)).max() <= 32_768 * 0.51


@needs_espeak
def test_two_voices_differ() -> None:
    first, second = (Voice(index, "speech").speech(KOREAN) for index in (0, 1))
    size = min(len(first), len(second))
    assert np.corrcoef(first[:size], second[:size])[0, 1] < 0.5
    again = Voice(0, "speech").speech(KOREAN)
    assert seconds(again) == pytest.approx(seconds(first), abs=0.1)


@needs_espeak
@pytest.mark.parametrize("pilot", [PILOT, -20.0])
def test_a_pilot_is_as_faint_as_it_says(pilot: float) -> None:
    voice = Voice(4, "marked", pilot=pilot)
    pcm = voice.speech(KOREAN).astype(float)
    n = np.arange(len(pcm))
    amplitude = 2 * abs(np.mean(pcm * np.exp(-2j * np.pi * voice.hertz * n / RATE))) / 32_767
    assert 20 * np.log10(amplitude) == pytest.approx(pilot, abs=1)


@needs_espeak
async def test_many_threads_speak_without_mixing_up_lines() -> None:
    voices = [Voice(index, "marked") for index in range(6)]
    lines = [KOREAN[: 16 + 20 * (index % 2)] for index in range(6)]
    alone = [voice.speech(line) for voice, line in zip(voices, lines, strict=True)]
    together = await asyncio.gather(
        *(asyncio.to_thread(v.speech, line) for v, line in zip(voices, lines, strict=True))
    )
    for index, (one, other) in enumerate(zip(alone, together, strict=True)):
        assert seconds(one) == pytest.approx(seconds(other), abs=0.1)
        assert who_is_heard(other, CAST) == {str(index)}


@needs_espeak
def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(SpeechError, match="language"):
        Voice(0, "speech").speech(KOREAN, "no-such-language")
    assert len(Voice(0, "speech").speech(KOREAN)) > 0


def test_without_the_library_every_voice_is_a_tone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "espeakng_loader", None)
    espeak.library.cache_clear()
    try:
        assert espeak.library() is None
        for kind in ("speech", "marked"):
            assert np.array_equal(Voice(3, kind).speech(KOREAN), tone.speak(KOREAN, pitch_of(3)))
    finally:
        espeak.library.cache_clear()


def test_resampling_keeps_pitch_length_and_loudness() -> None:
    n = np.arange(22_050)
    before = (8000 * np.sin(2 * np.pi * 1000 * n / 22_050)).astype(np.int16)
    after = resample(before, 22_050)
    assert len(after) == RATE
    spectrum = np.abs(np.fft.rfft(after)) * 2 / RATE
    assert int(np.argmax(spectrum)) == 1000
    assert spectrum[1000] == pytest.approx(8000, rel=0.01)
    assert len(resample(np.zeros(0, np.int16), 22_050)) == 0


def test_a_voice_beyond_the_cast_is_refused() -> None:
    with pytest.raises(ValueError, match="cast"):
        Voice(len(PITCHES))
