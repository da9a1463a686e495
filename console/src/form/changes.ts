import type { FormInstance } from 'antd';
import { useEffect, useRef, useState } from 'react';

/** What of a body is another than before. Only that is sent: what somebody else changed meanwhile is not set back by it. */
export function changedIn(body: object, before: object): object {
  const was = new Map<string, unknown>(Object.entries(before));
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(was.get(name))),
  );
}

/** `changedIn` since the form was opened, whatever is read of the thing while it is open; all of it where the thing is new. */
export function useChanges(start: object | undefined): (body: object) => object {
  const [before] = useState(start);
  return (body) => (before ? changedIn(body, before) : body);
}

/** In a form that stays in its page, what nobody has edited follows what the server says. */
export function useFollowing<V extends object>(form: FormInstance<V>, latest: V): void {
  const said = JSON.stringify(latest);
  const shown = useRef(said);
  useEffect(() => {
    follow(form, JSON.parse(shown.current) as V, JSON.parse(said) as V);
    shown.current = said;
  }, [form, said]);
}

/** Fields that are as they were become as they are now; what was typed in others stays. */
export function follow<V extends object>(form: FormInstance<V>, were: V, are: V): void {
  const edited = changedIn(form.getFieldsValue(), were);
  const fields = Object.entries(are).filter(([name]) => !(name in edited));
  form.setFieldsValue(Object.fromEntries(fields) as Parameters<typeof form.setFieldsValue>[0]);
}
