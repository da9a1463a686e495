import type { Model } from '../api/types.ts';

/** A first call of a model or endpoint in each way that it can be called, by what the way is called. */
export function modelSnippets(name: string, protocols: Model['protocols'], origin: string): Record<string, string> {
  const quoted = JSON.stringify(name);
  const openai = {
    curl: `curl ${origin}/v1/chat/completions \\
  -H "authorization: Bearer $KEYWARD_KEY" \\
  -H 'content-type: application/json' \\
  -d '{"model": ${quoted}, "messages": [{"role": "user", "content": "Hello!"}]}'`,
    Python: `import os
from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key=os.environ["KEYWARD_KEY"])
answer = client.chat.completions.create(
    model=${quoted},
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`,
    TypeScript: `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: process.env.KEYWARD_KEY });
const answer = await client.chat.completions.create({
  model: ${quoted},
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(answer.choices[0]?.message.content);`,
  };
  const anthropic = {
    [protocols.includes('openai') ? 'Anthropic' : 'TypeScript']: `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({ baseURL: '${origin}', apiKey: process.env.KEYWARD_KEY });
const answer = await client.messages.create({
  model: ${quoted},
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(answer.content);`,
  };
  const messages = {
    curl: `curl ${origin}/v1/messages \\
  -H "x-api-key: $KEYWARD_KEY" \\
  -H 'anthropic-version: 2023-06-01' \\
  -H 'content-type: application/json' \\
  -d '{"model": ${quoted}, "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello!"}]}'`,
  };
  const speaksOpenai = protocols.includes('openai');
  return {
    ...(speaksOpenai ? openai : messages),
    ...(protocols.includes('anthropic') && anthropic),
  };
}

/** How a service is reached at its address here. `words`: what the ways with a key and with a user are called. */
export function serviceSnippets(
  name: string,
  origin: string,
  words: { readonly key: string; readonly user: string },
): Record<string, string> {
  const base = `${origin}/services/${name}`;
  return {
    [words.key]: `curl ${base}/ \\
  -H "authorization: Bearer $KEYWARD_KEY"`,
    [words.user]: `curl ${base}/ -u "$USERNAME:$PASSWORD"

# for SDKs that take a token
curl ${base}/ -H "authorization: Bearer $USERNAME:$PASSWORD"`,
    Python: `import os, requests

answer = requests.get(
    "${base}/",
    headers={"authorization": f"Bearer {os.environ['KEYWARD_KEY']}"},
)`,
    TypeScript: `const answer = await fetch('${base}/', {
  headers: { authorization: \`Bearer \${process.env.KEYWARD_KEY}\` },
});`,
  };
}

/** How something else that stands before a service asks Keyward about each request. `verify`: what its own call is called. */
export function guardSnippets(name: string, origin: string, verify: string): Record<string, string> {
  return {
    [verify]: `curl ${origin}/api/v1/keys/verify \\
  -H "authorization: Bearer $KEYWARD_MANAGEMENT_KEY" \\
  -H 'content-type: application/json' \\
  -d '{"key": "…", "ip": "203.0.113.7",
       "resource": {"type": "service", "name": "${name}", "method": "GET", "path": "/"}}'`,
    nginx: `location / {
  auth_request /_keyward;
  auth_request_set $keyward_key_id $upstream_http_x_key_id;
  proxy_pass http://127.0.0.1:3000;
  proxy_set_header X-Key-Id $keyward_key_id;
  # The key itself stays here.
  proxy_set_header Authorization "";
  proxy_set_header X-Api-Key "";
  proxy_set_header X-Goog-Api-Key "";
}

location = /_keyward {
  internal;
  proxy_pass ${origin}/authz/nginx/${name};
  proxy_pass_request_body off;
  proxy_set_header Content-Length "";
  proxy_set_header X-Original-Method $request_method;
  proxy_set_header X-Original-URI $request_uri;
  proxy_set_header X-Forwarded-For $remote_addr;
}`,
    Envoy: `- name: envoy.filters.http.ext_authz
  typed_config:
    '@type': type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
    failure_mode_allow: false
    allowed_headers:
      patterns:
        - exact: authorization
        - exact: x-api-key
        - exact: x-goog-api-key
        - exact: x-forwarded-for
    http_service:
      path_prefix: /authz/envoy/${name}
      server_uri:
        uri: ${origin}
        cluster: keyward
        timeout: 1s
      authorization_response:
        allowed_upstream_headers:
          patterns:
            - exact: x-key-id
            - exact: x-project-id
            - exact: x-account-id`,
    Traefik: `http:
  middlewares:
    keyward:
      forwardAuth:
        address: ${origin}/authz/traefik/${name}
        authResponseHeaders:
          - X-Key-Id
          - X-Project-Id
          - X-Account-Id
    keyward-keeps-the-key:
      headers:
        customRequestHeaders:
          Authorization: ''
          X-Api-Key: ''
          X-Goog-Api-Key: ''`,
  };
}

/** How a service is reached with the password that was made just now. */
export function userSnippets(name: string, username: string, password: string, origin: string): Record<string, string> {
  const base = `${origin}/services/${name}`;
  return {
    curl: `curl ${base}/ -u '${username}:${password.replaceAll("'", `'\\''`)}'`,
    Token: `${username}:${password}`,
    Python: `import requests

answer = requests.get("${base}/", auth=(${JSON.stringify(username)}, ${JSON.stringify(password)}))`,
    TypeScript: `const answer = await fetch('${base}/', {
  headers: { authorization: ${JSON.stringify(`Bearer ${username}:${password}`)} },
});`,
  };
}
