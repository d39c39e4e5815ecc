export const work = {
  take: 'Take {{id}}',
  note: 'Note on {{id}}',
  snooze: 'Put {{id}} off',
  done: 'Done with {{id}}',
  theNote: 'Note',
  cancel: 'Cancel',
  go: { note: 'Take, with the note', snooze: 'Put off', done: 'Done' },
  until: 'Until',
  untilDate: 'Until a day',
  inDays_one: 'Tomorrow',
  inDays_other: 'In {{count}} days',
  mark: { taken: 'Taken', snoozed: 'Put off until {{until}}', done: 'Done' },
  told: {
    taken: '{{id}} is taken.',
    snoozed: '{{id}} is put off until {{until}}.',
    done: 'Done with {{id}}, until something new happens.',
    open: '{{id}} is to be done again.',
  },
  failed: 'Not kept for {{id}}: {{why}}',
  show: 'Also put off and done',
  keys: 'Keys',
  column: 'Work',
};

export const keys = {
  title: 'Keys',
  search: 'Search and go',
  rows: 'Next and previous row',
  open: 'Open the row',
  take: 'Take the customer of the row',
  note: 'Take with a note',
  snooze: 'Put off until a day',
  done: 'Done, with a note',
  undo: 'Take back the latest',
  help: 'These keys',
};

export const notice = { undo: 'Undo', close: 'Close' };
