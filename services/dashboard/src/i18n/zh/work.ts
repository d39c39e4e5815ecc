export const work = {
  take: '认领 {{id}}',
  note: '为 {{id}} 添加备注',
  snooze: '推迟处理 {{id}}',
  done: '完成 {{id}}',
  theNote: '备注',
  cancel: '取消',
  go: { note: '认领并附备注', snooze: '推迟', done: '完成' },
  until: '推迟至',
  untilDate: '推迟至某日',
  inDays_other: '{{count}} 天后',
  mark: { taken: '已认领', snoozed: '推迟至 {{until}}', done: '已完成' },
  told: {
    taken: '已认领 {{id}}。',
    snoozed: '{{id}} 已推迟至 {{until}}。',
    done: '{{id}} 已完成，出现新情况时会再次列出。',
    open: '{{id}} 已恢复为待办。',
  },
  failed: '{{id}} 的标记未保存：{{why}}',
  show: '同时显示已推迟和已完成',
  keys: '快捷键',
  column: '处理',
};

export const keys = {
  title: '快捷键',
  search: '搜索并前往',
  rows: '下一行、上一行',
  open: '打开所在行',
  take: '认领所在行的客户',
  note: '认领并附备注',
  snooze: '推迟到某日',
  done: '完成并附备注',
  undo: '撤销上一步',
  help: '显示快捷键',
};

export const notice = { undo: '撤销', close: '关闭' };
