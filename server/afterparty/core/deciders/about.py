"""What a room says of itself: made, and edited."""

from afterparty.core import commands as c
from afterparty.core import events as e
from afterparty.core.deciders.decided import ANONYMOUS, Decision, csrc_for
from afterparty.core.model import Role, Room, RoomState, Seat
from afterparty.core.permissions import Refusal
from afterparty.core.rules import (
    DESCRIPTION_LIMIT,
    HASHTAG_LIMIT,
    RULES,
    TITLE_LIMIT,
    TOPIC_LIMIT,
    TOPICS_LIMIT,
    one_line,
)

DAY = 86_400.0


def create(command: c.CreateRoom, now: float) -> Decision:
    """A new room. Its rules hold for as long as it is there."""
    title = one_line(command.title)
    if not 1 <= len(title) <= TITLE_LIMIT:
        return Refusal("bad_title", f"A title has 1 to {TITLE_LIMIT} characters.")
    if command.rules not in RULES:
        return Refusal("bad_rules", f"Rules are one of: {', '.join(RULES)}.")
    if command.actor.anonymous:
        return Refusal("not_permitted", "Somebody anonymous may only listen.")
    words = _words(command.description, command.topics, command.hashtag)
    if isinstance(words, Refusal):
        return words
    description, topics, hashtag = words
    refusal = _schedule_refusal(command.rules, command, now)
    seats = refusal or _seats(command)
    if isinstance(seats, Refusal):
        return seats
    return (
        e.RoomCreated(
            at=now,
            by=command.actor.member,
            room=command.room,
            show=command.show,
            kind=command.kind,
            title=title,
            rules=command.rules,
            language=command.language,
            scheduled_for=command.scheduled_for,
            seats=seats,
            description=description,
            topics=topics,
            hashtag=hashtag,
            speak=command.speak,
            recording=command.recording,
            series=command.series,
            waiting=command.waiting,
        ),
    )


def _seats(command: c.CreateRoom) -> tuple[Seat, ...] | Refusal:
    seats: dict[str, Seat] = {}
    for person, role in ((command.actor, Role.HOST), *command.stage):
        if person.member in seats:
            return Refusal("already_on_stage", f"{person.member} is named on stage twice.")
        if person.anonymous:
            return ANONYMOUS
        if role is Role.LISTENER or (role is Role.HOST and seats):
            return Refusal("bad_role", "The stage is for one host, co-hosts and speakers.")
        seats[person.member] = Seat(person, role, csrc_for(person.member, seats.values()))
    rules = RULES[command.rules]
    for role, most in ((Role.COHOST, rules.cohosts), (Role.SPEAKER, rules.speakers)):
        if sum(seat.role is role for seat in seats.values()) > most:
            return Refusal("stage_full", f"The rules {command.rules} have {most} {role} places.")
    return tuple(seats.values())


def _words(
    description: str, topics: tuple[str, ...], hashtag: str
) -> tuple[str, tuple[str, ...], str] | Refusal:
    """Description, topics and hashtag as they are kept."""
    told, hashtag = one_line(description), hashtag.strip()
    if len(told) > DESCRIPTION_LIMIT or (description.strip() and not told):
        return Refusal(
            "bad_description", f"A description is a line of at most {DESCRIPTION_LIMIT} characters."
        )
    named = tuple(dict.fromkeys(one_line(topic) for topic in topics))
    if len(named) > TOPICS_LIMIT or not all(1 <= len(topic) <= TOPIC_LIMIT for topic in named):
        most = f"At most {TOPICS_LIMIT} topics, of 1 to {TOPIC_LIMIT} characters each."
        return Refusal("bad_topics", most)
    word = hashtag[1:].replace("_", "")
    if hashtag and not (hashtag[0] == "#" and word.isalnum() and len(hashtag) <= HASHTAG_LIMIT):
        form = "A hashtag is # and letters, digits or _, such as #Ask_NAME."
        return Refusal("bad_hashtag", form)
    return told, named, hashtag


def _schedule_refusal(rules: str, command: c.CreateRoom | c.EditRoom, now: float) -> Refusal | None:
    days, most = RULES[rules].schedule_days, RULES[rules].scheduled_at_once
    if command.scheduled_for is None:
        return None
    if not now < command.scheduled_for <= now + days * DAY:
        told = f"A room is scheduled for a time to come, {days} days at most."
        return Refusal("bad_schedule", told)
    if command.scheduled_already >= most:
        return Refusal("too_many_scheduled", f"You have {most} rooms scheduled already.")
    return None


def edit(room: Room, command: c.EditRoom, now: float) -> Decision:
    """What is not ``None`` is as the command says; nothing happens if it was so already."""
    begins = (command.scheduled_for, command.recording, command.waiting)
    if room.state is not RoomState.SCHEDULED and any(new is not None for new in begins):
        told = "When it opens, its waiting and its recording are settled before a room is live."
        return Refusal("room_already_live", told)
    title = room.title if command.title is None else one_line(command.title)
    if not 1 <= len(title) <= TITLE_LIMIT:
        return Refusal("bad_title", f"A title has 1 to {TITLE_LIMIT} characters.")
    words = _words(
        room.description if command.description is None else command.description,
        room.topics if command.topics is None else command.topics,
        room.hashtag if command.hashtag is None else command.hashtag,
    )
    if isinstance(words, Refusal):
        return words
    refusal = _schedule_refusal(room.rules, command, now)
    if refusal:
        return refusal
    description, topics, hashtag = words
    edited = e.RoomEdited(
        at=now,
        by=command.actor.member,
        title=title,
        description=description,
        topics=topics,
        hashtag=hashtag,
        language=command.language or room.language,
        scheduled_for=command.scheduled_for or room.scheduled_for,
        recording=room.recording if command.recording is None else command.recording,
        waiting=command.waiting or room.waiting,
    )
    before = (room.title, room.description, room.topics, room.hashtag, room.language)
    before_it = (room.scheduled_for, room.recording, room.waiting)
    after = (edited.title, edited.description, edited.topics, edited.hashtag, edited.language)
    after_it = (edited.scheduled_for, edited.recording, edited.waiting)
    return () if (before, before_it) == (after, after_it) else (edited,)
