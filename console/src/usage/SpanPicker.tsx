import { Flex, Input, Segmented } from 'antd';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAppearance } from '../appearance.ts';
import { saySpan } from './sayStep.ts';
import { USUAL_DAYS, type Span } from './span.ts';
import { dayOf, isDay, SPANS, type UsageView } from './usageView.ts';

/**
 * Over which days: the last few by one click, or from one to another. The fields are the browser’s, in its language;
 * below them the span is said in that of the console.
 */
export function SpanPicker(props: {
  view: UsageView;
  span: Span;
  onChange: (change: Pick<UsageView, 'days' | 'from' | 'to'>) => void;
}) {
  const { view, span, onChange } = props;
  const { t } = useTranslation();
  const { language } = useAppearance();
  const saidId = useId();
  const [first = '', last = ''] = [span.steps[0]?.slice(0, 10), span.steps.at(-1)?.slice(0, 10)];
  const isOwn = view.from !== undefined;
  return (
    <Flex gap={8} wrap align="start">
      <Segmented
        aria-label={t('span.label')}
        value={isOwn ? 0 : (view.days ?? USUAL_DAYS)}
        onChange={(days) => onChange({ days: SPANS.find((one) => one === days), from: undefined, to: undefined })}
        options={SPANS.map((value) => ({
          value,
          label: value === 1 ? t('span.hour', { count: 24 }) : t('span.day', { count: value }),
        }))}
      />
      <div>
        <Flex gap={4} align="center">
          <DayInput
            label={t('span.from')}
            saidId={saidId}
            value={first}
            onChange={(from) => onChange({ days: undefined, from, to: from > last ? from : last })}
          />
          –
          <DayInput
            label={t('span.to')}
            saidId={saidId}
            value={last}
            onChange={(to) => onChange({ days: undefined, from: to < first ? to : first, to })}
          />
          {/* Days say it below, as part of what they are; hours are said in the zone of whoever looks. */}
          {span.unit === 'hour' && <span className="soft">UTC</span>}
        </Flex>
        <div id={saidId} className="soft said">
          {saySpan(span, language)}
        </div>
      </div>
    </Flex>
  );
}

/** What is typed stays until it is a day; what never becomes one is forgotten. */
function DayInput(props: { label: string; saidId: string; value: string; onChange: (day: string) => void }) {
  const { label, saidId, value, onChange } = props;
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <Input
      type="date"
      aria-label={label}
      aria-describedby={saidId}
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
