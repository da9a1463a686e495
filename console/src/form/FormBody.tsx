import type { ReactNode } from 'react';
import { Faults } from './Faults.tsx';

/** What a form holds whose button stands outside it: what is wrong with it as a whole, and its fields. */
export function FormBody({
  faults,
  children,
}: {
  faults: Parameters<typeof Faults>[0]['faults'];
  children: ReactNode;
}) {
  return (
    <>
      <Faults faults={faults} />
      {children}
      {/* So that Enter in a field sends it. */}
      <button type="submit" hidden />
    </>
  );
}
