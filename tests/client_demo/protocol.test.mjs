import assert from 'node:assert/strict';
import { test } from 'node:test';

import { COUNTS, makeRoom, makeSession, opened } from './harness.mjs';

function joined() {
  const made = makeSession();
  made.session.connect();
  made.join();
  return made;
}

test('the first message is hello, with token and room and nothing to resume', () => {
  const { session, socket } = makeSession();
  session.connect();
  assert.equal(session.state, 'connecting');
  socket().accept();
  assert.deepEqual(socket().sent, [{ ref: 1, type: 'hello', token: 'jwt', room: 'after' }]);
});

test('welcome is the snapshot', () => {
  const { session, of } = joined();
  assert.equal(session.state, 'connected');
  assert.equal(session.room.title, 'After party');
  assert.equal(session.role, 'listener');
  assert.equal(session.seat, null);
  assert.deepEqual(session.counts, { after: COUNTS });
  assert.deepEqual(of('state'), ['connecting', 'connected']);
});

test('events are applied in order', () => {
  const { session, socket } = joined();
  socket().tell(opened(6, 'ann', false));
  assert.equal(session.room.seats[0].muted, false);
  assert.equal(session.room.number, 6);
});

test('an event told twice is skipped', () => {
  const { session, socket, of, made } = joined();
  socket().tell(opened(6, 'ann', false));
  socket().tell(opened(6, 'ann', true));
  socket().tell(opened(5, 'ann', true));
  assert.equal(session.room.seats[0].muted, false);
  assert.equal(of('event').length, 1);
  assert.equal(made.length, 1);
});

test('a missing event makes the session resume from the last one seen', () => {
  const { session, socket, made, time, join, of } = joined();
  socket().tell(opened(6, 'ann', false));
  socket().tell(opened(8, 'ann', true));
  assert.equal(session.state, 'reconnecting');
  assert.equal(session.room.number, 6, 'what came too early is not applied');
  assert.equal(made[0].closedWith, 4000, 'neither 1000 nor 1001: the server keeps the place');
  time.pass(1);
  assert.equal(made.length, 2);
  join({ resumed: true, sound: true, room: makeRoom({ number: 8 }) });
  const [hello] = socket().sent;
  assert.deepEqual([hello.resume, hello.connection], [6, 'c1']);
  assert.equal(session.state, 'connected');
  socket().tell(opened(7, 'ann', false));
  socket().tell(opened(8, 'ann', true));
  assert.deepEqual(
    of('event').map(({ number }) => number),
    [6, 7, 8],
    'told',
  );
  assert.equal(session.room.number, 8, 'but not applied twice');
  socket().tell(opened(9, 'ann', false));
  assert.equal(session.room.number, 9);
  assert.equal(session.room.seats[0].muted, false);
});

test('a drop that is not resumed begins again from the snapshot', () => {
  const { session, socket, time, join } = joined();
  socket().break();
  time.pass(1);
  join({ resumed: false, connection: 'c2', room: makeRoom({ number: 40 }) });
  socket().tell(opened(41, 'ann', false));
  assert.equal(session.room.number, 41);
  assert.equal(session.connection, 'c2');
});

test('a handoff changes the room on the same socket', () => {
  const { session, socket, made, of } = joined();
  const room = makeRoom({ room: 'blue', number: 2, title: 'Blueroom' });
  socket().tell({
    type: 'moved',
    handoff: 'h1',
    from_room: 'after',
    role: 'listener',
    room,
    counts: COUNTS,
  });
  assert.equal(session.room.room, 'blue');
  assert.deepEqual(of('moved'), [{ handoff: 'h1', from_room: 'after', role: 'listener', room }]);
  socket().tell(opened(6, 'ann', false));
  assert.equal(session.room.number, 2, 'events of the room that was left are not for us');
  socket().tell({ ...opened(3, 'ann', false), room: 'blue' });
  assert.equal(session.room.number, 3);
  assert.equal(made.length, 1);
  assert.deepEqual(session.counts, { after: COUNTS, blue: COUNTS });
});

test('a reconnect after a handoff asks for the new room', () => {
  const { socket, time } = joined();
  const room = makeRoom({ room: 'blue', number: 2 });
  socket().tell({
    type: 'moved',
    handoff: 'h1',
    from_room: 'after',
    role: 'listener',
    room,
    counts: COUNTS,
  });
  socket().break();
  time.pass(1);
  socket().accept();
  const { room: asked, resume } = socket().sent[0];
  assert.deepEqual([asked, resume], ['blue', 2]);
});

