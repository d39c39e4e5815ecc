export const views = {
  short: '视图',
  title: '已保存的视图',
  nothing: '尚未保存视图。视图即本页面及其筛选条件。',
  save: '将当前视图保存为',
  placeholder: '应用端订单',
  go: '保存',
  ok: '重命名',
  rename: '重命名 {{title}}',
  remove: '删除 {{title}}',
  removed: '视图“{{title}}”已删除。',
};

export const marks = {
  short: '标记',
  title: '时间轴标记',
  why: '标记对所有人显示在每条时间轴上。定义的新版本会自动标记。',
  text: '事件',
  placeholder: '发布 4.2',
  at: '时间（{{zone}}）',
  put: '添加标记',
  nothing: '尚无标记。',
  remove: '删除 {{text}}',
  removed: '标记“{{text}}”已删除。',
  definition: '定义“{{type}}”第 {{version}} 版',
};
