export const whatIf = {
  title: 'What if',
  note: 'The exact score without each thing that cost points; all else stays as it happened.',
  'broken-promise': '<place/> kept in time',
  'open-complaint': 'The complaint <place/> resolved',
  veto: 'The failure at <place/> recovered',
  moment: 'Without <place/>',
  scores: '<b>{{without}}</b>, not {{score}}',
  still: 'still {{score}}',
  nothing: 'no score',
  all_one: 'Show it',
  all_other: 'Show all {{count}}',
  drawn: 'What if: {{score}}',
};
