import { Alert } from 'antd';

/** What is wrong with a form as a whole. */
export function Faults({ faults }: { faults: readonly string[] }) {
  return faults.map((fault) => (
    <Alert key={fault} type="error" showIcon role="alert" title={fault} style={{ marginBottom: 16 }} />
  ));
}
