/**
 * What travels, as types only: this module exports no code. The protocol page is the authority.
 *
 * @typedef {{member: string, handle: string, name: string, anonymous: boolean}} Person
 * @typedef {'host'|'cohost'|'speaker'|'listener'} Role
 * @typedef {{member: string, handle: string, name: string, role: Role, muted: boolean, csrc: number,
 *   captions: boolean}} Seat
 * @typedef {{member: string, role: Role, expires_at: number}} Invitation
 * @typedef {{member: string, text: string, language: string, at: number}} Caption
 * @typedef {{offered: number, moved: number, declined: number, lost: number}} Tally
 * @typedef {{handoff: string, to_room: string, phase: 'offered'|'moving'|'closed'|'canceled',
 *   offered_at: number, moves_at: number, then_end: boolean, tally: Tally|null}} Handoff
 * @typedef {{pin: string, member: string, text: string, url: string, at: number}} Pin
 * @typedef {{question: string, member: string, handle: string, name: string, text: string,
 *   votes: number, at: number}} Question
 * @typedef {{total: number, questions: Question[]}} Questions
 * @typedef {{room: string, show: string, kind: 'space'|'blueroom', title: string, rules: string,
 *   language: string, state: 'scheduled'|'live'|'ended'|'canceled'|'timed_out', created_at: number,
 *   scheduled_for: number|null, opened_at: number|null, over_at: number|null, number: number,
 *   simulated: boolean, speaker_places: number, cohost_places: number, seats: Seat[],
 *   requests: Person[], invitations: Invitation[], captions: Caption[], handoff: Handoff|null,
 *   description: string, topics: string[], hashtag: string, speak: Speak, locked: boolean,
 *   recording: boolean, series: string|null, waiting: 'silence'|'tune', pins: Pin[],
 *   hands: Person[], away: {since: number, until: number}|null, picked: Question|null,
 *   answered: Question[], honours: Honour[], reactions: string[]}} Room
 * @typedef {{kind: 'record'|'first', key: string, title: string, listeners: number|null,
 *   member: string, name: string, before_title: string, before_listeners: number|null,
 *   at: number}} Honour
 * @typedef {'everyone'|'followed'|'invited'} Speak
 * @typedef {{participants: number, listeners: number, peak: number, tuned_in: number,
 *   plays: number, simulated: number, peak_simulated: number}} Counts
 * @typedef {{show: string, title: string, simulated: boolean, date: string, source: string,
 *   season: string, stands_for: number|null, speed: number, rooms: string[]}} Show
 * @typedef {{room: Room, counts: Counts}} RoomSummary
 * @typedef {{member: string, name: string, role: Role, tags: string[], at: number}} Appearance
 * @typedef {{entry: string, kind: 'loadtest'|'room'|'told', title: string, listeners: number,
 *   at: number, simulated: boolean, by: string, room: string|null, show: string|null,
 *   machine: string, detail: Record<string, string>, season: string,
 *   room_kind: 'space'|'blueroom'|null, series: string|null, host: string,
 *   simulated_listeners: number, live: boolean, stage: Appearance[]}} RecordEntry
 * @typedef {{season: string, title: string, since: number, until: number, by: string,
 *   created_at: number}} Season
 * @typedef {{era: string, title: string, since: number|null, until: number|null,
 *   holder: RecordEntry|null, line: RecordEntry[]}} EraView
 * @typedef {{first: string, title: string, record: RecordEntry|null, member: string|null,
 *   name: string|null, at: number|null}} First
 * @typedef {{season: string, title: string, since: number, until: number, by: string,
 *   hosts: string[], at: number, top: RecordEntry[], line: RecordEntry[], eras: EraView[],
 *   firsts: First[]}} SeasonBook
 * @typedef {{member: string, follows: string[], blocks: string[], reminders: string[],
 *   series: string[]}} MyAccount
 * @typedef {{notice: string, kind: 'soon'|'started'|'canceled', room: string, title: string,
 *   host: string, host_name: string, at: number, scheduled_for: number|null,
 *   simulated: boolean}} Notice
 * @typedef {{series: string, title: string, description: string, by: string, show: string|null,
 *   created_at: number, simulated: boolean, count: number}} SeriesSummary
 * @typedef {SeriesSummary & {followers: number, episodes: RoomSummary[]}} Series
 * @typedef {{member: string, name: string, from: number, to: number}} Mark seconds
 * @typedef {{room: string, state: 'recording'|'ready', simulated: boolean, started_at: number, seconds: number,
 *   start: number, plays: number, levels: [number, number][], marks: Mark[],
 *   captions: Caption[], reactions: [number, string, number][]}} Recording offsets in seconds
 * @typedef {{clip: string, room: string, by: string, title: string, start: number,
 *   seconds: number, simulated: boolean, url: string, audio: string}} Clip
 * @typedef {{name: string, version: string, dev: boolean, now: number, notice: string}} ServerInfo
 */

export {};
