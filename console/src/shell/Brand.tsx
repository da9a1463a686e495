import icon from '../icon.svg';

/** `isShort`: the sign alone where there is little room. */
export function Brand({ isShort = false }: { isShort?: boolean }) {
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 10, fontWeight: 650, fontSize: 18 }}>
      <img src={icon} alt="" width={28} height={28} />
      <span className={isShort ? 'brand-name' : undefined}>Keyward</span>
    </span>
  );
}
