import { Button } from 'antd';
import { useId, type ReactNode } from 'react';
import './disclosure.css';

/** A button and the few things it opens, as items of a list. The browser closes it by Escape, or by a click elsewhere. */
export function Disclosure({ label, icon, children }: { label: string; icon: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <span className="disclosure">
      <Button type="text" icon={icon} aria-label={label} popoverTarget={id} />
      {/* Whatever is chosen in it, it has done its work. */}
      <ul
        id={id}
        popover="auto"
        className="disclosure-list"
        onClick={({ currentTarget, target }) => {
          if ((target as Element).closest('a, button')) currentTarget.hidePopover();
        }}
      >
        {children}
      </ul>
    </span>
  );
}
