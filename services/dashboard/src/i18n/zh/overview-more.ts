export const course = {
  title: '得分与满意度走势',
  note: '旅程平均得分与 CSAT，0 到 100。',
  open: '查看旅程',
  inFigures: '以数字显示',
};

export const moves = { from: '自 {{stage}}', to: '至 {{stage}}', all: '不限于 {{only}}' };

export const toCome = {
  title: '承诺与待发生事项',
  all: '该客户的全部',
  nothing: '没有承诺，也没有预期事项。',
  expected: '预期中',
  due: '截止',
};
