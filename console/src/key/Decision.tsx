import { CheckCircleFilled, CloseCircleFilled, MinusCircleOutlined } from '@ant-design/icons';
import { Card, Flex, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Meter } from '../limits/LimitMeters.tsx';
import { Moment } from '../shell/Moment.tsx';
import type { Explanation } from './types.ts';

type Step = Explanation['steps'][number];
type Code = 'key_disabled';

/** What would become of a call: the verdict, and every check in its order, by a mark and in words. */
export function Decision({ explanation }: { explanation: Explanation }) {
  const { t } = useTranslation();
  const { allowed, status, steps, limits, freesAt, maxTokens } = explanation;
  const failed = steps.filter(({ passed }) => passed === false).length;
  const tight = limits.filter(({ fits }) => fits === false);
  return (
    <Card
      title={
        <Flex gap={10} align="center" wrap>
          {allowed ? (
            <CheckCircleFilled aria-hidden style={{ color: GOOD }} />
          ) : (
            <CloseCircleFilled aria-hidden style={{ color: BAD }} />
          )}
          <span>{allowed ? t('testKey.admitted') : t('testKey.refused')}</span>
          <Tag>{allowed ? status : `${status} ${explanation.code}`}</Tag>
        </Flex>
      }
    >
      <p style={{ marginTop: 0 }}>
        {allowed
          ? maxTokens === null
            ? t('testKey.allPass')
            : t('testKey.allPassWith', { count: maxTokens })
          : t('testKey.inTheWay', { count: failed })}
        {freesAt !== null && (
          <>
            {' '}
            {t('testKey.frees')} <Moment at={freesAt} />
          </>
        )}
      </p>
      <ol style={{ margin: 0, padding: 0, listStyle: 'none' }}>
        {steps.map((step, at) => (
          <StepLine key={step.name} step={step} isLast={at === steps.length - 1} />
        ))}
      </ol>
      {tight.length > 0 && (
        <div className="cards" style={{ marginTop: 16 }}>
          {tight.map((limit) => (
            <div key={limit.id}>
              <Meter limit={limit} />
              {limit.need !== null && <span className="soft">{t('testKey.need', { amount: String(limit.need) })}</span>}
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}

const GOOD = 'light-dark(#1a6b58, #5cc5ab)';
const BAD = 'light-dark(#c41d2a, #ff7875)';

function StepLine({ step: { name, passed, code }, isLast }: { step: Step; isLast: boolean }) {
  const { t } = useTranslation();
  const outcome = passed === null ? 'open' : passed ? 'passed' : 'refused';
  const [Mark, color] =
    passed === null
      ? [MinusCircleOutlined, 'var(--soft)']
      : passed
        ? [CheckCircleFilled, GOOD]
        : [CloseCircleFilled, BAD];
  return (
    <li
      style={{
        display: 'flex',
        gap: 12,
        padding: '10px 0',
        ...(!isLast && { borderBottom: '1px solid var(--line)' }),
      }}
    >
      <Mark aria-hidden style={{ color, fontSize: 16, marginTop: 3 }} />
      <div style={{ minWidth: 0 }}>
        <Flex gap={8} align="baseline" wrap>
          <strong>{t(`testKey.step.${name}`)}</strong>
          <span style={{ color }}>{t(`testKey.outcome.${outcome}`)}</span>
        </Flex>
        {code !== null && (
          <>
            <div>{t(`testKey.code.${code as Code}`)}</div>
            <div className="soft">{t(`testKey.fix.${name}`)}</div>
          </>
        )}
      </div>
    </li>
  );
}
