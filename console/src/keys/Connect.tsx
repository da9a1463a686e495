import { useTranslation } from 'react-i18next';
import { Snippets } from '../shell/Snippets.tsx';

/**
 * How to call with a key. `value` is left out where nobody can know it; `baseUrl`: where the key is called, the address
 * of the console where the server was not told; `model`: one that it opens.
 */
export function Connect(props: { value?: string; baseUrl: string | null; model?: string | undefined }) {
  const { value = '…', baseUrl, model } = props;
  const { t } = useTranslation();
  const known = { value, root: baseUrl ?? location.origin, model };
  const ways = Object.fromEntries(WAYS.map((way) => [way, snippet(way, known)]));
  return (
    <div style={{ marginTop: 12 }}>
      <Snippets label={t('value.connect')} ways={ways} />
    </div>
  );
}

const WAYS = ['curl', 'Python', 'TypeScript', 'Anthropic'] as const;
type Way = (typeof WAYS)[number];

/** Lines to paste. Values stand in the environment, not in code. */
function snippet(way: Way, { value, root, model }: { value: string; root: string; model: string | undefined }): string {
  const named = model ?? 'your-model';
  const exported = `export KEYWARD_KEY=${value}`;
  switch (way) {
    case 'curl':
      return model === undefined
        ? `${exported}

curl ${root}/v1/models -H "authorization: Bearer $KEYWARD_KEY"`
        : `${exported}

curl ${root}/v1/chat/completions \\
  -H "authorization: Bearer $KEYWARD_KEY" \\
  -H "content-type: application/json" \\
  -d '{"model": "${named}", "messages": [{"role": "user", "content": "Hello!"}]}'`;
    case 'Python':
      return `import os
from openai import OpenAI

client = OpenAI(base_url="${root}/v1", api_key=os.environ["KEYWARD_KEY"])
answer = client.chat.completions.create(
    model="${named}",
    messages=[{"role": "user", "content": "Hello!"}],
)
print(answer.choices[0].message.content)`;
    case 'TypeScript':
      return `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${root}/v1',
  apiKey: process.env.KEYWARD_KEY,
});
const answer = await client.chat.completions.create({
  model: '${named}',
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(answer.choices[0].message.content);`;
    case 'Anthropic':
      return `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: '${root}',
  apiKey: process.env.KEYWARD_KEY,
});
const answer = await client.messages.create({
  model: '${named}',
  max_tokens: 200,
  messages: [{ role: 'user', content: 'Hello!' }],
});
console.log(answer.content);`;
  }
}
