import type { customersWords as english } from '../en/customers.ts';
import type { Translated } from '../translated.ts';

export const customersWords: Translated<typeof english> = {
  stagesOver: {
    title: '各信任阶段的客户',
    note: '时间段内每天、每周或每小时结束时的情况。点击数字可查看当时处于该阶段的客户。',
    until: '截至',
    moves: '谁移动了，原因是什么',
    movesNote: '时间段内的变动，自左向右。金色上升，红色下降。',
    changes: '变动',
  },
  retention: {
    title: '谁会再来',
    note: '在某周或某月首次到来的客户，在其后各周或各月再来的百分比（0 为当期）。',
    length: '分组周期',
    by_1M: '月',
    by_1w: '周',
    counts: '再来是指',
    moment: '任何时刻',
    purchase: '一次购买',
    cohort: '首次到来自',
    cell: '自 {{from}} 起，第 {{k}} 期：{{size}} 位中有 {{n}} 位再来，{{share}}',
    open: '（尚未结束）',
    nothing: '这段时间内没有首次到来的客户',
  },
  stays: {
    title: '信任能持续多久',
    note: '若干天后仍处于该阶段的比例（Kaplan–Meier 估计）。仍在其中的客户按其已停留的时间计入。',
    nothing: '尚无客户进入任何阶段',
    entered: '进入',
    half: '虚线：一半已离开',
    entries: '进入',
    ended: '离开',
    median: '一半离开的时间',
    medianDays: '{{days}} 天',
    days_other: '{{count, number}} 天后',
  },
  members: {
    cohort_1M: '自 {{start}} 起的一个月内首次到来的客户',
    cohort_1w: '自 {{start}} 起的一周内首次到来的客户',
    came: '自 {{start}} 起首次到来的客户中，其后第 {{k}} 期再来的',
    bought: '自 {{start}} 起首次到来的客户中，其后第 {{k}} 期购买的',
    inStage: '{{at}} 处于{{stage}}',
    stageNow: '当前信任阶段',
    satisfactionNow: '当前满意度',
  },
};
