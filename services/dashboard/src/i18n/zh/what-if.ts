export const whatIf = {
  title: '假如',
  note: '去掉每一项失分后的准确得分，其余一切照旧。',
  'broken-promise': '<place/> 若按时兑现',
  'open-complaint': '投诉 <place/> 若已解决',
  veto: '<place/> 的失败若已补救',
  moment: '若没有 <place/>',
  scores: '<b>{{without}}</b>，而非 {{score}}',
  still: '仍为 {{score}}',
  nothing: '无得分',
  all_other: '显示全部 {{count}} 项',
  drawn: '假如：{{score}}',
};
