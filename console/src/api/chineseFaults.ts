import type { DenialCode } from '../../../src/core/denial.ts';
import type { FaultCode } from '../../../src/core/fault.ts';
import type { Problem } from '../../../src/http/problem.ts';

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

const CODES: Record<DenialCode | FaultCode | 'unreachable', string> = {
  unreachable: '无法连接服务器，请检查网络后重试。',
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
  insufficient_quota: '额度已用尽，请联系所有者提高或重置额度：',
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
  internal: '服务器内部错误，请重试；仍不成功请联系平台管理员。',
  upstream_unreachable: '无法连接上游，请检查其地址，或稍后重试：',
  upstream_refused: '上游拒绝了请求，请检查其凭据与设置：',
  upstream_bad_answer: '上游返回了无法识别的内容，请检查其地址与协议：',
  store_unavailable: '服务暂时不可用，数据未改动，请稍后重试。',
  upstream_timeout: '上游响应超时，请稍后重试。',
};

/** The first that fits a sentence whole replaces it; `$1` is what stood there. */
function known(detail: string): string | undefined {
  for (const [pattern, words] of SENTENCES) if (pattern.test(detail)) return detail.replace(pattern, words);
  return undefined;
}

const SENTENCES: readonly (readonly [RegExp, string])[] = [
  // Fields, as http/manage/reading.ts says them.
  [/^This is required\.$/, '必填项。'],
  [/^This must have at least 1 (?:characters|entries)\.$/, '不能为空。'],
  [/^This must have at least (\d+) characters\.$/, '至少 $1 个字符。'],
  [/^This must have at most (\d+) characters\.$/, '最多 $1 个字符。'],
  [/^This must have at least (\d+) entries\.$/, '至少 $1 项。'],
  [/^This must have at most (\d+) entries\.$/, '最多 $1 项。'],
  [/^This must be at least ([^ ]+)\.$/, '不能小于 $1。'],
  [/^This must be at most ([^ ]+)\.$/, '不能大于 $1。'],
  [/^This must be of type (?:int|integer)\.$/, '请填写整数。'],
  [/^This must be of type number\.$/, '请填写数字。'],
  [/^This must be of type .+\.$/, '格式不正确。'],
  [/^This must be (`[^`]+`(?: or `[^`]+`)*)\.$/, '只能是以下之一：$1。'],
  [/^This operation knows no field `(.+)`, or does not let it be set\.$/, '没有字段 $1，或不允许设置。'],
  [/^This operation knows no parameter `(.+)`\.$/, '没有参数 $1。'],
  [/^(\d+) fields are faulty; `errors` names each\.$/, '有 $1 处填写有误。'],
  // Names, texts, times.
  [/^A name has at most 64 characters, and this one has (\d+)\.$/, '名称最多 64 个字符，当前为 $1 个。'],
  [/^A name needs at least one visible character\.$/, '请填写名称。'],
  [/^A name cannot contain line breaks or control characters\. Remove them\.$/, '名称不能包含换行或控制字符。'],
  [/^A description has at most 500 characters, and this one has (\d+)\.$/, '最多 500 个字符，当前为 $1 个。'],
  [/^A description cannot contain control characters\. Remove them\.$/, '不能包含控制字符。'],
  [/^An environment is 1 to 32 of .+$/, '环境名由 1 至 32 个小写字母、数字或连字符组成，例如 prod。'],
  [/^This time is past\. Choose one in the future.*$/, '时间已过，请选择将来的时间。'],
  [/^This must be a time with its zone.*$/, '请填写带时区的时间。'],
  [/^This must be an e-mail address\.$/, '请填写有效的邮箱地址。'],
  [/^There is already a user with this e-mail\..*$/, '此邮箱已有用户。'],
  [/^This must be a whole number of days\.$/, '请填写整数天数。'],
  // Addresses.
  [/^Entry (\d+) \((".*")\) is not an address or network\..*$/, '第 $1 项 $2 不是 IP 地址或网段。'],
  [
    /^Entry (\d+) \((".*")\) has host bits set: write (.+), or (.+) for one address\.$/,
    '第 $1 项 $2 含有主机位，请写成 $3；单个地址请写成 $4。',
  ],
  [
    /^Entry (\d+) \((".*")\) needs a whole number from 0 to (\d+) after the slash\.$/,
    '第 $1 项 $2 的掩码长度应为 0 至 $3。',
  ],
  [/^Entry (\d+) repeats entry (\d+)\. Remove one of them\.$/, '第 $1 项与第 $2 项重复，请删除其一。'],
  [/^This must be an https? or https? address.*$/, '请填写有效的 http 或 https 地址。'],
  [
    /^This address is private or reserved, and webhooks go to public ones\..*$/,
    '这是内网或保留地址，Webhook 只能发送到公网地址。',
  ],
  [/^This names a kind twice\.$/, '同一类型重复选择。'],
  // Limits and what is asked of keys.
  [/^A cost must be a decimal in a string.*$/, '费用应为小于 10^9 的数字，最多 9 位小数，例如 25.00。'],
  [/^The amount of \w+ must be a whole number from 0 to (\d+)\.$/, '数量应为 0 至 $1 的整数。'],
  [
    /^Limit \S+ has this unit and window already\. Change its amount instead\.$/,
    '已有相同单位和时间窗口的限额，请修改其数量。',
  ],
  [/^Entry (\d+) has the unit and window of entry (\d+)\..*$/, '第 $1 项与第 $2 项的单位和时间窗口相同，请保留一项。'],
  [/^There can be (\d+) limits here at most\.$/, '最多 $1 个限额。'],
  [
    /^Keys live (\d+) days at most here\. Let this one expire by (.+)\.$/,
    'Key 最长有效 $1 天，请将过期时间设在 $2 之前。',
  ],
  [/^Keys have to expire here .*$/, '此处的 Key 必须设置过期时间。'],
  [/^Keys have to name .*`requireAddresses`.*$/, '此处的 Key 必须限定来源地址。'],
  [/^.*`requireRangeScope`.*$/, '此处的 Key 必须限定可用资源。'],
  [/^A range needs at least one resource\..*$/, '请至少选择一项资源，或改为全部。'],
  // Values and passwords.
  [/^A value has 16 to 128 characters, and this one (\d+)\.$/, '自定义值为 16 至 128 个字符，当前为 $1 个。'],
  [/^A value is made of .*$/, '自定义值只能包含字母、数字、连字符和下划线。'],
  [/^The value contains the name of the key.*$/, '自定义值不能包含 Key 的名称。'],
  [/^This value is too easy to guess.*$/, '自定义值太容易猜到，请使用 24 个以上的随机字符，或留空自动生成。'],
  [/^This key value has been used before\..*$/, '此值已被使用过，请换一个，或留空自动生成。'],
  [/^A password that stands alone needs at least (\d+) characters.*$/, '未启用两步验证时，密码至少 $1 个字符。'],
  [/^A password needs at least (\d+) characters\.$/, '密码至少 $1 个字符。'],
  [/^A password has at most (\d+) characters\.$/, '密码最多 $1 个字符。'],
  [/^The password contains your e-mail or your name.*$/, '密码不能包含您的邮箱或姓名。'],
  [/^This password, or one much like it.*$/, '此密码过于常见，请换一个。'],
  // Sentences that many meet.
  [/^This link was used, revoked, or has run out\..*$/, '此链接已被使用、撤销或已过期，请索取新的链接。'],
  [/^This link has been used already\..*$/, '此链接已被使用。如果是您本人，请直接登录。'],
  [/^This invitation was revoked\..*$/, '此邀请已被撤销，请索取新的邀请。'],
  [/^This link has run out\..*$/, '此链接已过期，请索取新的链接。'],
  [
    /^Without the second factor the password needs at least (\d+) characters\..*$/,
    '关闭后密码至少需要 $1 个字符，请先修改密码。',
  ],
  [/^The e-mail or the password is wrong\.$/, '邮箱或密码不正确。'],
  [/^The password is wrong\.$/, '密码不正确。'],
  [/^The code is wrong, or was used before\.$/, '验证码不正确，或已使用过。'],
  [/^There were too many attempts\. Try again in (\d+) seconds\.$/, '尝试过于频繁，请在 $1 秒后重试。'],
  [/^Your role here does not allow this\..*$/, '您的角色无权执行此操作，请联系项目或账号管理员。'],
  [/^This is the operator’s to do\. Ask them\.$/, '此操作仅限平台管理员。'],
  [
    /^This account has its (\d+) keys, the most it may have\..*$/,
    '账号最多 $1 个 API Key，已达上限。请删除不用的 Key，或在配额中心申请更多。',
  ],
  [
    /^This project has its (\d+) keys, the most it may have\..*$/,
    '本项目最多 $1 个 API Key，已达上限。请删除不用的 Key，或联系账号管理员。',
  ],
  [
    /^(?:You have|Who made this management key has) made (\d+) keys here.*$/,
    '每人最多 $1 个 API Key，已达上限。请删除不用的 Key，或联系账号管理员。',
  ],
  [
    /^The account may have (\d+) keys already\. Ask for more than that in all\.$/,
    '账号已有 $1 个的配额，请填写更大的总数。',
  ],
  [/^The account has a request that is not decided yet: .+$/, '账号已有一个待审批的申请。'],
  [/^This request has been decided or withdrawn already\.$/, '此申请已审批或已撤回。'],
  [/^(\d+) keys refer to this template\..*$/, '有 $1 个 Key 正在使用此模板，请先为它们更换模板。'],
  [/^One key refers to this template\..*$/, '有 1 个 Key 正在使用此模板，请先为它更换模板。'],
  [/^This webhook has just been tested\..*$/, '刚刚测试过，请几秒后再试。'],
  [/^An account has at most (\d+) webhooks\..*$/, '每个账号最多 $1 个 Webhook，请删除不用的。'],
  [/^An account has (\d+) limit templates at most\..*$/, '每个账号最多 $1 个限额模板，请删除不用的。'],
  [/^This is the last owner of the account\..*$/, '这是账号最后一位所有者，请先指定另一位。'],
];