test('a handoff during a drop is told when the session is back', () => {
  const { session, socket, time, join, of } = joined();
  socket().tell({
    type: 'event',
    room: 'after',
    number: 6,
    event: {
      type: 'handoff_offered',
      at: 1,
      by: 'ann',
      handoff: 'h1',
      to_room: 'blue',
      moves_at: 9,
    },
  });
  socket().break();
  time.pass(1);
  const room = makeRoom({ room: 'blue', number: 2 });
  join({ resumed: false, sound: true, room });
  assert.deepEqual(of('moved'), [{ handoff: 'h1', from_room: 'after', role: 'listener', room }]);
  assert.equal(session.room.room, 'blue');
});

test('counts, speaking and reactions are kept for this room only', () => {
  const { session, socket, of } = joined();
  socket().tell({ type: 'counts', rooms: { blue: { ...COUNTS, listeners: 9 } } });
  socket().tell({ type: 'speaking', room: 'blue', levels: { zoe: 3 } });
  socket().tell({ type: 'speaking', room: 'after', levels: { ann: 20 } });
  socket().tell({ type: 'reactions', room: 'blue', reactions: [['zoe', '💯', 1]] });
  socket().tell({ type: 'reactions', room: 'after', reactions: [['ann', '💯', 2]] });
  assert.equal(session.counts.blue.listeners, 9);
  assert.deepEqual(session.counts.after, COUNTS);
  assert.deepEqual(session.speaking, { ann: 20 });
  assert.deepEqual(of('reactions'), [[['ann', '💯', 2]]]);
});

test('an unknown message is ignored', () => {
  const { session, socket } = joined();
  socket().tell({ type: 'weather', ref: 99, now: 3 });
  assert.equal(session.state, 'connected');
});

test('the end of the room is final', () => {
  const { session, socket, time, made, of } = joined();
  socket().tell({ type: 'closing', code: 'room_over', message: 'This room is over.' });
  socket().break(1001);
  time.pass(60);
  assert.equal(session.state, 'closed');
  assert.deepEqual(of('over'), [{ code: 'room_over', message: 'This room is over.' }]);
  assert.equal(made.length, 1);
});

test('leaving tells the server, and closes whatever it answers', async () => {
  const { session, socket, time, made, of } = joined();
  const left = session.leave();
  const { type, ref } = socket().sent.at(-1);
  assert.equal(type, 'leave');
  socket().tell({ type: 'refused', ref, code: 'store_unavailable', message: 'Away' });
  await left;
  assert.equal(session.state, 'closed');
  assert.equal(socket().closedWith, 1000);
  time.pass(60);
  assert.equal(made.length, 1);
  assert.deepEqual(of('over'), [], 'one who left is not told that it is over');
});

test('questions are of this room, and begin anew in another', () => {
  const { session, socket, join } = makeSession();
  session.connect();
  join();
  const asked = { question: 'q1', member: 'cat', text: 'Why?', votes: 1, at: 5 };
  socket().tell({ type: 'questions', room: 'blue', total: 9, questions: [] });
  assert.equal(session.questions.total, 0);
  socket().tell({ type: 'questions', room: 'after', total: 1, questions: [asked] });
  assert.deepEqual(session.questions, { total: 1, questions: [asked] });
  const moved = { type: 'moved', handoff: 'h1', from_room: 'after', role: 'listener' };
  socket().tell({ ...moved, room: makeRoom({ room: 'blue' }), counts: COUNTS });
  assert.deepEqual(session.questions, { total: 0, questions: [] });
});

test('who was removed or blocked does not come back by themselves', () => {
  for (const code of ['removed', 'blocked']) {
    const { session, made, socket, join, time, of } = makeSession();
    session.connect();
    join();
    socket().tell({ type: 'closing', code, message: 'You were put out.', nodes: [] });
    socket().break(4000);
    time.pass(60);
    assert.equal(made.length, 1);
    assert.deepEqual(of('over'), [{ code, message: 'You were put out.' }]);
  }
});

test('a host leaves the room to somebody, or is told why not and stays', async () => {
  const { session, socket, join } = makeSession();
  session.connect();
  join();
  const refused = session.leave('bea');
  const { ref, type, to } = socket().sent.at(-1);
  assert.deepEqual([type, to], ['leave', 'bea']);
  socket().tell({ type: 'refused', ref, code: 'bad_heir', message: 'No.' });
  await assert.rejects(refused, { code: 'bad_heir' });
  assert.equal(session.state, 'connected');
  const left = session.leave('bea');
  socket().tell({ type: 'ok', ref: socket().sent.at(-1).ref, number: 6 });
  await left;
  assert.equal(session.state, 'closed');
});
