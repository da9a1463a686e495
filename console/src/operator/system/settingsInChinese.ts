import type { Config } from '../../../../src/config.ts';

/** What each setting is for, in Chinese: the server tells it in English. */
export const SETTINGS_IN_CHINESE: Record<keyof Config, string> = {
  HOST: '监听地址。`0.0.0.0` 或 `::` 表示所有网卡。',
  PORT: '监听端口；0 表示自动选择空闲端口。',
  DATABASE_URL: 'Postgres 连接地址（`postgres://…`）。留空：使用数据目录中的 SQLite。',
  KEYWARD_DATA_DIR: '存放 SQLite 文件和自动生成的服务器密钥的目录。',
  KEYWARD_SECRET:
    '服务器密钥：用它计算的 HMAC 查找 Key，由它派生的密钥加密供应商凭证和 Webhook 密钥。至少 32 个字符。留空：首次启动时在数据目录中生成。使用同一数据库的所有节点须相同；没有它，任何 Key 都无法使用。',
  KEYWARD_SECRET_PREVIOUS: '仅用于命令行：`keyward secret exchange` 要换成上述密钥的旧服务器密钥。',
  KEYWARD_ROOT_KEY: '由环境变量提供的平台管理 Key，用于自动化。至少 32 个字符。留空：无。',
  KEYWARD_ADMIN_EMAIL: '首位管理员的邮箱，首次启动时创建。',
  KEYWARD_ADMIN_PASSWORD: '首位管理员的密码，须符合密码规则；仅首次启动时读取。留空：自动生成并打印一次。',
  KEYWARD_SESSION_IDLE_MINUTES: '无操作超过此时长后自动退出登录（分钟）。',
  KEYWARD_SESSION_HOURS: '登录超过此时长后须重新登录，无论是否在使用（小时）。',
  KEYWARD_OIDC_ISSUER:
    '可用于登录的身份提供方（OpenID Connect）的 issuer：https 地址，或本机的 http 地址。留空：无。还须设置下面两项和 KEYWARD_PUBLIC_URL。',
  KEYWARD_OIDC_CLIENT_ID: '身份提供方为本服务器分配的客户端 ID。',
  KEYWARD_OIDC_CLIENT_SECRET: '本服务器向身份提供方证明自身身份的密钥。',
  KEYWARD_OIDC_NAME: '登录页上显示的身份提供方名称。',
  KEYWARD_OIDC_EMAILS:
    '以逗号分隔的邮箱和域名（`example.com`）：只有经身份提供方验证、邮箱在其中的人才能用它登录，也没有人能在个人资料中改用这样的邮箱。留空：已有的用户均可，邮箱不限。',
  KEYWARD_OIDC_NEWCOMERS:
    '未被邀请的人首次用身份提供方登录时，是否自动成为用户；在有人接纳之前不属于任何账号。设为 `yes` 时须设置 KEYWARD_OIDC_EMAILS。',
  KEYWARD_KEY_PREFIX: '此后创建的 Key 的开头。其他前缀的 Key 将不再被识别。',
  KEYWARD_PUBLIC_URL:
    '人们访问本服务器的地址，用于打印和文档，以及 Cookie 和通行密钥：使用 https 时二者与之绑定。留空：由 HOST 和 PORT 组成。',
  KEYWARD_REGION:
    '本节点所在的地域，为 KEYWARD_REGIONS 之一。其他地域的 Key 在此无效；未指定地域时，Key 创建在此地域。留空：不分地域。',
  KEYWARD_REGIONS:
    '所有地域及应用在各地域调用的地址：以逗号分隔的 `name=address`，例如 `eu-1=https://eu.example.com`。使用同一数据库的所有节点须相同。',
  KEYWARD_TRUSTED_PROXIES: '以逗号分隔的前置代理的地址和网段，只采信它们所报的客户端地址。留空：均不采信。',
  KEYWARD_CLIENT_ADDRESS_HEADER:
    '受信任的代理用来告知客户端地址的请求头：`x-forwarded-for`、`forwarded`，或只含一个地址的请求头，例如 `cf-connecting-ip`。',
  KEYWARD_BODY_LIMIT_MB: '网关请求体的上限（MiB）。',
  KEYWARD_KEY_CACHE_SIZE: '内存中保留的 Key 数量（每个约 1 kB）。',
  KEYWARD_ALLOW_METADATA_ADDRESSES: '上游是否可以位于链路本地地址和云元数据地址（169.254.0.0/16 等）。',
  KEYWARD_WEBHOOK_PRIVATE_ADDRESSES:
    '是否允许向内网、回环等非公网地址发送 Webhook。允许后，能创建 Webhook 的人即可经本服务器访问这些地址。',
  KEYWARD_SCANNER_KEYS:
    '可以上报泄露 Key 的扫描器的公钥文件：标识与 PEM 公钥组成的 JSON，或 GitHub 在 https://api.github.com/meta/public_keys/secret_scanning 提供的内容。启动时读取。留空：不接受上报。',
  KEYWARD_DRAIN_SECONDS: '收到停止信号后，进行中的调用最多还能持续多久（秒）。',
  KEYWARD_LOG_LEVEL: '写入日志的最低级别。',
  KEYWARD_URL: '仅用于命令行：要连接的服务器。',
  KEYWARD_MANAGEMENT_KEY: '仅用于命令行：要使用的管理 Key。留空：使用 KEYWARD_ROOT_KEY。',
  KEYWARD_KEY: '仅用于应用：示例代码调用模型时使用的 Key。Keyward 自身不使用它。',
};
