import { Flex, Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Span } from './span.ts';
import { dayOf, isDay, SPANS, type UsageView } from './usageView.ts';

/** Over which days: the last few by one click, or from one to another. */
export function SpanPicker(props: {
  view: UsageView;
  span: Span;
  onChange: (change: Pick<UsageView, 'days' | 'from' | 'to'>) => void;
}) {
  const { view, span, onChange } = props;
  const { t } = useTranslation();
  const [first = '', last = ''] = [span.days[0], span.days.at(-1)];
  const isOwn = view.from !== undefined;
  return (
    <Flex gap={8} wrap align="center">
      <Segmented
        aria-label={t('span.label')}
        value={isOwn ? 0 : span.days.length}
        onChange={(days) => onChange({ days: SPANS.find((one) => one === days), from: undefined, to: undefined })}
        options={SPANS.map((value) => ({ value, label: t('span.day', { count: value }) }))}
      />
      <Flex gap={4} align="center">
        <DayInput
          label={t('span.from')}
          value={first}
          onChange={(from) => onChange({ days: undefined, from, to: from > last ? from : last })}
        />
        –
        <DayInput
          label={t('span.to')}
          value={last}
          onChange={(to) => onChange({ days: undefined, from: to < first ? to : first, to })}
        />
      </Flex>
    </Flex>
  );
}

/** What is typed stays until it is a day; what never becomes one is forgotten. */
function DayInput({ label, value, onChange }: { label: string; value: string; onChange: (day: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Input
      type="date"
      aria-label={label}
      value={typed ?? value}
      max={dayOf(Date.now())}
      style={{ width: 140 }}
      onChange={({ target }) => {
        const isKnown = isDay(target.value);
        setTyped(isKnown ? null : target.value);
        if (isKnown) onChange(target.value);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
