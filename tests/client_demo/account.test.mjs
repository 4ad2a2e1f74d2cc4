import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

/** Storage, and a server that remembers marks: enough of a browser for an account. */
const kept = new Map();
globalThis.sessionStorage = {
  getItem: (key) => kept.get(key) ?? null,
  setItem: (key, value) => kept.set(key, value),
  removeItem: (key) => kept.delete(key),
};
globalThis.localStorage = globalThis.sessionStorage;
let asked = [];
let answers = {};
globalThis.fetch = async (path, { method, headers }) => {
  asked.push([method, path, headers.Authorization]);
  const { status = 200, body = {} } = (await answers[`${method} ${path}`]) ?? {};
  return { ok: status < 400, status, json: async () => body };
};

const { Account } = await import('../../client_demo/js/who/account.js');
const { forget, withToken } = await import('../../client_demo/js/who/identity.js');

/** A token such as the page reads: who it is for, and good for long. */
function tokenOf(member, more = {}) {
  const claims = { sub: member, handle: member, name: member, exp: 4e9, ...more };
  return `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.y`;
}

const marksOf = (more) => ({
  body: { member: 'ann', follows: [], blocks: [], reminders: [], series: [], ...more },
});

/** An account whose server has answered. */
async function settled(account) {
  await new Promise((resolve) => setImmediate(resolve));
  return account;
}

beforeEach(() => {
  forget();
  kept.clear();
  asked = [];
  answers = {};
});

test('whoever signs in has the marks that the server keeps', async () => {
  answers['GET /v1/me'] = marksOf({ follows: ['bea'], reminders: ['talk'] });
  const account = new Account();
  assert.equal(account.me, null);
  withToken(tokenOf('ann'));
  await settled(account);
  assert.equal(account.me.member, 'ann');
  assert.ok(account.has('follows', 'bea') && account.has('reminders', 'talk'));
  assert.deepEqual(account.all('blocks'), []);
  forget();
  assert.equal(account.me, null);
  assert.ok(!account.has('follows', 'bea'));
});

test('somebody anonymous has no account, and nothing is asked', async () => {
  withToken(tokenOf('anon-1', { anon: true }));
  const account = await settled(new Account());
  assert.equal(account.me, null);
  assert.deepEqual(asked, []);
});

test('a mark is set and taken back at the server first, and then told', async () => {
  answers['GET /v1/me'] = marksOf({});
  withToken(tokenOf('ann'));
  const account = await settled(new Account());
  let told = 0;
  account.addEventListener('change', () => {
    told += 1;
  });
  await account.set('series', 'k con', true);
  assert.ok(account.has('series', 'k con'));
  await account.set('series', 'k con', false);
  assert.ok(!account.has('series', 'k con'));
  assert.deepEqual(
    asked.slice(-2).map(([method, path]) => `${method} ${path}`),
    ['PUT /v1/me/series/k%20con', 'DELETE /v1/me/series/k%20con'],
  );
  assert.equal(told, 2);
});

test('a mark that is refused is not set', async () => {
  answers['GET /v1/me'] = marksOf({});
  answers['PUT /v1/me/follows/bea'] = { status: 409, body: { code: 'too_many_followed' } };
  withToken(tokenOf('ann'));
  const account = await settled(new Account());
  await assert.rejects(account.set('follows', 'bea', true), { code: 'too_many_followed' });
  assert.ok(!account.has('follows', 'bea'));
});

test('an answer about whoever was here before is nobody’s', async () => {
  let answer;
  answers['GET /v1/me'] = new Promise((resolve) => {
    answer = resolve;
  });
  withToken(tokenOf('ann'));
  const account = new Account();
  answers['GET /v1/me'] = marksOf({ member: 'bea', follows: ['cat'] });
  withToken(tokenOf('bea'));
  answer(marksOf({ follows: ['dan'] }));
  await settled(account);
  assert.deepEqual(account.all('follows'), ['cat']);
});

test('a mark that is set while the server is asked stays set', async () => {
  let answer;
  answers['GET /v1/me'] = new Promise((resolve) => {
    answer = resolve;
  });
  withToken(tokenOf('ann'));
  const account = new Account();
  await account.set('follows', 'bea', true);
  answers['GET /v1/me'] = marksOf({ follows: ['bea'] });
  answer(marksOf({}));
  await settled(account);
  assert.deepEqual(account.all('follows'), ['bea']);
});
