import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** How to call with a key, for the address the console was found at. `value` is left out where nobody can know it. */
export function Connect({ value = '…' }: { value?: string }) {
  const { t } = useTranslation();
  const [way, setWay] = useState<Way>('Shell');
  const base = `${location.origin}/v1`;
  const shell = `export KEYWARD_KEY=${value}

curl ${base}/models -H "authorization: Bearer $KEYWARD_KEY"`;
  const python = `import os
from openai import OpenAI

client = OpenAI(base_url="${base}", api_key=os.environ["KEYWARD_KEY"])`;
  const typescript = `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${base}',
  apiKey: process.env.KEYWARD_KEY,
});`;
  const anthropic = `import Anthropic from '@anthropic-ai/sdk';

const client = new Anthropic({
  baseURL: '${location.origin}',
  apiKey: process.env.KEYWARD_KEY,
});`;
  const ways = { Shell: shell, Python: python, TypeScript: typescript, Anthropic: anthropic };
  return (
    <>
      <Segmented
        aria-label={t('value.connect')}
        options={Object.keys(ways) as Way[]}
        value={way}
        onChange={setWay}
        style={{ margin: '12px 0', maxWidth: '100%', overflowX: 'auto' }}
      />
      <Code text={ways[way]} />
    </>
  );
}

type Way = 'Shell' | 'Python' | 'TypeScript' | 'Anthropic';

function Code({ text }: { text: string }) {
  return (
    <pre className="code" tabIndex={0}>
      <code>{text}</code>
    </pre>
  );
}
