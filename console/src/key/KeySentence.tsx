import { CheckCircleFilled, ClockCircleFilled, StopFilled } from '@ant-design/icons';
import type { KeyDetails } from '../api/types.ts';
import { useKeySentence, type Standing } from './useKeySentence.ts';

const MARKS: Readonly<Record<Standing, { readonly Mark: typeof StopFilled; readonly color: string }>> = {
  active: { Mark: CheckCircleFilled, color: 'light-dark(#1a6b58, #5cc5ab)' },
  disabled: { Mark: StopFilled, color: 'light-dark(#c41d2a, #ff7875)' },
  parent: { Mark: StopFilled, color: 'light-dark(#c41d2a, #ff7875)' },
  suspended: { Mark: StopFilled, color: 'light-dark(#c41d2a, #ff7875)' },
  expired: { Mark: ClockCircleFilled, color: 'light-dark(#8a5200, #e8b339)' },
};

/** What a key may do, at the top of its page. */
export function KeySentence({ keyOf }: { keyOf: KeyDetails }) {
  const { standing, sentence } = useKeySentence(keyOf);
  const { Mark, color } = MARKS[standing];
  return (
    <p
      className="any"
      style={{
        display: 'flex',
        gap: 10,
        margin: '0 0 8px',
        padding: '12px 16px',
        borderInlineStart: `3px solid ${color}`,
        borderRadius: 6,
        background: 'var(--header)',
        fontSize: 15,
      }}
    >
      <Mark aria-hidden style={{ color, marginTop: 4 }} />
      <span style={{ minWidth: 0 }}>{sentence}</span>
    </p>
  );
}
