import assert from 'node:assert/strict';
import { test } from 'node:test';

import { makeSession } from './harness.mjs';

function joined(welcome) {
  const made = makeSession();
  made.session.connect();
  made.join(welcome);
  return made;
}

test('a reply finds what asked for it, in any order', async () => {
  const { session, socket } = joined();
  const first = session.send('request');
  const second = session.send('media_offer', { sdp: 'v=0' });
  const [a, b] = socket().sent.slice(-2);
  assert.deepEqual(b, { ref: b.ref, type: 'media_offer', sdp: 'v=0' });
  socket().tell({ type: 'media_answer', ref: b.ref, sdp: 'v=1' });
  socket().tell({ type: 'ok', ref: a.ref, number: 6 });
  assert.equal((await first).number, 6);
  assert.equal((await second).sdp, 'v=1');
});

test('a refusal has its code and its sentence', async () => {
  const { session, socket } = joined();
  const asked = session.send('request');
  const { ref } = socket().sent.at(-1);
  socket().tell({ type: 'refused', ref, code: 'anonymous_listens', message: 'Sign in to speak.' });
  await assert.rejects(asked, { code: 'anonymous_listens', message: 'Sign in to speak.' });
});

test('what waits for a reply is told when the connection breaks', async () => {
  const { session, socket } = joined();
  const asked = session.send('request');
  socket().break();
  await assert.rejects(asked, { code: 'connection_lost' });
  await assert.rejects(session.send('request'), { code: 'offline' });
});

test('it dials again with growing patience, and begins anew after a welcome', () => {
  const { socket, time, made, join } = joined();
  const waits = [];
  for (let n = 0; n < 8; n += 1) {
    const before = made.length;
    const began = time.now();
    socket().break();
    while (made.length === before) time.pass(0.01);
    waits.push(time.now() - began);
  }
  const most = [0.25, 0.5, 1, 2, 4, 8, 8, 8];
  waits.forEach((wait, n) => {
    assert.ok(wait >= most[n] / 2 - 0.02 && wait <= most[n] + 0.02, `${n}: ${wait}`);
  });
  join({ resumed: true });
  const before = made.length;
  socket().break();
  time.pass(0.26);
  assert.equal(made.length, before + 1);
});

test('a hello that is refused for good is not tried again', async () => {
  const { session, socket, time, made, of } = makeSession();
  session.connect();
  socket().accept();
  socket().tell({ type: 'refused', ref: 1, code: 'no_such_room', message: 'No such room.' });
  socket().tell({ type: 'closing', code: 'no_such_room', message: 'No such room.' });
  socket().break(4000);
  await Promise.resolve();
  time.pass(60);
  assert.equal(session.state, 'closed');
  assert.deepEqual(of('over'), [{ code: 'no_such_room', message: 'No such room.' }]);
  assert.equal(made.length, 1);
});

for (const code of ['server_full', 'store_unavailable', 'shutting_down', 'rate_limited']) {
  test(`a hello refused with ${code} is tried again`, async () => {
    const { session, socket, time, made, join } = makeSession();
    session.connect();
    socket().accept();
    socket().tell({ type: 'refused', ref: 1, code, message: 'Later.' });
    await Promise.resolve();
    socket().tell({ type: 'closing', code, message: 'Later.' });
    socket().break(4000);
    assert.equal(session.state, 'connecting');
    time.pass(1);
    assert.equal(made.length, 2);
    join();
    assert.equal(session.state, 'connected');
  });
}

test('being taken up elsewhere is final', () => {
  const { session, socket, time, made } = joined();
  socket().tell({ type: 'closing', code: 'replaced', message: 'Taken up elsewhere.' });
  socket().break(4000);
  time.pass(60);
  assert.equal(session.state, 'closed');
  assert.equal(made.length, 1);
});

test('a server that goes down is dialled again', () => {
  const { session, socket, time, made } = joined();
  socket().tell({ type: 'closing', code: 'shutting_down', message: 'Going down.' });
  socket().break(1012);
  assert.equal(session.state, 'reconnecting');
  time.pass(1);
  assert.equal(made.length, 2);
});

test('silence is a broken connection', () => {
  const { session, time, made } = joined();
  time.pass(8);
  assert.equal(session.state, 'connected');
  time.pass(2);
  assert.ok(made.length > 1);
  assert.equal(made[0].closedWith, 4000);
});

test('a dial that nobody answers is given up for another', () => {
  const { session, time, made } = makeSession();
  session.connect();
  time.pass(21);
  assert.ok(made.length > 1);
});

test('a node that is lost is asked again, then another one, with what was seen', () => {
  const { session, socket, time, made, join } = joined({
    nodes: ['http://host', 'http://other'],
  });
  socket().break();
  time.pass(0.3);
  assert.deepEqual([made.length, socket().url], [2, 'ws://host/v1/ws']);
  socket().break();
  time.pass(0.1);
  assert.deepEqual([made.length, socket().url], [3, 'ws://other/v1/ws']);
  join({ resumed: true, connection: 'c2', nodes: ['http://other'] });
  const [hello] = socket().sent;
  assert.deepEqual([hello.resume, hello.connection, hello.room], [5, 'c1', 'after']);
  assert.deepEqual([session.state, session.connection], ['connected', 'c2']);
  assert.equal(session.url, 'ws://other/v1/ws');
});

test('a node that goes down says where to go on', () => {
  const { socket, time, made } = joined();
  const nodes = ['http://other'];
  socket().tell({ type: 'closing', code: 'shutting_down', message: 'Going down.', nodes });
  socket().break(1012);
  time.pass(0.3);
  assert.deepEqual([made.length, socket().url], [2, 'ws://other/v1/ws']);
});

test('nodes that come and go are known', () => {
  const { socket, time } = joined({ nodes: ['http://host', 'http://gone'] });
  socket().tell({ type: 'nodes', nodes: ['http://host', 'http://new'] });
  socket().break();
  time.pass(0.3);
  socket().break();
  time.pass(0.1);
  assert.equal(socket().url, 'ws://new/v1/ws');
});

test('a node that fell silent is left for another one', () => {
  const { socket, time } = joined({ nodes: ['http://host', 'http://other'] });
  time.pass(9.3);
  assert.equal(socket().url, 'ws://other/v1/ws');
});

test('a node that does not answer the dial is not waited for if there is another', () => {
  const { socket, time } = joined({ nodes: ['http://host', 'http://other'] });
  socket().break();
  time.pass(0.3);
  assert.equal(socket().url, 'ws://host/v1/ws');
  time.pass(6.2);
  assert.equal(socket().url, 'ws://other/v1/ws');
});

test('pongs keep the connection and the clock', () => {
  const { session, socket, time, made } = joined();
  const before = session.serverNow - time.now();
  assert.equal(before, 1000);
  for (let n = 0; n < 10; n += 1) {
    time.pass(5);
    const ping = socket().sent.at(-1);
    assert.equal(ping.type, 'ping');
    socket().tell({ type: 'pong', ref: ping.ref, now: time.now() + 2000 });
  }
  assert.equal(made.length, 1);
  assert.equal(session.serverNow - time.now(), 2000, 'old readings have gone');
});

test('what an abandoned socket still says is not heard', () => {
  const { session, socket, time, made, join } = joined();
  socket().break();
  time.pass(1);
  join({ resumed: true });
  made[0].tell({ type: 'closing', code: 'replaced', message: '' });
  made[0].break(4000);
  assert.equal(session.state, 'connected');
});
