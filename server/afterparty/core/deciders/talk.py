"""What is said and shown beside the sound: captions, posts, reactions, hands, questions."""

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deciders.decided import ANONYMOUS, Decider, Decision, has_hand_up
from afterparty.core.model import Question, Role, Room, RoomKind
from afterparty.core.permissions import Refusal
from afterparty.core.rules import (
    CAPTION_LIMIT,
    HANDS_LIMIT,
    PIN_LIMIT,
    PINS_LIMIT,
    QUESTION_LIMIT,
    URL_LIMIT,
    is_reaction,
    one_line,
)


def _say(room: Room, command: c.SayLine, now: float) -> Decision:
    text = one_line(command.text)
    if not 1 <= len(text) <= CAPTION_LIMIT:
        return Refusal("bad_caption", f"A line has 1 to {CAPTION_LIMIT} characters.")
    if room.seats[command.actor.member].muted:
        return Refusal("muted", "Your microphone is closed; open it before you speak.")
    if not room.seats[command.actor.member].captions:
        return Refusal("no_consent", "Agree to captions of what you say before there are any.")
    return (e.LineSaid(now, command.actor.member, text, command.language),)


def _consent(room: Room, command: c.ConsentToCaptions, now: float) -> Decision:
    member = command.actor.member
    if room.seats[member].captions is command.captions:
        return ()
    return (e.CaptionsConsent(now, member, command.captions),)


def _pin(room: Room, command: c.PinPost, now: float) -> Decision:
    text, url = one_line(command.text), command.url.strip()
    unfit = bool(command.text.strip()) and not text
    if unfit or len(text) > PIN_LIMIT or not (text or url):
        return Refusal("bad_pin", f"A post has text of up to {PIN_LIMIT} characters, or a link.")
    address = url.startswith(("https://", "http://")) and one_line(url) == url and " " not in url
    if url and not (address and len(url) <= URL_LIMIT):
        return Refusal(
            "bad_pin", f"A link begins with https:// and has at most {URL_LIMIT} characters."
        )
    if any(pin.pin == command.pin for pin in room.pins):
        return ()
    if len(room.pins) >= PINS_LIMIT:
        return Refusal("too_many_pins", f"{PINS_LIMIT} posts are pinned; take one down first.")
    return (e.PostPinned(now, command.actor.member, command.pin, text, url),)


def _unpin(room: Room, command: c.UnpinPost, now: float) -> Decision:
    by = command.actor.member
    pin = next((pin for pin in room.pins if pin.pin == command.pin), None)
    if pin is None:
        return Refusal("no_such_pin", "Nothing of that name is pinned.")
    if room.role_of(by) is Role.SPEAKER and pin.member != by:
        return Refusal("not_permitted", "A speaker takes down only what they pinned.")
    return (e.PostUnpinned(now, by, command.pin),)


def _react(room: Room, command: c.React, now: float) -> Decision:
    if not is_reaction(room.limits, command.reaction):
        return Refusal("bad_reaction", "That is not a reaction of this room.")
    return ()


def _raise(room: Room, command: c.RaiseHand, now: float) -> Decision:
    if command.actor.anonymous:
        return ANONYMOUS
    if not room.limits.raised_hands:
        return Refusal("not_in_these_rules", "In rooms of these rules no hand stays raised.")
    if has_hand_up(room, command.actor.member):
        return ()
    if len(room.hands) >= HANDS_LIMIT:
        return Refusal("too_many_hands", f"{HANDS_LIMIT} hands are raised already.")
    return (e.HandRaised(now, command.actor),)


def _lower(room: Room, command: c.LowerHand, now: float) -> Decision:
    if not has_hand_up(room, command.member):
        return ()
    return (e.HandLowered(now, command.actor.member, command.member),)


def _not_a_blueroom(room: Room) -> Refusal | None:
    if room.kind is RoomKind.BLUEROOM:
        return None
    return Refusal("not_a_blueroom", "Questions are asked in a Blueroom; here one asks to speak.")


def _ask(room: Room, command: c.AskQuestion, now: float) -> Decision:
    if command.actor.anonymous:
        return ANONYMOUS
    if not 1 <= len(one_line(command.text)) <= QUESTION_LIMIT:
        return Refusal("bad_question", f"A question is a line of 1 to {QUESTION_LIMIT} characters.")
    return _not_a_blueroom(room) or ()


def _vote(room: Room, command: c.VoteQuestion, now: float) -> Decision:
    return ANONYMOUS if command.actor.anonymous else _not_a_blueroom(room) or ()


def _hide(room: Room, command: c.HideQuestion, now: float) -> Decision:
    by = command.actor.member
    if by != command.asker and room.role_of(by) not in (Role.HOST, Role.COHOST):
        return Refusal("not_permitted", "Only hosts take away what others asked.")
    return _not_a_blueroom(room) or ()


def _pick(room: Room, command: c.PickQuestion, now: float) -> Decision:
    refusal = _not_a_blueroom(room)
    if refusal:
        return refusal
    by, settled = command.actor.member, {one.question for one in room.answered}
    if room.picked and room.picked.question == command.question:
        return ()
    if command.question in settled:
        return Refusal("no_such_question", "That question is answered already.")
    picked = e.QuestionPicked(
        now, by, command.question, command.person, command.text, command.votes
    )
    return (*_settled(room.picked, by, now), picked)


def _settled(picked: Question | None, by: str, now: float) -> tuple[e.Event, ...]:
    return (e.QuestionAnswered(now, by, picked.question),) if picked else ()


def _answer(room: Room, command: c.AnswerQuestion, now: float) -> Decision:
    if room.picked is None or room.picked.question != command.question:
        return Refusal("no_such_question", "That question is not being answered.")
    return _settled(room.picked, command.actor.member, now)


DECIDERS: tuple[tuple[type, Decider], ...] = (
    (c.SayLine, _say),
    (c.ConsentToCaptions, _consent),
    (c.PinPost, _pin),
    (c.UnpinPost, _unpin),
    (c.React, _react),
    (c.RaiseHand, _raise),
    (c.LowerHand, _lower),
    (c.AskQuestion, _ask),
    (c.VoteQuestion, _vote),
    (c.HideQuestion, _hide),
    (c.PickQuestion, _pick),
    (c.AnswerQuestion, _answer),
)
