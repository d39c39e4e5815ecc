import type { shareWords as en } from '../en/share.ts';
import type { Translated } from '../translated.ts';

export const shareWords: Translated<typeof en> = {
  share: {
    open: '分享给客户',
    title: '给客户的链接',
    why: '页面以定义中的标题展示已完成的步骤、下一步及其时限，不含评分、属性和任何标识。',
    expires: '有效期',
    P1D: '1 天',
    P7D: '7 天',
    P30D: '30 天',
    P90D: '90 天',
    make: '生成链接',
    making: '正在生成…',
    inForce: '有效的链接',
    none: '目前没有有效的链接。',
    until: '有效期至 <time/>，由 {{by}} 生成',
    somebody: '某人',
    copy: '复制',
    copied: '已复制',
    see: '打开',
    revoke: '撤销',
    close: '关闭',
    closed: '此处尚未启用客户链接',
    guide: '由运维人员配置密钥和 SHARE_SECRET_FILE 后启用，详见 docs/customer-link.md。',
  },
};
