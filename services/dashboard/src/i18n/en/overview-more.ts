export const course = {
  title: 'Scores and satisfaction over time',
  note: 'Mean journey score and CSAT, 0 to 100.',
  open: 'The journeys',
  inFigures: 'In figures',
};

export const moves = { from: 'from {{stage}}', to: 'to {{stage}}', all: 'Not only {{only}}' };

export const toCome = {
  title: 'Promises, and what is still to come',
  all: 'All of the customer',
  nothing: 'Nothing was promised, and nothing is expected.',
  expected: 'Still expected',
  due: 'due',
};
