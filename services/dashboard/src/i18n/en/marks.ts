export const views = {
  short: 'Views',
  title: 'Saved views',
  nothing: 'Nothing is saved yet. A view is this page with its selection.',
  save: 'Save this view as',
  placeholder: 'Orders on the app',
  go: 'Save',
  ok: 'Rename',
  rename: 'Rename {{title}}',
  remove: 'Remove {{title}}',
  removed: 'The view {{title}} is removed.',
};

export const marks = {
  short: 'Marks',
  title: 'Marks on time axes',
  why: 'They stand on every time axis, for everybody. New versions of a definition mark themselves.',
  text: 'What happened',
  placeholder: 'release 4.2',
  at: 'When ({{zone}})',
  put: 'Put the mark',
  nothing: 'There are no marks yet.',
  remove: 'Remove {{text}}',
  removed: 'The mark {{text}} is removed.',
  definition: 'Definition {{type}}, version {{version}}',
};
