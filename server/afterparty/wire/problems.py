"""Problem details (RFC 9457) and the table of every code that a client can be given.

A code is stable and for programs; ``title`` is for people. The same codes stand in REST bodies, in
``refused`` messages on the WebSocket, and in the close reasons of sockets.
"""

from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict

# fmt: off
PROBLEMS: MappingProxyType[str, tuple[int, str]] = MappingProxyType({
    # code                      status  title
    "bad_request":              (400, "The request does not make sense"),
    "bad_json":                 (400, "That is not JSON"),
    "bad_message":              (400, "The message does not have the form its type asks for"),
    "bad_title":                (422, "The title is too short or too long"),
    "bad_rules":                (422, "There are no such rules"),
    "bad_role":                 (422, "That role cannot be given"),
    "bad_caption":              (422, "The line is too short or too long"),
    "bad_countdown":            (422, "The countdown is too short or too long"),
    "bad_reaction":             (422, "That is not a reaction of this room"),
    "bad_description":          (422, "The description is too long"),
    "bad_topics":               (422, "There are too many topics, or one has the wrong form"),
    "bad_hashtag":              (422, "That is no hashtag"),
    "bad_schedule":             (422, "The room cannot be scheduled for that time"),
    "bad_pin":                  (422, "That cannot be pinned"),
    "bad_question":             (422, "The question is too short or too long"),
    "bad_report":               (422, "The report is too short or too long, or about nobody"),
    "bad_clip":                 (422, "A clip is up to 30 seconds of the recording"),
    "bad_range":                (416, "There is no such part of it"),
    "bad_webhook":              (422, "That is no address for a webhook"),
    "bad_heir":                 (422, "Only a co-host of the room can take it over"),
    "not_in_these_rules":       (422, "The rules of this room do not have that"),
    "unauthenticated":          (401, "An access token is needed"),
    "bad_token":                (401, "The access token is not valid"),
    "token_expired":            (401, "The access token has expired"),
    "forbidden":                (403, "The access token does not permit that"),
    "not_permitted":            (403, "Your role in the room does not permit that"),
    "anonymous_listens":        (403, "Somebody anonymous may only listen"),
    "blocked":                  (403, "You are blocked from this room"),
    "removed":                  (403, "You were removed from this room"),
    "room_locked":              (403, "The room is locked to whoever was not in it before"),
    "muted":                    (409, "The microphone is closed"),
    "no_consent":               (409, "You have not agreed to captions of what you say"),
    "not_found":                (404, "There is no such thing"),
    "no_such_show":             (404, "There is no such show"),
    "no_such_room":             (404, "There is no such room"),
    "no_such_series":           (404, "There is no such series"),
    "no_such_season":           (404, "There is no such season"),
    "no_such_question":         (404, "There is no such question"),
    "no_such_pin":              (404, "Nothing of that name is pinned"),
    "no_such_clip":             (404, "There is no such clip"),
    "no_such_webhook":          (404, "There is no such webhook"),
    "no_recording":             (404, "There is no recording of this room"),
    "no_such_handoff":          (409, "There is no such handoff under way"),
    "method_not_allowed":       (405, "That method is not for this address"),
    "show_exists":              (409, "A show of that name exists already"),
    "room_exists":              (409, "A room of that name exists already"),
    "series_exists":            (409, "A series of that name exists already"),
    "record_exists":            (409, "There is another record of that identity already"),
    "season_exists":            (409, "Another season of that name exists already"),
    "record_too_low":           (409, "The record book is full of higher counts"),
    "room_over":                (409, "The room is over"),
    "no_such_session":          (404, "There is no such session"),
    "room_not_live":            (409, "The room is not live yet"),
    "room_already_live":        (409, "The room is live already"),
    "stage_full":               (409, "No place is free on the stage"),
    "already_on_stage":         (409, "That member is on stage already"),
    "not_on_stage":             (409, "That member is not on stage"),
    "not_requested":            (409, "That member does not ask to speak"),
    "not_invited":              (409, "There is no open invitation"),
    "too_many_requests":        (409, "Too many members ask to speak already"),
    "too_many_invitations":     (409, "Too many invitations are open already"),
    "too_many_scheduled":       (409, "You have too many rooms scheduled already"),
    "too_many_blocked":         (409, "Too many are blocked already"),
    "too_many_followed":        (409, "You follow too many already"),
    "too_many_reminders":       (409, "You have too many reminders already"),
    "too_many_pins":            (409, "Too much is pinned already"),
    "too_many_hands":           (409, "Too many have raised their hand already"),
    "too_many_questions":       (409, "Too many questions are asked already"),
    "too_many_votes":           (409, "You have voted for too many questions already"),
    "too_many_clips":           (409, "There are too many clips already"),
    "too_many_reports":         (409, "That is reported already"),
    "too_many_simulated":       (409, "This server holds too many simulated members already"),
    "too_many_webhooks":        (409, "There are too many webhooks already"),
    "not_a_blueroom":           (409, "Questions are asked in a Blueroom"),
    "already_honoured":         (409, "The room has that record, or that first, already"),
    "host_not_away":            (409, "The host is here"),
    "recording_running":        (409, "The recording is still being written"),
    "handoff_running":          (409, "A handoff is under way"),
    "handoff_to_itself":        (409, "A room cannot be handed to itself"),
    "handoff_other_show":       (409, "The rooms belong to different shows"),
    "handoff_target_not_live":  (409, "The other room is not live"),
    "ledger_unbalanced":        (500, "A handoff's ledger does not balance"),
    "not_in_room":              (409, "You are not in a room on this connection"),
    "media_exists":             (409, "This connection has sound already"),
    "sdp_malformed":            (400, "The session description cannot be read"),
    "sdp_too_large":            (413, "The session description is too large"),
    "sdp_no_audio":             (422, "The offer has no audio"),
    "sdp_no_opus":              (422, "The offer has no Opus at 48 kHz"),
    "sdp_no_fingerprint":       (422, "The offer has no fingerprint"),
    "sdp_no_ice":               (422, "The offer has no ICE credentials"),
    "sdp_no_rtcp_mux":          (422, "The offer has no rtcp-mux"),
    "sdp_direction":            (422, "The offer's audio goes the wrong way"),
    "sdp_many_tracks":          (422, "The offer has more than one track or stream of audio"),
    "bad_fragment":             (400, "The session description fragment cannot be read"),
    "bad_media_type":           (415, "That kind of body is not for this address"),
    "precondition_required":    (428, "If-Match is needed"),
    "precondition_failed":      (412, "The session has another entity tag now"),
    "too_large":                (413, "The body or message is too large"),
    "rate_limited":             (429, "Too much at once; try again in a moment"),
    "slow_consumer":            (409, "The connection took its messages too slowly"),
    "hello_expected":           (400, "The first message is hello, within ten seconds"),
    "replaced":                 (409, "The connection was taken up again elsewhere"),
    "busy":                     (503, "Too many are joining at this moment; try again shortly"),
    "server_full":              (503, "This server carries no more members"),
    "too_many_connections":     (409, "That member has too many connections already"),
    "store_unavailable":        (503, "The store is away; try again shortly"),
    "shutting_down":            (503, "This server is going down; try again elsewhere"),
    "internal":                 (500, "Something went wrong here"),
})
# fmt: on


class Problem(BaseModel):
    """An ``application/problem+json`` body, with our ``code`` as an extension member."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str


def problem(code: str, detail: str = "") -> Problem:
    """The problem of that code; an unknown code becomes ``internal``."""
    if code not in PROBLEMS:
        code, detail = "internal", ""
    status, title = PROBLEMS[code]
    return Problem(
        type=f"/problems/{code}", title=title, status=status, code=code, detail=detail or title
    )


def body(found: Problem) -> dict[str, Any]:
    """The problem as a JSON object."""
    return found.model_dump()
