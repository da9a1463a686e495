import type { DenialCode } from '../../../src/core/denial.ts';
import type { FaultCode } from '../../../src/core/fault.ts';
import type { Problem } from '../../../src/http/problem.ts';
import { fieldsSentences } from './chinese/fields.ts';
import { keysSentences } from './chinese/keys.ts';
import { peopleSentences } from './chinese/people.ts';
import { platformSentences } from './chinese/platform.ts';

/**
 * What went wrong, in Chinese: the server speaks English only. A sentence that is known word for word is replaced; of
 * another its code says what to do, and where that ends with a colon the server's own words follow.
 */
export function inChinese(problem: Problem): Problem {
  const { detail, errors, code } = problem;
  return {
    ...problem,
    detail: known(detail) ?? withSentence(CODES[code as keyof typeof CODES], detail),
    ...(errors && { errors: errors.map((one) => ({ ...one, detail: known(one.detail) ?? one.detail })) }),
  };
}

function withSentence(sentence: string | undefined, detail: string): string {
  if (sentence === undefined || detail === '') return sentence ?? detail;
  return sentence.endsWith('：') ? `${sentence}${detail}` : sentence;
}

const CODES: Record<DenialCode | FaultCode | 'unreachable' | 'unanswered', string> = {
  unreachable: '无法连接服务器，请检查网络后重试。',
  unanswered: '服务器未及时响应，请检查网络后重试。',
  missing_api_key: '请求未携带 API Key，请在请求头中带上。',
  invalid_api_key: 'API Key 无效，请检查是否完整，或申请新的 Key。',
  key_disabled: '此 API Key 已禁用，请联系所有者启用，或换用其他 Key。',
  key_expired: '此 API Key 已过期，请联系所有者延期，或换用其他 Key。',
  api_key_in_query: '请勿把 API Key 放在网址中，请改用请求头，并更换此 Key。',
  conflicting_api_keys: '请求中有两个不同的 API Key，请只保留一个。',
  account_suspended: '账号已停用，请联系平台管理员。',
  ip_not_allowed: '不允许从此地址使用该 API Key，请联系所有者修改 IP 名单。',
  insufficient_scope: '此 API Key 权限不足，请联系所有者扩大权限范围。',
  service_not_allowed: '服务不存在，或此 API Key 无权使用，请联系所有者调整权限范围。',
  untrusted_proxy: '此入口仅限受信任的代理使用，请联系平台管理员。',
  price_unknown: '此模型尚未定价，而该 Key 设有费用限额，请联系平台管理员设置价格。',
  model_not_found: '模型不存在，或此 API Key 无权调用。',
  rate_limit_exceeded: '已达到限额，请等待恢复，或联系所有者提高限额：',
  insufficient_quota: '额度已用尽，请联系所有者调高限额或重新计数：',
  concurrency_exceeded: '并发调用过多，请等待其他调用结束后重试。',
  invalid_request: '请求内容有误，请按提示修改：',
  invalid_json: '请求内容不是有效的 JSON，请修改后重试。',
  unsupported_route: '没有这个接口，请检查地址。',
  unauthenticated: '登录已失效，请重新登录。',
  invalid_credentials: '凭据不正确，请检查后重试：',
  forbidden: '您没有执行此操作的权限，请联系管理员：',
  identity_check_required: '请先验证您的身份，再继续操作。',
  not_found: '未找到，它可能已被删除，或您无权查看：',
  method_not_allowed: '此地址不支持该操作。',
  conflict: '与当前状态冲突，请刷新后重试：',
  quota_exceeded: '数量已达上限，请删除不用的，或申请更多：',
  body_too_large: '提交的内容过大，请减少后重试。',
  unsupported_media_type: '不支持这种内容格式，请使用 JSON。',
  idempotency_mismatch: '这次提交与之前的同一请求内容不同，请重新提交。',
  confirmation_required: '此操作需要再次确认：',
  too_many_attempts: '尝试过于频繁，请稍后重试：',
  headers_too_large: '请求头过大，请清除此站点的 Cookie 后重试。',
  internal: '服务器内部错误，请重试；仍不成功请将请求 ID 告知平台管理员。',
  upstream_unreachable: '无法连接上游，请检查其地址，或稍后重试：',
  upstream_refused: '上游拒绝了请求，请检查其凭证与设置：',
  upstream_bad_answer: '上游返回了无法识别的内容，请检查其地址与协议：',
  store_unavailable: '服务暂时不可用，数据未改动，请稍后重试。',
  upstream_timeout: '上游响应超时，请稍后重试。',
};

/** The first that fits a sentence whole replaces it; `$1` is what stood there. */
function known(detail: string): string | undefined {
  for (const [pattern, words] of SENTENCES) if (pattern.test(detail)) return detail.replace(pattern, words);
  return undefined;
}

/** Of two that fit a sentence the earlier counts. */
export const SENTENCES = [...fieldsSentences, ...keysSentences, ...peopleSentences, ...platformSentences];
