/** Reporting a member, or the whole room, to whoever runs the server: anybody may, with a reason. */

import { openForm } from '../parts/dialog.js';
import { h } from '../parts/dom.js';
import { field } from '../parts/fields.js';
import { toast } from '../parts/toast.js';
import * as api from '../wire/api.js';

const REASONS = ['Harassment', 'Hate', 'Spam', 'Something illegal', 'Something else'];

/**
 * @param {import('./room.js').Scene} scene
 * @param {{member: string, name: string}} [about] without: the room
 */
export function openReport({ session, me }, about) {
  const reason = h(
    'select',
    { testid: 'report-reason' },
    ...REASONS.map((words) => h('option', {}, words)),
  );
  const more = h('textarea', { testid: 'report-words', maxlength: 400, rows: 3 });
  openForm({
    title: about ? `Report ${about.name}` : 'Report this room',
    words: 'Whoever runs this server reads it. Nobody in the room is told.',
    testid: 'report',
    yes: 'Report',
    danger: true,
    fields: [field('Reason', reason), field('What happened (if you like)', more)],
    send: async () => {
      const words = [reason.value, more.value.trim()].filter(Boolean).join(': ');
      await api.report(me.token, session.room.room, words, about?.member);
      toast('Your report was sent.', 'good');
    },
  });
}
